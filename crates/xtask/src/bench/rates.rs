//! How often AWS lets its services be called, as AWS documents it, and what of a run it would refuse.
//!
//! A documented rate is a bucket of tokens: its burst, and how many come back a second. Where AWS documents
//! none, none is made up: those calls are counted and judged by nothing.

use std::time::Duration;

use super::calls::{Call, peak_in_a_second};

/// Calls that are counted together.
pub struct Group {
    pub name: &'static str,
    service: &'static str,
    /// Actions by name, or by how their names begin and a `*`.
    actions: &'static [&'static str],
    pub rate: Option<Rate>,
}

/// A documented rate.
#[derive(Debug, Clone, Copy)]
pub struct Rate {
    pub burst: f64,
    pub per_second: f64,
}

const fn rate(burst: f64, per_second: f64) -> Option<Rate> {
    Some(Rate { burst, per_second })
}

/// Where the rates stand, all as of November 2026.
pub const SOURCES: &str = "AWS's pages *Request throttling for the Amazon ECS API*, *Request throttling for the ELB API*, *Request \
    throttling for the Amazon EC2 API* (by action; here all reads share one action's bucket, which is stricter) and *Throttling for \
    Amazon Route 53 API requests* (an older text of AWS says 5 a second)";

const ALL: &[&str] = &["*"];

pub const GROUPS: [Group; 22] = [
    Group { name: "Route 53", service: "route53", actions: ALL, rate: rate(50.0, 10.0) },
    Group {
        name: "Route 53: create zone",
        service: "route53",
        actions: &["POST /hostedzone"],
        rate: rate(40.0, 2.0),
    },
    Group {
        name: "Route 53: delete zone",
        service: "route53",
        actions: &["DELETE /hostedzone/*"],
        rate: rate(40.0, 5.0),
    },
    Group { name: "ECS", service: "ecs", actions: ALL, rate: None },
    Group {
        name: "ECS: change services",
        service: "ecs",
        actions: &["CreateService", "UpdateService", "DeleteService"],
        rate: rate(50.0, 5.0),
    },
    Group {
        name: "ECS: read services",
        service: "ecs",
        actions: &["DescribeServices", "ListServices"],
        rate: rate(100.0, 20.0),
    },
    Group {
        name: "ECS: change task definitions",
        service: "ecs",
        actions: &["RegisterTaskDefinition", "DeregisterTaskDefinition"],
        rate: rate(20.0, 1.0),
    },
    Group {
        name: "ECS: delete task definitions",
        service: "ecs",
        actions: &["DeleteTaskDefinitions"],
        rate: rate(5.0, 1.0),
    },
    Group {
        name: "ECS: read task definitions",
        service: "ecs",
        actions: &["DescribeTaskDefinition", "ListTaskDefinition*"],
        rate: rate(50.0, 20.0),
    },
    Group {
        name: "ECS: change clusters",
        service: "ecs",
        actions: &["CreateCluster", "UpdateCluster*", "DeleteCluster"],
        rate: rate(20.0, 1.0),
    },
    Group {
        name: "ECS: read clusters",
        service: "ecs",
        actions: &["DescribeClusters", "ListClusters"],
        rate: rate(50.0, 20.0),
    },
    Group {
        name: "ECS: tags",
        service: "ecs",
        actions: &["TagResource", "UntagResource", "ListTagsForResource"],
        rate: rate(20.0, 10.0),
    },
    Group { name: "ELB", service: "elasticloadbalancing", actions: ALL, rate: None },
    Group {
        name: "ELB: read",
        service: "elasticloadbalancing",
        actions: &["Describe*"],
        rate: rate(40.0, 10.0),
    },
    Group { name: "EC2", service: "ec2", actions: ALL, rate: None },
    Group { name: "EC2: read", service: "ec2", actions: &["Describe*"], rate: rate(100.0, 20.0) },
    Group { name: "ACM", service: "acm", actions: ALL, rate: None },
    Group { name: "IAM", service: "iam", actions: ALL, rate: None },
    Group { name: "ECR", service: "ecr", actions: ALL, rate: None },
    Group { name: "CloudWatch Logs", service: "logs", actions: ALL, rate: None },
    Group { name: "Auto Scaling", service: "application-autoscaling", actions: ALL, rate: None },
    Group { name: "STS", service: "sts", actions: ALL, rate: None },
];

impl Group {
    pub fn counts(&self, call: &Call) -> bool {
        call.service == self.service
            && self.actions.iter().any(|action| match action.strip_suffix('*') {
                // `DELETE /hostedzone/*` is a shape as a whole.
                Some(start) if !action.contains('/') => call.action.starts_with(start),
                _ => call.action == *action,
            })
    }
}

/// How one group's calls stand to its rate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Load {
    /// The most in one second.
    pub peak: usize,
    /// Calls for which the bucket, full at first, has no token.
    pub refused: usize,
}

impl Load {
    pub fn of(times: &[Duration], rate: Option<Rate>) -> Self {
        Self { peak: peak_in_a_second(times), refused: rate.map_or(0, |rate| rate.refused(times)) }
    }
}

impl Rate {
    fn refused(self, times: &[Duration]) -> usize {
        let mut tokens = self.burst;
        let mut filled_at = Duration::ZERO;
        let mut refused = 0;
        for time in times {
            let elapsed = time.saturating_sub(filled_at).as_secs_f64();
            tokens = (tokens + elapsed * self.per_second).min(self.burst);
            filled_at = *time;
            if tokens < 1.0 {
                refused += 1;
            } else {
                tokens -= 1.0;
            }
        }
        refused
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(service: &str, action: &str) -> Call {
        Call { at: Duration::ZERO, service: service.into(), action: action.into() }
    }

    fn names(call: &Call) -> Vec<&'static str> {
        GROUPS.iter().filter(|group| group.counts(call)).map(|group| group.name).collect()
    }

    #[test]
    fn a_call_counts_for_its_service_and_for_its_bucket() {
        assert_eq!(names(&call("ecs", "ListTaskDefinitionFamilies")), ["ECS", "ECS: read task definitions"]);
        assert_eq!(names(&call("ecs", "ListTasks")), ["ECS"]);
        assert_eq!(names(&call("elasticloadbalancing", "DescribeRules")), ["ELB", "ELB: read"]);
        assert_eq!(names(&call("route53", "GET /hostedzone/*")), ["Route 53"]);
        assert_eq!(names(&call("route53", "DELETE /hostedzone/*")), ["Route 53", "Route 53: delete zone"]);
    }

    #[test]
    fn a_burst_passes_and_what_comes_faster_than_tokens_is_refused() {
        let rate = Rate { burst: 2.0, per_second: 1.0 };
        let at = |millis: &[u64]| millis.iter().copied().map(Duration::from_millis).collect::<Vec<_>>();
        assert_eq!(Load::of(&at(&[0, 10]), Some(rate)), Load { peak: 2, refused: 0 });
        assert_eq!(Load::of(&at(&[0, 10, 20, 1100]), Some(rate)), Load { peak: 3, refused: 1 });
        assert_eq!(Load::of(&at(&[0, 10, 20]), None), Load { peak: 3, refused: 0 });
    }
}
