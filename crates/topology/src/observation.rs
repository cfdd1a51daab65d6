//! What AWS says now about each node.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::field::{
    ALLOWED, AS_SCHEDULED, AS_WRITTEN, ASKED_FOR, BESIDES, DEREGISTRATION_DELAY, FAMILY, LIFECYCLE,
    OWN_TASKS, POINTS_AT, POLICY, RUNS, SCAN, TRUST, UNTAGGED_GO,
};
use crate::names::fingerprint;
use crate::node::{Ingress, IngressSource, ListenerDefault, NodeId, NodeKind, RolePurpose, Spec, ZoneNote};
use crate::operation::EventId;
use crate::stack::{HostName, Region, StackName};
use crate::words::called;

/// Everything that AWS says now about one stack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    pub stack: StackName,
    pub account: String,
    pub region: Region,
    /// Milliseconds since 1970.
    pub at: u64,
    /// The newest event of the journal when the look began: what later ones tell is newer than the look.
    pub after: EventId,
    /// AWS calls that the looking took.
    pub calls: u64,
    /// What is there, also what the stack no longer asks for.
    pub found: BTreeMap<NodeId, Found>,
    /// What the hosted zone's tags note of the stack.
    pub note: Option<ZoneNote>,
    /// Things of a name that the stack needs, but not the stack's own: never touched.
    pub foreign: BTreeMap<NodeId, Found>,
}

/// One part as it is on AWS.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// Its ARN, or its id where AWS gives it no ARN.
    pub aws_id: String,
    pub condition: Condition,
    /// What can be compared with [`Spec::fields`]; a field that is not here was not read.
    pub fields: BTreeMap<String, String>,
    /// Further facts, such as `dns name`; for adapters and for the panel's drawer.
    pub facts: BTreeMap<String, String>,
}

/// How a part is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    Ready,
    /// On its way to ready by itself; what it waits for.
    Settling(String),
    /// It will not become ready by itself; why.
    Unwell(String),
    WaitingForYou(Ask),
}

/// What only a person can do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ask {
    /// Set these name servers at the registrar.
    Delegate { domain: HostName, name_servers: Vec<String> },
    /// Push an image with this tag, built for x86.
    PushImage {
        registry: String,
        repository: String,
        tag: String,
        region: Region,
        /// What the image that is there is built for instead, such as `arm64`; `None`: there is none.
        #[serde(default)]
        built_for: Option<String>,
    },
}

/// The field that stands for all that no bulk call returns.
pub const FINGERPRINT: &str = "definition";

/// The field of the hosted zone that stands for the stack file that it notes.
pub const FILE: &str = "stack file";

/// The fact that marks what the stack uses and does not own, such as the default VPC: never deleted.
pub const SHARED: &str = "shared";

/// The schedule's fact that holds how many tasks its target allows now, such as `0 to 2`.
pub const RANGE: &str = "range";

/// The value of [`SHARED`] where it is remembered, and was not asked anew.
pub const NOTED: &str = "noted";

/// The fact of a repository of the stack's own that names another stack which uses it too: not deleted.
pub const USED_BY: &str = "used by";

/// The zone's fact that names further zones of the same domain, with blanks between.
pub const OTHER_ZONES: &str = "other zones";

/// The zone's fact that completes "it was chosen among several, because …".
pub const CHOSEN: &str = "chosen because";

/// The zone's fact that holds the domain's CAA records, as `<tag>=<value>` with blanks between.
pub const CAA: &str = "caa";

/// The fact that marks a hosted zone which Slipway has made itself.
pub const MADE: &str = "slipway:made";

/// The fact of a hosted zone that names the stack whose tear down kept it.
pub const KEPT_BY: &str = "slipway:kept-by";

impl Observation {
    /// What is the stack's own: neither what it only uses, nor what only a person can make.
    pub fn own(&self) -> impl Iterator<Item = (&NodeId, &Found)> {
        self.found.iter().filter(|(id, found)| !id.kind.is_yours() && !found.facts.contains_key(SHARED))
    }

    /// Whether both looks saw the same, whenever they were and whatever they cost.
    pub fn tells_the_same(&self, other: &Self) -> bool {
        self.found == other.found && self.note == other.note && self.foreign == other.foreign
    }

    /// Whether more of the stack is on AWS than the zone that a tear down keeps.
    pub fn has_parts(&self) -> bool {
        self.own().any(|(id, _)| !matches!(id.kind, NodeKind::HostedZone | NodeKind::ValidationRecord))
    }

