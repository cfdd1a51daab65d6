//! The one poller: a named condition, a deadline, a tight fixed step.
//!
//! The SDK's own waiters back off up to ten minutes, and take a parked or rolled-back service for a stable one.

use std::time::Duration;

use tokio::time::Instant;
use topology::observation::Ask;

use super::error::{AwsError, Class};
use super::part::{Task, Told};

/// What a look at a condition says.
pub enum Probe<T> {
    /// It has come true.
    Done(T),
    /// Not yet; how far it is, if there is more to say than the condition's name.
    NotYet(Option<String>),
    /// Not before a person has done something.
    Ask(Ask),
}

/// Polls until `probe` says done. `condition` completes the sentence "waits until …", such as `the certificate
/// is issued`. Conditions that only a person can make true have no deadline.
pub async fn until<T, F>(
    task: &Task<'_>,
    condition: &str,
    deadline: Duration,
    mut probe: impl FnMut() -> F,
) -> Result<T, AwsError>
where
    F: Future<Output = Result<Probe<T>, AwsError>>,
{
    let start = Instant::now();
    let mut told = None;
    loop {
        let now = match probe().await? {
            Probe::Done(value) => return Ok(value),
            Probe::NotYet(None) => Told::WaitsFor(condition.to_owned()),
            Probe::NotYet(Some(detail)) => Told::WaitsFor(format!("{condition} ({detail})")),
            Probe::Ask(ask) => Told::Ask(ask),
        };
        if !matches!(now, Told::Ask(_)) && start.elapsed() > deadline {
            let message = format!("after {} s it was not yet true that {condition}", deadline.as_secs());
            return Err(AwsError::new(format!("wait until {condition}"), Class::TimedOut, message));
        }
        // Told once a change, not once a poll.
        if told.as_ref() != Some(&now) {
            task.tell(now.clone());
            told = Some(now);
        }
        pause(task, condition).await?;
    }
}

/// Tries again while AWS answers that it does not see yet, or that something still holds it.
pub async fn through<T, F>(
    task: &Task<'_>,
    condition: &str,
    deadline: Duration,
    mut attempt: impl FnMut() -> F,
) -> Result<T, AwsError>
where
    F: Future<Output = Result<T, AwsError>>,
{
    let start = Instant::now();
    let mut told = false;
    loop {
        match attempt().await {
            Err(error)
                if matches!(error.class, Class::NotYet | Class::InUse) && start.elapsed() < deadline => {}
            other => return other,
        }
        if !told {
            task.tell(Told::WaitsFor(condition.to_owned()));
            told = true;
        }
        pause(task, condition).await?;
    }
}

async fn pause(task: &Task<'_>, condition: &str) -> Result<(), AwsError> {
    let step = task.aws.step();
    // A little unevenness keeps many waits from falling on one instant.
    let uneven = step.mul_f64(1.0 + 0.2 * task.unevenness());
    tokio::select! {
        () = tokio::time::sleep(uneven) => Ok(()),
        () = task.cancel.cancelled() => {
            let doing = format!("wait until {condition}");
            Err(AwsError::new(doing, Class::Cancelled, "the operation was cancelled"))
        }
    }
}
