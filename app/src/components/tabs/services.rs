//! The services tab: a form for each service, and a new one.

use std::collections::BTreeMap;

use leptos::prelude::*;
use topology::stack::{Health, Host, Image, Service, ServiceName, Stack};

use super::service_form::ServiceForm;
use crate::components::icons::{Glyph, Icon};
use crate::desk::Desk;
use crate::draft::Saving;

#[component]
pub fn ServicesTab(desk: Desk) -> impl IntoView {
    let names = Memo::new(move |_| {
        let services = desk.draft.form().map(|stack| stack.services).unwrap_or_default();
        services.into_iter().map(|service| service.name).collect::<Vec<_>>()
    });
    view! {
        <div class="sl-page">
            <DraftBar desk />
            <For
                each=move || names.get()
                key=Clone::clone
                children=move |name| view! { <ServiceForm desk name /> }
            />
            <AddService desk names />
        </div>
    }
}

#[component]
fn AddService(desk: Desk, names: Memo<Vec<ServiceName>>) -> impl IntoView {
    let name = RwSignal::new(String::new());
    let refusal = Memo::new(move |_| {
        let taken = names.read().iter().any(|taken| taken.as_str() == name.read().trim());
        taken.then(|| "There is a service of this name already".to_owned())
    });
    let add = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let text = name.get_untracked().trim().to_owned();
        if !text.is_empty() && refusal.with_untracked(Option::is_none) {
            desk.draft.change(|stack| stack.services.push(fresh(stack, &text)));
            name.set(String::new());
        }
    };
    view! {
        <form class="sl-add" on:submit=add>
            <label class="sl-field">
                <span class="sl-label">"New service"</span>
                <input
                    class="sl-input"
                    type="text"
                    autocomplete="off"
                    spellcheck="false"
                    placeholder="name"
                    prop:value=move || name.get()
                    on:input=move |event| name.set(event_target_value(&event))
                />
                <span class="sl-wrong">{move || refusal.get()}</span>
            </label>
            <button type="submit" class="sl-button">
                "Add service"
            </button>
        </form>
    }
}

/// A small service at the root, or, where that is taken, at its own name.
fn fresh(stack: &Stack, name: &str) -> Service {
    let host = if stack.root_service().is_none() { Host::Root } else { Host::Label(name.to_owned()) };
    Service {
        name: ServiceName::new(name),
        host,
        image: Image::Own { repository: name.to_owned(), tag: "latest".to_owned() },
        port: 8080,
        cpu: 256,
        memory: 512,
        count: 1,
        health: Health { path: "/".to_owned(), command: Vec::new() },
        env: BTreeMap::new(),
        secrets: BTreeMap::new(),
    }
}

/// Whether the draft is saved, sound, and what is deployed.
#[component]
pub fn DraftBar(desk: Desk) -> impl IntoView {
    let differs = move || desk.view.with(|view| view.deployed.as_deref() != Some(view.draft.as_str()));
    let saving = Memo::new(move |_| desk.draft.saving());
    let saved = move || match saving.get() {
        Saving::Saved => view! { <span class="sl-dim">"Draft saved"</span> }.into_any(),
        Saving::Pending => view! { <span class="sl-dim">"Saving the draft…"</span> }.into_any(),
        Saving::Failed(error) => {
            let text = format!("The draft is not saved. {} {}", error.title(), error.hint());
            view! {
                <span class="sl-wrong" role="alert">
                    {text}
                </span>
            }
            .into_any()
        }
    };
    let problems = Memo::new(move |_| desk.draft.problems().len());
    let form_is_behind = Memo::new(move |_| desk.draft.form().is_none());
    let file = format!("/stacks/{}/file", desk.name());
    let sound = move || {
        if form_is_behind.get() {
            Some("The text cannot be read as a stack, so the form waits.".to_owned())
        } else {
            (problems.get() > 0).then(|| "The draft has problems.".to_owned())
        }
    };
    view! {
        <div class="sl-draft-bar">
            <span role="status">{saved}</span>
            {move || sound().map(|text| {
                view! {
                    <span class="sl-state sl-tone-bad">
                        <Icon glyph=Glyph::Warning />
                        {text}
                        <a href=file.clone()>"See them in the file"</a>
                    </span>
                }
            })}
            <span class="sl-dim sl-push">
                {move || if differs() { "Differs from what is deployed" } else { "As deployed" }}
            </span>
        </div>
    }
}
