//! Every event in words: newest first, under a heading for each operation.

use std::collections::{BTreeMap, BTreeSet};

use leptos::prelude::*;
use topology::node::NodeId;
use topology::operation::{Event, Happened, OperationId, OperationKind, Outcome};
use topology::stack::Level;
use topology::view::StackView;
use topology::words;

use super::activity::{how_it_ended, title};
use super::icons::{Glyph, Icon};
use crate::desk::Desk;
use crate::text::{capital, prose};
use crate::time;

#[component]
pub fn Log(desk: Desk) -> impl IntoView {
    let operations = Memo::new(move |_| operations(&desk.view.read().events));
    view! {
        <div class="sl-log" role="log" aria-label="Events, newest first" tabindex="0">
            <For
                each=move || operations.get()
                key=Clone::clone
                children=move |id| view! { <OperationLog desk id /> }
            />
        </div>
    }
}

#[component]
fn OperationLog(desk: Desk, id: OperationId) -> impl IntoView {
    let id = StoredValue::new(id);
    let told = Memo::new(move |_| id.with_value(|id| Told::of(&desk.view.read(), id)));
    // As its own plan called them; the stack file may say otherwise by now.
    let names = Memo::new(move |_| {
        let mut names = desk.names.get();
        names.extend(id.with_value(|id| desk.view.read().names_in(id)));
        names
    });
    let newest_first = move || id.with_value(|id| telling(&desk.view.read().events, id));
    let line = move |event: Event| view! { <Line event names began_at=told.get_untracked().began_at /> };
    view! {
        <section class="sl-log-operation">
            <h3 class="sl-log-heading">{move || view! { <Heading told=told.get() /> }}</h3>
            <ol>
                <For each=newest_first key=|event| event.id children=line />
            </ol>
        </section>
    }
}

/// What is told of an operation as a whole, as far as the events go back.
#[derive(Debug, Clone, PartialEq)]
struct Told {
    what: Option<(OperationKind, Level)>,
    by: String,
    began_at: u64,
    outcome: Option<Outcome>,
}

impl Told {
    fn of(view: &StackView, id: &OperationId) -> Self {
        let own = || view.events.iter().filter(|event| &event.operation == id);
        let start = own().find_map(|event| match &event.what {
            Happened::OperationStarted { kind, to, by, .. } => Some(((*kind, *to), by.clone())),
            _ => None,
        });
        let (what, by) = start.unzip();
        let outcome = own().find_map(|event| match &event.what {
            Happened::OperationEnded { outcome, .. } => Some(outcome.clone()),
            _ => None,
        });
        let began_at = own().next().map_or(0, |event| event.at);
        Self { what, by: by.unwrap_or_default(), began_at, outcome }
    }
}

#[component]
fn Heading(told: Told) -> impl IntoView {
    let (tone, glyph, word) = match &told.outcome {
        Some(outcome) => how_it_ended(outcome),
        None => ("sl-tone-busy", Glyph::Turning, "running"),
    };
    let what = told.what.map_or_else(|| "An earlier operation".to_owned(), |(kind, to)| title(kind, to));
    let by = (!told.by.is_empty()).then(|| format!("by {}", told.by));
    view! {
        <span class=format!("sl-state {tone}")>
            <Icon glyph />
            {format!("{what}, {word}")}
        </span>
        " "
        <span class="sl-dim">{by}</span>
        " "
        <time class="sl-dim" datetime=time::machine(told.began_at)>
            {time::date_utc(told.began_at)}
        </time>
    }
}

#[component]
fn Line(event: Event, names: Memo<BTreeMap<NodeId, String>>, began_at: u64) -> impl IntoView {
    let sentence = names.with_untracked(|names| words::sentence(&event.what, names));
    let (glyph, tone) = mark(&event.what);
    view! {
        <li class=format!("sl-log-line {tone}")>
            <time class="sl-mono sl-dim" datetime=time::machine(event.at) title=time::date_utc(event.at)>
                {time::span(event.at.saturating_sub(began_at))}
            </time>
            <Icon glyph />
            <span>{prose(&capital(&sentence))}</span>
        </li>
    }
}

/// Newest first.
fn operations(events: &[Event]) -> Vec<OperationId> {
    let mut seen = BTreeSet::new();
    let newest = events.iter().rev().filter(|event| seen.insert(&event.operation));
    newest.map(|event| event.operation.clone()).collect()
}

/// An operation's events that tell something, newest first. What a part did before it went on is told in its drawer.
fn telling(events: &[Event], operation: &OperationId) -> Vec<Event> {
    let mut went_on: BTreeSet<&NodeId> = BTreeSet::new();
    let mut told = Vec::new();
    for event in events.iter().rev().filter(|event| &event.operation == operation) {
        let is_news = event.what.node().is_none_or(|node| went_on.insert(node));
        let is_told = match event.what {
            Happened::NodeMade { .. } => false,
            Happened::NodeStarted { .. }
            | Happened::NodeWaited { .. }
            | Happened::NodeWaitedForYou { .. } => is_news,
            _ => true,
        };
        if is_told {
            told.push(event.clone());
        }
    }
    told
}

fn mark(what: &Happened) -> (Glyph, &'static str) {
    match what {
        Happened::OperationStarted { .. } | Happened::OperationResumed { .. } => {
            (Glyph::Slipway, "sl-log-head")
        }
        Happened::NodeStarted { .. } => (Glyph::Turning, "sl-log-still"),
        Happened::NodeMade { .. } => (Glyph::Dash, "sl-log-still"),
        Happened::NodeWaited { .. } => (Glyph::Clock, "sl-log-still"),
        Happened::NodeWaitedForYou { .. } => (Glyph::Hand, "sl-tone-attention"),
        Happened::NodeSettled { .. } => (Glyph::Check, "sl-tone-good"),
        Happened::NodeFailed { .. } => (Glyph::Cross, "sl-tone-bad"),
        Happened::NodeSkipped { .. } | Happened::NodeCancelled { .. } | Happened::CancelRequested => {
            (Glyph::Skip, "sl-tone-neutral")
        }
        Happened::OperationEnded { outcome: Outcome::Done, .. } => (Glyph::Check, "sl-log-head sl-tone-good"),
        Happened::OperationEnded { outcome: Outcome::Failed(_), .. } => {
            (Glyph::Cross, "sl-log-head sl-tone-bad")
        }
        Happened::OperationEnded { .. } => (Glyph::Dash, "sl-log-head sl-tone-attention"),
    }
}
