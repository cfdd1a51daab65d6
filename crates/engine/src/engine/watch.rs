//! The background refresh: looking again at what somebody has looked at, so that a change behind Slipway's back shows.

use std::time::Duration;

use tokio::sync::broadcast;
use topology::stack::StackName;

use super::{Engine, lock};
use crate::error::Error;

impl Engine {
    /// Names each stack that is not as it was at the last look. As long as somebody holds one, [`Engine::watch`]
    /// goes on looking.
    pub fn changed_stacks(&self) -> broadcast::Receiver<StackName> {
        self.inner.changed.subscribe()
    }

    /// Looks around every `pause` while somebody wants to know; nobody pays calls for nobody. Never ends.
    pub async fn watch(&self, pause: Duration) {
        loop {
            tokio::time::sleep(pause).await;
            if self.inner.changed.receiver_count() > 0 {
                self.look_around().await;
            }
        }
    }

    /// Looks again at every stack that somebody has looked at, one after the other: that spreads the calls.
    pub async fn look_around(&self) {
        let stacks: Vec<StackName> = lock(&self.inner.seen).keys().cloned().collect();
        for stack in stacks {
            match self.look_again(&stack).await {
                // Nobody listening is fine.
                Ok(true) => _ = self.inner.changed.send(stack),
                Ok(false) => {}
                Err(Error::NoSuchStack(_)) => _ = lock(&self.inner.seen).remove(&stack),
                Err(error) => tracing::debug!(stack.name = %stack, "the background look failed: {error}"),
            }
        }
    }

    /// Whether the stack is not as it was. While an operation runs its events tell, and a look would be of the past.
    async fn look_again(&self, stack: &StackName) -> Result<bool, Error> {
        let before = self.inner.journal.last_operation(stack).await?;
        if before.as_ref().is_some_and(|operation| operation.ended_at.is_none()) {
            return Ok(false);
        }
        let old = lock(&self.inner.seen).get(stack).cloned();
        let new = self.look_at(stack).await?;
        if self.inner.journal.last_operation(stack).await? != before {
            return Ok(false);
        }
        let is_same = old.is_some_and(|old| old.tells_the_same(&new));
        lock(&self.inner.seen).insert(stack.clone(), new);
        Ok(!is_same)
    }
}
