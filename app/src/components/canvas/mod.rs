//! The canvas: every part as a card in its group, lines between them, and the drawer of the chosen one.
//!
//! Where things stand is [`topology::layout`]'s. What is seen of it is a [`viewport::Viewport`], which the
//! browser fits into the place there is, so that the server can draw it without knowing any size.

mod board;
mod card;
mod lines;
mod viewport;
mod walk;

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use topology::layout;
use topology::node::NodeId;

use super::activity::Activity;
use super::blocks::Empty;
use super::drawer::Drawer;
use crate::desk::Desk;
use board::Board;

pub use board::focus;

#[component]
pub fn CanvasTab(desk: Desk) -> impl IntoView {
    let query = use_query_map();
    let chosen = Memo::new(move |_| query.read().get("node").and_then(|node| node.parse::<NodeId>().ok()));
    let layout = Memo::new(move |_| layout::of(&desk.topology.read()));
    let navigate = use_navigate();
    let stack = desk.name();
    let choose = Callback::new(move |node: Option<NodeId>| {
        let address = match node {
            Some(node) => format!("/stacks/{stack}?node={node}"),
            None => format!("/stacks/{stack}"),
        };
        navigate(&address, NavigateOptions { scroll: false, ..Default::default() });
    });
    let has_cards = Memo::new(move |_| !layout.read().cards.is_empty());
    view! {
        <div class="sl-canvas-tab">
            <section class="sl-canvas" role="region" aria-label="Topology">
                <h2 class="sl-hidden">"Topology"</h2>
                <Show when=move || has_cards.get() fallback=NothingToDraw>
                    <Board desk layout chosen choose />
                </Show>
            </section>
            {move || chosen.get().map(|id| view! { <Drawer desk id choose /> })}
            <Activity desk />
        </div>
    }
}

#[component]
fn NothingToDraw() -> impl IntoView {
    view! {
        <Empty title="Nothing to draw yet">
                <p>"The stack file cannot be read. Correct the marked lines on the File tab."</p>
            </Empty>
    }
}
