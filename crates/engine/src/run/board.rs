//! Who can start, who is done, who is left out: the state of a run, without any I/O.

use std::collections::{BTreeMap, BTreeSet};

use topology::graph::{EdgeKind, Milestone, edges};
use topology::node::NodeId;
use topology::operation::{Failure, Outcome};
use topology::plan::{After, Change, Plan};

use super::Patience;

pub struct Board {
    patience: Patience,
    pending: BTreeMap<NodeId, Change>,
    running: BTreeSet<NodeId>,
    made: BTreeSet<NodeId>,
    settled: BTreeSet<NodeId>,
    failures: BTreeMap<NodeId, Failure>,
    /// Skipped nodes, with the failed node at the root.
    skipped: BTreeMap<NodeId, NodeId>,
    cancelled: BTreeSet<NodeId>,
    /// Which node proves which.
    proofs: Vec<(NodeId, NodeId)>,
    /// Running nodes whose proof can never come, with the failed node at the root.
    unprovable: BTreeMap<NodeId, NodeId>,
}

impl Board {
    pub fn new(plan: &Plan, patience: Patience) -> Self {
        Self {
            patience,
            pending: plan.work().map(|change| (change.id.clone(), change.clone())).collect(),
            running: BTreeSet::new(),
            made: BTreeSet::new(),
            settled: BTreeSet::new(),
            failures: BTreeMap::new(),
            skipped: BTreeMap::new(),
            cancelled: BTreeSet::new(),
            proofs: proofs(plan),
            unprovable: BTreeMap::new(),
        }
    }

    /// Takes out the nodes that can start now.
    pub fn start_ready(&mut self) -> Vec<Change> {
        let ready = |change: &Change| change.after.iter().all(|after| self.has_come(after));
        let ids: Vec<NodeId> =
            self.pending.values().filter(|change| ready(change)).map(|change| change.id.clone()).collect();
        let changes: Vec<Change> = ids.iter().filter_map(|id| self.pending.remove(id)).collect();
        self.running.extend(ids);
        changes
    }

    /// Takes out the nodes that stand on a failed one, each with that one.
    pub fn skip_hopeless(&mut self) -> Vec<(NodeId, NodeId)> {
        let mut all = Vec::new();
        loop {
            let hopeless: Vec<(NodeId, NodeId)> = self
                .pending
                .values()
                .filter_map(|change| {
                    Some((change.id.clone(), change.after.iter().find_map(|after| self.root(after))?))
                })
                .collect();
            if hopeless.is_empty() {
                return all;
            }
            for (id, root) in &hopeless {
                self.pending.remove(id);
                self.skipped.insert(id.clone(), root.clone());
            }
            all.extend(hopeless);
        }
    }

    /// Running nodes that have come to wait for a proof which failed: to be stopped, each once.
    pub fn stop_unprovable(&mut self) -> Vec<NodeId> {
        let hopeless = self
            .proofs
            .iter()
            .filter(|(_, proved)| self.running.contains(proved) && !self.unprovable.contains_key(proved));
        let hopeless: Vec<(NodeId, NodeId)> =
            hopeless.filter_map(|(prover, proved)| Some((proved.clone(), self.root_of(prover)?))).collect();
        self.unprovable.extend(hopeless.iter().cloned());
        hopeless.into_iter().map(|(proved, _)| proved).collect()
    }

    /// A node that was stopped for want of its proof counts as skipped; `None` if it was not.
    pub fn stopped(&mut self, id: &NodeId) -> Option<NodeId> {
        let root = self.unprovable.get(id)?.clone();
        self.running.remove(id);
        self.skipped.insert(id.clone(), root.clone());
        Some(root)
    }

    /// Takes out everything that has not started.
    pub fn cancel_pending(&mut self) -> Vec<NodeId> {
        let ids: Vec<NodeId> = std::mem::take(&mut self.pending).into_keys().collect();
        self.cancelled.extend(ids.iter().cloned());
        ids
    }

    pub fn made(&mut self, id: &NodeId) {
        self.made.insert(id.clone());
    }

    pub fn settled(&mut self, id: &NodeId) {
        self.running.remove(id);
        self.made.insert(id.clone());
        self.settled.insert(id.clone());
    }

    pub fn failed(&mut self, id: &NodeId, failure: Failure) {
        self.running.remove(id);
        self.failures.insert(id.clone(), failure);
    }

    pub fn cancelled(&mut self, id: &NodeId) {
        self.running.remove(id);
        self.cancelled.insert(id.clone());
    }

    pub fn is_over(&self) -> bool {
        // Pending nodes that can never start would be a plan in a circle, which planning excludes.
        self.running.is_empty() && self.pending.values().all(|change| !self.may_come(change))
    }

    pub fn outcome(&self) -> Outcome {
        if !self.cancelled.is_empty() {
            Outcome::Cancelled
        } else if !self.failures.is_empty() || !self.pending.is_empty() {
            Outcome::Failed(self.failures.keys().cloned().collect())
        } else {
            Outcome::Done
        }
    }

    pub fn failures(&self) -> BTreeMap<NodeId, Failure> {
        self.failures.clone()
    }

    fn may_come(&self, change: &Change) -> bool {
        change.after.iter().all(|after| self.has_come(after)) && self.cancelled.is_empty()
    }

