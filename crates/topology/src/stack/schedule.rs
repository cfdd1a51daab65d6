//! When a stack is awake by itself.

use serde::{Deserialize, Serialize};

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

impl Schedule {
    /// Six fields: minute, hour, day of month, month, day of week, year.
    pub fn wake_cron(&self) -> String {
        self.cron(self.from)
    }

    pub fn doze_cron(&self) -> String {
        self.cron(self.until)
    }

    fn cron(&self, minutes: u16) -> String {
        let days: Vec<String> = self.days.iter().map(|day| format!("{day:?}").to_uppercase()).collect();
        format!("cron({} {} ? * {} *)", minutes % 60, minutes / 60, days.join(","))
    }
}
