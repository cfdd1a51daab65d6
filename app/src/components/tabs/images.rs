//! The images tab: each repository, which services run from it, and how to push to it.

use leptos::prelude::*;
use topology::node::{NodeId, NodeKind};
use topology::observation::Ask;
use topology::stack::{Image, ServiceName, Stack};
use topology::state::Tone;

use super::field::{DraftField, Entry};
use super::service_form::Fields;
use super::services::DraftBar;
use crate::components::copy::CopyLines;
use crate::components::icons::{Glyph, Icon};
use crate::desk::Desk;
use crate::text::prose;
use crate::{console, face};

#[component]
pub fn ImagesTab(desk: Desk) -> impl IntoView {
    let repositories = Memo::new(move |_| desk.stack().map(|stack| stack.repositories()).unwrap_or_default());
    let public = Memo::new(move |_| {
        let services = desk.stack().map(|stack| stack.services).unwrap_or_default();
        let is_public = |image: &Image| matches!(image, Image::Public { .. });
        let names =
            services.into_iter().filter(|service| is_public(&service.image)).map(|service| service.name);
        names.collect::<Vec<_>>()
    });
    view! {
        <div class="sl-page">
            <DraftBar desk />
            <For
                each=move || repositories.get()
                key=Clone::clone
                children=move |repository| view! { <RepositoryPanel desk repository /> }
            />
            <Show when=move || !public.read().is_empty()>
                <section class="sl-panel" aria-label="Public images">
                    <header class="sl-panel-head">
                        <h2>"Public images"</h2>
                    </header>
                    <For
                        each=move || public.get()
                        key=Clone::clone
                        children=move |name| view! { <ServiceImage desk name /> }
                    />
                </section>
            </Show>
        </div>
    }
}

#[component]
fn RepositoryPanel(desk: Desk, repository: String) -> impl IntoView {
    let id = NodeId::part(NodeKind::Repository, &repository);
    let own = id.clone();
    let state = Memo::new(move |_| desk.state(&id));
    let users = {
        let repository = repository.clone();
        Memo::new(move |_| desk.stack().map(|stack| users(&stack, &repository)).unwrap_or_default())
    };
    let uri = Memo::new(move |_| {
        let view = desk.view.read();
        view.observation.as_ref()?.found.get(&own)?.facts.get("uri").cloned()
    });
    let push = {
        let repository = repository.clone();
        move || how_to_push(desk, &repository, users.read().first())
    };
    let label = format!("Repository {repository}");
    view! {
        <section class="sl-panel" aria-label=label>
            <header class="sl-panel-head">
                <h2 class="sl-long">{repository.clone()}</h2>
                <span class=move || format!("sl-state {}", face::tone_class(state.get().tone()))>
                    <Icon glyph=Signal::derive(move || face::glyph(state.get())) />
                    {move || state.get().word()}
                </span>
                <span class="sl-dim sl-mono sl-long sl-push">{move || uri.get()}</span>
            </header>
            <For
                each=move || users.get()
                key=Clone::clone
                children=move |name| view! { <ServiceImage desk name /> }
            />
            <Show when=move || users.read().is_empty()>
                <p class="sl-dim">"A base image: no service runs from it."</p>
            </Show>
            <details>
                <summary>"Push an image"</summary>
                {push}
            </details>
        </section>
    }
}

/// The image of one service, to be changed in place, with whether it is there.
#[component]
fn ServiceImage(desk: Desk, name: ServiceName) -> impl IntoView {
    let id = NodeId::part(NodeKind::Image, &name);
    let state = {
        let id = id.clone();
        Memo::new(move |_| desk.states.read().get(&id).copied())
    };
    let own = name.clone();
    let is_looked_for = Memo::new(move |_| is_looked_for(desk, &id, &own));
    let fields = Fields { service: name.clone() };
    let shown = move || {
        let (state, is_looked_for) = (state.get()?, is_looked_for.get());
        let (tone, glyph, word) = match is_looked_for {
            true => (state.tone(), face::glyph(state), state.word()),
            false => (Tone::Neutral, Glyph::Ring, "not looked for yet"),
        };
        Some(view! {
            <span class=format!("sl-state {}", face::tone_class(tone))>
                <Icon glyph />
                {word}
            </span>
        })
    };
    let label = format!("Service {name}");
    view! {
        <div class="sl-image-row" role="group" aria-label=label>
            <span class="sl-long">{name.to_string()}</span>
            <DraftField desk field=fields.image() entry=Entry::Text />
            {shown}
        </div>
    }
}

fn users(stack: &Stack, wanted: &str) -> Vec<ServiceName> {
    let uses = |image: &Image| matches!(image, Image::Own { repository, .. } if repository == wanted);
    stack.services.iter().filter(|service| uses(&service.image)).map(|service| service.name.clone()).collect()
}

/// A look, or an operation, was about the very image that the stack file names; what it says of another does not count.
fn is_looked_for(desk: Desk, id: &NodeId, service: &ServiceName) -> bool {
    let drafted = desk.stack().and_then(|stack| Some(stack.service(service)?.image.to_string()));
    let view = desk.view.read();
    let found = view.observation.as_ref().and_then(|observation| observation.found.get(id));
    let found = found.and_then(|found| found.facts.get("name"));
    found.zip(drafted).is_none_or(|(found, drafted)| *found == drafted)
}

fn how_to_push(desk: Desk, repository: &str, user: Option<&ServiceName>) -> AnyView {
    let tag = tag_of(desk, user);
    if desk.is_sandbox() {
        // Its account's registry on AWS may be somebody's.
        return view! { <p>{prose(console::who_pushes(tag.as_deref()))}</p> }.into_any();
    }
    let lines = push_commands(desk, repository, tag);
    view! { <CopyLines lines what="the push commands" /> }.into_any()
}

fn tag_of(desk: Desk, user: Option<&ServiceName>) -> Option<String> {
    desk.stack().zip(user).and_then(|(stack, user)| match &stack.service(user)?.image {
        Image::Own { tag, .. } => Some(tag.clone()),
        Image::Public { .. } => None,
    })
}

fn push_commands(desk: Desk, repository: &str, tag: Option<String>) -> Vec<String> {
    let (account, region) = desk
        .surroundings
        .with_value(|surroundings| (surroundings.account.clone(), surroundings.region.clone()));
    let ask = Ask::PushImage {
        built_for: None,
        registry: format!("{account}.dkr.ecr.{region}.amazonaws.com"),
        repository: repository.to_owned(),
        tag: tag.unwrap_or_else(|| "latest".to_owned()),
        region,
    };
    ask.lines()
}
