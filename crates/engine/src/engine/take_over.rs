//! Taking over what has a name that a stack needs and is somebody else's: one explicit act, apart from operations.

use topology::graph::Topology;
use topology::node::{Node, NodeId};
use topology::observation::{Observation, SHARED};
use topology::plan::collision;
use topology::stack::{Level, Stack, file};
use topology::words::called;

use super::Engine;
use super::plans::Depth;
use crate::aws::{Claim, take_over};
use crate::error::Error;

impl Engine {
    /// Makes `part`, which a plan of the stack file `text` has offered, the stack's own. Looks at AWS afresh: what is
    /// the stack's already stays as it is, and what is not safe to take over any more is refused.
    pub async fn take_over(&self, text: &str, part: &NodeId) -> Result<(), Error> {
        let stack = file::read(text).map_err(Error::Problems)?;
        let topology = Topology::of(&stack, text, Level::Awake);
        let node = topology.nodes.get(part).ok_or_else(|| nothing(&stack, part))?;
        self.must_be_here(&stack, node)?;
        let seen = self.look(&stack.name, Some(&stack), text, Depth::InBulk).await?;
        if is_own(&seen, part) {
            return Ok(());
        }
        let found = take_over::candidate(&self.inner.aws, &stack.name, part, &seen).await?;
        let found = found.ok_or_else(|| nothing(&stack, part))?;
        if let Some(obstacle) = collision::obstacle(&node.spec, &found, &seen) {
            return Err(refused(node, obstacle.to_string()));
        }
        // As late as can be: an operation would make what it has not seen, or delete it.
        self.must_be_idle(&stack).await?;
        let claim = Claim { aws: &self.inner.aws, stack: &stack.name, id: part };
        take_over::take_over(&claim, &found, &seen).await?;
        // Whoever asks next sees it as the stack's own.
        self.look(&stack.name, Some(&stack), text, Depth::InBulk).await?;
        Ok(())
    }

    /// Something of the same name in another region is another thing.
    fn must_be_here(&self, stack: &Stack, node: &Node) -> Result<(), Error> {
        let here = self.inner.aws.region();
        if &stack.region == here {
            return Ok(());
        }
        let why =
            format!("the stack is for the region `{}`, and this Slipway works in `{here}`", stack.region);
        Err(refused(node, why))
    }

    async fn must_be_idle(&self, stack: &Stack) -> Result<(), Error> {
        match self.inner.journal.last_operation(&stack.name).await? {
            Some(operation) if operation.ended_at.is_none() => Err(Error::Busy(Box::new(operation))),
            _ => Ok(()),
        }
    }
}

fn is_own(seen: &Observation, part: &NodeId) -> bool {
    seen.found.get(part).is_some_and(|found| !found.facts.contains_key(SHARED))
}

fn nothing(stack: &Stack, part: &NodeId) -> Error {
    Error::NothingToTakeOver { stack: stack.name.clone(), part: format!("`{part}`") }
}

fn refused(node: &Node, why: String) -> Error {
    Error::NotTakenOver { part: called(&node.id, &node.name), why }
}
