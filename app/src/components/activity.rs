//! What happens and happened, in words: the running clock, what is left, the receipt, and every event.

use std::collections::BTreeSet;

use leptos::prelude::*;
use topology::node::NodeId;
use topology::operation::{Event, Happened, Operation, OperationId, OperationKind, Outcome, Receipt};
use topology::stack::Level;
use topology::words;

use super::blocks::Empty;
use super::button::{ActionButton, Weight};
use super::icons::{Glyph, Icon};
use super::toast::Toasts;
use crate::api;
use crate::desk::Desk;
use crate::text::{capital, prose, usd};
use crate::{eta, time};

#[component]
pub fn Activity(desk: Desk) -> impl IntoView {
    let operation = Memo::new(move |_| desk.last());
    let has_events = Memo::new(move |_| !desk.view.read().events.is_empty());
    view! {
        <section class="sl-activity" aria-label="Activity" role="region">
            <h2>"Activity"</h2>
            {move || operation.get().map(|operation| view! { <Running desk operation /> })}
            <ReceiptBlock desk />
            <Show
                when=move || has_events.get()
                fallback=|| {
                    view! {
                        <Empty title="Nothing has happened yet">
                <p>"Deploy shows its plan first; what it does then is told here."</p>
            </Empty>
                    }
                }
            >
                <Log desk />
            </Show>
        </section>
    }
}

/// The operation that runs, or how the last one ended.
#[component]
fn Running(desk: Desk, operation: Operation) -> impl IntoView {
    let Operation { id, kind, to, started_at, ended_at, outcome, .. } = operation;
    let title = title(kind, to);
    match (ended_at, outcome) {
        (Some(ended_at), Some(outcome)) => {
            let (class, glyph, word) = match outcome {
                Outcome::Done => ("sl-state sl-tone-good", Glyph::Check, "done"),
                Outcome::Failed(_) => ("sl-state sl-tone-bad", Glyph::Cross, "failed"),
                Outcome::Cancelled => ("sl-state sl-tone-attention", Glyph::Dash, "cancelled"),
            };
            view! {
                <div class="sl-run">
                    <span class=class>
                        <Icon glyph />
                        {format!("{title}: {word}")}
                    </span>
                    <span class="sl-mono sl-dim">{time::span(ended_at.saturating_sub(started_at))}</span>
                    <time class="sl-dim sl-run-at" datetime=time::machine(started_at)>
                        {time::date_utc(started_at)}
                    </time>
                </div>
            }
            .into_any()
        }
        _ => view! { <Clock desk id title started_at /> }.into_any(),
    }
}

/// What runs, and where to, unless the verb says that already.
fn title(kind: OperationKind, to: Level) -> String {
    match kind {
        OperationKind::Park => format!("{kind} to {to}"),
        _ => kind.to_string(),
    }
}

#[component]
fn Clock(desk: Desk, id: OperationId, title: String, started_at: u64) -> impl IntoView {
    let live = desk.live;
    let speed = desk.surroundings.with_value(|surroundings| surroundings.sandbox_speed.unwrap_or(1.0));
    let clock = move || live.now().map(|now| time::span(now.saturating_sub(started_at)));
    let left = move || {
        let left = eta::left(&desk.view.read(), live.now()?, speed)?;
        Some(format!("about {} left", time::about(left)))
    };
    let steps = Memo::new(move |_| {
        let view = desk.view.read();
        let progress = view.operation.as_ref().map(|operation| &operation.progress);
        let all = progress.map_or(0, |progress| progress.len());
        let over = progress.map_or(0, |progress| progress.values().filter(|node| node.is_over()).count());
        (over, all)
    });
    view! {
        <div class="sl-run">
            <span class="sl-state sl-tone-busy">
                <Icon glyph=Glyph::Turning />
                {title}
            </span>
            <span class="sl-mono" role="timer" aria-label="Running for">
                {clock}
            </span>
            <Cancel id />
            <progress
                class="sl-progress"
                aria-label="Steps done"
                max=move || steps.get().1.max(1)
                value=move || steps.get().0
            ></progress>
            <span class="sl-dim sl-run-steps">{move || format!("{} of {} steps", steps.get().0, steps.get().1)}</span>
            <span class="sl-dim sl-run-steps sl-push">{left}</span>
        </div>
    }
}

