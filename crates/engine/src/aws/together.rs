//! Calls that take several things at once: what comes while one is under way goes out together in the next.
//!
//! Guarantees: one call at a time for each key; things go in the order in which they came. It knows nothing of what
//! the call is.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, oneshot};

/// The queues, by what one call is about, such as a hosted zone.
pub struct Together<T, R> {
    /// The most things that one call takes.
    most: usize,
    queues: Mutex<HashMap<String, Arc<Queue<T, R>>>>,
}

struct Queue<T, R> {
    line: Mutex<Line<T, R>>,
    changed: Notify,
    gate: tokio::sync::Mutex<()>,
}

struct Line<T, R> {
    waiting: Vec<(T, oneshot::Sender<R>)>,
    /// How many places are held for what is still to come.
    held: usize,
}

/// A place in the next call. While it is held, a call with room left waits for it.
pub struct Place<T, R> {
    most: usize,
    queue: Arc<Queue<T, R>>,
}

impl<T, R> Together<T, R> {
    pub fn new(most: usize) -> Self {
        Self { most, queues: Mutex::default() }
    }

    pub fn hold(&self, key: &str) -> Place<T, R> {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        let queue = queues.entry(key.to_owned()).or_default().clone();
        queue.line().held += 1;
        Place { most: self.most, queue }
    }

    /// Hands in what need not be waited for; see [`Place::submit`].
    pub async fn submit<F>(&self, key: &str, thing: T, call: impl Fn(Vec<T>) -> F) -> Option<R>
    where
        F: Future<Output = Vec<R>>,
    {
        self.hold(key).submit(thing, call).await
    }
}

impl<T, R> Place<T, R> {
    /// Returns the answer to `thing`. Whoever's turn it is makes the `call` for all that wait; it answers each thing,
    /// in their order. `None`: whoever made the call was cut off before the answer came.
    pub async fn submit<F>(self, thing: T, call: impl Fn(Vec<T>) -> F) -> Option<R>
    where
        F: Future<Output = Vec<R>>,
    {
        let (most, queue) = (self.most, self.queue.clone());
        let (answer, mut answered) = oneshot::channel();
        queue.line().waiting.push((thing, answer));
        drop(self);
        let _one_at_a_time = queue.gate.lock().await;
        loop {
            match answered.try_recv() {
                Ok(answer) => return Some(answer),
                Err(oneshot::error::TryRecvError::Closed) => return None,
                Err(oneshot::error::TryRecvError::Empty) => {
                    queue.until_worth_a_call(most).await;
                    queue.call_for_all(most, &call).await;
                }
            }
        }
    }
}

impl<T, R> Drop for Place<T, R> {
    fn drop(&mut self) {
        self.queue.line().held -= 1;
        self.queue.changed.notify_waiters();
    }
}

impl<T, R> Default for Queue<T, R> {
    fn default() -> Self {
        let line = Line { waiting: Vec::new(), held: 0 };
        Self { line: Mutex::new(line), changed: Notify::new(), gate: tokio::sync::Mutex::default() }
    }
}

impl<T, R> Queue<T, R> {
    fn line(&self) -> MutexGuard<'_, Line<T, R>> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Until the call is full, or nobody is known to come.
    async fn until_worth_a_call(&self, most: usize) {
        loop {
            // Before the look, so that no change in between is missed.
            let changed = self.changed.notified();
            {
                let line = self.line();
                if line.held == 0 || line.waiting.len() >= most {
                    return;
                }
            }
            changed.await;
        }
    }

    async fn call_for_all<F>(&self, most: usize, call: &impl Fn(Vec<T>) -> F)
    where
        F: Future<Output = Vec<R>>,
    {
        let batch: Vec<_> = {
            let mut line = self.line();
            let count = line.waiting.len().min(most);
            line.waiting.drain(..count).collect()
        };
        let (things, waiting): (Vec<T>, Vec<oneshot::Sender<R>>) = batch.into_iter().unzip();
        for (waiting, answer) in waiting.into_iter().zip(call(things).await) {
            // Whoever asked may have been cut off.
            let _ = waiting.send(answer);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Answers each thing with the size of the call that it went with.
    async fn sizes(things: Vec<u32>) -> Vec<usize> {
        tokio::time::sleep(Duration::from_millis(50)).await;
        vec![things.len(); things.len()]
    }

    #[tokio::test(start_paused = true)]
    async fn what_comes_while_a_call_is_under_way_goes_out_together_in_the_next() {
        let together = Together::new(10);
        let all = (0..12).map(|thing| together.submit("zone", thing, sizes));
        let sizes: Vec<usize> = futures::future::join_all(all).await.into_iter().flatten().collect();
        assert_eq!(sizes, [1, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 1]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_with_room_left_waits_for_a_place_that_is_held() {
        let together = Together::new(10);
        let late = together.hold("zone");
        let slow = async {
            tokio::time::sleep(Duration::from_secs(5)).await;
            late.submit(1, sizes).await
        };
        assert_eq!(tokio::join!(together.submit("zone", 0, sizes), slow), (Some(2), Some(2)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_place_that_is_given_up_keeps_nobody_waiting() {
        let together = Together::new(10);
        let late = together.hold("zone");
        let gives_up = async {
            tokio::time::sleep(Duration::from_secs(5)).await;
            drop(late);
        };
        assert_eq!(tokio::join!(together.submit("zone", 0, sizes), gives_up), (Some(1), ()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_call_waits_for_nobody_and_another_key_is_another_call() {
        let together = Together::new(2);
        let _held = together.hold("zone");
        let (one, two) = (together.submit("zone", 0, sizes), together.submit("zone", 1, sizes));
        assert_eq!(tokio::join!(one, two, together.submit("other", 2, sizes)), (Some(2), Some(2), Some(1)));
    }

    #[tokio::test(start_paused = true)]
    async fn whose_call_was_cut_off_hears_of_it() {
        let together = Together::new(10);
        let cut = tokio::time::timeout(Duration::from_millis(10), async {
            let never = async |_: Vec<u32>| std::future::pending::<Vec<usize>>().await;
            together.submit("zone", 0, never).await
        });
        let other = together.submit("zone", 1, sizes);
        let (cut, other) = tokio::join!(cut, other);
        assert!(cut.is_err());
        assert_eq!(other, Some(1));
    }
}
