//! The drawing itself, and how it is moved: by pointer, wheel, buttons and keys.

use leptos::ev::{self, KeyboardEvent, PointerEvent, WheelEvent};
use leptos::prelude::*;
use leptos::svg;
use topology::layout::{Card, Layout};
use topology::node::NodeId;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::card::{CardView, element_id};
use super::lines::{Groups, Legend, Lines};
use super::viewport::{PAN_STEP, Viewport, ZOOM_STEP};
use super::walk::{self, Direction};
use crate::components::icons::{Glyph, Icon};
use crate::desk::Desk;

/// What moves the drawing. Cheap to copy; all copies are the same.
#[derive(Clone, Copy)]
struct Eye {
    layout: Memo<Layout>,
    chosen: Memo<Option<NodeId>>,
    /// `None`: everything, also when there comes to be more of it, or what can be read around the chosen card.
    moved: RwSignal<Option<Viewport>>,
    /// Width and height of the drawing's place in pixels; `None` until the browser has laid it out.
    size: RwSignal<Option<(f64, f64)>>,
    /// Where the pointer was last, while it drags.
    dragged_from: RwSignal<Option<(f64, f64)>>,
    node: NodeRef<svg::Svg>,
}

impl Eye {
    fn whole(self) -> Viewport {
        Viewport::whole(&self.layout.read())
    }

    fn seen(self) -> Viewport {
        self.moved.get().unwrap_or_else(|| self.unmoved())
    }

    fn unmoved(self) -> Viewport {
        match (self.card(self.chosen.read().as_ref()), self.size.get()) {
            (Some(card), Some(size)) => Viewport::around(&card, &self.layout.read(), size),
            _ => self.whole(),
        }
    }

    fn card(self, id: Option<&NodeId>) -> Option<Card> {
        self.layout.read().cards.iter().find(|card| Some(&card.id) == id).cloned()
    }

    /// Takes in how large the drawing's place is now, and keeps the chosen card in sight.
    fn measure(self) {
        let Some((size, _)) = self.place((0, 0)) else { return };
        self.size.set(Some(size));
        let card = untrack(|| self.card(self.chosen.read().as_ref()));
        if let (Some(card), Some(_)) = (card, self.moved.get_untracked()) {
            self.reveal(&card);
        }
    }

    fn change(self, change: impl FnOnce(Viewport) -> Viewport) {
        let seen = untrack(|| self.seen());
        self.moved.set(Some(change(seen)));
    }

    fn zoom(self, factor: f64) {
        let whole = untrack(|| self.whole());
        self.change(|seen| seen.zoom(factor, seen.middle(), whole));
    }

    fn fit(self) {
        let is_chosen = self.chosen.read_untracked().is_some();
        self.moved.set(is_chosen.then(|| untrack(|| self.whole())));
    }

    fn reveal(self, card: &Card) {
        let seen = untrack(|| self.seen());
        let revealed = seen.reveal(card);
        if revealed != seen {
            self.moved.set(Some(revealed));
        }
    }

    /// Width and height of the drawing's place in pixels, and the pointer's place in it.
    fn place(self, (x, y): (i32, i32)) -> Option<((f64, f64), (f64, f64))> {
        let place = self.node.try_get_untracked()??.unchecked_into::<Element>().get_bounding_client_rect();
        Some(((place.width(), place.height()), (f64::from(x) - place.left(), f64::from(y) - place.top())))
    }

    fn wheel(self, event: &WheelEvent) {
        event.prevent_default();
        let Some((size, pointer)) = self.place((event.client_x(), event.client_y())) else { return };
        let whole = untrack(|| self.whole());
        let factor = (-event.delta_y() * 0.0015).exp().clamp(0.5, 2.0);
        self.change(|seen| seen.zoom(factor, seen.under(pointer, size), whole));
    }

    fn grab(self, event: &PointerEvent) {
        // A finger scrolls and pinches as everywhere else; a card is pressed, not dragged.
        let on_card = event
            .target()
            .and_then(|target| target.dyn_into::<Element>().ok())
            .is_some_and(|element| matches!(element.closest("button"), Ok(Some(_))));
        if event.button() == 0 && event.pointer_type() != "touch" && !on_card {
            self.dragged_from.set(Some((f64::from(event.client_x()), f64::from(event.client_y()))));
        }
    }

    fn drag(self, event: &PointerEvent) {
        let Some((x, y)) = self.dragged_from.get_untracked() else { return };
        let Some(((width, height), _)) = self.place((0, 0)) else { return };
        let (to_x, to_y) = (f64::from(event.client_x()), f64::from(event.client_y()));
        self.dragged_from.set(Some((to_x, to_y)));
        self.change(|seen| {
            let units = seen.units_per_pixel(width, height);
            seen.pan((x - to_x) * units, (y - to_y) * units)
        });
    }

