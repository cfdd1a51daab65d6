//! What Slipway should reach, and whether it does.

use super::Size;
use super::world::{Measured, Operation};

/// The most that one operation on a stack of one size may take.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    services: usize,
    operation: Operation,
    seconds: f64,
    calls: Option<usize>,
}

const TARGETS: [Target; 5] = [
    Target { services: 2, operation: Operation::Deploy, seconds: 6.0, calls: Some(90) },
    Target { services: 2, operation: Operation::NoOpPlan, seconds: 0.7, calls: Some(20) },
    Target { services: 2, operation: Operation::TearDown, seconds: 6.0, calls: None },
    Target { services: 50, operation: Operation::Deploy, seconds: 40.0, calls: Some(700) },
    Target { services: 50, operation: Operation::NoOpPlan, seconds: 1.5, calls: Some(45) },
];

/// A deploy may take this many times its critical path.
pub const MAKESPAN: f64 = 1.05;

/// Kinds of parts of which a look reads pages of ten or twenty: services, and target groups' and rules' tags.
const PAGED_KINDS: usize = 3;
const PAGE: usize = 10;

impl Target {
    pub fn of(services: usize, operation: Operation) -> Option<Self> {
        TARGETS.into_iter().find(|target| target.services == services && target.operation == operation)
    }

    pub fn words(self) -> String {
        match self.calls {
            Some(calls) => format!("{} s, {calls} calls", self.seconds),
            None => format!("{} s", self.seconds),
        }
    }

    /// What is missed, in words; nothing when it is reached.
    pub fn missed(self, measured: &Measured) -> Vec<String> {
        let what = format!("{} of {} services", self.operation.word(), self.services);
        let seconds = measured.elapsed.as_secs_f64();
        let slow = (seconds >= self.seconds)
            .then(|| format!("{what}: {seconds:.2} s, the target is under {} s", self.seconds));
        let calls = measured.calls.count();
        let chatty = self
            .calls
            .filter(|most| calls >= *most)
            .map(|most| format!("{what}: {calls} calls, the target is under {most}"));
        slow.into_iter().chain(chatty).collect()
    }
}

/// How calls grow from a small stack to a large one.
#[derive(Debug, PartialEq)]
pub struct Growth {
    pub operation: Operation,
    /// Services, and the calls that they take.
    pub from: (usize, usize),
    pub to: (usize, usize),
    /// The most calls at the larger size, and why.
    pub most: usize,
    pub because: &'static str,
}

impl Growth {
    /// Of the operations that have a rule for it.
    pub fn of(small: &Size, large: &Size) -> Vec<Self> {
        let growth = |operation, rule: fn(usize, usize, usize) -> usize, because| {
            let (from, to) = (small.calls(operation), large.calls(operation));
            Self {
                operation,
                from: (small.services, from),
                to: (large.services, to),
                most: rule(small.services, large.services, from),
                because,
            }
        };
        vec![
            growth(Operation::Deploy, linear, "linear or better"),
            growth(Operation::NoOpPlan, constant_and_pages, "constant plus pages"),
        ]
    }

    /// Calls that each further service adds.
    pub fn a_service(&self) -> f64 {
        (self.to.1 as f64 - self.from.1 as f64) / (self.to.0 - self.from.0) as f64
    }

    pub fn missed(&self) -> Option<String> {
        let Self { operation, to: (services, calls), most, because, .. } = self;
        (calls > most).then(|| {
            format!(
                "{} of {services} services: {calls} calls, and {because} would be {most}",
                operation.word()
            )
        })
    }
}

fn linear(small: usize, large: usize, calls: usize) -> usize {
    calls * large / small
}

fn constant_and_pages(small: usize, large: usize, calls: usize) -> usize {
    calls + PAGED_KINDS * (large.div_ceil(PAGE) - small.div_ceil(PAGE))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::calls::{Call, Calls};
    use super::*;

    fn measured(operation: Operation, calls: usize) -> Measured {
        let call = Call { at: Duration::ZERO, service: "ecs".into(), action: "ListClusters".into() };
        let mut all = Calls::default();
        all.all = vec![call; calls];
        Measured { operation, elapsed: Duration::from_secs(1), calls: all }
    }

    fn size(services: usize, deploy: usize, plan: usize) -> Size {
        let slipway = vec![measured(Operation::Deploy, deploy), measured(Operation::NoOpPlan, plan)];
        Size { services, slipway, terraform: None }
    }

    #[test]
    fn a_missed_target_is_told_by_what_is_too_much() {
        let target = Target::of(2, Operation::NoOpPlan).expect("there is one");
        let missed = target.missed(&measured(Operation::NoOpPlan, 20));
        assert_eq!(
            missed,
            [
                "no-op plan of 2 services: 1.00 s, the target is under 0.7 s",
                "no-op plan of 2 services: 20 calls, the target is under 20"
            ]
        );
    }

    #[test]
    fn a_deploy_may_grow_with_its_services_and_a_plan_with_its_pages() {
        let missed = |deploy, plan| {
            let growth = Growth::of(&size(2, 60, 19), &size(50, deploy, plan));
            growth.iter().filter_map(Growth::missed).collect::<Vec<_>>()
        };
        assert_eq!(missed(1500, 31), Vec::<String>::new());
        assert_eq!(
            missed(1501, 32),
            [
                "deploy of 50 services: 1501 calls, and linear or better would be 1500",
                "no-op plan of 50 services: 32 calls, and constant plus pages would be 31"
            ]
        );
    }
}
