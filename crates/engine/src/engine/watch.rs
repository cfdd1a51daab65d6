//! Looking again at what is on somebody's screen, so that a change behind Slipway's back shows.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use tokio::sync::broadcast;
use topology::observation::Observation;
use topology::stack::StackName;

use super::plans::Depth;
use super::{Engine, lock};
use crate::error::Error;

/// A look this young is as good as a new one.
const JUST_NOW: Duration = Duration::from_secs(5);

/// Somebody who wants to know. As long as it lives, [`Engine::watch`] looks at its stack.
pub struct Attention {
    engine: Engine,
    stack: Option<StackName>,
    changed: broadcast::Receiver<StackName>,
}

impl Attention {
    /// The next stack, any one, that is not as it was at the look before. Who was too slow to hear of each is told of
    /// its own.
    pub async fn changed(&mut self) -> Option<StackName> {
        match self.changed.recv().await {
            Ok(stack) => Some(stack),
            Err(broadcast::error::RecvError::Lagged(_)) => self.stack.clone(),
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }
}

impl Drop for Attention {
    fn drop(&mut self) {
        let Some(stack) = self.stack.take() else { return };
        let mut attended = lock(&self.engine.inner.attended);
        if let Some(count) = attended.get_mut(&stack) {
            *count -= 1;
            if *count == 0 {
                attended.remove(&stack);
            }
        }
    }
}

impl Engine {
    /// Hears of every stack that is found changed, and has `stack` looked at.
    pub fn attend(&self, stack: Option<StackName>) -> Attention {
        if let Some(stack) = &stack {
            *lock(&self.inner.attended).entry(stack.clone()).or_default() += 1;
        }
        Attention { engine: self.clone(), stack, changed: self.inner.changed.subscribe() }
    }

    /// Looks around every `pause`. Never ends.
    pub async fn watch(&self, pause: Duration) {
        let mut failing = BTreeSet::new();
        loop {
            tokio::time::sleep(pause).await;
            let mut failed = BTreeSet::new();
            for (stack, error) in self.look_around().await {
                // Once, and not every time: whoever reads the log has seen it.
                if !failing.contains(&stack) {
                    tracing::warn!(stack.name = %stack, "cannot see whether it was changed on AWS: {error}");
                }
                failed.insert(stack);
            }
            failing = failed;
        }
    }

    /// Looks again at every stack that somebody attends to, one after the other: that spreads the calls. Returns what
    /// could not be looked at.
    pub async fn look_around(&self) -> Vec<(StackName, Error)> {
        let stacks: Vec<StackName> = lock(&self.inner.attended).keys().cloned().collect();
        let mut failed = Vec::new();
        for stack in stacks {
            match self.look_again(&stack).await {
                // A draft, or torn down meanwhile.
                Ok(()) | Err(Error::NoSuchStack(_)) => {}
                Err(error) => failed.push((stack, error)),
            }
        }
        failed
    }

    /// Looks at once at what has come onto a screen, unless somebody has just looked.
    pub async fn look_at_once(&self, stack: &StackName) {
        let has_looked =
            lock(&self.inner.looked_at).get(stack).is_some_and(|looked_at| looked_at.elapsed() < JUST_NOW);
        if has_looked {
            return;
        }
        match self.look_again(stack).await {
            Ok(()) | Err(Error::NoSuchStack(_)) => {}
            // The next round tells whether it lasts.
            Err(error) => tracing::debug!(stack.name = %stack, "could not look at once: {error}"),
        }
    }

    /// While an operation runs its events tell, and a look would be of the past.
    async fn look_again(&self, stack: &StackName) -> Result<(), Error> {
        let before = self.inner.journal.last_operation(stack).await?;
        if before.as_ref().is_some_and(|operation| operation.ended_at.is_none()) {
            return Ok(());
        }
        let new = self.look_at(stack, Depth::AFew).await?;
        if self.inner.journal.last_operation(stack).await? == before {
            self.remember_look(stack, new);
        }
        Ok(())
    }

    /// Keeps the look for whoever asks next, and tells where it saw something else than the one before.
    pub(super) fn remember_look(&self, stack: &StackName, new: Observation) {
        let mut seen = lock(&self.inner.seen);
        let is_news = seen.get(stack).is_some_and(|old| !old.tells_the_same(&new));
        seen.insert(stack.clone(), new);
        lock(&self.inner.looked_at).insert(stack.clone(), Instant::now());
        if is_news {
            // Nobody listening is fine.
            let _ = self.inner.changed.send(stack.clone());
        }
    }
}
