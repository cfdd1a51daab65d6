//! What is logged, and where to: stderr, so that stdout stays for answers.
//!
//! Messages are readable alone; numbers and names stand in dotted fields. Secrets (sign-in links, sessions,
//! stack files' values) are never logged.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

/// Says what to log, in the syntax of `tracing`'s filters.
pub const VARIABLE: &str = "SLIPWAY_LOG";

/// Starts logging. `ours` is the least severe level of our own that is shown when the variable is not set.
pub fn start(ours: &str) {
    let usual = || {
        let rooms = ["app", "engine", "sandbox", "server", "slipway", "store", "topology"];
        let rooms: Vec<String> = rooms.iter().map(|room| format!("{room}={ours}")).collect();
        let rooms = rooms.join(",");
        // What AWS's own library says, its errors say again, in our words and where they are handled.
        EnvFilter::new(format!(
            "warn,aws_config=off,aws_smithy_runtime=off,aws_runtime=off,aws_sdk=off,{rooms}"
        ))
    };
    let filter = EnvFilter::try_from_env(VARIABLE).unwrap_or_else(|_| usual());
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .finish();
    // Tests start it more than once; the first one stays.
    let _ = tracing::subscriber::set_global_default(subscriber);
}
