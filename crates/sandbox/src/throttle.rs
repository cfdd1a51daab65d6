//! Request rates: a token bucket for each kind of call, filled at AWS's documented rates.
//!
//! Rates count AWS seconds, so a fast sandbox lets as much more through. What AWS does not
//! document is not limited.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::clock::Moment;
use crate::refusal::{Refusal, refusal};
use crate::router::{Call, Service};

/// How many calls a bucket holds, and how many come back each second.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Rate {
    bucket: &'static str,
    burst: f64,
    refill: f64,
}

const fn rate(bucket: &'static str, burst: f64, refill: f64) -> Rate {
    Rate { bucket, burst, refill }
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    tokens: f64,
    filled_at: Moment,
}

#[derive(Debug, Default)]
pub(crate) struct Throttle {
    buckets: Mutex<HashMap<(Service, &'static str), Bucket>>,
}

impl Throttle {
    /// Takes a token from every bucket that the call draws on, or refuses the call.
    pub(crate) fn admit(&self, call: &Call, now: Moment) -> Result<(), Refusal> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let rates = rates(call.service, &call.operation);
        for rate in &rates {
            let bucket = buckets
                .entry((call.service, rate.bucket))
                .or_insert(Bucket { tokens: rate.burst, filled_at: now });
            let gained = (now - bucket.filled_at).max(0.0) * rate.refill;
            bucket.tokens = (bucket.tokens + gained).min(rate.burst);
            bucket.filled_at = now;
            if bucket.tokens < 1.0 {
                return Err(exceeded(call.service));
            }
        }
        for rate in &rates {
            if let Some(bucket) = buckets.get_mut(&(call.service, rate.bucket)) {
                bucket.tokens -= 1.0;
            }
        }
        Ok(())
    }
}

pub(crate) fn exceeded(service: Service) -> Refusal {
    match service {
        Service::Ec2 => refusal("RequestLimitExceeded", "Request limit exceeded.").with_status(503),
        Service::Route53 | Service::Elbv2 => refusal("Throttling", "Rate exceeded"),
        _ => refusal("ThrottlingException", "Rate exceeded"),
    }
}

/// The buckets that a call draws on.
fn rates(service: Service, operation: &str) -> Vec<Rate> {
    match service {
        Service::Ecs => ecs(operation).into_iter().collect(),
        Service::Elbv2 if operation.starts_with("Describe") => vec![rate("describe", 40.0, 10.0)],
        Service::Ec2 if operation.starts_with("Describe") => vec![rate("describe", 100.0, 20.0)],
        Service::Route53 => {
            let account = rate("account", 50.0, 10.0);
            match operation {
                "CreateHostedZone" => vec![account, rate("create zone", 40.0, 2.0)],
                "DeleteHostedZone" => vec![account, rate("delete zone", 40.0, 5.0)],
                _ => vec![account],
            }
        }
        _ => Vec::new(),
    }
}

fn ecs(operation: &str) -> Option<Rate> {
    Some(match operation {
        "CreateService" | "UpdateService" | "DeleteService" => rate("service modify", 50.0, 5.0),
        "DescribeServices" | "ListServices" => rate("service read", 100.0, 20.0),
        "RegisterTaskDefinition" | "DeregisterTaskDefinition" => rate("definition modify", 20.0, 1.0),
        "DeleteTaskDefinitions" => rate("definition delete", 5.0, 1.0),
        "DescribeTaskDefinition" | "ListTaskDefinitions" | "ListTaskDefinitionFamilies" => {
            rate("definition read", 50.0, 20.0)
        }
        "CreateCluster" | "UpdateCluster" | "DeleteCluster" | "PutClusterCapacityProviders" => {
            rate("cluster modify", 20.0, 1.0)
        }
        "DescribeClusters" | "ListClusters" => rate("cluster read", 50.0, 20.0),
        "TagResource" | "UntagResource" | "ListTagsForResource" => rate("tags", 20.0, 10.0),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use winterbaume_core::MockRequest;

    fn call(service: Service, operation: &str) -> Call {
        Call {
            service,
            operation: operation.to_owned(),
            params: HashMap::new(),
            request: MockRequest {
                method: "POST".to_owned(),
                uri: "/".to_owned(),
                headers: Default::default(),
                body: Default::default(),
            },
        }
    }

    #[test]
    fn a_burst_is_let_through_and_then_the_rate() {
        let throttle = Throttle::default();
        let delete = call(Service::Ecs, "DeleteTaskDefinitions");
        let admitted = |at| throttle.admit(&delete, at).is_ok();
        assert!((0..5).all(|_| admitted(0.0)));
        assert!(!admitted(0.0));
        assert!(admitted(1.0));
        assert!(!admitted(1.5));
    }

    #[test]
    fn a_refused_call_takes_nothing_from_its_other_buckets() {
        let throttle = Throttle::default();
        let (create, list) =
            (call(Service::Route53, "CreateHostedZone"), call(Service::Route53, "ListHostedZones"));
        assert!((0..40).all(|_| throttle.admit(&create, 0.0).is_ok()));
        assert!((0..100).all(|_| throttle.admit(&create, 0.0).is_err()));
        assert!((0..10).all(|_| throttle.admit(&list, 0.0).is_ok()));
        let refused = throttle.admit(&list, 0.0);
        assert_eq!(refused.err().map(|refusal| refusal.code).as_deref(), Some("Throttling"));
    }

    #[test]
    fn what_has_no_documented_rate_is_not_limited() {
        let throttle = Throttle::default();
        let logs = call(Service::Logs, "DescribeLogGroups");
        assert!((0..1000).all(|_| throttle.admit(&logs, 0.0).is_ok()));
    }
}
