//! The revisions of task definitions: how they are called, listed and deleted.
//!
//! AWS deletes only what was deregistered, ten revisions a call, and soon no more than one call a second; so the
//! families of a tear down are listed and deleted together.

use std::time::Duration;

use aws_sdk_ecs::types::{TaskDefinitionFamilyStatus, TaskDefinitionStatus};
use topology::stack::StackName;

use super::super::limits::Api;
use super::super::{Aws, AwsError, Class, Task, mark, wait};

/// The most that one call deletes.
pub const DELETE_BATCH: usize = 10;
/// For deregistered revisions to become deletable.
const DELETE_DEADLINE: Duration = Duration::from_secs(120);

/// The ARNs of a family's revisions. AWS may know more: those that are being deleted.
#[derive(Debug, Clone, Default)]
pub struct Revisions {
    active: Vec<String>,
    /// Deregistered, and still there.
    inactive: Vec<String>,
}

/// The families with the stack's prefix, which is also that of a stack whose name goes on where this one ends.
pub async fn families(
    aws: &Aws,
    stack: &StackName,
    status: TaskDefinitionFamilyStatus,
) -> Result<Vec<String>, AwsError> {
    let mut families = Vec::new();
    let mut next = None;
    loop {
        let request = aws.inner.ecs.list_task_definition_families().family_prefix(format!("{stack}-"));
        let request = request.status(status.clone()).set_next_token(next);
        let page = aws.call(Api::EcsRead, "list the task definitions", request.send()).await?;
        families.extend(page.families.unwrap_or_default());
        next = page.next_token;
        if next.is_none() {
            return Ok(families);
        }
    }
}

/// The newest of each family's revisions that were deregistered and are still there.
pub async fn newest_inactive(aws: &Aws, families: &[String]) -> Result<Vec<String>, AwsError> {
    let listed: Result<Vec<Vec<String>>, AwsError> =
        list_with(aws, families, TaskDefinitionStatus::Inactive).await.into_iter().collect();
    let number = |arn: &String| number_of(arn).parse::<u32>().unwrap_or_default();
    Ok(listed?.into_iter().filter_map(|arns| arns.into_iter().max_by_key(number)).collect())
}

/// Lets a whole family go; also what somebody has deregistered before.
pub async fn delete_all(task: &Task<'_>, family: &str) -> Result<(), AwsError> {
    // From here on, so that the others' deletes wait for this one as long as it is on its way.
    let mut place = Some(task.aws.inner.ecs_together.deletions.hold(task.stack.as_str()));
    let Revisions { active, inactive } = list(task, family).await?;
    for arn in &active {
        deregister(task, arn).await?;
    }
    let all: Vec<String> = active.into_iter().chain(inactive).collect();
    wait::through(task, "the task definition can be deleted", DELETE_DEADLINE, || {
        let deletions = &task.aws.inner.ecs_together.deletions;
        let mut places: Vec<_> = place.take().into_iter().collect();
        places.truncate(all.len());
        places.extend((places.len()..all.len()).map(|_| deletions.hold(task.stack.as_str())));
        let deleted = places.into_iter().zip(&all).map(async |(place, arn)| {
            let answer = place.submit(arn.clone(), |batch| delete(task.aws, batch)).await;
            let doing = format!("delete the task definition `{}`", name_of(arn));
            let answer = answer.unwrap_or_else(|| Err(mark::cut_off(&doing)));
            answer.map_err(|error| AwsError { doing, ..error })
        });
        let deleted = futures::future::join_all(deleted);
        async move { deleted.await.into_iter().collect() }
    })
    .await
}

/// `family` in `arn:…:task-definition/family:7`.
pub fn family_of(arn: &str) -> &str {
    let name = name_of(arn);
    name.split_once(':').map_or(name, |(family, _)| family)
}

