//! One stack: its head, its tabs, and what the tab in the address shows.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use topology::stack::StackName;
use topology::view::{StackView, Surroundings};

use super::not_found::{NotFound, answer_not_found};
use crate::api;
use crate::api::json::Json;
use crate::components::activity::Activity;
use crate::components::blocks::{ErrorPage, Waiting};
use crate::components::canvas::CanvasTab;
use crate::components::plan_dialog::PlanDialog;
use crate::components::stack_head::StackHead;
use crate::components::tabs::{
    CostTab, FileTab, ImagesTab, PlanTab, ServicesTab, SettingsTab, Tab, TabBar, UptimeTab,
};
use crate::desk::Desk;
use crate::error::PanelError;
use crate::live::Live;

#[component]
pub fn StackPage() -> impl IntoView {
    let params = use_params_map();
    let name = Memo::new(move |_| StackName::new(params.read().get("name").unwrap_or_default()));
    let tab = Memo::new(move |_| Tab::by_word(params.read().get("tab").as_deref()));
    let stack = Resource::<_, Json>::new_with_options(move || name.get(), fetch, false);
    view! {
        <Transition fallback=|| view! { <Waiting what="Fetching the stack" /> }>
            {move || Suspend::new(async move {
                match stack.await {
                    Ok((fetched, surroundings)) => view! { <StackFrame fetched surroundings tab /> }.into_any(),
                    Err(error) => {
                        if matches!(error, PanelError::NoSuchStack(_)) {
                            answer_not_found();
                        }
                        view! {
                            <Title text="No stack" />
                            <ErrorPage error />
                        }
                        .into_any()
                    }
                }
            })}
        </Transition>
    }
}

async fn fetch(stack: StackName) -> Result<(StackView, Surroundings), PanelError> {
    Ok((api::stack(stack).await?, api::surroundings().await?))
}

#[component]
fn StackFrame(fetched: StackView, surroundings: Surroundings, tab: Memo<Option<Tab>>) -> impl IntoView {
    let name = fetched.name.clone();
    let desk = Desk::new(fetched, surroundings, Live::get());
    let titled = move |tab: Option<Tab>| match tab {
        Some(Tab::Canvas) | None => name.to_string(),
        Some(tab) => format!("{}, {name}", tab.label()),
    };
    // On the server the title is asked for last, when the page that knows the tab may be gone.
    let drawn = titled(tab.get_untracked());
    let title = move || tab.try_get().map_or_else(|| drawn.clone(), &titled);
    view! {
        <Title text=title />
        <article class="sl-stack">
            <StackHead desk />
            <TabBar desk tab />
            {move || tab_view(desk, tab.get())}
            <PlanDialog desk />
        </article>
    }
}

fn tab_view(desk: Desk, tab: Option<Tab>) -> AnyView {
    match tab {
        Some(Tab::Canvas) => view! { <CanvasTab desk /> }.into_any(),
        Some(Tab::Plan) => view! { <PlanTab desk /> }.into_any(),
        Some(Tab::Services) => view! { <ServicesTab desk /> }.into_any(),
        Some(Tab::Images) => view! { <ImagesTab desk /> }.into_any(),
        Some(Tab::Cost) => view! { <CostTab desk /> }.into_any(),
        Some(Tab::Uptime) => view! { <UptimeTab desk /> }.into_any(),
        Some(Tab::Activity) => view! {
            <div class="sl-page">
                <Activity desk />
            </div>
        }
        .into_any(),
        Some(Tab::Settings) => view! { <SettingsTab desk /> }.into_any(),
        Some(Tab::File) => view! { <FileTab desk /> }.into_any(),
        None => view! { <NotFound /> }.into_any(),
    }
}
