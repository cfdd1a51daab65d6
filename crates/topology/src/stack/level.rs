//! How far out of the water a stack is.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The level of uptime; desired state like everything else. Ordered from most to least running.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Everything runs.
    Awake,
    /// No tasks; the load balancer stays.
    Doze,
    /// As doze, and load balancer, listeners, rules and aliases are gone.
    Sleep,
    /// Only the hosted zone and the repositories stay.
    Off,
}

impl Level {
    pub const ALL: [Level; 4] = [Level::Awake, Level::Doze, Level::Sleep, Level::Off];

    /// The word in stack files, tags and on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Level::Awake => "awake",
            Level::Doze => "doze",
            Level::Sleep => "sleep",
            Level::Off => "off",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.word())
    }
}

/// A word that is no level.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no level: write `awake`, `doze`, `sleep` or `off`")]
pub struct UnknownLevel(String);

impl FromStr for Level {
    type Err = UnknownLevel;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Level::ALL.into_iter().find(|level| level.word() == text).ok_or_else(|| UnknownLevel(text.to_owned()))
    }
}
