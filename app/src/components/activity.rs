//! What happens and happened, in words: the running clock, what is left, the receipt, and every event.

use leptos::prelude::*;
use topology::operation::{Happened, Operation, OperationId, OperationKind, Outcome, Receipt};
use topology::stack::Level;
use topology::words;

use super::blocks::Empty;
use super::button::{ActionButton, Weight};
use super::icons::{Glyph, Icon};
use super::log::Log;
use super::toast::Toasts;
use crate::api;
use crate::desk::Desk;
use crate::text::{prose, usd};
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
            let (tone, glyph, word) = how_it_ended(&outcome);
            let class = format!("sl-state {tone}");
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

/// Colour, icon and word.
pub fn how_it_ended(outcome: &Outcome) -> (&'static str, Glyph, &'static str) {
    match outcome {
        Outcome::Done => ("sl-tone-good", Glyph::Check, "done"),
        Outcome::Failed(_) => ("sl-tone-bad", Glyph::Cross, "failed"),
        Outcome::Cancelled => ("sl-tone-attention", Glyph::Dash, "cancelled"),
    }
}

/// What runs, and where to, unless the verb says that already.
pub fn title(kind: OperationKind, to: Level) -> String {
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
        let view = desk.view.read();
        if eta::waits_for_you(&view) {
            return Some("waits for you".to_owned());
        }
        let left = eta::left(&view, live.now()?, speed)?;
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
