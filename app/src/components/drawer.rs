//! The drawer: what one node is on AWS, what it waits for, what happened to it, what it costs.

use leptos::html;
use leptos::prelude::*;
use topology::drift::{self, Drift};
use topology::field;
use topology::node::{NodeId, NodeKind, Spec};
use topology::observation::{Ask, Condition, Found};
use topology::operation::{Event, Progress};
use topology::stack::Level;
use topology::{cost, words};

use super::copy::CopyLines;
use super::icons::{Glyph, Icon};
use crate::desk::Desk;
use crate::text::{capital, prose, usd};
use crate::{console, face, time};

const EVENTS_SHOWN: usize = 8;

#[component]
pub fn Drawer(desk: Desk, id: NodeId, choose: Callback<Option<NodeId>>) -> impl IntoView {
    let id = StoredValue::new(id);
    let close_button = NodeRef::<html::Button>::new();
    Effect::new(move |_| {
        if let Some(button) = close_button.get() {
            // It fails only where the drawer has closed meanwhile.
            _ = button.focus();
        }
    });
    let close = move || {
        choose.run(None);
        id.with_value(super::canvas::focus);
    };
    let state = Memo::new(move |_| id.with_value(|id| desk.state(id)));
    let name = Memo::new(move |_| {
        id.with_value(|id| desk.names.with(|names| names.get(id).cloned().unwrap_or_else(|| id.part.clone())))
    });
    view! {
        <aside
            class="sl-drawer"
            aria-label="Chosen part"
            on:keydown=move |event| {
                if event.key() == "Escape" {
                    close();
                }
            }
        >
            <header class="sl-drawer-head">
                <div>
                    <p class="sl-dim">{id.with_value(|id| id.kind.label())}</p>
                    <h2 class="sl-long">{move || name.get()}</h2>
                    <p class=move || format!("sl-state {}", face::tone_class(state.get().tone()))>
                        <Icon glyph=Signal::derive(move || face::glyph(state.get())) />
                        {move || capital(state.get().word())}
                    </p>
                </div>
                <button
                    node_ref=close_button
                    type="button"
                    class="sl-button sl-button-quiet sl-button-icon"
                    aria-label="Close drawer"
                    on:click=move |_| close()
                >
                    <Icon glyph=Glyph::Close />
                </button>
            </header>
            <Trouble desk id />
            <OnAws desk id />
            <CostOf desk id />
            <LastEvents desk id />
        </aside>
    }
}

/// What stands in the way: a question to the person, a failure, a condition that is waited for.
#[component]
fn Trouble(desk: Desk, id: StoredValue<NodeId>) -> impl IntoView {
    let trouble = Memo::new(move |_| {
        let view = desk.view.read();
        let id = id.get_value();
        let progress = view.operation.as_ref().and_then(|operation| operation.progress.get(&id).cloned());
        let found = view.observation.as_ref().and_then(|observation| observation.found.get(&id));
        (progress, found.map(|found| found.condition.clone()), view.drift_of(&id).cloned())
    });
    move || match trouble.get() {
        (Some(Progress::WaitingForYou { ask, .. }), ..) => view! { <AskBlock desk ask /> }.into_any(),
        (Some(Progress::Failed { failure, .. }), ..) => {
            let code = failure.code.map(|code| view! { <code>{code}</code> });
            view! {
                <div class="sl-note sl-note-error" role="alert">
                    <Icon glyph=Glyph::Cross />
                    <div>
                        <strong>{prose(&format!("Could not {}", failure.doing))}</strong>
                        <p>{prose(&failure.cause)} " " {code}</p>
                        <p>{prose(&failure.hint)}</p>
                    </div>
                </div>
            }
            .into_any()
        }
        (Some(Progress::Running { waits_for: Some(what), .. }), ..)
        | (_, Some(Condition::Settling(what)), _) => view! {
            <p class="sl-note">
                <Icon glyph=Glyph::Clock />
                <span>"Waits until " {what}</span>
            </p>
        }
        .into_any(),
        (_, Some(Condition::WaitingForYou(ask)), _) => view! { <AskBlock desk ask /> }.into_any(),
        (_, Some(Condition::Unwell(why)), _) => view! {
            <p class="sl-note sl-note-error">
                <Icon glyph=Glyph::Warning />
                <span>{capital(&why)}</span>
            </p>
        }
        .into_any(),
        (_, _, Some(drift)) => view! {
            <div class="sl-note sl-note-warning">
                <Icon glyph=Glyph::Warning />
                <div>
                    <Differences desk id drift />
                </div>
            </div>
        }
        .into_any(),
        _ => ().into_any(),
    }
}

