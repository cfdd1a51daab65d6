//! `slipway policy`: the IAM policy that Slipway needs.

use std::process::ExitCode;

use clap::ValueEnum;

use super::failure::Failure;
use super::output;
use crate::policy::{self, Use};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// What it is for
    #[arg(long = "for", value_enum, default_value_t = For::Provision)]
    purpose: For,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum For {
    /// Everything: deploy, park, wake, tear down
    Provision,
    /// The same, and taking over what is there already
    TakeOver,
    /// Doze and wake, on what is there
    Operate,
    /// Plan and status
    ReadOnly,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let purpose = match arguments.purpose {
        For::Provision => Use::Provision,
        For::TakeOver => Use::TakeOver,
        For::Operate => Use::Operate,
        For::ReadOnly => Use::ReadOnly,
    };
    let policy = serde_json::to_string_pretty(&policy::policy(purpose)).expect("our own values are JSON");
    output::answer(&policy);
    Ok(ExitCode::SUCCESS)
}