    fn has_come(&self, after: &After) -> bool {
        match (after.milestone, self.patience) {
            (Milestone::Made, _) => self.made.contains(&after.id),
            // Without patience, a worker ends once its part is made.
            (Milestone::Settled, _) => self.settled.contains(&after.id),
        }
    }

    /// The failed node because of which `after` never comes, if it never comes.
    fn root(&self, after: &After) -> Option<NodeId> {
        if self.has_come(after) {
            return None;
        }
        if self.cancelled.contains(&after.id) {
            return Some(after.id.clone());
        }
        self.root_of(&after.id)
    }

    /// The failed node behind `id`, if `id` failed or was skipped.
    fn root_of(&self, id: &NodeId) -> Option<NodeId> {
        if self.failures.contains_key(id) {
            return Some(id.clone());
        }
        self.skipped.get(id).cloned()
    }
}

fn proofs(plan: &Plan) -> Vec<(NodeId, NodeId)> {
    let ids = plan.changes.iter().map(|change| change.id.clone()).collect();
    let proofs = edges(&ids).into_iter().filter(|edge| edge.kind == EdgeKind::Proves);
    proofs.map(|edge| (edge.from, edge.to)).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use topology::node::NodeKind;
    use topology::operation::OperationKind;
    use topology::plan::{Action, PlanId, Reason};
    use topology::stack::{Level, StackName};

    use super::*;

    const A: NodeKind = NodeKind::Vpc;
    const B: NodeKind = NodeKind::LoadBalancer;
    const C: NodeKind = NodeKind::Alias;

    fn change(kind: NodeKind, after: &[(NodeKind, Milestone)]) -> Change {
        let after =
            after.iter().map(|(kind, milestone)| After { id: NodeId::only(*kind), milestone: *milestone });
        Change {
            id: NodeId::only(kind),
            name: kind.word().into(),
            action: Action::Create,
            reason: Reason::Missing,
            spec: None,
            after: after.collect::<BTreeSet<_>>(),
        }
    }

    fn board(changes: Vec<Change>) -> Board {
        let plan = Plan {
            id: PlanId("plan".into()),
            parent: None,
            stack: StackName::new("stack"),
            kind: OperationKind::Deploy,
            from: None,
            to: Level::Awake,
            file: String::new(),
            changes,
            notes: Vec::new(),
        };
        Board::new(&plan, Patience::Healthy)
    }

    fn started(board: &mut Board) -> Vec<NodeKind> {
        board.start_ready().into_iter().map(|change| change.id.kind).collect()
    }

    #[test]
    fn what_needs_a_made_node_starts_before_that_node_has_settled() {
        let mut board = board(vec![
            change(A, &[]),
            change(B, &[(A, Milestone::Made)]),
            change(C, &[(A, Milestone::Settled)]),
        ]);
        assert_eq!(started(&mut board), [A]);
        board.made(&NodeId::only(A));
        assert_eq!(started(&mut board), [B]);
        board.settled(&NodeId::only(A));
        assert_eq!(started(&mut board), [C]);
    }

    #[test]
    fn what_stands_on_a_failure_is_skipped_with_its_root_and_the_rest_goes_on() {
        let mut board = board(vec![
            change(A, &[]),
            change(B, &[(A, Milestone::Made)]),
            change(C, &[(B, Milestone::Made)]),
        ]);
        started(&mut board);
        let failure = Failure { doing: "x".into(), cause: "y".into(), code: None, hint: "z".into() };
        board.failed(&NodeId::only(A), failure);
        let root = NodeId::only(A);
        assert_eq!(board.skip_hopeless(), [(NodeId::only(B), root.clone()), (NodeId::only(C), root.clone())]);
        assert!(board.is_over());
        assert_eq!(board.outcome(), Outcome::Failed(vec![root]));
    }

    #[test]
    fn what_waits_for_a_proof_that_failed_is_stopped_once_and_skipped() {
        let (certificate, record) =
            (NodeId::only(NodeKind::Certificate), NodeId::only(NodeKind::ValidationRecord));
        let mut board = board(vec![
            change(NodeKind::Certificate, &[]),
            change(NodeKind::ValidationRecord, &[(NodeKind::Certificate, Milestone::Made)]),
            change(NodeKind::Listener, &[(NodeKind::Certificate, Milestone::Settled)]),
        ]);
        started(&mut board);
        board.made(&certificate);
        started(&mut board);
        assert!(board.stop_unprovable().is_empty());
        let failure = Failure { doing: "x".into(), cause: "y".into(), code: None, hint: "z".into() };
        board.failed(&record, failure);
        assert_eq!(board.stop_unprovable(), std::slice::from_ref(&certificate));
        assert!(board.stop_unprovable().is_empty());
        assert_eq!(board.stopped(&certificate), Some(record.clone()));
        assert_eq!(board.skip_hopeless(), [(NodeId::only(NodeKind::Listener), record.clone())]);
        assert!(board.is_over());
        assert_eq!(board.outcome(), Outcome::Failed(vec![record]));
    }

    #[test]
    fn a_cancelled_run_starts_nothing_more_and_says_so() {
        let mut board = board(vec![change(A, &[]), change(B, &[(A, Milestone::Made)])]);
        started(&mut board);
        assert_eq!(board.cancel_pending(), [NodeId::only(B)]);
        assert!(!board.is_over());
        board.settled(&NodeId::only(A));
        assert!(board.is_over());
        assert_eq!(board.outcome(), Outcome::Cancelled);
    }
}