/// How the part differs, and the other way to end it: the stack file follows AWS.
#[component]
fn Differences(desk: Desk, id: StoredValue<NodeId>, drift: Drift) -> impl IntoView {
    let sentences = drift.sentences();
    let taken = Memo::new(move |_| {
        let drafted = desk.draft.form()?;
        let taken = id.with_value(|id| drift::taken_over(&drafted, id, &drift))?;
        let is_done = taken == drafted;
        Some((taken, is_done))
    });
    move || match taken.get() {
        Some((_, true)) => view! {
            <p>"The stack file says the same as AWS now. Deploy notes it, and changes nothing here."</p>
        }
        .into_any(),
        other => {
            let told = sentences.iter().map(|sentence| view! { <p>{prose(sentence)}</p> }).collect_view();
            let button = other.map(|(taken, _)| {
                view! {
                    <button
                        type="button"
                        class="sl-button"
                        title="Write into the stack file what is on AWS"
                        on:click=move |_| {
                            let taken = taken.clone();
                            desk.draft.change(|stack| *stack = taken);
                        }
                    >
                        "Take over"
                    </button>
                }
            });
            view! {
                {told}
                {button}
            }
            .into_any()
        }
    }
}

#[component]
fn AskBlock(desk: Desk, ask: Ask) -> impl IntoView {
    let how = match &ask {
        // There is no registry of the sandbox to push to, and its account's on AWS may be somebody's.
        Ask::PushImage { tag, .. } if desk.is_sandbox() => {
            view! { <p>{prose(console::who_pushes(Some(tag)))}</p> }.into_any()
        }
        _ => view! { <CopyLines lines=ask.lines() what="the lines" /> }.into_any(),
    };
    view! {
        <div class="sl-ask">
            <p>
                <Icon glyph=Glyph::Hand />
                <strong>{prose(&ask.sentence())}</strong>
            </p>
            {how}
            <p class="sl-hint">"The rest goes on meanwhile, and this goes on by itself once it is done."</p>
        </div>
    }
}

#[component]
fn OnAws(desk: Desk, id: StoredValue<NodeId>) -> impl IntoView {
    let found = Memo::new(move |_| {
        let view = desk.view.read();
        id.with_value(|id| view.observation.as_ref()?.found.get(id).cloned())
    });
    move || match found.get() {
        Some(found) => view! { <FoundView desk id=id.get_value() found /> }.into_any(),
        None => view! { <p class="sl-dim">"It is not on AWS."</p> }.into_any(),
    }
}

/// Where a browser reaches a service, or the name that leads to it, in the embedded AWS; and what to call that.
fn visit(desk: Desk, id: &NodeId, door: u16) -> Option<(String, String)> {
    if !matches!(id.kind, NodeKind::Alias | NodeKind::Service) {
        return None;
    }
    let alias = NodeId::part(NodeKind::Alias, &id.part);
    desk.topology.with_untracked(|topology| match &topology.nodes.get(&alias)?.spec {
        Spec::Alias { host } => {
            Some((console::sandbox_address(host, door), format!("Visit {host} in the sandbox")))
        }
        _ => None,
    })
}

/// Where nothing answers, nobody is sent.
#[component]
fn Visit(desk: Desk, link: String, text: String) -> impl IntoView {
    let is_awake = Memo::new(move |_| {
        let view = desk.view.read();
        let leads_to = view.running().map(|running| running.operation.to);
        view.level == Some(Level::Awake) && leads_to.is_none_or(|to| to == Level::Awake)
    });
    move || match is_awake.get() {
        true => outward(link.clone(), text.clone()).into_any(),
        false => view! { <p class="sl-dim">"It answers once the stack is awake."</p> }.into_any(),
    }
}

fn outward(link: String, text: String) -> impl IntoView {
    view! {
        <a class="sl-outward" href=link rel="external noopener" target="_blank">
            {text}
            <Icon glyph=Glyph::Outward />
        </a>
    }
}

