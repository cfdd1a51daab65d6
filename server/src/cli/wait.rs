//! `--wait`: how long a command waits for what it has made.

use clap::{Args, ValueEnum};
use engine::Patience;

#[derive(Debug, Clone, Copy, Args)]
pub struct Wait {
    /// How long to wait for what was made
    #[arg(long = "wait", value_name = "WAIT", value_enum, default_value_t = Until::Healthy)]
    until: Until,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Until {
    /// Until everything is ready and every target healthy
    Healthy,
    /// Until every node is made and every update accepted
    None,
}

impl Wait {
    pub fn patience(self) -> Patience {
        match self.until {
            Until::Healthy => Patience::Healthy,
            Until::None => Patience::None,
        }
    }
}
