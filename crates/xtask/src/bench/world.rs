//! An AWS stand-in behind the proxy, and commands that are measured against it.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use super::calls::Calls;
use super::moto::Moto;
use super::proxy::Proxy;

/// About what a call from an office to AWS takes.
const DELAY: Duration = Duration::from_millis(50);

/// What is done to a stack, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    Deploy,
    NoOpPlan,
    OneChange,
    TearDown,
}

impl Operation {
    pub const ALL: [Self; 4] = [Self::Deploy, Self::NoOpPlan, Self::OneChange, Self::TearDown];

    pub fn word(self) -> &'static str {
        match self {
            Self::Deploy => "deploy",
            Self::NoOpPlan => "no-op plan",
            Self::OneChange => "one change",
            Self::TearDown => "tear down",
        }
    }
}

/// What an operation took.
#[derive(Debug, Clone)]
pub struct Measured {
    pub operation: Operation,
    /// From the start of the program to its end.
    pub elapsed: Duration,
    pub calls: Calls,
}

/// A fresh AWS; gone when dropped.
pub struct World {
    proxy: Proxy,
    _moto: Moto,
}

impl World {
    pub fn start(moto_server: &Path) -> Result<Self> {
        let moto = Moto::start(moto_server)?;
        let proxy = Proxy::start(moto.address, DELAY)?;
        Ok(Self { proxy, _moto: moto })
    }

    pub fn endpoint(&self) -> String {
        self.proxy.endpoint()
    }

    /// Runs `command`, which may end with one of `good`, and takes its time and its calls.
    pub fn measure(
        &self,
        operation: Operation,
        command: &mut Command,
        good: &[i32],
    ) -> Result<(Measured, Output)> {
        self.proxy.take_calls();
        let start = Instant::now();
        let output = speak_to(command, &self.endpoint())
            .stdin(Stdio::null())
            .output()
            .with_context(|| format!("start the {}", operation.word()))?;
        let elapsed = start.elapsed();
        let calls = self.proxy.take_calls();
        if !output.status.code().is_some_and(|code| good.contains(&code)) {
            bail!("the {} ended with {}\n{}", operation.word(), output.status, last_words(&output));
        }
        println!(
            "  {}: {:.2} s, {} calls, {} at once",
            operation.word(),
            elapsed.as_secs_f64(),
            calls.count(),
            calls.peak_in_flight
        );
        Ok((Measured { operation, elapsed, calls }, output))
    }
}

/// Lets `command` find an AWS at `endpoint`, and no other one.
pub fn speak_to<'a>(command: &'a mut Command, endpoint: &str) -> &'a mut Command {
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("AWS_")) {
        command.env_remove(name);
    }
    command
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "bench")
        .env("AWS_SECRET_ACCESS_KEY", "bench")
        .env("AWS_EC2_METADATA_DISABLED", "true")
}

/// Enough of what a program said to see why it failed.
fn last_words(output: &Output) -> String {
    let said = [output.stdout.as_slice(), &output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    let lines: Vec<&str> = said.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}
