//! The connection to `/events`: server-sent events, taken up again after the last one heard.
//!
//! A browser reconnects by itself after a lost connection, and says the last id. It gives up after an
//! answer that is no stream, such as while the server starts anew; then this module tries again.

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

/// Connects unless there is a connection.
pub(super) fn open(live: Live, after: Option<EventId>) {
    if live.known.with_value(|known| known.connected) {
        return;
    }
    live.known.update_value(|known| {
        known.connected = true;
        known.last = known.last.max(after);
    });
    connect(live);
}

fn connect(live: Live) {
    let address = match live.last() {
        Some(EventId(last)) => format!("/events?after={last}"),
        None => "/events".to_owned(),
    };
    let Ok(source) = EventSource::new(&address) else {
        return try_again(live);
    };
    hear(&source, live);
    hear_changes(&source, live);
    on_open(&source, live);
    on_error(&source, live);
}

fn hear(source: &EventSource, live: Live) {
    let heard = Closure::<dyn Fn(MessageEvent)>::new(move |message: MessageEvent| {
        let text = message.data().as_string().unwrap_or_default();
        if let Ok(event) = json::read::<Event>(&text) {
            live.arrived(event);
        }
    });
    source.set_onmessage(Some(heard.as_ref().unchecked_ref()));
    // It lives as long as the page.
    heard.forget();
}

/// A stack was changed on AWS behind Slipway's back.
fn hear_changes(source: &EventSource, live: Live) {
    let heard = Closure::<dyn Fn(MessageEvent)>::new(move |message: MessageEvent| {
        if let Some(stack) = message.data().as_string() {
            live.list_changed();
            live.reload(StackName::new(&stack));
        }
    });
    // Fails only for a listener that is none.
    let _ = source.add_event_listener_with_callback("changed", heard.as_ref().unchecked_ref());
    heard.forget();
}

fn on_open(source: &EventSource, live: Live) {
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
    opened.forget();
}

fn on_error(source: &EventSource, live: Live) {
    let failing = source.clone();
    let failed = Closure::<dyn Fn()>::new(move || {
        live.connection.set(Connection::Lost);
        if failing.ready_state() == EventSource::CLOSED {
            try_again(live);
        }
    });
    source.set_onerror(Some(failed.as_ref().unchecked_ref()));
    failed.forget();
}

fn try_again(live: Live) {
    set_timeout(move || connect(live), TRY_AGAIN_AFTER);
}
