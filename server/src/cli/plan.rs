//! `slipway plan`: what a deploy would do, and why.

use std::process::ExitCode;

use serde::Serialize;
use topology::node::NodeId;
use topology::operation::OperationKind;
use topology::plan::{Action, Change, Note, Plan};
use topology::stack::{Level, StackName};
use topology::view::Request;

use super::depth::Deep;
use super::directory::DataDirectory;
use super::failure::Failure;
use super::output;
use super::show;
use super::stack_file::StackFile;
use super::workbench::Workbench;

const CHANGES: u8 = 3;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    file: StackFile,
    #[command(flatten)]
    directory: DataDirectory,
    #[command(flatten)]
    deep: Deep,
    /// One JSON document on stdout
    #[arg(long)]
    pub json: bool,
    /// Exit with 3 when there are changes
    #[arg(long)]
    exit_code: bool,
}

/// What `plan --json` prints.
#[derive(Serialize)]
struct Planned<'a> {
    stack: &'a StackName,
    kind: OperationKind,
    from: Option<Level>,
    to: Level,
    /// What would be another on AWS.
    changes: Vec<PlannedChange<'a>>,
    /// What is as it should be and not ready yet: a deploy would wait for it, and change nothing.
    waiting: Vec<PlannedChange<'a>>,
    /// Nodes that are as they should be.
    kept: usize,
    notes: &'a [Note],
    calls: u64,
    elapsed_ms: u64,
}

#[derive(Serialize)]
struct PlannedChange<'a> {
    id: &'a NodeId,
    kind: &'static str,
    name: &'a str,
    action: Action,
    reason: String,
}

pub async fn run(arguments: Arguments) -> Result<ExitCode, Failure> {
    let read = arguments.file.read()?;
    let bench = Workbench::for_looking(&arguments.directory, Some(read.stack.region.clone())).await?;
    let request = Request::Deploy { file: read.text };
    let plan = arguments.deep.depth().plan(&bench.engine, &request).await?;
    if arguments.json {
        output::answer_json(&planned(&plan, &bench));
    } else {
        output::answer(&show::plan(&plan, arguments.file.argument()));
    }
    output::say(&format!(
        "{}: {} AWS calls, {} ms",
        bench.who_and_where(),
        bench.calls(),
        bench.elapsed_ms()
    ));
    Ok(exit(&plan, arguments.exit_code))
}

fn exit(plan: &Plan, tells_changes: bool) -> ExitCode {
    match plan {
        plan if !plan.can_run() => ExitCode::FAILURE,
        plan if tells_changes && !plan.only_waits() => ExitCode::from(CHANGES),
        _ => ExitCode::SUCCESS,
    }
}

fn planned<'a>(plan: &'a Plan, bench: &Workbench) -> Planned<'a> {
    let (waiting, changes): (Vec<&Change>, Vec<&Change>) =
        plan.work().partition(|change| change.only_waits());
    Planned {
        stack: &plan.stack,
        kind: plan.kind,
        from: plan.from,
        to: plan.to,
        kept: plan.changes.len() - changes.len() - waiting.len(),
        changes: changes.into_iter().map(|change| told(plan, change)).collect(),
        waiting: waiting.into_iter().map(|change| told(plan, change)).collect(),
        notes: &plan.notes,
        calls: bench.calls(),
        elapsed_ms: bench.elapsed_ms(),
    }
}

fn told<'a>(plan: &Plan, change: &'a Change) -> PlannedChange<'a> {
    PlannedChange {
        id: &change.id,
        kind: change.id.kind.word(),
        name: &change.name,
        action: change.action,
        reason: plan.why(change),
    }
}