#[component]
fn FoundView(desk: Desk, id: NodeId, found: Found) -> impl IntoView {
    let outward = desk.surroundings.with_value(|surroundings| {
        match surroundings.sandbox_speed {
            // The embedded AWS has no console, but what runs there can be visited.
            Some(_) => {
                let (link, text) = visit(desk, &id, surroundings.sandbox_door?)?;
                Some(view! { <Visit desk link text /> }.into_any())
            }
            None => {
                let link = console::link(&id, &found, surroundings.region.as_str(), &surroundings.account)?;
                Some(outward(link, "Open in the AWS console".to_owned()).into_any())
            }
        }
    });
    view! {
        <section class="sl-drawer-part" aria-label="On AWS">
            <h3>"On AWS"</h3>
            <CopyLines lines=vec![found.aws_id.clone()] what="the id" />
            {outward}
            <Values found />
        </section>
    }
}

/// What there is to say of it, by name; what it is called stands above already.
#[component]
fn Values(found: Found) -> impl IntoView {
    let mut values = found.facts;
    values.extend(found.fields);
    let is_told =
        |(name, value): &(String, String)| !field::is_internal(name) && !matches!(value.as_str(), "" | "-");
    let value = |(name, value): (String, String)| {
        let class = if is_id(&value) { "sl-mono" } else { "" };
        view! {
            <div>
                <dt>{capital(&name)}</dt>
                <dd class=class title=value.clone()>
                    {short(&value).to_owned()}
                </dd>
            </div>
        }
    };
    let shown: Vec<_> = values.into_iter().filter(is_told).map(value).collect();
    (!shown.is_empty()).then(|| view! { <dl class="sl-values">{shown}</dl> })
}

/// Whether it is an id that AWS has given.
fn is_id(value: &str) -> bool {
    value.starts_with("arn:")
        || ["sg-", "vpc-", "subnet-", "igw-", "rtb-"].iter().any(|sign| value.starts_with(sign))
}

/// The part of an ARN that differs from that of its neighbours; anything else as it is.
fn short(value: &str) -> &str {
    match value.splitn(6, ':').nth(5) {
        Some(resource) if value.starts_with("arn:") => resource,
        _ => value,
    }
}

#[component]
fn CostOf(desk: Desk, id: StoredValue<NodeId>) -> impl IntoView {
    let line = Memo::new(move |_| {
        let level = desk.view.read().level.unwrap_or(Level::Awake);
        let stack = desk.deployed.get().or_else(|| desk.stack())?;
        cost::of(&stack, level).lines.into_iter().find(|line| id.with_value(|id| *id == line.node))
    });
    move || {
        let text = match line.get() {
            Some(line) => format!("{} a month for {}", usd(line.per_month_usd), line.what),
            None => "Nothing by itself at this level".to_owned(),
        };
        view! {
            <section class="sl-drawer-part" aria-label="Cost">
                <h3>"Cost"</h3>
                <p>{text}</p>
            </section>
        }
    }
}

#[component]
fn LastEvents(desk: Desk, id: StoredValue<NodeId>) -> impl IntoView {
    let events = Memo::new(move |_| {
        let view = desk.view.read();
        let own = view.events.iter().rev().filter(|event| id.with_value(|id| event.what.node() == Some(id)));
        own.take(EVENTS_SHOWN).cloned().collect::<Vec<_>>()
    });
    let line = move |event: Event| {
        let mut names = desk.names.get_untracked();
        names.extend(desk.view.with_untracked(|view| view.names_in(&event.operation)));
        let sentence = words::sentence(&event.what, &names);
        // The drawer's title says of whom.
        let told = sentence.split_once(": ").map_or(sentence.as_str(), |(_, told)| told);
        view! {
            <li class="sl-log-line">
                <time class="sl-mono sl-dim" datetime=time::machine(event.at)>
                    {time::clock_utc(event.at)}
                </time>
                <span>{prose(&capital(told))}</span>
            </li>
        }
    };
    view! {
        <section class="sl-drawer-part" aria-label="Last events">
            <h3>"Last events"</h3>
            <ol class="sl-log">
                <For each=move || events.get() key=|event| event.id children=line />
            </ol>
            {move || events.read().is_empty().then(|| view! { <p class="sl-dim">"None yet"</p> })}
        </section>
    }
}
