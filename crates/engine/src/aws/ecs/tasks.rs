//! Tasks: those that have stopped say why; those that linger hold what they stand on.

use aws_sdk_ecs::types::{DesiredStatus, Task as EcsTask};

use topology::names;
use topology::stack::StackName;

use super::super::limits::Api;
use super::super::{Aws, AwsError, Class, mark};

const LOOK_AT_STOPPING: &str = "look at the tasks that stop";
/// The most that one call describes.
const DESCRIBE_BATCH: usize = 100;

/// A service's tasks that are to be stopped or have stopped within the last hour; at most a hundred.
pub async fn stopped(aws: &Aws, cluster: &str, service: &str) -> Result<Vec<EcsTask>, AwsError> {
    let doing = format!("look at the stopped tasks of the service `{service}`");
    let request = aws.inner.ecs.list_tasks().cluster(cluster).service_name(service);
    let request = request.desired_status(DesiredStatus::Stopped);
    let arns = match aws.call(Api::EcsRead, &doing, request.send()).await {
        Ok(answer) => answer.task_arns.unwrap_or_default(),
        // AWS forgets a deleted service.
        Err(error) if matches!(error.class, Class::NotFound | Class::Invalid) => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    if arns.is_empty() {
        return Ok(Vec::new());
    }
    let request = aws.inner.ecs.describe_tasks().cluster(cluster).set_tasks(Some(arns));
    let answer = aws.call(Api::EcsRead, &doing, request.send()).await?;
    Ok(answer.tasks.unwrap_or_default())
}

/// How many tasks of a service are to stop and have not. One look at the cluster serves all that ask.
pub async fn stopping(aws: &Aws, stack: &StackName, service: &str) -> Result<usize, AwsError> {
    let together = &aws.inner.ecs_together.stopping;
    let counted = together.submit(stack.as_str(), service.to_owned(), |all| count(aws, stack, all)).await;
    counted.unwrap_or_else(|| Err(mark::cut_off(LOOK_AT_STOPPING)))
}

async fn count(aws: &Aws, stack: &StackName, services: Vec<String>) -> Vec<Result<usize, AwsError>> {
    let stopping = match all_stopping(aws, &names::cluster(stack)).await {
        Ok(tasks) => tasks,
        Err(error) => return vec![Err(error); services.len()],
    };
    let groups = services.iter().map(|service| format!("service:{service}"));
    groups.map(|group| Ok(stopping.iter().filter(|task| task.group() == Some(&group)).count())).collect()
}

async fn all_stopping(aws: &Aws, cluster: &str) -> Result<Vec<EcsTask>, AwsError> {
    let arns = match list_stopped(aws, cluster).await {
        // Without a cluster there is no task either.
        Err(error) if error.class == Class::NotFound => return Ok(Vec::new()),
        listed => listed?,
    };
    let described = arns.chunks(DESCRIBE_BATCH).map(async |some| {
        let request = aws.inner.ecs.describe_tasks().cluster(cluster).set_tasks(Some(some.to_vec()));
        aws.call(Api::EcsRead, LOOK_AT_STOPPING, request.send()).await
    });
    let described = futures::future::try_join_all(described).await?;
    let tasks = described.into_iter().flat_map(|answer| answer.tasks.unwrap_or_default());
    Ok(tasks.filter(|task| task.last_status() != Some("STOPPED")).collect())
}

async fn list_stopped(aws: &Aws, cluster: &str) -> Result<Vec<String>, AwsError> {
    let mut arns = Vec::new();
    let mut next = None;
    loop {
        let request = aws.inner.ecs.list_tasks().cluster(cluster).desired_status(DesiredStatus::Stopped);
        let page = aws.call(Api::EcsRead, LOOK_AT_STOPPING, request.set_next_token(next).send()).await?;
        arns.extend(page.task_arns.unwrap_or_default());
        next = page.next_token;
        if next.is_none() {
            return Ok(arns);
        }
    }
}

/// Stops every task of the cluster that still runs.
pub async fn stop_all(aws: &Aws, cluster: &str) -> Result<(), AwsError> {
    let doing = "stop the tasks that still run in the cluster";
    let request = aws.inner.ecs.list_tasks().cluster(cluster).desired_status(DesiredStatus::Running);
    let answer = aws.call(Api::EcsRead, doing, request.send()).await?;
    for arn in answer.task_arns() {
        let request =
            aws.inner.ecs.stop_task().cluster(cluster).task(arn).reason("Slipway deletes the cluster");
        match aws.call(Api::EcsCluster, doing, request.send()).await {
            // It ended by itself in between.
            Err(error) if matches!(error.class, Class::NotFound | Class::Invalid) => {}
            other => drop(other?),
        }
    }
    Ok(())
}

/// Why a task stopped, in AWS's words and with its containers' last ones.
pub fn last_words(task: &EcsTask) -> String {
    let mut words = vec![task.stopped_reason().unwrap_or("its task stopped").to_owned()];
    for container in task.containers() {
        let name = container.name().unwrap_or_default();
        match (container.reason(), container.exit_code()) {
            (Some(reason), _) => words.push(format!("container `{name}`: {reason}")),
            (None, Some(code)) if code != 0 => {
                words.push(format!("container `{name}` ended with status {code}"))
            }
            _ => {}
        }
    }
    words.join("; ")
}

#[cfg(test)]
mod tests {
    use aws_sdk_ecs::types::Container;

    use super::*;

    #[test]
    fn last_words_name_the_container_and_its_exit_status() {
        let container = Container::builder().name("backend").exit_code(1).build();
        let task =
            EcsTask::builder().stopped_reason("Essential container in task exited").containers(container);
        assert_eq!(
            last_words(&task.build()),
            "Essential container in task exited; container `backend` ended with status 1"
        );
    }
}
