//! The uptime tab: what each level keeps, and the schedule by which a stack wakes by itself.
//!
//! The level itself is chosen in the head of the page, which every tab has.

use std::sync::Arc;

use leptos::prelude::*;
use topology::cost;
use topology::stack::schedule::Day;
use topology::stack::{Level, Schedule, Stack};

use super::field::{DraftField, Entry, Field};
use super::services::DraftBar;
use crate::desk::Desk;
use crate::text::{capital, usd};

#[component]
pub fn UptimeTab(desk: Desk) -> impl IntoView {
    view! {
        <div class="sl-page">
            <Levels desk />
            <DraftBar desk />
            <ScheduleForm desk />
        </div>
    }
}

#[component]
fn Levels(desk: Desk) -> impl IntoView {
    let costs = Memo::new(move |_| desk.stack().map(|stack| cost::at_each_level(&stack)));
    let row = move |(place, level): (usize, Level)| {
        let is_now = move || desk.view.read().level == Some(level);
        let month = move || {
            costs.with(|costs| {
                costs.as_ref().map_or_else(|| "–".to_owned(), |costs| usd(costs[place].per_month_usd))
            })
        };
        view! {
            <tr>
                <th scope="row">{capital(level.word())} {move || is_now().then_some(" (now)")}</th>
                <td>{keeps(level)}</td>
                <td class="sl-number">{month}</td>
            </tr>
        }
    };
    view! {
        <div class="sl-table-frame" tabindex="0" role="group" aria-label="Levels, a table">
            <table class="sl-table">
                <thead>
                    <tr>
                        <th scope="col">"Level"</th>
                        <th scope="col">"What stays"</th>
                        <th scope="col" class="sl-number">
                            "A month"
                        </th>
                    </tr>
                </thead>
                <tbody>{Level::ALL.into_iter().enumerate().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
}

fn keeps(level: Level) -> &'static str {
    match level {
        Level::Awake => "Everything runs.",
        Level::Doze => "No tasks run. The load balancer stays and answers 503; waking takes about a minute.",
        Level::Sleep => "The load balancer and the addresses are gone too; waking takes some minutes.",
        Level::Off => "Only the hosted zone and the image repositories stay.",
    }
}

#[component]
fn ScheduleForm(desk: Desk) -> impl IntoView {
    let schedule = Memo::new(move |_| desk.draft.form().and_then(|stack| stack.schedule));
    let is_on = move || schedule.with(Option::is_some);
    let day = move |day: Day| {
        let has = move || {
            schedule.with(|schedule| schedule.as_ref().is_some_and(|schedule| schedule.days.contains(&day)))
        };
        view! {
            <label class="sl-check">
                <input
                    type="checkbox"
                    prop:checked=has
                    on:change=move |event| {
                        let is_in = event_target_checked(&event);
                        desk.draft.change(|stack| set_day(stack, day, is_in));
                    }
                />
                <span>{day.word()}</span>
            </label>
        }
    };
    view! {
        <section class="sl-panel" aria-label="Schedule">
            <header class="sl-panel-head">
                <h2>"Schedule"</h2>
            </header>
            <label class="sl-check">
                <input
                    type="checkbox"
                    prop:checked=is_on
                    disabled=move || desk.draft.form().is_none()
                    on:change=move |event| {
                        let is_on = event_target_checked(&event);
                        desk.draft.change(|stack| stack.schedule = is_on.then(office_hours));
                    }
                />
                <span>
                    "Wake and doze by itself"
                    <span class="sl-hint">"AWS carries it out, also while Slipway is off. Deploy puts it in force."</span>
                </span>
            </label>
            <Show when=is_on>
                <div class="sl-days" role="group" aria-label="Days awake">
                    {Day::ALL.map(day).collect_view()}
                </div>
                <div class="sl-fields">
                    <DraftField desk field=hour("Awake from", |schedule| &mut schedule.from) entry=Entry::Text />
                    <DraftField desk field=hour("Until", |schedule| &mut schedule.until) entry=Entry::Text />
                    <DraftField desk field=timezone() entry=Entry::Text />
                </div>
            </Show>
        </section>
    }
}

fn office_hours() -> Schedule {
    Schedule {
        timezone: "Europe/Berlin".to_owned(),
        days: Day::ALL[..5].to_vec(),
        from: 9 * 60,
        until: 18 * 60,
    }
}

fn set_day(stack: &mut Stack, day: Day, is_in: bool) {
    let Some(schedule) = &mut stack.schedule else { return };
    schedule.days.retain(|other| *other != day);
    if is_in {
        schedule.days.push(day);
        schedule.days.sort_unstable();
    }
}

fn hour(label: &'static str, part: fn(&mut Schedule) -> &mut u16) -> Field {
    Field {
        label,
        place: "uptime.schedule.awake".to_owned(),
        hint: "Such as 09:00",
        read: Arc::new(move |stack: &Stack| {
            let minutes = *part(&mut stack.schedule.clone()?);
            Some(format!("{:02}:{:02}", minutes / 60, minutes % 60))
        }),
        write: Arc::new(move |stack: &mut Stack, text: &str| {
            let minutes = minutes(text).ok_or_else(|| "Write a time such as 09:00".to_owned())?;
            if let Some(schedule) = &mut stack.schedule {
                *part(schedule) = minutes;
            }
            Ok(())
        }),
    }
}

fn timezone() -> Field {
    Field {
        label: "Time zone",
        place: "uptime.schedule.timezone".to_owned(),
        hint: "Such as Europe/Berlin",
        read: Arc::new(|stack: &Stack| stack.schedule.as_ref().map(|schedule| schedule.timezone.clone())),
        write: Arc::new(|stack: &mut Stack, text: &str| {
            if let Some(schedule) = &mut stack.schedule {
                schedule.timezone = text.trim().to_owned();
            }
            Ok(())
        }),
    }
}

/// Minutes after midnight of `09:00`; midnight at a day's end is `24:00`.
fn minutes(text: &str) -> Option<u16> {
    let (hours, minutes) = text.trim().split_once(':')?;
    if minutes.len() != 2 {
        return None;
    }
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    let all = hours.checked_mul(60)?.checked_add(minutes)?;
    (minutes < 60 && all <= 24 * 60).then_some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_nonsense_is_not() {
        assert_eq!(minutes("09:30"), Some(570));
        assert_eq!(minutes("24:00"), Some(1440));
        assert_eq!([minutes("9"), minutes("9:3"), minutes("25:00"), minutes("9:75")], [None; 4]);
    }
}
