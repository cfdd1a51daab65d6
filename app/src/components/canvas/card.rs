//! One card: kind, name and state of a node, as a button.

use leptos::prelude::*;
use topology::layout::Card;
use topology::node::NodeId;
use topology::state::{NodeState, accessible_name};

use crate::components::icons::Icon;
use crate::desk::Desk;
use crate::face;

/// So many letters of a waiting card's name stand on one line.
const LETTERS_A_LINE: usize = 26;

/// The id of a node's button in the page.
pub fn element_id(id: &NodeId) -> String {
    format!("node-{}", id.to_string().replace('/', "-"))
}

#[component]
pub fn CardView(
    desk: Desk,
    card: Card,
    chosen: Memo<Option<NodeId>>,
    /// The one card that Tab comes to; arrow keys lead from it to the others.
    door: Memo<Option<NodeId>>,
    choose: Callback<Option<NodeId>>,
    focused: RwSignal<Option<NodeId>>,
) -> impl IntoView {
    let id = StoredValue::new(card.id.clone());
    let kind = card.id.kind;
    let state = Memo::new(move |_| id.with_value(|id| desk.state(id)));
    let name = Memo::new(move |_| {
        id.with_value(|id| desk.names.with(|names| names.get(id).cloned().unwrap_or_else(|| id.part.clone())))
    });
    let is_chosen = move || id.with_value(|id| chosen.with(|chosen| chosen.as_ref() == Some(id)));
    let is_door = move || id.with_value(|id| door.with(|door| door.as_ref() == Some(id)));
    let class = move || {
        let state = state.get();
        let there = if is_there(state) { "" } else { " sl-card-absent" };
        let long = if name.read().chars().count() > LETTERS_A_LINE { " sl-card-long" } else { "" };
        format!("sl-card {}{there}{long}", face::tone_class(state.tone()))
    };
    view! {
        <foreignObject x=card.x y=card.y width=card.width height=card.height>
            <button
                type="button"
                id=element_id(&card.id)
                class=class
                aria-label=move || accessible_name(kind, &name.read(), state.get())
                aria-pressed=move || if is_chosen() { "true" } else { "false" }
                tabindex=move || if is_door() { "0" } else { "-1" }
                title=move || name.get()
                on:click=move |_| choose.run(Some(id.get_value()))
                on:focus=move |_| focused.set(Some(id.get_value()))
            >
                // In the order of the accessible name; the style puts the state beside the kind.
                <span class="sl-card-what">
                    <span class="sl-card-kind">{kind.label()}</span>
                    " "
                    <span class="sl-card-name">{move || name.get()}</span>
                </span>
                " "
                <span class="sl-card-state">
                    <Icon glyph=Signal::derive(move || face::glyph(state.get())) />
                    {move || state.get().word()}
                </span>
            </button>
        </foreignObject>
    }
}

fn is_there(state: NodeState) -> bool {
    !matches!(state, NodeState::Absent | NodeState::Missing | NodeState::Gone | NodeState::Queued)
}
