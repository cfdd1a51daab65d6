//! Changes of records: one batch at a time a zone, because AWS refuses a second while one is being taken.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_route53::types::{Change, ChangeAction, ChangeBatch, ChangeStatus, ResourceRecordSet};
use tokio::time::Instant;

use super::super::error::{AwsError, Class};
use super::super::limits::Api;
use super::super::mark;
use super::super::together::Together;
use super::super::{Aws, Probe, Task, wait};

/// AWS says within a minute; Terraform waits for thirty.
const IN_SYNC: Duration = Duration::from_secs(30 * 60);

/// Of things that change together. A change that replaces counts twice, and AWS takes a thousand.
const MOST: usize = 200;

/// The batches of all zones.
pub struct Batches {
    zones: Together<Vec<Change>, Result<String, AwsError>>,
    /// The batches that are waited for, by their id.
    on_their_way: Mutex<HashMap<String, Arc<tokio::sync::Mutex<Way>>>>,
}

impl Default for Batches {
    fn default() -> Self {
        Self { zones: Together::new(MOST), on_their_way: Mutex::default() }
    }
}

/// How far a batch is; many wait for the same one, and one look serves all.
#[derive(Default)]
struct Way {
    in_sync: bool,
    looked_at: Option<Instant>,
}

/// One change of one record set.
pub fn change(action: ChangeAction, set: ResourceRecordSet) -> Result<Change, AwsError> {
    let doing = "describe a change of a record";
    Change::builder()
        .action(action)
        .resource_record_set(set)
        .build()
        .map_err(|error| AwsError::new(doing, Class::Invalid, error.to_string()))
}

/// Carries out `changes`, all or none; returns the id of the batch that they went with.
pub async fn submit(aws: &Aws, zone_id: &str, doing: &str, changes: Vec<Change>) -> Result<String, AwsError> {
    let zones = &aws.inner.batches.zones;
    let answer = zones.submit(zone_id, changes, |batch| send_all(aws, zone_id, doing, batch)).await;
    answer.unwrap_or_else(|| Err(mark::cut_off(doing)))
}

async fn send_all(
    aws: &Aws,
    zone_id: &str,
    doing: &str,
    batch: Vec<Vec<Change>>,
) -> Vec<Result<String, AwsError>> {
    let together = send(aws, zone_id, doing, batch.concat()).await;
    let mut answers = Vec::new();
    for changes in &batch {
        answers.push(match &together {
            // One bad change spoils a batch, so each is tried by itself.
            Err(error) if error.class == Class::Invalid && batch.len() > 1 => {
                send(aws, zone_id, doing, changes.clone()).await
            }
            result => result.clone(),
        });
    }
    answers
}

async fn send(aws: &Aws, zone_id: &str, doing: &str, changes: Vec<Change>) -> Result<String, AwsError> {
    let batch = ChangeBatch::builder().set_changes(Some(changes)).build();
    let batch = batch.map_err(|error| AwsError::new(doing, Class::Invalid, error.to_string()))?;
    let request = aws.inner.route53.change_resource_record_sets().hosted_zone_id(zone_id).change_batch(batch);
    let answer = aws.call(Api::Route53, doing, request.send()).await?;
    Ok(answer.change_info.map(|info| info.id).unwrap_or_default())
}

/// Waits until all name servers of the zone know the change.
pub async fn until_in_sync(task: &Task<'_>, change: &str) -> Result<(), AwsError> {
    let id = change.trim_start_matches("/change/").to_owned();
    if id.is_empty() {
        return Ok(());
    }
    let way = {
        let mut ways = task.aws.inner.batches.on_their_way.lock().unwrap_or_else(PoisonError::into_inner);
        // What nobody waits for any more is forgotten.
        ways.retain(|_, way| Arc::strong_count(way) > 1);
        ways.entry(id.clone()).or_default().clone()
    };
    wait::until(task, "all name servers know the record", IN_SYNC, async || {
        let mut way = way.lock().await;
        if !way.in_sync && way.looked_at.is_none_or(|at| at.elapsed() >= task.aws.step()) {
            way.in_sync = is_in_sync(task.aws, &id).await?;
            way.looked_at = Some(Instant::now());
        }
        Ok(if way.in_sync { Probe::Done(()) } else { Probe::NotYet(None) })
    })
    .await
}

async fn is_in_sync(aws: &Aws, id: &str) -> Result<bool, AwsError> {
    let request = aws.inner.route53.get_change().id(id);
    let answer = aws.call(Api::Route53, "look at a change of records", request.send()).await?;
    Ok(answer.change_info.map(|info| info.status) == Some(ChangeStatus::Insync))
}