    /// Whether nothing of the stack is left but the zone that its tear down kept, which still costs.
    pub fn is_only_the_zone(&self) -> bool {
        let zone = self.found.get(&NodeId::only(NodeKind::HostedZone));
        let kept_by = zone.and_then(|zone| zone.facts.get(KEPT_BY));
        self.note.is_none()
            && kept_by.is_some_and(|kept_by| kept_by == self.stack.as_str())
            && !self.has_parts()
    }
}

impl Found {
    pub fn new(aws_id: impl Into<String>, condition: Condition) -> Self {
        Self { aws_id: aws_id.into(), condition, fields: BTreeMap::new(), facts: BTreeMap::new() }
    }

    /// How many tasks a schedule allows now.
    pub fn range(&self) -> Option<(u32, u32)> {
        let (least, most) = self.facts.get(RANGE)?.split_once(" to ")?;
        Some((least.parse().ok()?, most.parse().ok()?))
    }

    pub fn field(mut self, name: &str, value: impl Into<String>) -> Self {
        self.fields.insert(name.to_owned(), value.into());
        self
    }

    pub fn fact(mut self, name: &str, value: impl Into<String>) -> Self {
        self.facts.insert(name.to_owned(), value.into());
        self
    }
}

impl Ask {
    /// One sentence that says what to do.
    pub fn sentence(&self) -> String {
        match self {
            Ask::Delegate { domain, .. } => {
                format!("At the registrar of `{domain}`, set these name servers")
            }
            Ask::PushImage { repository, tag, built_for: None, .. } => {
                format!("Push the image `{repository}:{tag}`")
            }
            Ask::PushImage { repository, tag, built_for: Some(other), .. } => format!(
                "Build the image `{repository}:{tag}` for `linux/amd64` and push it again: the one that is there is for \
                 `{other}`, and the stack's tasks run on x86"
            ),
        }
    }

    /// The lines to paste: name servers, or commands.
    pub fn lines(&self) -> Vec<String> {
        match self {
            Ask::Delegate { name_servers, .. } => name_servers.clone(),
            Ask::PushImage { registry, repository, tag, region, built_for } => {
                let build = format!("docker build --platform linux/amd64 --tag {repository}:{tag} .");
                let push = [
                    format!(
                        "aws ecr get-login-password --region {region} | docker login --username AWS --password-stdin {registry}"
                    ),
                    format!("docker tag {repository}:{tag} {registry}/{repository}:{tag}"),
                    format!("docker push {registry}/{repository}:{tag}"),
                ];
                built_for.iter().map(|_| build.clone()).chain(push).collect()
            }
        }
    }
}

