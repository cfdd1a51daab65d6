//! The one store of what is live: events arrive over one connection and bring every open view up to date.
//!
//! On the server it holds nothing and connects to nothing. It polls nothing either: what events do not
//! tell, a view fetches anew when an operation has ended.

mod connection;
mod reduce;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use leptos::prelude::*;
use topology::operation::{Event, EventId, Happened};
use topology::stack::StackName;
use topology::view::StackView;
use web_sys::js_sys::Date;

use crate::api;

/// Events kept for views that are still being fetched when they arrive.
const TAIL_KEPT: usize = 1000;

/// What arrives within so short a time is shown as one change: an operation starts with a burst of events.
const GATHERING: Duration = Duration::from_millis(16);

/// Whether this browser hears the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connection {
    /// Before the first word; a page that has just been drawn.
    Starting,
    Open,
    /// Tried again until it works.
    Lost,
}

/// Cheap to copy; all copies are the same store.
#[derive(Clone, Copy)]
pub struct Live {
    known: StoredValue<Known>,
    connection: RwSignal<Connection>,
    /// How far this browser's clock is ahead of the server's, in milliseconds.
    ahead: RwSignal<Option<f64>>,
    /// Grows whenever the list of stacks may read differently.
    list_version: RwSignal<u32>,
    /// Ticks each second, in the browser alone; `None` until the first tick.
    tick: RwSignal<Option<f64>>,
}

#[derive(Default)]
struct Known {
    connected: bool,
    on_screen: Option<StackName>,
    views: BTreeMap<StackName, ArcRwSignal<StackView>>,
    /// Arrived, and not in the views yet.
    gathered: Vec<Event>,
    tail: VecDeque<Event>,
    last: Option<EventId>,
}

impl Live {
    /// Makes the store and offers it to every component below.
    pub fn provide() -> Self {
        let live = Self {
            known: StoredValue::new(Known::default()),
            connection: RwSignal::new(Connection::Starting),
            ahead: RwSignal::new(None),
            list_version: RwSignal::new(0),
            tick: RwSignal::new(None),
        };
        provide_context(live);
        Effect::new(move |_| live.start_clock());
        live
    }

    pub fn get() -> Self {
        expect_context()
    }

    pub fn connection(self) -> Signal<Connection> {
        self.connection.into()
    }

    /// Changes whenever the list of stacks should be fetched anew.
    pub fn list_version(self) -> u32 {
        self.list_version.get()
    }

    /// The server's time in milliseconds since 1970, each second anew; `None` while a page is being drawn.
    pub fn now(self) -> Option<u64> {
        let ahead = self.ahead.get().unwrap_or(0.0);
        self.tick.get().map(|now| (now - ahead).max(0.0) as u64)
    }

    /// Takes a fetched view in, brings it up to date, and from now on keeps it so.
    pub fn enter(self, mut fetched: StackView) -> ArcRwSignal<StackView> {
        let (after, name) = (fetched.last_event, fetched.name.clone());
        let left = name.clone();
        Effect::new(move |_| {
            self.known.update_value(|known| known.on_screen = Some(name.clone()));
            self.listen(Some(after));
        });
        on_cleanup(move || self.leave(&left));
        self.known
            .try_update_value(|known| {
                reduce::rebase(&mut fetched, known.tail.make_contiguous());
                let view = ArcRwSignal::new(fetched.clone());
                known.views.insert(fetched.name.clone(), view.clone());
                view
            })
            .expect("the store lives as long as the app")
    }

    /// Connects, unless connected; hears everything after `after`, or else from now on.
    pub fn listen(self, after: Option<EventId>) {
        connection::open(self, after);
    }

    /// Fetches a stack's view anew.
    pub fn reload(self, stack: StackName) {
        leptos::task::spawn_local(async move {
            if let Ok(fetched) = api::stack(stack).await {
                self.replace(fetched);
            }
        });
    }

    /// Fetches every stack's view anew that somebody has looked at.
    fn reload_all(self) {
        let stacks: Vec<StackName> = self.known.with_value(|known| known.views.keys().cloned().collect());
        stacks.into_iter().for_each(|stack| self.reload(stack));
    }

    /// Puts a newly fetched view in the place of the old one.
    pub fn replace(self, mut fetched: StackView) {
        self.known.update_value(|known| {
            let Some(view) = known.views.get(&fetched.name) else { return };
            reduce::rebase(&mut fetched, known.tail.make_contiguous());
            view.set(fetched);
        });
    }

    pub fn list_changed(self) {
        self.list_version.update(|version| *version += 1);
    }

    fn arrived(self, event: Event) {
        self.note_clock(event.at);
        self.known.update_value(|known| {
            if known.gathered.is_empty() {
                set_timeout(move || self.take_in_gathered(), GATHERING);
            }
            known.gathered.push(event);
        });
    }

    fn take_in_gathered(self) {
        let news = self.known.try_update_value(Known::take_in_gathered).unwrap_or_default();
        let mut ended: Vec<StackName> = Vec::new();
        let mut list_changed = false;
        for event in news {
            match event.what {
                Happened::OperationStarted { .. } => list_changed = true,
                Happened::OperationEnded { .. } => ended.push(event.stack),
                _ => {}
            }
        }
        if list_changed || !ended.is_empty() {
            self.list_changed();
        }
        ended.into_iter().for_each(|stack| self.reload(stack));
    }

    /// The stack whose page is open.
    fn on_screen(self) -> Option<StackName> {
        self.known.with_value(|known| known.on_screen.clone())
    }

    /// Its page was closed; perhaps another one has been opened already. The list's page takes the line up anew.
    fn leave(self, stack: &StackName) {
        _ = self.known.try_update_value(|known| known.on_screen.take_if(|shown| shown == stack));
    }

    fn last(self) -> Option<EventId> {
        self.known.with_value(|known| known.last)
    }

    /// An event cannot arrive before it happened, so the smallest lead seen is the clocks' difference.
    fn note_clock(self, at: u64) {
        let lead = Date::now() - at as f64;
        if self.ahead.get_untracked().is_none_or(|ahead| lead < ahead) {
            self.ahead.set(Some(lead));
        }
    }

    fn start_clock(self) {
        let tick = move || self.tick.set(Some(Date::now()));
        tick();
        set_interval(tick, Duration::from_secs(1));
    }
}

impl Known {
    /// Brings each view up to date in one go, and returns what was new.
    fn take_in_gathered(&mut self) -> Vec<Event> {
        let mut news = std::mem::take(&mut self.gathered);
        news.retain(|event| {
            let is_new = self.last.is_none_or(|last| event.id > last);
            self.last = self.last.max(Some(event.id));
            is_new
        });
        for (stack, view) in &self.views {
            if news.iter().any(|event| &event.stack == stack) {
                view.update(|view| news.iter().for_each(|event| reduce::reduce(view, event)));
            }
        }
        self.tail.extend(news.iter().cloned());
        let surplus = self.tail.len().saturating_sub(TAIL_KEPT);
        self.tail.drain(..surplus);
        news
    }
}
