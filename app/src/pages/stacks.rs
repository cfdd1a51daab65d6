//! The list of stacks, and the way to a new one.

use leptos::prelude::*;
use leptos_meta::Title;
use topology::operation::{Operation, OperationKind};
use topology::stack::StackName;
use topology::view::StackSummary;

use crate::api;
use crate::api::json::Json;
use crate::components::blocks::{Empty, ErrorBlock, Waiting};
use crate::components::icons::Icon;
use crate::components::new_stack::NewStack;
use crate::components::toast::Toasts;
use crate::face::{self, Face, Standing};
use crate::live::Live;
use crate::text::{capital, usd};

#[component]
pub fn StacksPage() -> impl IntoView {
    let live = Live::get();
    let stacks = Resource::<_, Json>::new_with_options(move || live.list_version(), |_| api::stacks(), false);
    Effect::new(move |_| live.listen(None));
    // The list is fetched anew at each event that may change it; what somebody is writing stays.
    let taken = StoredValue::new(Vec::new());
    view! {
        <Title text="Stacks" />
        <section class="sl-page" aria-label="Stacks">
            <header class="sl-page-head">
                <h1>"Stacks"</h1>
                <NewStack taken />
            </header>
            <Transition fallback=|| view! { <Waiting what="Fetching the stacks" /> }>
                {move || Suspend::new(async move {
                    match stacks.await {
                        Ok(stacks) => {
                            taken.set_value(stacks.iter().map(|stack| stack.name.clone()).collect());
                            view! { <StackList stacks /> }.into_any()
                        }
                        Err(error) => view! { <ErrorBlock error /> }.into_any(),
                    }
                })}
            </Transition>
        </section>
    }
}

#[component]
fn StackList(stacks: Vec<StackSummary>) -> impl IntoView {
    if stacks.is_empty() {
        view! {
            <Empty title="No stack yet">
                <p>"A stack is one environment of one app: its services, its domain, its load balancer."</p>
            </Empty>
        }
        .into_any()
    } else {
        view! { <StackTable stacks /> }.into_any()
    }
}

#[component]
fn StackTable(stacks: Vec<StackSummary>) -> impl IntoView {
    let rows: Vec<_> = stacks.into_iter().map(|stack| view! { <StackRow stack /> }).collect();
    view! {
        <div class="sl-table-frame" tabindex="0" role="group" aria-label="Stacks, a table">
            <table class="sl-table sl-stacks">
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col">"State"</th>
                        <th scope="col">"Level"</th>
                        // A phone's window ends about here.
                        <th scope="col">"Domain"</th>
                        <th scope="col">"Region"</th>
                        <th scope="col">"Services"</th>
                        <th scope="col" class="sl-number">
                            "A month"
                        </th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

#[component]
fn StackRow(stack: StackSummary) -> impl IntoView {
    let face = face_of(&stack);
    let (level, month) = level_and_month(&stack);
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "–".to_owned());
    view! {
        <tr>
            <th scope="row">
                <a class="sl-row-link" href=format!("/stacks/{}", stack.name)>
                    {stack.name.to_string()}
                </a>
                {(!stack.is_adopted).then(|| view! { <Adopt stack=stack.name.clone() /> })}
            </th>
            <td>
                <span class=face.class("sl-state")>
                    <Icon glyph=face.glyph />
                    {face.word.clone()}
                </span>
            </td>
            <td>{or_dash(level)}</td>
            <td class="sl-long">{stack.domain.to_string()}</td>
            <td>{stack.region.to_string()}</td>
            <td>{stack.services}</td>
            <td class="sl-number">{or_dash(month)}</td>
        </tr>
    }
}

/// For a stack that was found on AWS alone.
#[component]
fn Adopt(stack: StackName) -> impl IntoView {
    let (live, toasts) = (Live::get(), Toasts::get());
    let adopt = move |_| {
        let stack = stack.clone();
        leptos::task::spawn_local(async move {
            match api::adopt(stack).await {
                Ok(()) => live.list_changed(),
                Err(error) => toasts.failed(&error),
            }
        });
    };
    view! {
        <span class="sl-found">
            <span class="sl-dim">"Found on AWS"</span>
            <button
                type="button"
                class="sl-button sl-button-quiet"
                title="Take its stack file up here, to go on working on it"
                on:click=adopt
            >
                "Adopt"
            </button>
        </span>
    }
}

fn face_of(stack: &StackSummary) -> Face {
    let standing = Standing::of(stack.level, stack.is_only_the_zone);
    match stack.running {
        None if stack.drifted > 0 => face::drifted(stack.drifted),
        _ => face::of_operations(stack.running.as_ref(), stack.last.as_ref(), standing),
    }
}

/// What the stack's zone notes is where an operation leads to, and not yet so while it runs.
fn level_and_month(stack: &StackSummary) -> (Option<String>, Option<String>) {
    match &stack.running {
        None => (stack.level.map(|level| capital(level.word())), stack.month_usd.map(usd)),
        Some(Operation { kind: OperationKind::TearDown, .. }) => (None, None),
        Some(operation) => (Some(format!("To {}", operation.to)), None),
    }
}

#[cfg(test)]
mod tests {
    use topology::operation::OperationId;
    use topology::plan::PlanId;
    use topology::stack::{HostName, Level, Region};

    use super::*;

    fn told(kind: OperationKind, to: Level) -> String {
        let running = Operation {
            id: OperationId("one".into()),
            plan: PlanId("one".into()),
            stack: StackName::new("shop"),
            kind,
            to,
            by: String::new(),
            started_at: 0,
            ended_at: None,
            outcome: None,
        };
        let stack = StackSummary {
            name: StackName::new("shop"),
            domain: HostName::new("example.org"),
            region: Region::new("us-east-1"),
            services: 1,
            level: Some(to),
            month_usd: Some(12.0),
            is_only_the_zone: false,
            drifted: 2,
            is_adopted: true,
            running: Some(running),
            last: None,
        };
        let (level, month) = level_and_month(&stack);
        let state = face_of(&stack).word;
        let dash = || "–".to_owned();
        format!("{state}, {}, {}", level.unwrap_or_else(dash), month.unwrap_or_else(dash))
    }

    #[test]
    fn a_stack_on_its_way_is_not_told_as_there() {
        assert_eq!(told(OperationKind::Deploy, Level::Awake), "Deploying, To awake, –");
        assert_eq!(told(OperationKind::Park, Level::Sleep), "Parking, To sleep, –");
        assert_eq!(told(OperationKind::Wake, Level::Awake), "Waking, To awake, –");
        assert_eq!(told(OperationKind::TearDown, Level::Off), "Tearing down, –, –");
    }
}
