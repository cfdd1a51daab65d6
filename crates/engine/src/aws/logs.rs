//! CloudWatch Logs: the log groups.
//!
//! It does not read logs. A group is found by its prefix, `/slipway/<stack>/`, and known as the stack's by the service
//! that writes to it, or else by its own tags: see [`ours`].
//!
//! | | |
//! | --- | --- |
//! | in | a name, and for how long lines are kept |
//! | out | the group's ARN; field `keeps` |

use std::time::Duration;

use topology::names;
use topology::node::{NodeId, NodeKind, Spec};
use topology::observation::{Condition, Found};

use super::limits::Api;
use super::mark::{self, Claim, Tags};
use super::observe::{Look, Seen};
use super::{Aws, AwsError, Class, Task, wait};

const FOR_EVER: &str = "for ever";
/// Until a change of the same group that is under way is over.
const CONFLICT_DEADLINE: Duration = Duration::from_secs(60);

pub async fn make(task: &Task<'_>, spec: &Spec, found: Option<&Found>) -> Result<Found, AwsError> {
    let Spec::LogGroup { name, retention_days } = spec else { unreachable!("part::make knows the kind") };
    let found = match found {
        Some(found) => found.clone(),
        None => create(task, name).await?,
    };
    let keeps = format!("{retention_days} days");
    if found.fields.get("keeps") == Some(&keeps) {
        return Ok(found);
    }
    keep_for(task, name, *retention_days).await?;
    Ok(found.field("keeps", keeps))
}

pub async fn delete(task: &Task<'_>, found: &Found) -> Result<(), AwsError> {
    let name = found.facts.get("log group").cloned().unwrap_or_else(|| name_in(&found.aws_id));
    let doing = format!("delete the log group `{name}`");
    let request = task.aws.inner.logs.delete_log_group().log_group_name(&name);
    let condition = "the log group can be deleted";
    wait::through(task, condition, CONFLICT_DEADLINE, async || {
        match task.aws.call(Api::Logs, &doing, request.clone().send()).await {
            Err(error) if error.class == Class::NotFound => Ok(()),
            Err(error) => Err(error),
            Ok(_) => Ok(()),
        }
    })
    .await
}

/// All groups under the stack's prefix.
pub async fn observe(look: &Look<'_>) -> Result<Seen, AwsError> {
    let prefix = names::log_group_prefix(look.stack);
    let mut seen = Seen::default();
    let mut next = None;
    loop {
        let request = look.aws.inner.logs.describe_log_groups().log_group_name_prefix(&prefix).limit(50);
        let request = request.set_next_token(next);
        let page = look.aws.call(Api::Logs, "list the log groups", request.send()).await?;
        for group in page.log_groups() {
            let Some(name) = group.log_group_name() else { continue };
            let Some(service) = name.strip_prefix(&prefix) else { continue };
            let keeps = group.retention_in_days().map_or(FOR_EVER.to_owned(), |days| format!("{days} days"));
            let found = ready(&look.aws.arn("logs", &format!("log-group:{name}")), name, service);
            seen.found.insert(NodeId::part(NodeKind::LogGroup, service), found.field("keeps", keeps));
        }
        next = page.next_token;
        if next.is_none() {
            return Ok(seen);
        }
    }
}

