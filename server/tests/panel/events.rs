//! Live events: all of them, once, in order, also after a lost connection.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Response, StatusCode};
use http_body_util::BodyExt as _;
use topology::operation::{Event, Happened, OperationId};
use topology::stack::StackName;

use crate::harness::{TestPanel, assert_status, text_header};

const PATIENCE: Duration = Duration::from_secs(5);

async fn happen(panel: &TestPanel) -> Event {
    let operation = OperationId("one".into());
    let stack = StackName::new("cruddur");
    panel.panel.journal.append(1000, &stack, &operation, &Happened::CancelRequested).await.expect("appends")
}

/// What a browser hears.
struct Stream {
    body: Body,
    heard: String,
}

impl Stream {
    fn of(response: Response<Body>) -> Self {
        assert_status(&response, StatusCode::OK);
        assert_eq!(text_header(&response, "content-type"), "text/event-stream");
        Self { body: response.into_body(), heard: String::new() }
    }

    /// The next event, with the number that stands beside it.
    async fn next(&mut self) -> (u64, Event) {
        loop {
            while let Some((message, rest)) = self.heard.split_once("\n\n") {
                let (message, rest) = (message.to_owned(), rest.to_owned());
                self.heard = rest;
                let field = |name: &str| message.lines().find_map(|line| line.strip_prefix(name));
                if let Some((id, data)) = field("id: ").zip(field("data: ")) {
                    let event = serde_json::from_str(data).expect("an event");
                    return (id.parse().expect("a number"), event);
                }
            }
            let frame = tokio::time::timeout(PATIENCE, self.body.frame()).await.expect("in time");
            let frame = frame.expect("the stream goes on").expect("readable");
            let bytes = frame.into_data().expect("data");
            self.heard.push_str(std::str::from_utf8(&bytes).expect("text"));
        }
    }
}

#[tokio::test]
async fn what_happens_from_now_on_is_heard() {
    let panel = TestPanel::signed_in().await;
    happen(&panel).await;
    let mut stream = Stream::of(panel.get("/events").await);
    let event = happen(&panel).await;
    assert_eq!(stream.next().await, (event.id.0, event));
}

#[tokio::test]
async fn a_browser_that_comes_back_hears_what_it_missed_and_then_goes_on() {
    let panel = TestPanel::signed_in().await;
    let heard = happen(&panel).await;
    let missed = [happen(&panel).await, happen(&panel).await];
    let by_header = panel.request("GET", "/events?after=0").header("last-event-id", heard.id.0.to_string());
    let mut by_header = Stream::of(panel.send(by_header, "").await);
    let mut by_query = Stream::of(panel.get(&format!("/events?after={}", heard.id.0)).await);
    let live = happen(&panel).await;
    for event in missed.into_iter().chain([live]) {
        assert_eq!(by_header.next().await.1, event);
        assert_eq!(by_query.next().await.1, event);
    }
}

#[tokio::test]
async fn a_slow_browser_misses_nothing() {
    let panel = TestPanel::signed_in().await;
    let mut stream = Stream::of(panel.get("/events?after=0").await);
    let mut happened = Vec::new();
    for _ in 0..1000 {
        happened.push(happen(&panel).await.id.0);
    }
    for id in happened {
        assert_eq!(stream.next().await.0, id);
    }
}

#[tokio::test]
async fn streams_end_when_the_panel_stops() {
    let panel = TestPanel::signed_in().await;
    let response = panel.get("/events").await;
    panel.panel.stopping.cancel();
    tokio::time::timeout(PATIENCE, response.into_body().collect()).await.expect("in time").expect("whole");
}
