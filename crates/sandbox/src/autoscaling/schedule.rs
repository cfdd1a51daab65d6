//! Schedules: `at(…)`, `rate(…)` and six-field `cron(…)`, in a time zone.

use jiff::civil::{DateTime, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// How far ahead a cron expression is searched: 29 February comes at most eight years on.
const SEARCH_DAYS: i64 = 8 * 366 + 1;

#[derive(Debug, Clone)]
pub(super) struct Schedule {
    when: When,
    zone: TimeZone,
}

#[derive(Debug, Clone)]
enum When {
    At(i64),
    Every(i64),
    Cron(Box<Cron>),
}

#[derive(Debug, Clone)]
struct Cron {
    minutes: Vec<u32>,
    hours: Vec<u32>,
    days: Vec<u32>,
    months: Vec<u32>,
    weekdays: Vec<u32>,
    years: Vec<u32>,
}

impl Schedule {
    /// Reads an expression, or says what is wrong with it.
    pub(super) fn read(expression: &str, zone: Option<&str>) -> Result<Schedule, String> {
        let zone = TimeZone::get(zone.unwrap_or("UTC"))
            .map_err(|_| format!("Unknown timezone '{}'", zone.unwrap_or_default()))?;
        let bad = || format!("Invalid schedule expression '{expression}'");
        let (kind, rest) = expression.split_once('(').ok_or_else(bad)?;
        let inner = rest.strip_suffix(')').ok_or_else(bad)?;
        let when = match kind {
            "at" => {
                let time: DateTime = inner.parse().map_err(|_| bad())?;
                let zoned = zone.to_zoned_datetime(time).map_err(|_| bad())?;
                When::At(zoned.timestamp().as_second())
            }
            "rate" => When::Every(rate(inner).ok_or_else(bad)?),
            "cron" => When::Cron(Box::new(cron(inner).ok_or_else(bad)?)),
            _ => return Err(bad()),
        };
        Ok(Schedule { when, zone })
    }

    /// The first run after a wall-clock second.
    pub(super) fn next_after(&self, second: i64) -> Option<i64> {
        match &self.when {
            When::At(at) => Some(*at).filter(|at| *at > second),
            When::Every(seconds) => second.checked_add(*seconds),
            When::Cron(cron) => cron.next_after(second, &self.zone),
        }
    }
}

fn rate(text: &str) -> Option<i64> {
    let (number, unit) = text.trim().split_once(' ')?;
    let number: i64 = number.parse().ok().filter(|number| *number > 0)?;
    let unit = match unit.trim() {
        "minute" | "minutes" => 60,
        "hour" | "hours" => 3600,
        "day" | "days" => 86_400,
        _ => return None,
    };
    number.checked_mul(unit)
}

const MONTHS: [&str; 12] =
    ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

fn cron(text: &str) -> Option<Cron> {
    let fields: Vec<&str> = text.split_whitespace().collect();
    let [minutes, hours, days, months, weekdays, years] = fields.as_slice() else {
        return None;
    };
    Some(Cron {
        minutes: field(minutes, 0, 59, &[])?,
        hours: field(hours, 0, 23, &[])?,
        days: field(days, 1, 31, &[])?,
        months: field(months, 1, 12, &MONTHS)?,
        weekdays: field(weekdays, 1, 7, &WEEKDAYS)?,
        years: field(years, 1970, 2199, &[])?,
    })
}

/// The values of one field: lists, ranges and steps of numbers or names.
fn field(text: &str, low: u32, high: u32, names: &[&str]) -> Option<Vec<u32>> {
    let number = |text: &str| -> Option<u32> {
        let upper = text.to_ascii_uppercase();
        let named = names.iter().position(|name| *name == upper).map(|at| at as u32 + low);
        named.or_else(|| text.parse().ok()).filter(|value| (low..=high).contains(value))
    };
    let mut values = Vec::new();
    for part in text.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, step.parse::<u32>().ok().filter(|step| *step > 0)?),
            None => (part, 1),
        };
        let (from, to) = match range.split_once('-') {
            _ if range == "*" || range == "?" => (low, high),
            Some((from, to)) => (number(from)?, number(to)?),
            None if part.contains('/') => (number(range)?, high),
            None => (number(range)?, number(range)?),
        };
        match from <= to {
            true => values.extend((from..=to).step_by(step as usize)),
            // A range over the end, such as FRI-MON.
            false => values.extend((from..=high).chain(low..=to).step_by(step as usize)),
        }
    }
    values.sort_unstable();
    values.dedup();
    Some(values)
}