impl Spec {
    /// What is wanted, as named texts that an adapter can also read off AWS.
    pub fn fields(&self) -> BTreeMap<String, String> {
        let fields: Vec<(&str, String)> = match self {
            Spec::HostedZone { note: None, .. } => vec![("noted", "no".into())],
            Spec::HostedZone { note: Some(note), .. } => vec![
                ("noted", "yes".into()),
                ("level", note.level.to_string()),
                (FILE, fingerprint(&note.file)),
            ],
            Spec::Vpc { cidr: Some(cidr), .. } => vec![("address range", cidr.clone())],
            Spec::Subnet { cidr, .. } => vec![("address range", cidr.clone())],
            Spec::InternetGateway { .. } => vec![("attached", "yes".into())],
            Spec::RouteTable { .. } => vec![("default route", "internet gateway".into())],
            Spec::SecurityGroup { ingress, .. } => vec![("lets in", ingress_text(ingress))],
            Spec::TargetGroup { path, check, deregistration_delay, .. } => vec![
                ("health check path", path.clone()),
                ("health check", check.to_string()),
                (DEREGISTRATION_DELAY, format!("{deregistration_delay} s")),
                (FINGERPRINT, drain_fingerprint(&deregistration_delay.to_string())),
            ],
            Spec::Listener { default, .. } => vec![("by default", default.to_string())],
            Spec::Rule { host, service, .. } => {
                vec![("host", host.to_string()), ("forwards to", service.to_string())]
            }
            Spec::Alias { .. } => vec![(POINTS_AT, "load balancer".into())],
            Spec::LogGroup { retention_days, .. } => vec![("keeps", format!("{retention_days} days"))],
            Spec::Role { purpose, .. } => {
                let mut fields =
                    vec![(TRUST, OWN_TASKS.into()), (FINGERPRINT, fingerprint(&purpose.to_string()))];
                if matches!(purpose, RolePurpose::Execution { .. }) {
                    fields.push((POLICY, AS_WRITTEN.into()));
                }
                fields
            }
            Spec::Repository { .. } => vec![(LIFECYCLE, UNTAGGED_GO.into()), (SCAN, "on".into())],
            Spec::TaskDefinition(definition) => return definition.fields(),
            Spec::Service { count, scheduled, port, .. } => {
                let mut fields = vec![("port", port.to_string()), (RUNS, ASKED_FOR.into())];
                if !scheduled || *count == 0 {
                    fields.push(("tasks", count.to_string()));
                }
                fields
            }
            Spec::Schedule { count, suspended, timezone, wake, doze, .. } => vec![
                ("tasks awake", count.to_string()),
                ("suspended", if *suspended { "yes" } else { "no" }.into()),
                ("timezone", timezone.clone()),
                ("wakes", wake.clone()),
                ("dozes", doze.clone()),
                (ALLOWED, AS_SCHEDULED.into()),
            ],
            Spec::Certificate { domain, alternatives } => {
                let mut names: Vec<_> = alternatives.iter().map(ToString::to_string).collect();
                names.push(domain.to_string());
                names.sort();
                vec![("names", names.join(", "))]
            }
            Spec::Vpc { cidr: None, .. }
            | Spec::Delegation { .. }
            | Spec::ValidationRecord { .. }
            | Spec::LoadBalancer { .. }
            | Spec::Image { .. }
            | Spec::Cluster { .. } => vec![],
        };
        fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

impl crate::node::TaskDefinition {
    /// Every value by name, and the fingerprint of those that a stack file leads to.
    pub fn fields(&self) -> BTreeMap<String, String> {
        let mut fields = BTreeMap::from([
            ("image".to_owned(), self.image.to_string()),
            ("port".to_owned(), self.port.to_string()),
            ("cpu".to_owned(), format!("{} units", self.cpu)),
            ("memory".to_owned(), format!("{} MiB", self.memory)),
            ("container check".to_owned(), self.command.join(" ")),
            ("log group".to_owned(), self.log_group.clone()),
        ]);
        for (name, value) in &self.env {
            fields.insert(format!("env {name}"), value.clone());
        }
        for (name, reference) in &self.secrets {
            fields.insert(format!("secret {name}"), reference.to_string());
        }
        let all: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
        fields.insert(FINGERPRINT.to_owned(), fingerprint(&all.join("\n")));
        // Older tags know nothing of these.
        fields.insert(FAMILY.to_owned(), self.family.clone());
        fields.insert(BESIDES.to_owned(), String::new());
        fields
    }
}

/// The fingerprint of a target group that drains for so many seconds.
pub fn drain_fingerprint(seconds: &str) -> String {
    fingerprint(&format!("deregistration delay {seconds}"))
}

/// A range of tasks as [`RANGE`] holds it.
pub fn range_text((least, most): (u32, u32)) -> String {
    format!("{least} to {most}")
}

/// The rules of a security group as one sorted text, such as `world on 80, world on 443`.
pub fn ingress_text(ingress: &[Ingress]) -> String {
    let mut rules: Vec<String> = ingress.iter().map(ToString::to_string).collect();
    rules.sort();
    rules.dedup();
    rules.join(", ")
}

impl std::fmt::Display for Ingress {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.from {
            IngressSource::World => write!(formatter, "world on {}", self.port),
            IngressSource::Group(id) => write!(formatter, "{} on {}", called(id, &id.part), self.port),
        }
    }
}

impl std::fmt::Display for crate::node::TargetCheck {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "every {} s, timeout {} s, healthy after {}, unhealthy after {}",
            self.interval, self.timeout, self.healthy, self.unhealthy
        )
    }
}

impl std::fmt::Display for ListenerDefault {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ListenerDefault::RedirectToHttps => formatter.write_str("redirects to HTTPS"),
            ListenerDefault::Forward(service) => write!(formatter, "forwards to {service}"),
            ListenerDefault::NotFound => formatter.write_str("answers 404"),
        }
    }
}

impl std::fmt::Display for RolePurpose {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            RolePurpose::Task => formatter.write_str("task"),
            RolePurpose::Execution { secrets } => {
                formatter.write_str("execution")?;
                secrets.iter().try_for_each(|secret| write!(formatter, " {secret}"))
            }
        }
    }
}
