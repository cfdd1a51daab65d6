//! Taking over what has a name that the stack needs and is somebody else's: it gets the stack's tags.
//!
//! Whether that is safe stands in `topology::plan::collision`. What differs is set right by the next deploy; a repository
//! also gets at once what that could not see.

use topology::node::{NodeId, NodeKind};
use topology::observation::{Found, NOTED, Observation, SHARED};
use topology::stack::StackName;

use super::mark::Claim;
use super::{Aws, AwsError, ec2, ecr, ecs, elbv2, iam, logs};

/// What stands where `id` should, and is not the stack's own; `None`: nothing does.
pub async fn candidate(
    aws: &Aws,
    stack: &StackName,
    id: &NodeId,
    seen: &Observation,
) -> Result<Option<Found>, AwsError> {
    if let Some(foreign) = seen.foreign.get(id) {
        return Ok(Some(foreign.clone()));
    }
    let Some(found) = seen.found.get(id).filter(|_| id.kind == NodeKind::Repository) else { return Ok(None) };
    let found = match found.facts.get(SHARED) {
        None => return Ok(None),
        // It may have been taken over since, and the services' notes not have followed.
        Some(shared) if shared == NOTED => ecr::repository::asked(aws, stack, id, found).await?,
        Some(_) => found.clone(),
    };
    Ok(Some(found))
}

/// Gives `found` the stack's tags. Can be done again at any point.
pub async fn take_over(claim: &Claim<'_>, found: &Found, seen: &Observation) -> Result<(), AwsError> {
    match claim.id.kind {
        NodeKind::TargetGroup => elbv2::take_over(claim, found).await,
        NodeKind::SecurityGroup => ec2::security_group::take_over(claim, found).await,
        NodeKind::Cluster | NodeKind::TaskDefinition => ecs::take_over(claim, found).await,
        NodeKind::LogGroup => logs::take_over(claim, found).await,
        NodeKind::Role => iam::take_over(claim, found).await,
        NodeKind::Repository => repository(claim, found, seen).await,
        _ => unreachable!("the plan offers no other kind"),
    }
}

/// The services note which repositories are somebody else's, and are told.
async fn repository(claim: &Claim<'_>, found: &Found, seen: &Observation) -> Result<(), AwsError> {
    ecr::repository::take_over(claim, found).await?;
    for (_, service) in seen.found.iter().filter(|(id, _)| id.kind == NodeKind::Service) {
        ecs::service::forget_shared(claim.aws, service, &claim.id.part).await?;
    }
    Ok(())
}