fn weekday(day: Weekday) -> u32 {
    day.to_sunday_one_offset() as u32
}

impl Cron {
    fn next_after(&self, second: i64, zone: &TimeZone) -> Option<i64> {
        let from = Timestamp::from_second(second.checked_add(1)?).ok()?.to_zoned_datetime(zone.clone());
        let mut day = from.date();
        for _ in 0..SEARCH_DAYS {
            let fits = self.years.contains(&(day.year() as u32))
                && self.months.contains(&(day.month() as u32))
                && self.days.contains(&(day.day() as u32))
                && self.weekdays.contains(&weekday(day.weekday()));
            if fits {
                for (hour, minute) in
                    self.hours.iter().flat_map(|h| self.minutes.iter().map(move |m| (*h, *m)))
                {
                    let time = day.at(hour as i8, minute as i8, 0, 0);
                    // A time that daylight saving skips moves on by the gap, as AWS has it.
                    let at = zone.to_zoned_datetime(time).ok()?.timestamp().as_second();
                    if at > second {
                        return Some(at);
                    }
                }
            }
            day = day.checked_add(1.day()).ok()?;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(expression: &str, zone: &str, after: &str) -> Option<String> {
        let second = after.parse::<Timestamp>().map(|time| time.as_second()).unwrap_or_default();
        let run = Schedule::read(expression, Some(zone)).ok()?.next_after(second)?;
        Timestamp::from_second(run).ok().map(|time| time.to_string())
    }

    #[test]
    fn cron_runs_in_its_time_zone() {
        let weekdays = "cron(0 9 ? * MON-FRI *)";
        // 27 November 2026 is a Friday; Berlin is one hour ahead in winter.
        assert_eq!(
            next(weekdays, "Europe/Berlin", "2026-11-27T07:00:00Z").as_deref(),
            Some("2026-11-27T08:00:00Z")
        );
        assert_eq!(
            next(weekdays, "Europe/Berlin", "2026-11-27T08:00:00Z").as_deref(),
            Some("2026-11-30T08:00:00Z")
        );
        assert_eq!(
            next(weekdays, "Europe/Berlin", "2026-07-01T00:00:00Z").as_deref(),
            Some("2026-07-01T07:00:00Z")
        );
    }

    #[test]
    fn steps_lists_and_single_runs_are_understood() {
        assert_eq!(
            next("cron(0/15 * * * ? *)", "UTC", "2026-01-01T00:16:00Z").as_deref(),
            Some("2026-01-01T00:30:00Z")
        );
        assert_eq!(
            next("at(2026-05-01T10:00:00)", "UTC", "2026-01-01T00:00:00Z").as_deref(),
            Some("2026-05-01T10:00:00Z")
        );
        assert_eq!(next("at(2026-05-01T10:00:00)", "UTC", "2026-06-01T00:00:00Z"), None);
        assert_eq!(
            next("rate(2 hours)", "UTC", "2026-01-01T00:00:00Z").as_deref(),
            Some("2026-01-01T02:00:00Z")
        );
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["cron(0 9 * * *)", "cron(61 9 ? * MON *)", "rate(0 days)", "every(1)", "at(noon)"] {
            assert!(Schedule::read(text, None).is_err(), "{text}");
        }
        assert!(Schedule::read("rate(1 day)", Some("Mars/Olympus")).is_err());
    }
}
