//! Changes of records: one batch at a time a zone, because AWS refuses a second while one is being taken.
//!
//! What comes while a batch is under way goes out together in the next one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_route53::types::{Change, ChangeAction, ChangeBatch, ChangeStatus, ResourceRecordSet};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::super::error::{AwsError, Class};
use super::super::limits::Api;
use super::super::{Aws, Probe, Task, wait};

/// AWS says within a minute; Terraform waits for thirty.
const IN_SYNC: Duration = Duration::from_secs(30 * 60);

/// The batches of all zones.
#[derive(Default)]
pub struct Batches {
    zones: Mutex<HashMap<String, Arc<Zone>>>,
    /// The batches that are waited for, by their id.
    on_their_way: Mutex<HashMap<String, Arc<tokio::sync::Mutex<Way>>>>,
}

/// How far a batch is; many wait for the same one, and one look serves all.
#[derive(Default)]
struct Way {
    in_sync: bool,
    looked_at: Option<Instant>,
}

#[derive(Default)]
struct Zone {
    waiting: Mutex<Vec<Waiting>>,
    gate: tokio::sync::Mutex<()>,
}

struct Waiting {
    changes: Vec<Change>,
    answer: oneshot::Sender<Result<String, AwsError>>,
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
    let zone = {
        let mut zones = aws.inner.batches.zones.lock().unwrap_or_else(PoisonError::into_inner);
        zones.entry(zone_id.to_owned()).or_default().clone()
    };
    let (answer, mut answered) = oneshot::channel();
    zone.waiting.lock().unwrap_or_else(PoisonError::into_inner).push(Waiting { changes, answer });
    let _one_at_a_time = zone.gate.lock().await;
    if let Ok(answer) = answered.try_recv() {
        return answer;
    }
    let batch = std::mem::take(&mut *zone.waiting.lock().unwrap_or_else(PoisonError::into_inner));
    send_all(aws, zone_id, doing, batch).await;
    let lost = || AwsError::new(doing, Class::Server, "the change was not answered");
    answered.try_recv().unwrap_or_else(|_| Err(lost()))
}

async fn send_all(aws: &Aws, zone_id: &str, doing: &str, batch: Vec<Waiting>) {
    let all: Vec<Change> = batch.iter().flat_map(|one| one.changes.clone()).collect();
    let together = send(aws, zone_id, doing, all).await;
    let alone = batch.len() == 1;
    for Waiting { changes, answer } in batch {
        let result = match &together {
            // One bad change spoils a batch, so each is tried by itself.
            Err(error) if error.class == Class::Invalid && !alone => send(aws, zone_id, doing, changes).await,
            result => result.clone(),
        };
        // Whoever asked may have been cut off.
        let _ = answer.send(result);
    }
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
