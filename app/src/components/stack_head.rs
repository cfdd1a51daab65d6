//! The head of a stack's page: what it is, how it is, what it costs, and what can be done with it.

use leptos::prelude::*;
use topology::cost::HOSTED_ZONE_MONTH;
use topology::operation::OperationKind;
use topology::stack::Level;
use topology::view::Request;

use super::button::{ActionButton, Weight};
use super::icons::{Glyph, Icon};
use super::toast::Toasts;
use crate::api;
use crate::console;
use crate::desk::Desk;
use crate::face::{self, Standing};
use crate::flow::Wish;
use crate::money;
use crate::text::{capital, usd};
use crate::time::clock_utc;

#[component]
pub fn StackHead(desk: Desk) -> impl IntoView {
    let name = desk.name().to_string();
    view! {
        <header class="sl-stack-head">
            <div class="sl-stack-title">
                <a class="sl-crumb" href="/">
                    "Stacks"
                </a>
                <span class="sl-dim" aria-hidden="true">
                    "/"
                </span>
                <h1 class="sl-long">{name}</h1>
                <Domain desk />
                <Overall desk />
            </div>
            <div class="sl-stack-act">
                <UptimeRadios desk />
                <Verbs desk />
            </div>
            <Cost desk />
        </header>
    }
}

#[component]
fn Domain(desk: Desk) -> impl IntoView {
    let stack = move || desk.stack();
    // What runs in the sandbox is not on the internet.
    let door = desk.surroundings.with_value(|surroundings| surroundings.sandbox_door);
    move || {
        stack().map(|stack| {
            let address = match door {
                Some(door) => console::sandbox_address(&stack.domain, door),
                None => format!("https://{}/", stack.domain),
            };
            view! {
                <a class="sl-long" href=address rel="external noopener">
                    {stack.domain.to_string()}
                </a>
                <span class="sl-dim">{stack.region.to_string()}</span>
            }
        })
    }
}

/// How the whole stack is, by the part that needs the eye most.
#[component]
fn Overall(desk: Desk) -> impl IntoView {
    let overall = Memo::new(move |_| {
        let (running, last) = (desk.running(), desk.last());
        let standing = Standing::of(desk.view.read().level, desk.is_only_the_zone());
        face::overall(desk.states.read().values(), running.as_ref(), last.as_ref(), standing)
    });
    view! {
        <span class=move || overall.read().class("sl-state") role="status">
            <Icon glyph=Signal::derive(move || overall.read().glyph) />
            {move || overall.get().word}
        </span>
    }
}

#[component]
fn Cost(desk: Desk) -> impl IntoView {
    let month = Memo::new(move |_| {
        let level = desk.view.read().level;
        let without_level = if desk.is_only_the_zone() { HOSTED_ZONE_MONTH } else { 0.0 };
        desk.deployed.with(|stack| {
            stack.as_ref().zip(level).map_or(without_level, |(stack, level)| money::month_at(stack, level))
        })
    });
    let drafted = Memo::new(move |_| desk.draft.form().map(|stack| money::month_at(&stack, Level::Awake)));
    let planned = move || {
        let drafted = drafted.get().filter(|drafted| (drafted - month.get()).abs() > 0.005)?;
        let text = format!("{} awake, as drafted", usd(drafted));
        Some(view! { <span class="sl-dim">{text}</span> })
    };
    view! {
        <p class="sl-stack-cost">
            <span>{move || format!("This stack: {} a month", usd(month.get()))}</span>
            {planned}
        </p>
    }
}

/// The level that the stack has; choosing another one shows the plan that leads there.
#[component]
fn UptimeRadios(desk: Desk) -> impl IntoView {
    let shown = Memo::new(move |_| match desk.flow.wish().get() {
        Some(Wish::Request(Request::Level { level, .. })) => Some(level),
        _ => desk.running().map(|operation| operation.to).or_else(|| desk.view.read().level),
    });
    let refusal = Memo::new(move |_| desk.refusal_of_levels());
    let radio = move |level: Level| {
        let stack = desk.name();
        view! {
            <label class="sl-radio">
                <input
                    type="radio"
                    name="uptime"
                    value=level.word()
                    prop:checked=move || shown.get() == Some(level)
                    checked=shown.get_untracked() == Some(level)
                    disabled=move || refusal.with(Option::is_some)
                    on:change=move |_| {
                        desk.flow.ask(Wish::Request(Request::Level { stack: stack.clone(), level }));
                    }
                />
                <span>{capital(level.word())}</span>
            </label>
        }
    };
    view! {
        <div class="sl-radios" role="radiogroup" aria-label="Uptime" title=move || refusal.get()>
            {Level::ALL.map(radio).collect_view()}
        </div>
    }
}

#[component]
fn Verbs(desk: Desk) -> impl IntoView {
    let stack = desk.name();
    let (park, wake, down) = (stack.clone(), stack.clone(), stack);
    let to_level = move |stack, level| desk.flow.ask(Wish::Request(Request::Level { stack, level }));
    view! {
        <div class="sl-verbs">
            <ActionButton
                label="Deploy"
                weight=Weight::Primary
                refusal=Signal::derive(move || desk.refusal(OperationKind::Deploy))
                press=move || desk.flow.ask(Wish::Deploy)
            />
            <ActionButton
                label="Park"
                weight=Weight::Plain
                refusal=Signal::derive(move || desk.refusal(OperationKind::Park))
                press=move || to_level(park.clone(), Level::Doze)
            />
            <ActionButton
                label="Wake"
                weight=Weight::Plain
                refusal=Signal::derive(move || desk.refusal(OperationKind::Wake))
                press=move || to_level(wake.clone(), Level::Awake)
            />
            <ActionButton
                label="Tear down"
                weight=Weight::Danger
                refusal=Signal::derive(move || desk.refusal(OperationKind::TearDown))
                press=move || {
                    // Where only the zone is left, there is nothing else to tear down.
                    let delete_zone = desk.is_only_the_zone();
                    desk.flow.ask(Wish::Request(Request::TearDown { stack: down.clone(), delete_zone }));
                }
            />
            <LookAgain desk />
        </div>
    }
}

/// Looks at AWS now, for whoever changed something there by hand.
#[component]
fn LookAgain(desk: Desk) -> impl IntoView {
    let toasts = Toasts::get();
    let look = Action::new_local(move |(): &()| async move {
        match api::look(desk.name()).await {
            Ok(fetched) => desk.live.replace(fetched),
            Err(error) => toasts.failed(&error),
        }
    });
    let is_looking = look.pending();
    let title = move || match desk.view.read().observation.as_ref() {
        Some(observation) => {
            format!("Look again at what is on AWS; last looked at {}", clock_utc(observation.at))
        }
        None => "Look at what is on AWS".to_owned(),
    };
    view! {
        <button
            type="button"
            class="sl-button sl-button-quiet sl-button-icon"
            aria-label="Look again"
            title=title
            aria-disabled=move || is_looking.get().then_some("true")
            on:click=move |_| {
                if !is_looking.get_untracked() {
                    look.dispatch_local(());
                }
            }
        >
            <Icon glyph=Signal::derive(move || if is_looking.get() { Glyph::Turning } else { Glyph::Update }) />
        </button>
    }
}
