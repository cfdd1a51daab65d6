//! Task definitions that no service and no active revision tells of: a tear down that was cut off had deregistered
//! them, and not yet deleted.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ecs::types::TaskDefinitionFamilyStatus;
use topology::node::{NodeId, NodeKind};
use topology::observation::Found;
use topology::stack::StackName;

use super::super::{Aws, AwsError};
use super::definition::Home;
use super::{revision, task_definition};

/// The stack's own that are not among those `found`.
pub async fn strays(
    aws: &Aws,
    stack: &StackName,
    found: &BTreeMap<NodeId, Found>,
) -> Result<BTreeMap<NodeId, Found>, AwsError> {
    let definitions = found.iter().filter(|(id, _)| id.kind == NodeKind::TaskDefinition);
    let known: BTreeSet<&str> = definitions.map(|(_, found)| revision::family_of(&found.aws_id)).collect();
    let mut families = revision::families(aws, stack, TaskDefinitionFamilyStatus::Inactive).await?;
    families.retain(|family| !known.contains(family.as_str()));
    let newest = revision::newest_inactive(aws, &families).await?;
    let read = newest.iter().map(|arn| task_definition::describe(aws, arn));
    let mut strays = BTreeMap::new();
    for (definition, tags) in futures::future::try_join_all(read).await?.into_iter().flatten() {
        // The prefix is also that of a stack whose name goes on where ours ends.
        let Some(id) = tags.node_of(stack).filter(|id| id.kind == NodeKind::TaskDefinition) else { continue };
        let home = Home { aws, stack, service: &id.part };
        let found = task_definition::as_found(home, &definition, None);
        strays.insert(id, found);
    }
    Ok(strays)
}
