//! A look at all of a stack: in bulk, in parallel, never one call a node where the API takes several.

use std::collections::BTreeMap;

use futures::future::BoxFuture;
use topology::graph::Topology;
use topology::node::{NodeId, NodeKind};
use topology::observation::{Condition, Found, Observation};
use topology::operation::EventId;
use topology::stack::StackName;

use super::connection::Aws;
use super::error::{AwsError, Class};
use super::{acm, autoscaling, ec2, ecr, ecs, elbv2, iam, logs, route53};

pub use super::route53::zone::ZoneTells;

/// What a look may know.
pub struct Look<'a> {
    pub aws: &'a Aws,
    pub stack: &'a StackName,
    /// What is wanted, if that is known: adapters may look for it by name, and read in full what differs.
    pub wanted: Option<&'a Topology>,
}

/// What one adapter saw.
#[derive(Debug, Default)]
pub struct Seen {
    /// The stack's own, and what it uses.
    pub found: BTreeMap<NodeId, Found>,
    /// Of a name that the stack needs, and not the stack's.
    pub foreign: BTreeMap<NodeId, Found>,
}

impl Seen {
    fn take_in(&mut self, part: Seen) {
        self.found.extend(part.found);
        self.foreign.extend(part.foreign);
    }
}

/// How often a look begins anew because something went while it looked.
const LOOKS: usize = 3;

/// Everything that AWS says now about the stack. `at` is now, in milliseconds since 1970, `after` the newest event.
pub async fn observe(look: &Look<'_>, at: u64, after: EventId) -> Result<Observation, AwsError> {
    let calls = look.aws.calls();
    let mut observation = undisturbed(|| Box::pin(observe_once(look))).await?;
    observation.calls = look.aws.calls() - calls;
    Ok(Observation { at, after, ..observation })
}

/// Looks again where something stood in a list and was gone when it was asked for: somebody tears down.
async fn undisturbed<'a, T>(look: impl Fn() -> BoxFuture<'a, Result<T, AwsError>>) -> Result<T, AwsError> {
    for _ in 1..LOOKS {
        match look().await {
            Err(error) if error.class == Class::NotFound => {}
            other => return other,
        }
    }
    look().await
}

async fn observe_once(look: &Look<'_>) -> Result<Observation, AwsError> {
    // Boxed: the SDK's futures are large, and all of them side by side outgrow a thread's stack.
    let (zone, network, edge, containers) = tokio::try_join!(
        Box::pin(route53::observe(look)),
        Box::pin(ec2::observe(look)),
        Box::pin(edge(look)),
        Box::pin(containers(look)),
    )?;
    let mut seen = Seen::default();
    [zone.seen, network, edge, containers].into_iter().for_each(|part| seen.take_in(part));
    // Records point at the load balancer, and prove the certificate.
    seen.take_in(route53::name_records(look, &zone.records, &seen.found));
    Ok(Observation {
        stack: look.stack.clone(),
        account: look.aws.account().to_owned(),
        region: look.aws.region().clone(),
        at: 0,
        after: EventId(0),
        calls: 0,
        found: seen.found,
        note: zone.note,
        foreign: seen.foreign,
    })
}

/// What stands at the edge, and the certificate that is served there.
async fn edge(look: &Look<'_>) -> Result<Seen, AwsError> {
    let mut seen = elbv2::observe(look).await?;
    let (rules, certificate) = tokio::try_join!(
        Box::pin(elbv2::rule::observe(look, &seen.found)),
        Box::pin(acm::observe(look, &seen.found)),
    )?;
    seen.found.extend(rules);
    let is_replaced = |arn: &String| {
        certificate.found.iter().any(|(id, found)| !id.part.is_empty() && found.aws_id == *arn)
    };
    let https = NodeId::part(NodeKind::Listener, "https");
    if let Some(listener) = seen.found.get_mut(&https)
        && listener.facts.get("certificate").is_some_and(is_replaced)
    {
        // A run ended before the listener followed.
        listener.condition = Condition::Unwell("it serves the certificate that was replaced".into());
    }
    seen.found.extend(certificate.found);
    Ok(seen)
}

/// The part of the look that is about what runs containers, and its logs, roles and images.
pub async fn containers(look: &Look<'_>) -> Result<Seen, AwsError> {
    let parts = tokio::try_join!(
        Box::pin(ecs::observe(look)),
        Box::pin(ecr::repository::observe(look)),
        Box::pin(iam::observe(look)),
        Box::pin(logs::observe(look)),
        Box::pin(autoscaling::observe(look)),
    )?;
    let mut seen = Seen::default();
    <[Seen; 5]>::from(parts).into_iter().for_each(|part| seen.take_in(part));
    logs::ours(look, &mut seen).await?;
    // Images stand in repositories, and the services tell which run; repositories may come back marked as shared.
    let images = Box::pin(ecr::image::observe(look, &seen.found)).await?;
    seen.found.extend(images.found);
    Ok(seen)
}

/// What [`observe`] does not see because it takes further calls to find; for a tear down, which is to leave nothing,
/// and for its receipt.
pub async fn strays(
    aws: &Aws,
    stack: &StackName,
    found: &BTreeMap<NodeId, Found>,
) -> Result<BTreeMap<NodeId, Found>, AwsError> {
    let (mut strays, definitions, record) = tokio::try_join!(
        undisturbed(|| Box::pin(ecr::repository::strays(aws, stack, found))),
        undisturbed(|| Box::pin(ecs::strays(aws, stack, found))),
        undisturbed(|| Box::pin(route53::validation::stray(aws, found))),
    )?;
    strays.extend(definitions);
    strays.extend(record);
    Ok(strays)
}

/// The stacks that hosted zones name in this account.
pub async fn stacks(aws: &Aws) -> Result<BTreeMap<StackName, ZoneTells>, AwsError> {
    undisturbed(|| Box::pin(route53::zone::stacks(aws))).await
}
