//! The one poller: a named condition, a deadline, a tight fixed step.
//!
//! The SDK's own waiters back off up to ten minutes, and take a parked or rolled-back service for a stable one.

use std::time::Duration;

use tokio::time::Instant;
use topology::observation::Ask;

use super::error::{AwsError, Class};
use super::part::{Task, Told};

/// How long AWS may give no answer to who waits for a person.
const PATIENCE: Duration = Duration::from_secs(10 * 60);

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
/// is issued`. Conditions that only a person can make true have no deadline. A wait outlives AWS's trouble and a
/// network that is gone for a while.
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
    let mut has_deadline = deadline < Duration::MAX;
    let mut answered = start;
    loop {
        let now = match probe().await {
            Ok(Probe::Done(value)) => return Ok(value),
            Ok(Probe::NotYet(detail)) => {
                (has_deadline, answered) = (deadline < Duration::MAX, Instant::now());
                Told::WaitsFor(match detail {
                    None => condition.to_owned(),
                    Some(detail) => format!("{condition} ({detail})"),
                })
            }
            Ok(Probe::Ask(ask)) => {
                (has_deadline, answered) = (false, Instant::now());
                Told::Ask(ask)
            }
            Err(error) if passes(&error) => {
                let (since, most) = if has_deadline { (start, deadline) } else { (answered, PATIENCE) };
                if since.elapsed() > most {
                    return Err(error);
                }
                Told::WaitsFor(in_trouble(condition, &error))
            }
            Err(error) => return Err(error),
        };
        if has_deadline && start.elapsed() > deadline {
            let message = format!("after {} s it was not yet true that {condition}", deadline.as_secs());
            return Err(AwsError::new(format!("wait until {condition}"), Class::TimedOut, message));
        }
        tell_news(task, &mut told, now);
        pause(task, condition).await?;
    }
}

/// Tries again while AWS answers that it does not see yet, or that something still holds it, and through its trouble.
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
    let mut told = None;
    loop {
        let now = match attempt().await {
            Err(error) if start.elapsed() >= deadline => return Err(error),
            Err(error) if matches!(error.class, Class::NotYet | Class::InUse) => condition.to_owned(),
            Err(error) if passes(&error) => in_trouble(condition, &error),
            other => return other,
        };
        tell_news(task, &mut told, Told::WaitsFor(now));
        pause(task, condition).await?;
    }
}

/// Told once a change, not once a poll.
fn tell_news(task: &Task<'_>, told: &mut Option<Told>, now: Told) {
    if told.as_ref() != Some(&now) {
        task.tell(now.clone());
        *told = Some(now);
    }
}

/// What the SDK has given up on, and a wait need not.
fn passes(error: &AwsError) -> bool {
    matches!(error.class, Class::Throttled | Class::Server | Class::Unreachable)
}

fn in_trouble(condition: &str, error: &AwsError) -> String {
    let trouble = match error.class {
        Class::Throttled => "AWS takes no more calls now",
        Class::Unreachable => "AWS cannot be reached now",
        _ => "AWS has trouble now",
    };
    format!("{condition} ({trouble})")
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
