//! The critical path of an operation, from the times that its events tell.
//!
//! It is walked backwards: from the node that ended last to whatever that one waited for longest, and so on. What
//! is left over is time in which nothing on the path was being done; that is Slipway's own.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use topology::graph::Milestone;
use topology::node::{NodeId, NodeKind};
use topology::operation::{Event, Happened};
use topology::plan::Change;

/// When what happened to a node, in milliseconds since 1970.
#[derive(Debug, Clone, Copy, Default)]
struct Times {
    started: u64,
    made: u64,
    settled: u64,
}

/// One operation, as its events tell it.
pub struct Run {
    started: u64,
    ended: u64,
    nodes: BTreeMap<NodeId, Times>,
}

/// A node on the path, with the milliseconds that it adds.
#[derive(Debug, PartialEq, Eq)]
pub struct Step {
    pub node: NodeId,
    /// Could have started, and had not.
    pub idle: u64,
    /// Until AWS had accepted it.
    pub making: u64,
    /// Until AWS had it ready.
    pub settling: u64,
}

impl Run {
    pub fn read(events: &[Event]) -> Result<Self> {
        let mut run = Self { started: 0, ended: 0, nodes: BTreeMap::new() };
        for event in events {
            match &event.what {
                Happened::OperationStarted { .. } => run.started = event.at,
                Happened::OperationEnded { .. } => run.ended = event.at,
                Happened::NodeStarted { node, .. } => run.times(node).started = event.at,
                Happened::NodeMade { node, .. } => run.times(node).made = event.at,
                Happened::NodeSettled { node, .. } => run.times(node).settled = event.at,
                _ => {}
            }
        }
        run.nodes.retain(|_, times| times.settled > 0);
        run.nodes.values().next().context("the events tell of no node that was made")?;
        Ok(run)
    }

    fn times(&mut self, node: &NodeId) -> &mut Times {
        self.nodes.entry(node.clone()).or_default()
    }

    /// Milliseconds from the operation's start to its end.
    pub fn makespan(&self) -> u64 {
        self.ended - self.started
    }

    /// The path through `changes`, first to last.
    pub fn critical_path(&self, changes: &[Change]) -> Vec<Step> {
        let changes: BTreeMap<&NodeId, &Change> = changes.iter().map(|change| (&change.id, change)).collect();
        let last = self.nodes.iter().max_by_key(|(_, times)| times.settled);
        let mut at = last.map(|(id, _)| (id, Milestone::Settled));
        let mut path = Vec::new();
        while let Some((id, milestone)) = at {
            let (step, before) = self.step(id, milestone, &changes);
            path.push(step);
            at = before;
        }
        path.reverse();
        path
    }

    /// What `id` adds until its `milestone`, and what it waited for.
    fn step<'a>(
        &'a self,
        id: &'a NodeId,
        milestone: Milestone,
        changes: &BTreeMap<&'a NodeId, &'a Change>,
    ) -> (Step, Option<(&'a NodeId, Milestone)>) {
        let times = self.nodes[id];
        // No order says so, but no target is healthy before its load balancer is active.
        if id.kind == NodeKind::Service
            && milestone == Milestone::Settled
            && let Some((balancer, active)) = self.load_balancer()
            && (times.made..=times.settled).contains(&active)
        {
            let step = Step { node: id.clone(), idle: 0, making: 0, settling: times.settled - active };
            return (step, Some((balancer, Milestone::Settled)));
        }
        let before = changes.get(id).into_iter().flat_map(|change| &change.after).filter_map(|after| {
            let (id, times) = self.nodes.get_key_value(&after.id)?;
            Some((times.at(after.milestone), id, after.milestone))
        });
        let before = before.max_by_key(|(at, ..)| *at);
        let could_start = before.as_ref().map_or(self.started, |(at, ..)| *at);
        let settling = match milestone {
            Milestone::Made => 0,
            Milestone::Settled => times.settled - times.at(Milestone::Made),
        };
        let step = Step {
            node: id.clone(),
            idle: times.started.saturating_sub(could_start),
            making: times.at(Milestone::Made) - times.started,
            settling,
        };
        (step, before.map(|(_, id, milestone)| (id, milestone)))
    }

    fn load_balancer(&self) -> Option<(&NodeId, u64)> {
        let (id, times) = self.nodes.iter().find(|(id, _)| id.kind == NodeKind::LoadBalancer)?;
        Some((id, times.settled))
    }
}

impl Times {
    /// What is not made in a step of its own is made once it has settled.
    fn at(self, milestone: Milestone) -> u64 {
        if milestone == Milestone::Made && self.made > 0 { self.made } else { self.settled }
    }
}

#[cfg(test)]
mod tests {
    use topology::graph::Milestone::{Made, Settled};
    use topology::plan::{Action, After, Reason};

    use super::*;

    fn id(text: &str) -> NodeId {
        text.parse().expect("a node id")
    }

    fn run(nodes: &[(&str, u64, u64, u64)]) -> Run {
        let times = |&(name, started, made, settled): &(&str, u64, u64, u64)| {
            (id(name), Times { started, made, settled })
        };
        Run { started: 100, ended: 1000, nodes: nodes.iter().map(times).collect() }
    }

    fn change(name: &str, after: &[(&str, Milestone)]) -> Change {
        Change {
            id: id(name),
            name: name.into(),
            action: Action::Create,
            reason: Reason::Missing,
            spec: None,
            after: after
                .iter()
                .map(|(name, milestone)| After { id: id(name), milestone: *milestone })
                .collect(),
        }
    }

    fn told(steps: &[Step]) -> Vec<(String, u64, u64, u64)> {
        steps.iter().map(|step| (step.node.to_string(), step.idle, step.making, step.settling)).collect()
    }

    #[test]
    fn the_path_leads_through_what_was_waited_for_longest() {
        let run = run(&[
            ("hosted-zone", 110, 150, 170),
            ("certificate", 155, 200, 600),
            ("cluster", 155, 200, 210),
            ("listener/https", 620, 700, 900),
        ]);
        let zone: &[_] = &[("hosted-zone", Made)];
        let changes = [
            change("hosted-zone", &[]),
            change("certificate", zone),
            change("cluster", zone),
            change("listener/https", &[("certificate", Settled), ("cluster", Made)]),
        ];
        assert_eq!(
            told(&run.critical_path(&changes)),
            [
                ("hosted-zone".to_owned(), 10, 40, 0),
                ("certificate".to_owned(), 5, 45, 400),
                ("listener/https".to_owned(), 20, 80, 200)
            ]
        );
        assert_eq!(run.makespan(), 900);
    }

    #[test]
    fn a_service_that_settles_waits_for_the_load_balancer() {
        let run = run(&[("load-balancer", 100, 150, 800), ("service/web", 200, 300, 850)]);
        let changes = [change("load-balancer", &[]), change("service/web", &[])];
        assert_eq!(
            told(&run.critical_path(&changes)),
            [("load-balancer".to_owned(), 0, 50, 650), ("service/web".to_owned(), 0, 0, 50)]
        );
    }
}
