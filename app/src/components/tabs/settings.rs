//! The settings tab: domain, region, network, base images; and the way out.

use std::sync::Arc;

use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use topology::stack::check::REGIONS;
use topology::stack::{HostName, Network, Region, Stack};

use super::field::{DraftField, Entry, Field};
use super::services::DraftBar;
use crate::api;
use crate::components::button::{ActionButton, Weight};
use crate::components::toast::Toasts;
use crate::desk::Desk;

const FIRST_RANGE: &str = "10.0.0.0/16";

#[component]
pub fn SettingsTab(desk: Desk) -> impl IntoView {
    let regions = REGIONS.map(|region| (region.to_owned(), region.to_owned())).to_vec();
    let networks = [("default-vpc", "The account's default VPC"), ("dedicated", "A VPC of its own")];
    let networks = networks.map(|(word, label)| (word.to_owned(), label.to_owned())).to_vec();
    let is_dedicated = Memo::new(move |_| {
        matches!(desk.draft.form().map(|stack| stack.network), Some(Network::Dedicated { .. }))
    });
    view! {
        <div class="sl-page">
            <DraftBar desk />
            <section class="sl-panel" aria-label="Settings">
                <header class="sl-panel-head">
                    <h2>"Settings"</h2>
                </header>
                <div class="sl-fields">
                    <DraftField desk field=domain() entry=Entry::Text wide=true />
                    <DraftField desk field=region() entry=Entry::Choice(regions) />
                    <DraftField desk field=network() entry=Entry::Choice(networks) />
                    <Show when=move || is_dedicated.get()>
                        <DraftField desk field=cidr() entry=Entry::Text />
                    </Show>
                    <DraftField desk field=base_images() entry=Entry::Lines wide=true />
                </div>
            </section>
            <ForgetDraft desk />
        </div>
    }
}

/// Where something is deployed, tearing it down comes first: else AWS would go on costing, unseen.
#[component]
fn ForgetDraft(desk: Desk) -> impl IntoView {
    let toasts = Toasts::get();
    let navigate = use_navigate();
    let refusal = move || {
        let is_deployed = desk.view.with(|view| view.level.is_some());
        is_deployed.then(|| "It is deployed: tear it down first".to_owned())
    };
    let press = move || {
        let navigate = navigate.clone();
        leptos::task::spawn_local(async move {
            match api::remove_draft(desk.name()).await {
                Ok(()) => {
                    desk.live.list_changed();
                    navigate("/", Default::default());
                }
                Err(error) => toasts.failed(&error),
            }
        });
    };
    view! {
        <section class="sl-panel" aria-label="Forget the draft">
            <header class="sl-panel-head">
                <h2>"Forget the draft"</h2>
            </header>
            <p>"Removes the stack file from Slipway. What is on AWS is not touched."</p>
            <p>
                <ActionButton label="Forget draft" weight=Weight::Danger refusal=Signal::derive(refusal) press />
                " "
                <span class="sl-hint">{refusal}</span>
            </p>
        </section>
    }
}

fn field(
    (label, place, hint): (&'static str, &str, &'static str),
    read: impl Fn(&Stack) -> String + Send + Sync + 'static,
    write: impl Fn(&mut Stack, &str) + Send + Sync + 'static,
) -> Field {
    Field {
        label,
        place: place.to_owned(),
        hint,
        read: Arc::new(move |stack: &Stack| Some(read(stack))),
        write: Arc::new(move |stack: &mut Stack, text: &str| {
            write(stack, text);
            Ok(())
        }),
    }
}

fn domain() -> Field {
    field(
        ("Domain", "domain", "The root of the stack's hosts; you own it at a registrar"),
        |stack| stack.domain.to_string(),
        |stack, text| stack.domain = HostName::new(text.trim()),
    )
}

fn region() -> Field {
    field(
        ("Region", "region", "Where everything stands"),
        |stack| stack.region.to_string(),
        |stack, text| stack.region = Region::new(text),
    )
}

fn network() -> Field {
    field(
        ("Network", "network", "Where the load balancer and the tasks live"),
        |stack| match stack.network {
            Network::DefaultVpc => "default-vpc".to_owned(),
            Network::Dedicated { .. } => "dedicated".to_owned(),
        },
        |stack, text| {
            stack.network = match text {
                "dedicated" => Network::Dedicated { cidr: FIRST_RANGE.to_owned() },
                _ => Network::DefaultVpc,
            };
        },
    )
}

fn cidr() -> Field {
    field(
        ("Address range", "network.cidr", "Such as 10.0.0.0/16"),
        |stack| match &stack.network {
            Network::Dedicated { cidr } => cidr.clone(),
            Network::DefaultVpc => String::new(),
        },
        |stack, text| stack.network = Network::Dedicated { cidr: text.trim().to_owned() },
    )
}

fn base_images() -> Field {
    field(
        ("Base images", "images.base", "Repositories without a service, one a line"),
        |stack| stack.base_images.join("\n"),
        |stack, text| {
            let names = text.lines().map(str::trim).filter(|name| !name.is_empty());
            stack.base_images = names.map(str::to_owned).collect();
        },
    )
}
