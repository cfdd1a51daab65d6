//! The plan tab: what Deploy would do now.

use leptos::prelude::*;

use crate::components::blocks::{ErrorBlock, Waiting};
use crate::components::button::{ActionButton, Weight};
use crate::components::plan_dialog::refusal_of;
use crate::components::plan_view::PlanView;
use crate::desk::Desk;
use crate::flow::{Flow, Step, Wish};
use topology::operation::OperationKind;

#[component]
pub fn PlanTab(desk: Desk) -> impl IntoView {
    // A flow of its own: what is shown here opens no dialog.
    let flow = Flow::new(desk.view, desk.draft, desk.live);
    let cannot = Memo::new(move |_| desk.refusal(OperationKind::Deploy));
    Effect::new(move |_| {
        if cannot.with(Option::is_none) && untrack(|| !flow.is_open()) {
            flow.ask(Wish::Deploy);
        }
    });
    let again = Signal::derive(move || match flow.step().get() {
        Step::Planning | Step::Applying { .. } => Some("It is under way".to_owned()),
        _ => cannot.get(),
    });
    let apply = Signal::derive(move || match flow.step().get() {
        _ if cannot.with(Option::is_some) => cannot.get(),
        Step::Shown { plan, .. } => refusal_of(&plan),
        _ => Some("There is no plan yet".to_owned()),
    });
    let body = move || match flow.step().get() {
        Step::Idle => match cannot.get() {
            Some(why) => view! { <p class="sl-dim">{why}</p> }.into_any(),
            None => view! { <Waiting what="Looking at AWS and making the plan" /> }.into_any(),
        },
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
        <div class="sl-page">
            <section class="sl-panel" aria-label="Plan">
                <header class="sl-panel-head">
                    <h2>"What Deploy would do"</h2>
                    <span class="sl-push">
                        <ActionButton label="Plan again" weight=Weight::Plain refusal=again press=move || flow.ask(Wish::DeployInFull) />
                    </span>
                    <ActionButton label="Apply" weight=Weight::Primary refusal=apply press=move || flow.apply() />
                </header>
                {body}
            </section>
        </div>
    }
}
