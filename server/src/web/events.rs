//! Live events: every event of the journal, as server-sent events.
//!
//! The journal is what is read, always; the engine's broadcast only says when. So there is no gap and no double
//! between what happened before and what happens now, nobody is too slow, and the events of another process
//! (a deploy on the command line) arrive as well, a moment later.
//!
//! Beside them, `changed` names a stack that was found changed on AWS: fetch it anew.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{self, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use engine::Attention;
use futures::stream::{self, Stream, StreamExt as _};
use serde::Deserialize;
use tokio::sync::broadcast;
use topology::operation::{Event, EventId};
use topology::stack::StackName;

use super::sign_in;
use crate::panel::Panel;

/// Keeps proxies and browsers from taking a quiet stream for a dead one.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How long a browser waits before it comes again.
const RETRY: Duration = Duration::from_secs(1);
/// How often to look for what other processes have written.
const LOOK: Duration = Duration::from_millis(500);
/// How many events to read at once.
const MOST: usize = 256;
/// How many looks go by before the session is looked at again.
const LOOKS_A_SESSION: u32 = 60;

#[derive(Deserialize)]
pub struct From {
    after: Option<u64>,
    /// The stack that is on the screen.
    stack: Option<String>,
}

/// `GET /events`: what comes after `Last-Event-ID`, or else after `?after=`, or else from now on. `?stack=` names the
/// stack on the screen, which is looked at for changes on AWS meanwhile.
pub async fn stream(
    State(panel): State<Panel>,
    Query(from): Query<From>,
    headers: HeaderMap,
) -> Result<Response, StatusCode> {
    // Before the first look, so that nothing falls in between.
    let bell = panel.engine.subscribe();
    let newest = panel.journal.last_event().await.map_err(|error| trouble(&error))?;
    let resumed = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.trim().parse().ok());
    let last = resumed.or(from.after).map_or(newest, EventId);
    let session = sign_in::cookie(&headers, panel.address).unwrap_or_default().to_owned();
    let stack = from.stack.map(StackName::new);
    if let Some(stack) = stack.clone() {
        // What is shown may be of the last time that somebody looked.
        let engine = panel.engine.clone();
        tokio::spawn(async move { engine.look_at_once(&stack).await });
    }
    let attention = panel.engine.attend(stack);
    let listener = Listener { panel, session, bell, attention, last, read: VecDeque::new(), looks: 0 };

    let greeting = stream::once(async { Ok::<_, Infallible>(sse::Event::default().retry(RETRY)) });
    let events = greeting.chain(listener.into_stream());
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response())
}

/// One browser that listens.
struct Listener {
    panel: Panel,
    session: String,
    /// Rings when something has happened in this process.
    bell: broadcast::Receiver<Event>,
    /// Stacks that were found changed.
    attention: Attention,
    /// The last event that was read.
    last: EventId,
    /// Read and not yet sent.
    read: VecDeque<Event>,
    looks: u32,
}

impl Listener {
    fn into_stream(self) -> impl Stream<Item = Result<sse::Event, Infallible>> {
        stream::unfold(self, async |mut listener| {
            let news = listener.next().await?;
            Some((Ok(news), listener))
        })
    }

    /// `None`: the panel stops, the session has ended, or the journal does not answer; the browser comes again.
    async fn next(&mut self) -> Option<sse::Event> {
        loop {
            if let Some(event) = self.read.pop_front() {
                return Some(to_sse(&event));
            }
            let events = self.panel.journal.events_after(self.last, MOST).await;
            self.read = events.map_err(|error| trouble(&error)).ok()?.into();
            if let Some(newest) = self.read.back() {
                self.last = newest.id;
                continue;
            }
            tokio::select! {
                () = self.panel.stopping.cancelled() => return None,
                // Lagging behind the bell is no matter: the journal is read from where we are.
                rung = self.bell.recv() => if matches!(rung, Err(broadcast::error::RecvError::Closed)) { return None },
                Some(stack) = self.attention.changed() => {
                    return Some(sse::Event::default().event("changed").data(stack.to_string()));
                }
                () = tokio::time::sleep(LOOK) => {
                    if !self.is_still_signed_in().await {
                        return None;
                    }
                }
            }
        }
    }

    async fn is_still_signed_in(&mut self) -> bool {
        self.looks += 1;
        if !self.looks.is_multiple_of(LOOKS_A_SESSION) {
            return true;
        }
        self.panel.sessions.is_valid(&self.session).await.unwrap_or(false)
    }
}

fn to_sse(event: &Event) -> sse::Event {
    let json = serde_json::to_string(event).expect("an event is JSON");
    sse::Event::default().id(event.id.0.to_string()).data(json)
}

fn trouble(error: &engine::JournalError) -> StatusCode {
    tracing::error!("live events could not be read: {}", engine::chain(error));
    StatusCode::INTERNAL_SERVER_ERROR
}
