//! The connection to `/events`: server-sent events, taken up again after the last one heard.
//!
//! It names the stack that is on the screen, so that the server looks at that one for changes on AWS. A browser
//! reconnects by itself after a lost connection, and says the last id. It gives up after an answer that is no stream,
//! such as while the server starts anew; then this module tries again. A page that nobody sees hears nothing.

use std::cell::RefCell;
use std::time::Duration;

use leptos::prelude::*;
use topology::operation::{Event, EventId};
use topology::stack::StackName;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{EventSource, MessageEvent};

use super::{Connection, Live};
use crate::api::json;

const TRY_AGAIN_AFTER: Duration = Duration::from_secs(2);

/// An open connection; ends when it is dropped.
struct Line {
    source: EventSource,
    stack: Option<StackName>,
    _happened: Closure<dyn Fn(MessageEvent)>,
    _changed: Closure<dyn Fn(MessageEvent)>,
    _opened: Closure<dyn Fn()>,
    _failed: Closure<dyn Fn()>,
}

thread_local! {
    static LINE: RefCell<Option<Line>> = const { RefCell::new(None) };
}

impl Drop for Line {
    fn drop(&mut self) {
        self.source.close();
    }
}

/// Connects, unless there is a connection that names the stack on the screen.
pub(super) fn open(live: Live, after: Option<EventId>) {
    let is_first = live
        .known
        .try_update_value(|known| {
            known.last = known.last.max(after);
            !std::mem::replace(&mut known.connected, true)
        })
        .unwrap_or(false);
    if is_first {
        let seen = window_event_listener(leptos::ev::visibilitychange, move |_| follow_sight(live));
        // As long as the page.
        std::mem::forget(seen);
    }
    let stack = live.on_screen();
    if is_first || LINE.with_borrow(|line| line.as_ref().is_some_and(|line| line.stack != stack)) {
        connect(live);
    }
}

/// Nobody pays looks at AWS for a page that nobody sees.
fn follow_sight(live: Live) {
    let is_hidden = document().hidden();
    if is_hidden {
        hang_up();
        live.connection.set(Connection::Lost);
    } else if LINE.with_borrow(Option::is_none) {
        connect(live);
    }
}

fn hang_up() {
    // Taken out first: what ends with it must not find it borrowed.
    drop(LINE.take());
}

fn connect(live: Live) {
    hang_up();
    let stack = live.on_screen();
    let mut address = "/events?".to_owned();
    if let Some(EventId(last)) = live.last() {
        address.push_str(&format!("after={last}&"));
    }
    if let Some(stack) = &stack {
        address.push_str(&format!("stack={stack}"));
    }
    let Ok(source) = EventSource::new(&address) else {
        return try_again(live);
    };
    let line = Line {
        _happened: on_event(&source, live),
        _changed: on_change(&source, live),
        _opened: on_open(&source, live),
        _failed: on_error(&source, live),
        source,
        stack,
    };
    LINE.set(Some(line));
}

fn on_event(source: &EventSource, live: Live) -> Closure<dyn Fn(MessageEvent)> {
    let heard = Closure::<dyn Fn(MessageEvent)>::new(move |message: MessageEvent| {
        let text = message.data().as_string().unwrap_or_default();
        if let Ok(event) = json::read::<Event>(&text) {
            live.arrived(event);
        }
    });
    source.set_onmessage(Some(heard.as_ref().unchecked_ref()));
    heard
}

/// A stack was changed on AWS behind Slipway's back.
fn on_change(source: &EventSource, live: Live) -> Closure<dyn Fn(MessageEvent)> {
    let heard = Closure::<dyn Fn(MessageEvent)>::new(move |message: MessageEvent| {
        if let Some(stack) = message.data().as_string() {
            live.list_changed();
            live.reload(StackName::new(&stack));
        }
    });
    // Fails only for a listener that is none.
    let _ = source.add_event_listener_with_callback("changed", heard.as_ref().unchecked_ref());
    heard
}

fn on_open(source: &EventSource, live: Live) -> Closure<dyn Fn()> {
    let opened = Closure::<dyn Fn()>::new(move || {
        let was_lost = live.connection.get_untracked() == Connection::Lost;
        live.connection.set(Connection::Open);
        // What happened between drawing the list and hearing the stream is in no event heard.
        live.list_changed();
        if was_lost {
            // The server may have started anew meanwhile, perhaps with another AWS behind it.
            live.reload_all();
        }
    });
    source.set_onopen(Some(opened.as_ref().unchecked_ref()));
    opened
}

fn on_error(source: &EventSource, live: Live) -> Closure<dyn Fn()> {
    let failing = source.clone();
    let failed = Closure::<dyn Fn()>::new(move || {
        live.connection.set(Connection::Lost);
        if failing.ready_state() == EventSource::CLOSED {
            try_again(live);
        }
    });
    source.set_onerror(Some(failed.as_ref().unchecked_ref()));
    failed
}

fn try_again(live: Live) {
    set_timeout(
        move || {
            if !document().hidden() {
                connect(live);
            }
        },
        TRY_AGAIN_AFTER,
    );
}
