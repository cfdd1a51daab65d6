//! What a person reads while an operation runs: states of nodes, sentences of the feed, why a button is off, and
//! how long it still takes.

mod world;

use std::collections::BTreeMap;

use topology::can::{self, Situation};
use topology::drift::Drift;
use topology::estimate;
use topology::graph::Topology;
use topology::node::{NodeId, NodeKind};
use topology::observation::{Ask, Condition, Found};
use topology::operation::{Failure, Happened, Leftover, OperationKind, Outcome, Progress, Receipt};
use topology::plan::{Action, Wanted};
use topology::stack::{HostName, Level, Stack, file, seed::seed};
use topology::state::{NodeState, accessible_name, node_state};
use topology::words::sentence;
use world::{empty, finished, make};

fn stack() -> Stack {
    file::read(seed()).expect("the seed is right")
}

fn id(text: &str) -> NodeId {
    text.parse().expect("an id")
}

fn failure() -> Failure {
    Failure {
        doing: "create the load balancer".into(),
        cause: "The subnets have no free addresses.".into(),
        code: Some("InvalidSubnet".into()),
        hint: "Free some, or use a dedicated network.".into(),
    }
}

fn ask() -> Ask {
    Ask::Delegate { domain: HostName::new("cruddur-dw.com"), name_servers: vec!["ns-1.example".into()] }
}

#[test]
fn a_service_is_named_with_its_state_from_queued_to_healthy_and_at_rest() {
    let topology = Topology::of(&stack(), seed(), Level::Awake);
    let node = topology.nodes.get(&id("service/backend"));
    let found = |condition: Condition, tasks: &str| Found::new("arn", condition).field("tasks", tasks);
    let ready = found(Condition::Ready, "1");
    let running = |made| Progress::Running { action: Action::Create, waits_for: None, made };
    let states = [
        node_state(node, None, None, None),
        node_state(node, None, None, Some(&Progress::Pending { action: Action::Create })),
        node_state(node, None, None, Some(&running(false))),
        node_state(node, Some(&ready), None, Some(&running(true))),
        node_state(node, Some(&ready), None, Some(&Progress::Settled { action: Action::Create })),
        node_state(node, Some(&found(Condition::Ready, "0")), None, None),
        node_state(node, Some(&found(Condition::Settling("0 of 1 tasks run".into()), "1")), None, None),
        node_state(node, Some(&found(Condition::Unwell("rolled back".into()), "1")), None, None),
        node_state(
            node,
            None,
            None,
            Some(&Progress::Skipped { action: Action::Create, because: id("cluster") }),
        ),
        node_state(node, None, None, Some(&Progress::Settled { action: Action::Delete })),
        node_state(node, None, Some(&Drift::Missing), None),
        node_state(node, Some(&ready), Some(&Drift::Changed(Vec::new())), None),
    ];
    let names = states.map(|state| {
        format!("{} ({:?})", accessible_name(NodeKind::Service, "backend", state), state.tone())
    });
    insta::assert_snapshot!(names.join("\n"));
}

#[test]
fn a_service_that_wants_no_tasks_rests() {
    let topology = Topology::of(&stack(), seed(), Level::Doze);
    let node = topology.nodes.get(&id("service/backend"));
    let found = Found::new("arn", Condition::Ready);
    assert_eq!(node_state(node, Some(&found), None, None), NodeState::Resting);
}

