//! Something has a name that the stack needs, and is not the stack's own: whether it can be taken over.
//!
//! To take it over is to give it the stack's tags: the next plan then changes it to what the stack file says, and a
//! tear down deletes it. So it is offered only where nobody else owns it, where AWS can change all that differs, and
//! where nothing else uses it. Taking over itself is the engine's. Tools that leave no mark of their own, as Terraform,
//! cannot be known; the offer says what taking over means, and a person decides.

use std::fmt;

use crate::node::{NodeId, NodeKind, Spec};
use crate::observation::{Found, Observation};

/// The fact that names the stack of Slipway's whose it is.
pub const OWNER: &str = "slipway:stack";
/// The facts that name what else manages it, as that tool's own tag; and the tool.
pub const MANAGERS: [(&str, &str); 3] = [
    ("aws:cloudformation:stack-name", "the CloudFormation stack"),
    ("elasticbeanstalk:environment-name", "the Elastic Beanstalk environment"),
    ("elbv2.k8s.aws/cluster", "the load balancer controller of the Kubernetes cluster"),
];
/// The fact that names the load balancers that send requests to a target group, by their ARNs with blanks between.
pub const LOAD_BALANCERS: &str = "load balancers";
/// The facts that count what is in it, or uses it.
pub const TARGETS: &str = "targets";
pub const INTERFACES: &str = "network interfaces";
pub const SERVICES: &str = "services";
pub const TASKS: &str = "tasks";
pub const INSTANCES: &str = "container instances";
/// The fact of a role that stands under another path than the stack's.
pub const PATH: &str = "path";
/// The fact that names who may take a role, as far as it matters here.
pub const TRUSTS: &str = "trusts";
/// Who a role must trust.
pub const ECS_TASKS: &str = "ecs-tasks.amazonaws.com";
const RENAME: &str = "Rename the stack or the service";
const RENAME_OR_REMOVE: &str = "Rename the stack or the service, or remove it by hand";

/// Why something cannot be taken over, and what to do instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle {
    why: String,
    instead: &'static str,
}

impl fmt::Display for Obstacle {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}. {}.", self.why, self.instead)
    }
}

/// What forbids to take `found` over for what `spec` wants; `None`: it is safe.
pub fn obstacle(spec: &Spec, found: &Found, observation: &Observation) -> Option<Obstacle> {
    if let Some(owner) = owner(found, observation) {
        let instead = match spec {
            Spec::HostedZone { .. } => "Deploy under another domain",
            _ => RENAME,
        };
        return Some(Obstacle { why: owner, instead });
    }
    match spec {
        Spec::Repository { .. } | Spec::LogGroup { .. } | Spec::TaskDefinition(_) => None,
        Spec::TargetGroup { port, .. } => target_group(*port, found, observation),
        Spec::SecurityGroup { .. } => in_use(found, &[INTERFACES]),
        Spec::Cluster { .. } => in_use(found, &[SERVICES, TASKS, INSTANCES]),
        Spec::Role { .. } => role(found),
        Spec::Alias { .. } => Some(Obstacle {
            why: match found.facts.get("points at") {
                Some(target) => format!("its records lead visitors to `{target}`"),
                None => "its records lead visitors elsewhere".to_owned(),
            },
            instead: "Remove the records by hand once nobody needs them, or choose another host",
        }),
        Spec::LoadBalancer { .. } => {
            Some(or_remove("its subnets, security groups and listeners are not the stack's"))
        }
        Spec::Service { .. } => Some(or_remove("its tasks run as somebody else has set them up")),
        _ => Some(or_remove("AWS cannot change it to what the stack needs")),
    }
}

/// Whose it is: another stack's, or another tool's.
fn owner(found: &Found, observation: &Observation) -> Option<String> {
    if let Some(stack) = found.facts.get(OWNER).filter(|stack| *stack != observation.stack.as_str()) {
        return Some(format!("it belongs to the stack `{stack}`"));
    }
    MANAGERS.iter().find_map(|(tag, tool)| {
        let name = found.facts.get(*tag)?;
        Some(format!("{tool} `{name}` manages it"))
    })
}

fn target_group(port: u16, found: &Found, observation: &Observation) -> Option<Obstacle> {
    let vpc = observation.found.get(&NodeId::only(NodeKind::Vpc)).map(|vpc| vpc.aws_id.clone());
    let wanted = [
        ("VPC", vpc.unwrap_or_else(|| "one of its own".to_owned())),
        ("port", port.to_string()),
        ("protocol", "HTTP".to_owned()),
        ("protocol version", "HTTP1".to_owned()),
        ("target type", "ip".to_owned()),
    ];
    wanted
        .iter()
        .find_map(|(field, wanted)| cannot_change(found, field, wanted))
        .or_else(|| serves_others(found, observation))
        .or_else(|| in_use(found, &[TARGETS]))
}

fn cannot_change(found: &Found, field: &str, wanted: &str) -> Option<Obstacle> {
    let there = found.facts.get(field).map_or("not known", String::as_str);
    (there != wanted).then(|| {
        or_remove(&format!("its {field} is `{there}`, which AWS cannot change; the stack needs `{wanted}`"))
    })
}

fn serves_others(found: &Found, observation: &Observation) -> Option<Obstacle> {
    let own = observation.found.get(&NodeId::only(NodeKind::LoadBalancer)).map(|own| own.aws_id.as_str());
    let mut balancers = found.facts.get(LOAD_BALANCERS)?.split(' ');
    let other = balancers.find(|arn| !arn.is_empty() && Some(*arn) != own)?;
    Some(Obstacle { why: format!("the load balancer `{other}` sends it requests"), instead: RENAME })
}

/// The first of `counts` that is not none. What was not counted may be any number.
fn in_use(found: &Found, counts: &[&str]) -> Option<Obstacle> {
    counts.iter().find_map(|what| match found.facts.get(*what).map(String::as_str) {
        Some("0") => None,
        Some(count) => Some(or_remove(&format!("it is in use ({what}: {count})"))),
        None => Some(or_remove(&format!("whether it is in use ({what}) is not known"))),
    })
}

fn role(found: &Found) -> Option<Obstacle> {
    if let Some(path) = found.facts.get(PATH) {
        let why =
            format!("it stands under the path `{path}`, and Slipway has roles under a path of its own alone");
        return Some(or_remove(&why));
    }
    let is_trusted = found.facts.get(TRUSTS).is_some_and(|who| who == ECS_TASKS);
    (!is_trusted).then(|| or_remove(&format!("it does not trust `{ECS_TASKS}`, so that no task can take it")))
}

fn or_remove(why: &str) -> Obstacle {
    Obstacle { why: why.to_owned(), instead: RENAME_OR_REMOVE }
}

/// What taking a part of this kind over means, as one sentence.
pub(super) fn meaning(kind: NodeKind) -> String {
    let along = match kind {
        NodeKind::Repository => ", with all images in it",
        NodeKind::LogGroup => ", with all lines in it",
        NodeKind::TaskDefinition => ", with all its revisions: no service elsewhere should run one",
        _ => "",
    };
    format!(
        "It can be taken over: it then carries the stack's tags, is changed to what the stack file says, and goes with \
         a tear down{along}."
    )
}

#[cfg(test)]
mod tests;