#[component]
fn Cancel(id: OperationId) -> impl IntoView {
    let toasts = Toasts::get();
    let asked = RwSignal::new(false);
    let refusal = move || asked.get().then(|| "Calls in flight are being finished".to_owned());
    let press = move || {
        let id = id.clone();
        asked.set(true);
        leptos::task::spawn_local(async move {
            if let Err(error) = api::cancel(id).await {
                toasts.failed(&error);
                _ = asked.try_set(false);
            }
        });
    };
    view! { <ActionButton label="Cancel" weight=Weight::Plain refusal=Signal::derive(refusal) press /> }
}

/// What the last tear down left; nothing while another operation came after it.
#[component]
fn ReceiptBlock(desk: Desk) -> impl IntoView {
    let receipt = Memo::new(move |_| {
        let operation = desk.last()?.id;
        desk.view.read().events.iter().rev().filter(|event| event.operation == operation).find_map(|event| {
            match &event.what {
                Happened::OperationEnded { receipt, .. } => receipt.clone(),
                _ => None,
            }
        })
    });
    move || receipt.get().map(|receipt| view! { <ReceiptView receipt /> })
}

#[component]
fn ReceiptView(receipt: Receipt) -> impl IntoView {
    let sum = match &receipt.unproven {
        Some(_) => words::receipt_line(&receipt) + ".",
        None => format!("{} left, {} a day", receipt.left.len(), usd(receipt.per_day_usd)),
    };
    let left = receipt.left.into_iter().map(|left| {
        view! {
            <li>
                <strong>{format!("{} {}", left.id.kind.label(), left.name)}</strong>
                <code class="sl-long">{left.aws_id}</code>
                <span>{prose(&left.why)}</span>
            </li>
        }
    });
    let kept = receipt.kept.into_iter().map(|kept| {
        let cost = usd(kept.per_day_usd);
        view! {
            <li>
                {format!("{} {} kept, {cost} a day: {}.", kept.id.kind.label(), kept.name, strip_kept(&kept.why))}
            </li>
        }
    });
    view! {
        <div class="sl-receipt" role="group" aria-label="Receipt">
            <h3>"Receipt"</h3>
            <p class="sl-receipt-sum">{sum}</p>
            <ul>{left.collect_view()} {kept.collect_view()}</ul>
        </div>
    }
}

fn strip_kept(why: &str) -> &str {
    why.strip_prefix("kept: ").unwrap_or(why)
}

#[component]
fn Log(desk: Desk) -> impl IntoView {
    let newest_first = move || telling(&desk.view.read().events);
    let line = move |event: Event| {
        let sentence = desk.names.with_untracked(|names| words::sentence(&event.what, names));
        let since = desk.view.with_untracked(|view| {
            let first = view.events.iter().find(|other| other.operation == event.operation);
            event.at.saturating_sub(first.map_or(event.at, |first| first.at))
        });
        let (glyph, tone) = mark(&event.what);
        view! {
            <li class=format!("sl-log-line {tone}")>
                <time class="sl-mono sl-dim" datetime=time::machine(event.at) title=time::date_utc(event.at)>
                    {time::span(since)}
                </time>
                <Icon glyph />
                <span>{prose(&capital(&sentence))}</span>
            </li>
        }
    };
    view! {
        <div class="sl-log" role="log" aria-label="Events, newest first" tabindex="0">
            <ol>
                <For each=newest_first key=|event| event.id children=line />
            </ol>
        </div>
    }
}

/// The events that tell something, newest first. What a part did before it went on is told in its drawer.
fn telling(events: &[Event]) -> Vec<Event> {
    let mut went_on: BTreeSet<(&OperationId, &NodeId)> = BTreeSet::new();
    let mut told = Vec::new();
    for event in events.iter().rev() {
        let is_news = event.what.node().is_none_or(|node| went_on.insert((&event.operation, node)));
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
