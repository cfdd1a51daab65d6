//! One operation from the command line: plan, show, apply, follow to the end.

use std::process::ExitCode;

use engine::Patience;
use topology::operation::{OperationKind, Outcome};
use topology::plan::{Plan, Severity};
use topology::stack;
use topology::view::Request;

use super::depth::Depth;
use super::failure::Failure;
use super::follow;
use super::output;
use super::result::Result as Told;
use super::show;
use super::workbench::Workbench;

/// What goes to stdout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Telling {
    /// The result, in words.
    Words,
    /// The result, as one JSON document.
    Result,
    /// Every event as a line of JSON, and the result as the last.
    EventsAndResult,
}

/// Plans `request` and carries the plan out.
pub async fn run(
    bench: Workbench,
    request: &Request,
    file: &str,
    depth: Depth,
    patience: Patience,
    telling: Telling,
) -> Result<ExitCode, Failure> {
    let (bench, plan) = plan(bench, request, depth).await?;
    output::say(&show::plan(&plan, file));
    output::say(&format!("\n{}\n", bench.who_and_where()));
    if !plan.can_run() {
        return Err(cannot_run(&plan));
    }
    let nothing_to_do = match patience {
        Patience::Healthy => plan.is_empty(),
        Patience::None => plan.only_waits(),
    };
    // A tear down that finds nothing to do still looks, and shows what is left.
    let told = if nothing_to_do && plan.kind != OperationKind::TearDown {
        Told::nothing_to_do(&bench)
    } else {
        follow::apply(&bench, &plan, patience, telling).await?
    };
    tell(&told, telling);
    Ok(if told.status == Outcome::Done.word() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The plan for `request`. A stack that was deployed to another region than the environment's is planned there.
pub async fn plan(bench: Workbench, request: &Request, depth: Depth) -> Result<(Workbench, Plan), Failure> {
    let plan = depth.plan(&bench.engine, request).await?;
    match bench.elsewhere(stack::file::read(&plan.file).ok()) {
        None => Ok((bench, plan)),
        Some(region) => {
            let bench = bench.in_region(region).await?;
            let plan = depth.plan(&bench.engine, request).await?;
            Ok((bench, plan))
        }
    }
}

fn cannot_run(plan: &Plan) -> Failure {
    let errors = plan.notes.iter().filter(|note| note.severity == Severity::Error);
    let texts: Vec<&str> = errors.map(|note| note.text.as_str()).collect();
    Failure::failed(format!("the plan cannot run: {}", texts.join(" ")))
}

fn tell(told: &Told, telling: Telling) {
    match telling {
        Telling::Words => told.words().iter().for_each(|line| output::answer(line)),
        Telling::Result | Telling::EventsAndResult => output::answer_json(told),
    }
}

/// The word of an outcome, in results.
pub trait OutcomeWord {
    fn word(&self) -> &'static str;
}

impl OutcomeWord for Outcome {
    fn word(&self) -> &'static str {
        match self {
            Outcome::Done => "done",
            Outcome::Failed(_) => "failed",
            Outcome::Cancelled => "cancelled",
        }
    }
}