/// Sorts the groups out of `seen` that only have a name of the stack's. No bulk call tells a group's tags, but a service
/// of the stack is made only after its log group was made or taken over: a group's own tags are read where its service
/// is missing, as before the first deploy and in a tear down that was cut off.
pub async fn ours(look: &Look<'_>, seen: &mut Seen) -> Result<(), AwsError> {
    let has_service = |id: &NodeId| seen.found.contains_key(&NodeId::part(NodeKind::Service, &id.part));
    let doubtful = seen.found.keys().filter(|id| id.kind == NodeKind::LogGroup && !has_service(id));
    let asked = doubtful.map(async |id| {
        let found = &seen.found[id];
        match tags_of(look.aws, "read the tags of a log group", &found.aws_id).await {
            Ok(tags) => Ok((id.clone(), Some(tags))),
            // Somebody has just deleted it.
            Err(error) if error.class == Class::NotFound => Ok((id.clone(), None)),
            Err(error) => Err(error),
        }
    });
    for (id, tags) in futures::future::try_join_all(asked).await? {
        if tags.as_ref().and_then(|tags| tags.node_of(look.stack)).as_ref() == Some(&id) {
            continue;
        }
        let Some(found) = seen.found.remove(&id) else { continue };
        let is_wanted = look.wanted.is_some_and(|wanted| wanted.nodes.contains_key(&id));
        if let Some(tags) = tags.filter(|_| is_wanted) {
            seen.foreign.insert(id, tags.whose(found));
        }
    }
    Ok(())
}

pub async fn take_over(claim: &Claim<'_>, found: &Found) -> Result<(), AwsError> {
    let tags = claim.tags().map(|(key, value)| (key.to_owned(), value)).into();
    let request = claim.aws.inner.logs.tag_resource().resource_arn(&found.aws_id).set_tags(Some(tags));
    claim.aws.call(Api::Logs, &claim.doing(), request.send()).await.map(drop)
}

async fn create(task: &Task<'_>, name: &str) -> Result<Found, AwsError> {
    let doing = format!("create the log group `{name}`");
    let tags = task.tags().map(|(key, value)| (key.to_owned(), value)).into();
    let request = task.aws.inner.logs.create_log_group().log_group_name(name).set_tags(Some(tags));
    let arn = task.aws.arn("logs", &format!("log-group:{name}"));
    match task.aws.call(Api::Logs, &doing, request.send()).await {
        Ok(_) => {}
        Err(error) if error.class == Class::Exists => adopt(task, &doing, &arn).await?,
        Err(error) => return Err(error),
    }
    // Its retention, if it has one, is not known here; setting it again does no harm.
    Ok(ready(&arn, name, task.name))
}

async fn adopt(task: &Task<'_>, doing: &str, arn: &str) -> Result<(), AwsError> {
    match tags_of(task.aws, doing, arn).await?.node_of(task.stack) {
        Some(id) if id == *task.id => Ok(()),
        _ => Err(mark::not_ours(doing, arn)),
    }
}

async fn tags_of(aws: &Aws, doing: &str, arn: &str) -> Result<Tags, AwsError> {
    let request = aws.inner.logs.list_tags_for_resource().resource_arn(arn);
    let tags = aws.call(Api::Logs, doing, request.send()).await?.tags.unwrap_or_default();
    Ok(Tags::of(tags.iter().map(|(key, value)| (Some(key.as_str()), Some(value.as_str())))))
}

async fn keep_for(task: &Task<'_>, name: &str, days: u32) -> Result<(), AwsError> {
    let doing = format!("keep the log group `{name}` for {days} days");
    let days = i32::try_from(days).unwrap_or(i32::MAX);
    let request = task.aws.inner.logs.put_retention_policy().log_group_name(name).retention_in_days(days);
    let condition = "the log group can be changed";
    wait::through(task, condition, CONFLICT_DEADLINE, async || {
        task.aws.call(Api::Logs, &doing, request.clone().send()).await
    })
    .await?;
    Ok(())
}

fn ready(arn: &str, name: &str, service: &str) -> Found {
    Found::new(arn, Condition::Ready).fact("name", service).fact("log group", name)
}

/// The name in a group's ARN.
fn name_in(arn: &str) -> String {
    arn.split_once(":log-group:").map_or(arn, |(_, name)| name).trim_end_matches(":*").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_read_off_the_arn_with_or_without_its_star() {
        let arn = "arn:aws:logs:us-east-1:123456789012:log-group:/slipway/cruddur/backend";
        assert_eq!(name_in(arn), "/slipway/cruddur/backend");
        assert_eq!(name_in(&format!("{arn}:*")), "/slipway/cruddur/backend");
    }
}
