//! A plan to be read: counts, cost before and after, notes, and each change with its reason.

use leptos::prelude::*;
use topology::node::NodeId;
use topology::plan::{Action, Change, Note, Plan, Severity};
use topology::stack::file;

use super::blocks::Empty;
use super::button::{ActionButton, Weight};
use super::dialog::Dialog;
use super::icons::{Glyph, Icon};
use crate::desk::Desk;
use crate::flow::Flow;
use crate::money;
use crate::text::{prose, usd};

/// The order in which a person wants to know.
const GROUPS: [Action; 5] =
    [Action::Delete, Action::Replace, Action::Create, Action::Update, Action::WaitForYou];

#[component]
pub fn PlanView(plan: Plan, desk: Desk, flow: Flow) -> impl IntoView {
    let deployed = desk.deployed.get_untracked();
    let (caller, region) = desk
        .surroundings
        .with_value(|surroundings| (surroundings.caller.clone(), surroundings.region.to_string()));
    let kept = plan.changes.iter().filter(|change| change.action == Action::Keep).count();
    let counts = counts(&plan);
    let planned = file::read(&plan.file).ok();
    let (before, after) = money::before_after(&plan, deployed.as_ref(), planned.as_ref());
    let note = |note: &Note| {
        let offer = note.offer.as_ref().map(|part| (part.clone(), plan.called(part)));
        view! { <PlanNote note=note.clone() offer flow /> }
    };
    let notes = plan.notes.iter().map(note).collect_view();
    let groups = GROUPS.into_iter().filter_map(|action| group(&plan, action)).collect_view();
    let nothing = plan.is_empty().then(|| {
        view! {
            <Empty title="Nothing to do">
                <p>"Everything on AWS is as the stack asks for."</p>
            </Empty>
        }
    });
    view! {
        <div class="sl-plan">
            <div class="sl-plan-sum">
                <p>{counts}</p>
                <p class="sl-plan-cost">
                    <span class="sl-dim">"Cost a month"</span>
                    <span class="sl-mono">{usd(before)} " → " {usd(after)}</span>
                </p>
            </div>
            <p class="sl-dim sl-long">"As " <code>{caller}</code> " in " <code>{region}</code></p>
            {notes}
            {nothing}
            {groups}
            {(kept > 0).then(|| view! { <p class="sl-dim">{kept_line(kept)}</p> })}
        </div>
    }
}

#[component]
fn PlanNote(note: Note, offer: Option<(NodeId, String)>, flow: Flow) -> impl IntoView {
    let (class, glyph, word) = match note.severity {
        Severity::Error => ("sl-note sl-note-error", Glyph::Cross, "Error: "),
        Severity::Warning => ("sl-note sl-note-warning", Glyph::Warning, "Warning: "),
        Severity::Note => ("sl-note", Glyph::Note, "Note: "),
    };
    let asks = RwSignal::new(false);
    let is_offered = offer.is_some();
    view! {
        <div class=class>
            <Icon glyph />
            <p>
                <strong>{word}</strong>
                {prose(&note.text)}
            </p>
            {is_offered
                .then(|| {
                    view! { <ActionButton label="Take over" weight=Weight::Plain refusal=None press=move || asks.set(true) /> }
                })}
        </div>
        {offer.map(|(part, name)| view! { <TakeOver part name asks flow /> })}
    }
}

/// Asks once: a tear down will delete what was somebody else's.
#[component]
fn TakeOver(part: NodeId, name: String, asks: RwSignal<bool>, flow: Flow) -> impl IntoView {
    let close = move || asks.set(false);
    let part = StoredValue::new(part);
    let title = format!("Take over {name}");
    view! {
        <Dialog open=asks title close>
            <div class="sl-dialog-body" tabindex="-1">
                <p>
                    "From now on it belongs to this stack: it gets the stack's tags, Deploy changes it to what the stack \
                     file says, and Tear down deletes it with all that is in it."
                </p>
                <p>"Take it over only if nobody else relies on it."</p>
            </div>
            <footer class="sl-dialog-foot">
                <ActionButton label="Leave it" weight=Weight::Plain refusal=None press=close />
                <ActionButton
                    label="Take it over"
                    weight=Weight::Primary
                    refusal=None
                    press=move || flow.take_over(part.get_value())
                />
            </footer>
        </Dialog>
    }
}

fn group(plan: &Plan, action: Action) -> Option<AnyView> {
    let changes: Vec<&Change> = plan.changes.iter().filter(|change| change.action == action).collect();
    if changes.is_empty() {
        return None;
    }
    let count = changes.len();
    let shared = shared_reason(plan, &changes);
    let class = if shared.is_some() { "sl-plan-lines sl-plan-lines-short" } else { "sl-plan-lines" };
    let lines: Vec<_> =
        changes.into_iter().map(|change| line(change, shared.is_none().then(|| plan.why(change)))).collect();
    let label = heading(action);
    Some(
        view! {
            <section class="sl-plan-group" aria-label=label>
                <h3 class=format!("sl-plan-action sl-plan-{}", action.word())>
                    <Icon glyph=glyph(action) />
                    {label}
                    " "
                    <span class="sl-dim">{count}</span>
                    <span class="sl-plan-reason">{shared.as_deref().map(prose)}</span>
                </h3>
                <ul class=class>{lines}</ul>
            </section>
        }
        .into_any(),
    )
}

fn kept_line(kept: usize) -> String {
    match kept {
        1 => "1 part stays as it is.".to_owned(),
        kept => format!("{kept} parts stay as they are."),
    }
}

/// The one reason that several changes have; said once, above them.
fn shared_reason(plan: &Plan, changes: &[&Change]) -> Option<String> {
    let first = plan.why(changes.first()?);
    let is_shared = changes.len() > 1 && changes.iter().all(|change| plan.why(change) == first);
    is_shared.then_some(first)
}

fn line(change: &Change, why: Option<String>) -> AnyView {
    let why = why.map(|why| view! { <span class="sl-plan-reason">{prose(&why)}</span> });
    view! {
        <li class="sl-plan-line">
            <span class="sl-plan-kind">{change.id.kind.label()}</span>
            <span class="sl-plan-name">{change.name.clone()}</span>
            {why}
        </li>
    }
    .into_any()
}

fn heading(action: Action) -> &'static str {
    match action {
        Action::Create => "Create",
        Action::Update => "Update",
        Action::Replace => "Replace",
        Action::Delete => "Delete",
        Action::Keep => "Keep",
        Action::WaitForYou => "Wait for you",
    }
}

fn glyph(action: Action) -> Glyph {
    match action {
        Action::Create => Glyph::Plus,
        Action::Update => Glyph::Update,
        Action::Replace => Glyph::Swap,
        Action::Delete => Glyph::Minus,
        Action::Keep => Glyph::Check,
        Action::WaitForYou => Glyph::Hand,
    }
}

fn counts(plan: &Plan) -> String {
    let count = |action| plan.changes.iter().filter(|change| change.action == action).count();
    let words: Vec<String> = GROUPS
        .into_iter()
        .map(|action| (heading(action).to_lowercase(), count(action)))
        .filter(|(_, count)| *count > 0)
        .map(|(word, count)| format!("{count} to {word}"))
        .collect();
    if words.is_empty() { "No changes".to_owned() } else { words.join(", ") }
}
