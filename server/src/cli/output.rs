//! Where the command line writes: answers to stdout, everything else to stderr.
//!
//! A reader that has gone (`slipway plan | head`) is no reason to fail.

use std::io::Write as _;

use serde::Serialize;

/// A line of the answer.
pub fn answer(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

/// The answer, or a line of it, for a program.
pub fn answer_json(value: &impl Serialize) {
    answer(&serde_json::to_string(value).expect("our own values are JSON"));
}

/// Progress, and messages to a person.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}
