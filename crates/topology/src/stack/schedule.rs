//! When a stack is awake by itself.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::problem::Fault;

/// A window a day in which the stack is awake; outside it dozes. AWS itself carries it out
/// (Application Auto Scaling's scheduled actions), so `otherwise` can be no deeper than doze.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// An IANA name, such as `Europe/Berlin`.
    pub timezone: String,
    /// Days as in the file: `Mon-Fri`, `Mon,Wed,Fri`; each from `Mon` to `Sun`.
    pub days: Vec<Day>,
    /// Minutes after midnight.
    pub from: u16,
    /// Minutes after midnight; later than `from`.
    pub until: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

/// The days and hours of a schedule, as `awake = "Mon-Fri 09:00-18:00"` writes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Window {
    /// Each once, in the week's order.
    pub days: Vec<Day>,
    pub from: u16,
    pub until: u16,
}

const LIKE_THIS: &str = "Write days and hours like `Mon-Fri 09:00-18:00` or `Mon,Wed,Sat 08:30-12:00`";
const MINUTES_A_WEEK: f64 = 7.0 * 24.0 * 60.0;

impl Day {
    pub const ALL: [Day; 7] = [Day::Mon, Day::Tue, Day::Wed, Day::Thu, Day::Fri, Day::Sat, Day::Sun];

    pub fn word(self) -> &'static str {
        match self {
            Day::Mon => "Mon",
            Day::Tue => "Tue",
            Day::Wed => "Wed",
            Day::Thu => "Thu",
            Day::Fri => "Fri",
            Day::Sat => "Sat",
            Day::Sun => "Sun",
        }
    }
}

impl Schedule {
    /// Six fields: minute, hour, day of month, month, day of week, year.
    pub fn wake_cron(&self) -> String {
        self.cron(self.from)
    }

    pub fn doze_cron(&self) -> String {
        self.cron(self.until)
    }

    /// The days and hours as the stack file writes them, such as `Mon-Fri 09:00-18:00`.
    pub fn awake(&self) -> String {
        Window { days: self.days.clone(), from: self.from, until: self.until }.to_string()
    }

    /// How much of a week the stack is awake: from 0 to 1.
    pub fn share(&self) -> f64 {
        let minutes = self.days.len() as f64 * f64::from(self.until.saturating_sub(self.from));
        minutes / MINUTES_A_WEEK
    }

    fn cron(&self, minutes: u16) -> String {
        let days: Vec<String> = self.days.iter().map(|day| day.word().to_uppercase()).collect();
        format!("cron({} {} ? * {} *)", minutes % 60, minutes / 60, days.join(","))
    }
}

impl Window {
    pub(crate) fn read(text: &str) -> Result<Self, Fault> {
        let not_one = || Fault::new(format!("`{text}` is no window of days and hours"), LIKE_THIS);
        let (days, hours) = text.trim().split_once(' ').ok_or_else(not_one)?;
        let (from, until) = hours.trim().split_once('-').ok_or_else(not_one)?;
        let (days, from, until) = (days_of(days)?, minutes(from)?, minutes(until)?);
        if from >= until {
            return Err(Fault::new(
                format!("`{text}` ends before it begins"),
                "A window lies within one day: let it begin before it ends, at the latest at 23:59",
            ));
        }
        Ok(Self { days, from, until })
    }
}

fn days_of(text: &str) -> Result<Vec<Day>, Fault> {
    let mut days = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (day(first)?, day(last)?);
        let length = (last as usize + 7 - first as usize) % 7 + 1;
        days.extend(Day::ALL.into_iter().cycle().skip(first as usize).take(length));
    }
    days.sort_unstable();
    days.dedup();
    Ok(days)
}

fn day(text: &str) -> Result<Day, Fault> {
    Day::ALL.into_iter().find(|day| day.word().eq_ignore_ascii_case(text)).ok_or_else(|| {
        Fault::new(format!("`{text}` is no day"), "The days are Mon, Tue, Wed, Thu, Fri, Sat, Sun")
    })
}

fn minutes(text: &str) -> Result<u16, Fault> {
    let two_digits = |text: &str, below: u16| {
        let plain = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u16>().ok().filter(|number| plain && *number < below)
    };
    text.split_once(':')
        .and_then(|(hours, minutes)| Some(two_digits(hours, 24)? * 60 + two_digits(minutes, 60)?))
        .ok_or_else(|| {
            Fault::new(format!("`{text}` is no time of day"), "Write hours and minutes from 00:00 to 23:59")
        })
}

impl fmt::Display for Window {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clock = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
        write!(formatter, "{} {}-{}", days_text(&self.days), clock(self.from), clock(self.until))
    }
}

/// Three days or more in a row as one range.
fn days_text(days: &[Day]) -> String {
    let mut runs: Vec<Vec<Day>> = Vec::new();
    for day in days {
        match runs.last_mut() {
            Some(run) if run.last().is_some_and(|last| *last as u8 + 1 == *day as u8) => run.push(*day),
            _ => runs.push(vec![*day]),
        }
    }
    let texts = runs.iter().map(|run| match run.as_slice() {
        [first, _, .., last] => format!("{}-{}", first.word(), last.word()),
        few => few.iter().map(|day| day.word()).collect::<Vec<_>>().join(","),
    });
    texts.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_reads_days_in_ranges_and_lists_and_prints_the_same() {
        for text in
            ["Mon-Fri 09:00-18:00", "Mon,Wed,Fri-Sun 00:00-23:59", "Sat 08:05-08:06", "Mon,Tue 01:00-02:00"]
        {
            assert_eq!(Window::read(text).map(|window| window.to_string()).as_deref(), Ok(text));
        }
    }

    #[test]
    fn a_range_of_days_may_pass_the_end_of_the_week() {
        let window = Window::read("fri-mon 09:00-10:00").expect("a window");
        assert_eq!(window.to_string(), "Mon,Fri-Sun 09:00-10:00");
    }

    #[test]
    fn what_is_no_window_says_which_part_is_wrong() {
        let wrong = |text: &str| Window::read(text).expect_err("no window").wrong;
        assert_eq!(wrong("always"), "`always` is no window of days and hours");
        assert_eq!(wrong("Mon-Fry 09:00-18:00"), "`Fry` is no day");
        assert_eq!(wrong("Mon 9:00-18:00"), "`9:00` is no time of day");
        assert_eq!(wrong("Mon 09:00-24:00"), "`24:00` is no time of day");
        assert_eq!(wrong("Mon 22:00-06:00"), "`Mon 22:00-06:00` ends before it begins");
    }

    #[test]
    fn a_schedule_knows_its_share_of_the_week_and_its_cron_fields() {
        let Window { days, from, until } = Window::read("Mon-Fri 09:30-18:00").expect("a window");
        let schedule = Schedule { timezone: "UTC".into(), days, from, until };
        assert_eq!(schedule.wake_cron(), "cron(30 9 ? * MON,TUE,WED,THU,FRI *)");
        assert_eq!((schedule.share() * 168.0).round(), 43.0);
    }
}