#[test]
fn every_event_is_a_plain_sentence() {
    let topology = Topology::of(&stack(), seed(), Level::Awake);
    let names = topology.nodes.iter().map(|(id, node)| (id.clone(), node.name.clone())).collect();
    let nodes: BTreeMap<NodeId, Action> =
        topology.nodes.keys().map(|id| (id.clone(), Action::Create)).collect();
    let zone = Leftover {
        id: id("hosted-zone"),
        name: "cruddur-dw.com".into(),
        aws_id: "Z1".into(),
        why: "kept".into(),
        per_day_usd: 0.0164,
    };
    let receipt = Receipt { left: vec![], per_day_usd: 0.0, kept: vec![zone], unproven: None };
    let node = id("load-balancer");
    let events = [
        Happened::OperationStarted {
            kind: OperationKind::Deploy,
            to: Level::Awake,
            by: "the panel".into(),
            nodes: nodes.clone(),
            names: BTreeMap::new(),
        },
        Happened::OperationResumed { nodes },
        Happened::NodeStarted { node: node.clone(), action: Action::Create },
        Happened::NodeMade { node: node.clone(), found: None },
        Happened::NodeWaited { node: node.clone(), waits_for: "the load balancer is active".into() },
        Happened::NodeSettled { node: node.clone(), found: Some(Found::new("arn", Condition::Ready)) },
        Happened::NodeWaitedForYou { node: id("delegation"), ask: ask() },
        Happened::NodeFailed { node: node.clone(), failure: failure() },
        Happened::NodeSkipped { node: id("listener/https"), because: node.clone() },
        Happened::CancelRequested,
        Happened::NodeCancelled { node: id("service/backend") },
        Happened::OperationEnded { outcome: Outcome::Failed(vec![node]), receipt: None, calls: 80 },
        Happened::OperationEnded { outcome: Outcome::Done, receipt: Some(receipt), calls: 80 },
    ];
    let sentences: Vec<String> = events.iter().map(|event| sentence(event, &names)).collect();
    insta::assert_snapshot!(sentences.join("\n"));
}

#[test]
fn what_may_start_when() {
    let mut table = Vec::new();
    let levels = [None, Some(Level::Awake), Some(Level::Doze), Some(Level::Off)];
    for kind in [OperationKind::Deploy, OperationKind::Park, OperationKind::Wake, OperationKind::TearDown] {
        for level in levels {
            let situation = Situation { level, has_parts: false, is_busy: false, draft_is_sound: true };
            let answer = can::start(kind, situation).map_or_else(|why| why.to_string(), |()| "yes".into());
            let level = level.map_or("not deployed".into(), |level| level.to_string());
            table.push(format!("{kind}, {level}: {answer}"));
            let busy = Situation { is_busy: true, ..situation };
            assert!(can::start(kind, busy).is_err());
        }
    }
    let cut_off = Situation { level: None, has_parts: true, is_busy: false, draft_is_sound: true };
    assert_eq!(can::start(OperationKind::TearDown, cut_off), Ok(()));
    assert!(can::start(OperationKind::Park, cut_off).is_err());
    insta::assert_snapshot!(table.join("\n"));
}

#[test]
fn a_first_deploy_takes_as_long_as_its_load_balancer() {
    let stack = stack();
    let plan = make(&Wanted::Deployed { stack: &stack, file: seed() }, &empty());
    let path: Vec<String> =
        estimate::critical_path(&plan).iter().map(|(id, end)| format!("{id} until {end:.0} s")).collect();
    insta::assert_snapshot!(path.join("\n"));
    let left = |progress: &BTreeMap<NodeId, Progress>, speed: f64| {
        estimate::left(&plan.changes, progress, &BTreeMap::new(), speed)
    };
    let whole = left(&BTreeMap::new(), 1.0);
    assert!((left(&BTreeMap::new(), 20.0) - whole / 20.0).abs() < 1e-9, "the sandbox is faster by its speed");
    let done =
        plan.changes.iter().map(|change| (change.id.clone(), Progress::Settled { action: change.action }));
    assert_eq!(left(&done.collect(), 1.0), 0.0);
    let mut half = BTreeMap::new();
    half.insert(id("load-balancer"), Progress::Settled { action: Action::Create });
    assert!(left(&half, 1.0) <= whole);
}

#[test]
fn a_world_that_is_finished_takes_no_time() {
    let stack = stack();
    let plan = make(&Wanted::Deployed { stack: &stack, file: seed() }, &finished(&stack, Level::Awake));
    // Only the note differs: the helper's world notes another text.
    assert!(plan.work().all(|change| change.id.kind == NodeKind::HostedZone));
    assert!(estimate::left(&plan.changes, &BTreeMap::new(), &BTreeMap::new(), 1.0) < 5.0);
}
