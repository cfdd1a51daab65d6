//! Tasks: those that have stopped say why; those that linger hold what they stand on.

use aws_sdk_ecs::types::{DesiredStatus, Task as EcsTask};

use super::super::limits::Api;
use super::super::{Aws, AwsError, Class};

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
