//! Call rates that stay below AWS's, and the count of calls.
//!
//! AWS fills a bucket of tokens for each group of actions. The same buckets here, a little smaller, keep the
//! engine from being refused in the first place.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// A group of actions that share one of AWS's buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Api {
    Acm,
    AutoScaling,
    Ec2Read,
    Ec2Write,
    Ecr,
    EcsCluster,
    EcsRead,
    EcsService,
    EcsTag,
    EcsTaskDefinition,
    EcsTaskDefinitionDelete,
    ElbRead,
    ElbWrite,
    Iam,
    IamSimulator,
    Logs,
    Route53,
    ServiceQuotas,
    Sts,
}

impl Api {
    /// Burst, and tokens a second. AWS's documented figures where there are some (ECS, ELB, EC2, Route 53:
    /// their pages on request throttling), else a careful guess.
    fn bucket(self) -> (f64, f64) {
        match self {
            Api::EcsService => (45.0, 5.0),
            Api::EcsRead => (45.0, 20.0),
            Api::EcsTaskDefinition => (18.0, 1.0),
            Api::EcsTaskDefinitionDelete => (4.0, 1.0),
            Api::EcsCluster => (18.0, 1.0),
            Api::EcsTag => (18.0, 10.0),
            Api::ElbRead | Api::ElbWrite => (36.0, 10.0),
            Api::Ec2Read => (90.0, 20.0),
            Api::Ec2Write => (45.0, 5.0),
            Api::Route53 => (5.0, 5.0),
            Api::Acm => (5.0, 5.0),
            Api::Iam | Api::Ecr | Api::Logs | Api::AutoScaling => (20.0, 10.0),
            Api::IamSimulator => (10.0, 5.0),
            Api::ServiceQuotas => (5.0, 5.0),
            Api::Sts => (20.0, 20.0),
        }
    }
}

#[derive(Debug)]
pub struct Limits {
    /// Real seconds pass this much faster at the other end.
    speed: f64,
    buckets: Mutex<BTreeMap<Api, Bucket>>,
    calls: AtomicU64,
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    filled_at: Instant,
}

impl Limits {
    pub fn new(speed: f64) -> Self {
        Self { speed, buckets: Mutex::new(BTreeMap::new()), calls: AtomicU64::new(0) }
    }

    /// Calls made since the start.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// Returns when one more call may go out.
    pub async fn admit(&self, api: Api) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let pause = self.take(api, Instant::now());
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
    }

    /// Takes a token, if need be one that only comes later; returns how much later.
    fn take(&self, api: Api, now: Instant) -> Duration {
        let (burst, per_second) = api.bucket();
        let rate = per_second * self.speed;
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets.entry(api).or_insert(Bucket { tokens: burst, filled_at: now });
        let elapsed = now.saturating_duration_since(bucket.filled_at).as_secs_f64();
        bucket.tokens = (bucket.tokens + elapsed * rate).min(burst) - 1.0;
        bucket.filled_at = now;
        Duration::from_secs_f64((-bucket.tokens).max(0.0) / rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_burst_passes_at_once_and_the_rest_at_the_rate() {
        let limits = Limits::new(1.0);
        let start = Instant::now();
        for _ in 0..15 {
            limits.admit(Api::Route53).await;
        }
        let took = start.elapsed().as_secs_f64();
        assert!((1.9..2.1).contains(&took), "{took}");
        assert_eq!(limits.calls(), 15);
    }
}
