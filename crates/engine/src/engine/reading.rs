//! What was read in full of each stack, remembered between looks: a few parts each round, or all at once on demand.
//!
//! An operation rewrites what it touches, so nothing is remembered across one, whichever process ran it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use topology::graph::Topology;
use topology::node::{Node, NodeId};
use topology::observation::{Found, Observation};
use topology::operation::OperationId;
use topology::stack::StackName;

use super::{Engine, lock};
use crate::aws::AwsError;
use crate::aws::observe::Look;
use crate::aws::read::{self, FullRead};
use crate::error::Error;

/// How many parts a round reads in full: a small stack is known within a minute, a large one costs few calls.
const A_ROUND: usize = 4;

/// The last operation on a stack, and when it ended.
type Era = Option<(OperationId, Option<u64>)>;

/// What is remembered of one stack.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// Since which operation.
    era: Era,
    reads: BTreeMap<NodeId, FullRead>,
    /// The last part of the last round.
    last: Option<NodeId>,
    /// What could not be read, and was told in the log.
    told: BTreeSet<(String, Option<String>)>,
}

impl Engine {
    /// After which operation it is now. Asked before a look: what an operation does meanwhile ends the era.
    pub(super) async fn era(&self, stack: &StackName) -> Result<Era, Error> {
        let last = self.inner.journal.last_operation(stack).await?;
        Ok(last.map(|operation| (operation.id, operation.ended_at)))
    }

    /// Lays what is remembered over a bulk look.
    pub(super) fn lay_over(&self, era: &Era, observation: &mut Observation) {
        let memory = lock(&self.inner.read);
        let Some(memory) = memory.get(&observation.stack).filter(|memory| memory.era == *era) else { return };
        for (id, read) in &memory.reads {
            if let Some(found) = observation.found.get_mut(id) {
                read.lay_over(found);
            }
        }
    }

    /// Reads the next few parts in full, and remembers them. What cannot be read is left for the next turn: it spoils no
    /// look.
    pub(super) async fn read_a_few(&self, era: &Era, look: &Look<'_>, seen: &Observation) {
        let few = {
            let mut memory = lock(&self.inner.read);
            let memory = memory.entry(look.stack.clone()).or_default();
            memory.belong_to(era);
            let few = next(&worth_it(look.wanted, seen), memory.last.as_ref());
            memory.last = few.last().map(|(node, _)| node.id.clone());
            few
        };
        let Err(error) = self.read(era, look, few).await else { return };
        let mut memory = lock(&self.inner.read);
        let is_news = memory
            .get_mut(look.stack)
            .is_some_and(|memory| memory.told.insert((error.doing.clone(), error.code.clone())));
        // Once, and not every time: whoever reads the log has seen it.
        if is_news {
            tracing::warn!(stack.name = %look.stack, "cannot see whether a part was changed on AWS: {error}");
        }
    }

    /// Reads every part in full, and remembers it.
    pub(super) async fn read_all(
        &self,
        era: &Era,
        look: &Look<'_>,
        seen: &Observation,
    ) -> Result<(), AwsError> {
        self.read(era, look, worth_it(look.wanted, seen)).await
    }

    /// What can be read is remembered also where something else cannot.
    async fn read(&self, era: &Era, look: &Look<'_>, parts: Vec<(&Node, &Found)>) -> Result<(), AwsError> {
        let reads = parts.into_iter().map(async |(node, found)| {
            Box::pin(read::read(look, node, found)).await.map(|read| (node.id.clone(), read))
        });
        let reads: Vec<Result<_, AwsError>> = futures::future::join_all(reads).await;
        let mut memory = lock(&self.inner.read);
        let memory = memory.entry(look.stack.clone()).or_default();
        memory.belong_to(era);
        let mut trouble = None;
        for read in reads {
            match read {
                Ok((id, Some(read))) => _ = memory.reads.insert(id, read),
                Ok((id, None)) => _ = memory.reads.remove(&id),
                Err(error) => trouble = trouble.or(Some(error)),
            }
        }
        trouble.map_or(Ok(()), Err)
    }
}

impl Memory {
    /// Forgets what is of another era.
    fn belong_to(&mut self, era: &Era) {
        if self.era != *era {
            *self = Self { era: era.clone(), ..Self::default() };
        }
    }
}

/// The parts of which there is more to know, by id.
fn worth_it<'a>(wanted: Option<&'a Topology>, seen: &'a Observation) -> Vec<(&'a Node, &'a Found)> {
    let nodes = wanted.into_iter().flat_map(|wanted| wanted.nodes.values());
    nodes
        .filter_map(|node| Some((node, seen.found.get(&node.id)?)))
        .filter(|(node, found)| read::is_worth_it(node, found))
        .collect()
}

/// Those after `last`, from the start again where there are no more.
fn next<'a>(all: &[(&'a Node, &'a Found)], last: Option<&NodeId>) -> Vec<(&'a Node, &'a Found)> {
    let by_id: BTreeMap<&NodeId, (&Node, &Found)> = all.iter().map(|part| (&part.0.id, *part)).collect();
    let after = last.map_or(Bound::Unbounded, Bound::Excluded);
    let rest = by_id.range::<NodeId, _>((after, Bound::Unbounded));
    let round = rest.chain(&by_id).take(A_ROUND.min(all.len()));
    round.map(|(_, part)| *part).collect()
}
