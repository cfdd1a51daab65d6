//! The dialog between a wish and its operation: the plan, its costs and notes, and "Apply".

use leptos::prelude::*;
use topology::operation::OperationKind;
use topology::plan::Plan;
use topology::view::Request;

use super::blocks::{ErrorBlock, Waiting};
use super::button::{ActionButton, Weight};
use super::dialog::Dialog;
use super::plan_view::PlanView;
use crate::desk::Desk;
use crate::flow::{Step, Wish};
use crate::text::prose;

#[component]
pub fn PlanDialog(desk: Desk) -> impl IntoView {
    let flow = desk.flow;
    let name = StoredValue::new(desk.name());
    let title = Signal::derive(move || {
        let what = match flow.wish().get() {
            Some(Wish::Request(Request::Level { level, .. })) => {
                return format!("Take {} to {level}", name.get_value());
            }
            Some(Wish::Request(Request::TearDown { .. })) => "Tear down",
            _ => "Deploy",
        };
        format!("{what} {}", name.get_value())
    });
    // The page of the plan tab shows its plan itself.
    let open = Signal::derive(move || flow.is_open());
    view! {
        <Dialog open title close=move || flow.close()>
            <PlanSteps desk />
        </Dialog>
    }
}

#[component]
fn PlanSteps(desk: Desk) -> impl IntoView {
    let flow = desk.flow;
    // What is typed stays while the plan is made anew, so it lives above the steps.
    let typed = RwSignal::new(String::new());
    let is_tear_down =
        Memo::new(move |_| matches!(flow.wish().get(), Some(Wish::Request(Request::TearDown { .. }))));
    let body = move || match flow.step().get() {
        Step::Idle => ().into_any(),
        Step::Planning => view! { <Waiting what="Looking at AWS and making the plan" /> }.into_any(),
        Step::Failed(error) => view! { <ErrorBlock error /> }.into_any(),
        Step::Shown { plan, trouble } => view! {
            {trouble.map(|error| view! { <ErrorBlock error /> })}
            <PlanView plan=*plan desk flow />
        }
        .into_any(),
        Step::Applying { plan } => view! { <PlanView plan=*plan desk flow /> }.into_any(),
    };
    view! {
        // Keys scroll it, too: a plan may be longer than its dialog.
        <div class="sl-dialog-body" role="group" aria-label="The plan" tabindex="0">
            {body}
        </div>
        <Show when=move || is_tear_down.get()>
            <TearDownQuestions desk typed />
        </Show>
        <PlanFoot desk typed is_tear_down />
    }
}

/// A tear down cannot be taken back, so it asks for more than a click.
#[component]
fn TearDownQuestions(desk: Desk, typed: RwSignal<String>) -> impl IntoView {
    let name = desk.name();
    let asked = name.clone();
    let deletes_zone = move || {
        matches!(desk.flow.wish().get(), Some(Wish::Request(Request::TearDown { delete_zone: true, .. })))
    };
    view! {
        <div class="sl-dialog-ask">
            <label class="sl-check">
                <input
                    type="checkbox"
                    prop:checked=deletes_zone
                    on:change=move |event| {
                        let delete_zone = event_target_checked(&event);
                        desk.flow.ask(Wish::Request(Request::TearDown { stack: asked.clone(), delete_zone }));
                    }
                />
                <span>
                    "Delete the hosted zone too"
                    <span class="sl-hint">
                        "A new zone gets other name servers, and the registrar would point at the old ones."
                    </span>
                </span>
            </label>
            <label class="sl-field">
                <span class="sl-label">"Type " <code>{name.to_string()}</code> " to confirm"</span>
                <input
                    class="sl-input"
                    type="text"
                    autocomplete="off"
                    spellcheck="false"
                    prop:value=move || typed.get()
                    on:input=move |event| typed.set(event_target_value(&event))
                />
            </label>
        </div>
    }
}

#[component]
fn PlanFoot(desk: Desk, typed: RwSignal<String>, is_tear_down: Memo<bool>) -> impl IntoView {
    let flow = desk.flow;
    let name = StoredValue::new(desk.name());
    let refusal = Signal::derive(move || match flow.step().get() {
        Step::Shown { plan, .. } if is_tear_down.get() && typed.get() != name.get_value().as_str() => {
            refusal_of(&plan).or_else(|| Some(format!("Type `{}` first", name.get_value())))
        }
        Step::Shown { plan, .. } => refusal_of(&plan),
        Step::Applying { .. } => Some("It is being started".to_owned()),
        _ => Some("There is no plan yet".to_owned()),
    });
    let weight = if is_tear_down.get_untracked() { Weight::Danger } else { Weight::Primary };
    view! {
        <footer class="sl-dialog-foot">
            <span class="sl-hint">{move || refusal.get().as_deref().map(prose)}</span>
            <ActionButton label="Close" weight=Weight::Plain refusal=None press=move || flow.close() />
            <ActionButton label="Apply" weight refusal press=move || flow.apply() />
        </footer>
    }
}

/// Why a plan cannot be applied.
pub fn refusal_of(plan: &Plan) -> Option<String> {
    if !plan.can_run() {
        return Some("The plan cannot run as it stands".to_owned());
    }
    // A tear down of nothing still gives its receipt.
    let is_idle = plan.is_empty() && plan.kind != OperationKind::TearDown;
    is_idle.then(|| "There is nothing to do".to_owned())
}
