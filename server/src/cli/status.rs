//! `slipway status`: how a stack is on AWS. Needs no stack file and no database.

use std::process::ExitCode;

use serde::Serialize;
use topology::cost::HOSTED_ZONE_MONTH;
use topology::graph::Topology;
use topology::node::{Node, NodeId, NodeKind};
use topology::observation::{Condition, Found, Observation};
use topology::operation::Operation;
use topology::stack::{self, Level, Stack, StackName};
use topology::state::{self, NodeState};
use topology::view::StackView;

use super::directory::DataDirectory;
use super::failure::Failure;
use super::output;
use super::workbench::Workbench;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The stack's name
    stack: String,
    #[command(flatten)]
    directory: DataDirectory,
    /// One JSON document on stdout
    #[arg(long)]
    pub json: bool,
}

/// What `status --json` prints.
#[derive(Serialize)]
struct Status {
    stack: StackName,
    /// `None`: nothing is deployed.
    level: Option<Level>,
    account: String,
    region: String,
    domain: Option<String>,
    /// Where the services answer.
    /// It was torn down, and its zone kept.
    is_only_the_zone: bool,
    addresses: Vec<String>,
    nodes: Vec<NodeStatus>,
    /// The last operation that this data directory knows of.
    operation: Option<Operation>,
    calls: u64,
    elapsed_ms: u64,
}

#[derive(Serialize)]
struct NodeStatus {
    id: NodeId,
    kind: &'static str,
    name: String,
    state: NodeState,
    /// What it waits for, or what is wrong with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    /// `None`: it is not there.
    aws_id: Option<String>,
}

pub async fn run(arguments: Arguments) -> Result<ExitCode, Failure> {
    let name = StackName::new(arguments.stack);
    let bench = Workbench::for_looking(&arguments.directory, None).await?;
    let (bench, view) = look(bench, &name).await?;
    let status = status(&bench, view);
    if arguments.json {
        output::answer_json(&status);
    } else {
        lines(&status).iter().for_each(|line| output::answer(line));
    }
    Ok(ExitCode::SUCCESS)
}

/// A stack that was deployed to another region than the environment's is looked at there.
pub(super) async fn look(bench: Workbench, name: &StackName) -> Result<(Workbench, StackView), Failure> {
    let view = bench.engine.stack(name).await?;
    match bench.elsewhere(stack_of(&view)) {
        None => Ok((bench, view)),
        Some(region) => {
            let bench = bench.in_region(region).await?;
            let view = bench.engine.stack(name).await?;
            Ok((bench, view))
        }
    }
}

pub(super) fn stack_of(view: &StackView) -> Option<Stack> {
    stack::file::read(view.deployed.as_ref().unwrap_or(&view.draft)).ok()
}

fn status(bench: &Workbench, view: StackView) -> Status {
    let stack = stack_of(&view);
    let surroundings = bench.engine.surroundings();
    Status {
        level: view.level,
        account: surroundings.account,
        region: surroundings.region.to_string(),
        is_only_the_zone: view.observation.as_ref().is_some_and(Observation::is_only_the_zone),
        domain: stack.as_ref().map(|stack| stack.domain.to_string()).or_else(|| domain_of_zone(&view)),
        addresses: stack.as_ref().map(addresses).unwrap_or_default(),
        nodes: nodes(&view, stack.as_ref()),
        operation: view.operation.map(|view| view.operation),
        stack: view.name,
        calls: bench.calls(),
        elapsed_ms: bench.elapsed_ms(),
    }
}

fn domain_of_zone(view: &StackView) -> Option<String> {
    let zone = view.observation.as_ref()?.found.get(&NodeId::only(NodeKind::HostedZone))?;
    zone.facts.get("domain").cloned()
}

fn addresses(stack: &Stack) -> Vec<String> {
    stack.services.iter().map(|service| format!("https://{}", stack.host_name(service))).collect()
}

/// What is wanted at the stack's level, and what is there beyond that.
fn nodes(view: &StackView, stack: Option<&Stack>) -> Vec<NodeStatus> {
    let wanted = stack.zip(view.level).zip(view.deployed.as_ref());
    let wanted = wanted.map(|((stack, level), file)| Topology::of(stack, file, level).nodes);
    let wanted = wanted.unwrap_or_default();
    let found = view.observation.as_ref().map(|observation: &Observation| &observation.found);
    let found_ids = found.into_iter().flatten().map(|(id, _)| id);
    let mut ids: Vec<&NodeId> = wanted.keys().chain(found_ids).collect();
    ids.sort();
    ids.dedup();
    ids.into_iter().map(|id| node(view, id, wanted.get(id))).collect()
}

fn node(view: &StackView, id: &NodeId, wanted: Option<&Node>) -> NodeStatus {
    let found = view.observation.as_ref().and_then(|observation| observation.found.get(id));
    let drift = view.drift.get(id);
    NodeStatus {
        id: id.clone(),
        kind: id.kind.word(),
        name: wanted.map_or_else(|| name_of(id, found), |node| node.name.clone()),
        state: state::node_state(wanted, found, drift, None),
        why: found
            .and_then(|found| why(&found.condition))
            .or_else(|| drift.map(|drift| drift.sentences().join(" "))),
        aws_id: found.map(|found| found.aws_id.clone()),
    }
}

fn name_of(id: &NodeId, found: Option<&Found>) -> String {
    let told = |fact| found.and_then(|found| found.facts.get(fact));
    told("name").or_else(|| told("domain")).unwrap_or(&id.part).clone()
}

fn why(condition: &Condition) -> Option<String> {
    match condition {
        Condition::Ready => None,
        Condition::Settling(why) | Condition::Unwell(why) => Some(why.clone()),
        Condition::WaitingForYou(ask) => Some(ask.sentence()),
    }
}

fn lines(status: &Status) -> Vec<String> {
    let kept = format!("only the hosted zone is left, ${HOSTED_ZONE_MONTH:.2} a month");
    let level = match status.level {
        Some(level) => level.word(),
        None if status.is_only_the_zone => &kept,
        None => "not deployed",
    };
    let mut lines = vec![format!(
        "{}  {level}  {}  {}  account {}",
        status.stack,
        status.domain.as_deref().unwrap_or("-"),
        status.region,
        status.account
    )];
    let width = status.nodes.iter().map(|node| node.state.word().chars().count()).max().unwrap_or_default();
    for node in &status.nodes {
        let why = node.why.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
        let line = format!("  {:width$}  {} {}{why}", node.state.word(), node.id.kind, node.name);
        lines.push(line.trim_end().to_owned());
    }
    if status.level == Some(Level::Awake) {
        lines.extend(status.addresses.iter().map(|address| format!("  {address}")));
    }
    lines
}