/// `family:7` in `arn:…:task-definition/family:7`.
pub fn name_of(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// `7` in `arn:…:task-definition/family:7`.
pub fn number_of(arn: &str) -> &str {
    arn.rsplit(':').next().unwrap_or_default()
}

async fn list(task: &Task<'_>, family: &str) -> Result<Revisions, AwsError> {
    let listings = &task.aws.inner.ecs_together.revisions;
    let listed =
        listings.submit(task.stack.as_str(), family.to_owned(), |all| list_many(task.aws, all)).await;
    listed.unwrap_or_else(|| Err(mark::cut_off("list the revisions of the task definitions")))
}

async fn list_many(aws: &Aws, families: Vec<String>) -> Vec<Result<Revisions, AwsError>> {
    let (active, inactive) = tokio::join!(
        list_with(aws, &families, TaskDefinitionStatus::Active),
        list_with(aws, &families, TaskDefinitionStatus::Inactive),
    );
    let both = active.into_iter().zip(inactive);
    both.map(|(active, inactive)| Ok(Revisions { active: active?, inactive: inactive? })).collect()
}

/// AWS lists one family or all of the account, never some. An account with many revisions has more pages than there
/// are families to ask for: then each is asked for.
async fn list_with(
    aws: &Aws,
    families: &[String],
    status: TaskDefinitionStatus,
) -> Vec<Result<Vec<String>, AwsError>> {
    if families.len() > 1 {
        match list_account(aws, &status, families.len()).await {
            Ok(Some(all)) => {
                let of =
                    |family: &String| all.iter().filter(|arn| family_of(arn) == family).cloned().collect();
                return families.iter().map(|family| Ok(of(family))).collect();
            }
            Ok(None) => {}
            Err(error) => return vec![Err(error); families.len()],
        }
    }
    futures::future::join_all(families.iter().map(|family| list_family(aws, family, &status))).await
}

/// `None`: more than `most` pages.
async fn list_account(
    aws: &Aws,
    status: &TaskDefinitionStatus,
    most: usize,
) -> Result<Option<Vec<String>>, AwsError> {
    let mut arns = Vec::new();
    let mut next = None;
    for _ in 0..most {
        let request = aws.inner.ecs.list_task_definitions().status(status.clone()).set_next_token(next);
        let page = aws.call(Api::EcsRead, "list the task definitions", request.send()).await?;
        arns.extend(page.task_definition_arns.unwrap_or_default());
        next = page.next_token;
        if next.is_none() {
            return Ok(Some(arns));
        }
    }
    Ok(None)
}

async fn list_family(
    aws: &Aws,
    family: &str,
    status: &TaskDefinitionStatus,
) -> Result<Vec<String>, AwsError> {
    let doing = format!("list the revisions of the task definition `{family}`");
    let mut arns = Vec::new();
    let mut next = None;
    loop {
        let request = aws.inner.ecs.list_task_definitions().family_prefix(family).status(status.clone());
        let page = aws.call(Api::EcsRead, &doing, request.set_next_token(next).send()).await?;
        arns.extend(page.task_definition_arns().iter().filter(|arn| family_of(arn) == family).cloned());
        next = page.next_token;
        if next.is_none() {
            return Ok(arns);
        }
    }
}

async fn deregister(task: &Task<'_>, arn: &str) -> Result<(), AwsError> {
    let request = task.aws.inner.ecs.deregister_task_definition().task_definition(arn);
    let doing = format!("deregister the task definition `{}`", name_of(arn));
    match task.aws.call(Api::EcsTaskDefinition, &doing, request.send()).await {
        Err(error) if error.class != Class::NotFound && !speaks_of_gone(&error.message) => Err(error),
        _ => Ok(()),
    }
}

async fn delete(aws: &Aws, arns: Vec<String>) -> Vec<Result<(), AwsError>> {
    let doing = "delete the task definitions";
    let request = aws.inner.ecs.delete_task_definitions().set_task_definitions(Some(arns.clone()));
    let answer = match aws.call(Api::EcsTaskDefinitionDelete, doing, request.send()).await {
        Ok(answer) => answer,
        Err(error) => return vec![Err(error); arns.len()],
    };
    let failures = answer.failures();
    let reason_of = |arn: &String| {
        // A failure that names nothing may be anybody's.
        let its = failures.iter().find(|failure| failure.arn().is_none_or(|failed| failed == arn));
        its.and_then(|failure| failure.reason()).filter(|reason| !speaks_of_gone(reason))
    };
    let answers = arns.iter().map(|arn| match reason_of(arn) {
        None => Ok(()),
        // AWS takes a moment to see that it was deregistered.
        Some(reason) if reason.contains("ACTIVE") => Err(AwsError::new(doing, Class::NotYet, reason)),
        Some(reason) => Err(AwsError::new(doing, Class::Failed, reason)),
    });
    answers.collect()
}

fn speaks_of_gone(message: &str) -> bool {
    ["does not exist", "MISSING", "DELETE_IN_PROGRESS", "process of being deleted"]
        .iter()
        .any(|words| message.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn family_and_number_are_read_off_the_arn() {
        let arn = "arn:aws:ecs:us-east-1:123456789012:task-definition/cruddur-backend:7";
        assert_eq!((family_of(arn), number_of(arn)), ("cruddur-backend", "7"));
    }
}