    fn let_go(self) {
        self.dragged_from.set(None);
    }
}

#[component]
pub fn Board(
    desk: Desk,
    layout: Memo<Layout>,
    chosen: Memo<Option<NodeId>>,
    choose: Callback<Option<NodeId>>,
) -> impl IntoView {
    let eye = Eye {
        layout,
        chosen,
        moved: RwSignal::new(None),
        size: RwSignal::new(None),
        dragged_from: RwSignal::new(None),
        node: NodeRef::new(),
    };
    // The drawer comes and goes with the choice, and may take of the drawing's place.
    Effect::new(move |_| {
        chosen.track();
        request_animation_frame(move || eye.measure());
    });
    let on_resize = window_event_listener(ev::resize, move |_| eye.measure());
    on_cleanup(move || on_resize.remove());
    let focused = RwSignal::new(None::<NodeId>);
    let door = Memo::new(move |_| {
        let there = |id: &NodeId| layout.read().cards.iter().any(|card| card.id == *id);
        let wanted = focused.get().or_else(|| chosen.get()).filter(there);
        wanted.or_else(|| layout.read().cards.first().map(|card| card.id.clone()))
    });
    let marked = Memo::new(move |_| chosen.get().or_else(|| focused.get()));
    let cards = move |card| view! { <CardView desk card chosen door choose focused /> };
    view! {
        <div class="sl-board">
            <svg
                node_ref=eye.node
                class="sl-board-drawing"
                class:sl-board-dragged=move || eye.dragged_from.read().is_some()
                role="group"
                aria-label="Canvas: arrow keys move it, plus and minus zoom, 0 shows everything"
                tabindex="0"
                viewBox=move || eye.seen().attribute()
                preserveAspectRatio="xMidYMid meet"
                on:wheel=move |event| eye.wheel(&event)
                on:pointerdown=move |event| eye.grab(&event)
                on:pointermove=move |event| eye.drag(&event)
                on:pointerup=move |_| eye.let_go()
                on:pointerleave=move |_| eye.let_go()
                on:focusout=move |_| focused.set(None)
                on:keydown=move |event| press(eye, &event, choose)
            >
                <Groups layout />
                <Lines layout marked />
                <For each=move || layout.get().cards key=|card| (card.id.clone(), card.x, card.y) children=cards />
            </svg>
        </div>
        <div class="sl-board-foot">
            <Legend />
            <Zoom eye />
        </div>
    }
}

#[component]
fn Zoom(eye: Eye) -> impl IntoView {
    let button = |label: &'static str, glyph: Glyph, press: fn(Eye)| {
        view! {
            <button
                type="button"
                class="sl-button sl-button-icon"
                aria-label=label
                title=label
                on:click=move |_| press(eye)
            >
                <Icon glyph />
            </button>
        }
    };
    view! {
        <div class="sl-zoom" role="group" aria-label="Zoom">
            {button("Zoom out", Glyph::Minus, |eye| eye.zoom(1.0 / ZOOM_STEP))}
            {button("Zoom in", Glyph::Plus, |eye| eye.zoom(ZOOM_STEP))}
            {button("Show everything", Glyph::Fit, Eye::fit)}
        </div>
    }
}

/// Keys: on a card they lead to its neighbours, beside the cards they move the canvas.
fn press(eye: Eye, event: &KeyboardEvent, choose: Callback<Option<NodeId>>) {
    if event.ctrl_key() || event.meta_key() || event.alt_key() {
        return;
    }
    match event.key().as_str() {
        "+" | "=" => eye.zoom(ZOOM_STEP),
        "-" => eye.zoom(1.0 / ZOOM_STEP),
        "0" => eye.fit(),
        "Escape" => choose.run(None),
        key => {
            let Some(direction) = Direction::of_key(key) else { return };
            match card_of(eye, event) {
                Some(id) => walk_on(eye, &id, direction),
                None => {
                    let (right, down) = direction.step();
                    eye.change(|seen| seen.pan(right * PAN_STEP, down * PAN_STEP));
                }
            }
        }
    }
    event.prevent_default();
}

fn card_of(eye: Eye, event: &KeyboardEvent) -> Option<NodeId> {
    let element = event.target()?.dyn_into::<Element>().ok()?.closest("button").ok()??;
    let layout = eye.layout.read_untracked();
    layout.cards.iter().find(|card| element_id(&card.id) == element.id()).map(|card| card.id.clone())
}

fn walk_on(eye: Eye, from: &NodeId, direction: Direction) {
    let layout = eye.layout.read_untracked();
    let Some(card) = walk::next(&layout.cards, from, direction) else { return };
    eye.reveal(card);
    focus(&card.id);
}

/// Puts the focus on a node's card.
pub fn focus(id: &NodeId) {
    let element = document().get_element_by_id(&element_id(id));
    if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        // It fails only where the card has left the page meanwhile.
        _ = element.focus();
    }
}
