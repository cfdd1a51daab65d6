//! What is true of every stack: its topology has no circles, a finished world plans to nothing, and plans lead
//! where they say.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use topology::graph::{Milestone, Topology};
use topology::layout;
use topology::node::{NodeId, NodeKind, Spec};
use topology::observation::{Condition, Found, Observation};
use topology::plan::{self, Action, Plan, PlanId, Wanted};
use topology::stack::{
    Health, Host, HostName, Image, Level, Network, Region, Schedule, Service, ServiceName, Stack, StackName,
};

const NAMES: [&str; 6] = ["web", "api", "worker", "admin", "mail", "search"];

fn image() -> impl Strategy<Value = Image> {
    prop_oneof![
        ("[a-z]{3,8}", "[a-z0-9]{1,4}").prop_map(|(repository, tag)| Image::Own { repository, tag }),
        Just(Image::Public { reference: "public.ecr.aws/nginx/nginx:1".into() }),
    ]
}

fn service(name: &'static str, is_root: bool) -> impl Strategy<Value = Service> {
    (image(), 1_u16..9000, 0_u32..4, prop::option::of("[A-Z]{2,5}")).prop_map(
        move |(image, port, count, env)| Service {
            name: ServiceName::new(name),
            host: if is_root { Host::Root } else { Host::Label(name.into()) },
            image,
            port,
            cpu: 256,
            memory: 512,
            count,
            health: Health { path: "/".into(), command: Vec::new() },
            env: env.into_iter().map(|name| (name, "value".to_owned())).collect(),
            secrets: BTreeMap::new(),
        },
    )
}

fn stack() -> impl Strategy<Value = Stack> {
    let services = prop::sample::subsequence(NAMES.to_vec(), 1..=NAMES.len()).prop_flat_map(|names| {
        any::<bool>().prop_flat_map(move |with_root| {
            let each: Vec<_> = names
                .iter()
                .enumerate()
                .map(|(index, name)| service(name, with_root && index == 0))
                .collect();
            each
        })
    });
    (services, any::<bool>(), any::<bool>()).prop_map(|(services, is_dedicated, is_scheduled)| Stack {
        name: StackName::new("shop"),
        region: Region::new("us-east-1"),
        domain: HostName::new("shop.example"),
        network: if is_dedicated {
            Network::Dedicated { cidr: "10.0.0.0/16".into() }
        } else {
            Network::DefaultVpc
        },
        base_images: vec!["base".into()],
        services,
        level: None,
        schedule: is_scheduled.then(|| Schedule {
            timezone: "Europe/Berlin".into(),
            days: topology::stack::schedule::Day::ALL.to_vec(),
            from: 540,
            until: 1080,
        }),
    })
}

fn level() -> impl Strategy<Value = Level> {
    prop::sample::select(Level::ALL.to_vec())
}

/// The text of `stack`, as far as a plan looks at it.
fn text(stack: &Stack) -> String {
    format!("{stack:?}")
}

/// A world in which everything of `stack` at `level` stands as it should.
fn finished(stack: &Stack, level: Level) -> Observation {
    after(&Topology::of(stack, &text(stack), level), BTreeMap::new())
}

/// The world once `topology` has been built over what `kept` holds.
fn after(topology: &Topology, kept: BTreeMap<NodeId, Found>) -> Observation {
    let mut priority = 0;
    let mut found = BTreeMap::new();
    for node in topology.nodes.values() {
        let mut one =
            Found::new(format!("arn:{}", node.id), Condition::Ready).fact("name", node.name.clone());
        one.fields = node.spec.fields();
        match &node.spec {
            Spec::Rule { .. } => {
                priority += 1;
                let before = kept.get(&node.id).and_then(|found| found.facts.get("priority").cloned());
                one = one.fact("priority", before.unwrap_or_else(|| priority.to_string()));
            }
            Spec::Vpc { cidr: None, .. } => one = one.fact(topology::observation::SHARED, "yes"),
            _ => {}
        }
        found.insert(node.id.clone(), one);
    }
    let note = topology.nodes.values().find_map(|node| match &node.spec {
        Spec::HostedZone { note, .. } => note.clone(),
        _ => None,
    });
    Observation {
        stack: StackName::new("shop"),
        account: "1".into(),
        region: Region::new("us-east-1"),
        at: 0,
        calls: 0,
        found,
        note,
        foreign: BTreeMap::new(),
    }
}

fn empty() -> Observation {
    Observation { found: BTreeMap::new(), note: None, ..finished_nothing() }
}

fn finished_nothing() -> Observation {
    after(&Topology { level: Level::Off, nodes: BTreeMap::new(), edges: Vec::new() }, BTreeMap::new())
}

fn make(wanted: &Wanted<'_>, observation: &Observation) -> Plan {
    plan::make(PlanId("plan".into()), wanted, observation)
}

/// Every change comes after those that it waits for, in some order of all.
fn has_an_order(plan: &Plan) -> bool {
    let mut done: BTreeSet<&NodeId> = BTreeSet::new();
    let mut open: Vec<_> = plan.work().collect();
    let ids: BTreeSet<&NodeId> = open.iter().map(|change| &change.id).collect();
    while !open.is_empty() {
        let (ready, rest): (Vec<_>, Vec<_>) = open.into_iter().partition(|change| {
            change.after.iter().all(|after| done.contains(&after.id) || !ids.contains(&after.id))
        });
        if ready.is_empty() {
            return false;
        }
        done.extend(ready.iter().map(|change| &change.id));
        open = rest;
    }
    true
}

proptest! {
    #[test]
    fn the_same_stack_gives_the_same_topology_without_circles(stack in stack(), level in level()) {
        let topology = Topology::of(&stack, &text(&stack), level);
        prop_assert_eq!(&topology, &Topology::of(&stack, &text(&stack), level));
        for edge in &topology.edges {
            prop_assert!(topology.nodes.contains_key(&edge.from) && topology.nodes.contains_key(&edge.to));
        }
        let plan = make(&Wanted::AtLevel { stack: &stack, file: &text(&stack), level }, &empty());
        prop_assert!(has_an_order(&plan));
    }

    #[test]
    fn the_same_look_gives_the_same_plan(stack in stack(), other in stack(), level in level()) {
        let world = finished(&other, level);
        let file = text(&stack);
        let wanted = Wanted::Deployed { stack: &stack, file: &file };
        prop_assert_eq!(make(&wanted, &world), make(&wanted, &world));
    }

    #[test]
    fn a_finished_world_plans_to_nothing(stack in stack(), level in level()) {
        let file = text(&stack);
        let plan = make(&Wanted::AtLevel { stack: &stack, file: &file, level }, &finished(&stack, level));
        prop_assert!(plan.is_empty(), "{:?}", plan.work().collect::<Vec<_>>());
        let plan = make(&Wanted::Deployed { stack: &stack, file: &file }, &finished(&stack, level));
        prop_assert!(plan.is_empty(), "a deploy keeps the level: {:?}", plan.work().collect::<Vec<_>>());
    }

    #[test]
    fn from_one_level_to_another_and_back_is_where_it_was(stack in stack(), one in level(), other in level()) {
        let file = text(&stack);
        let at_one = finished(&stack, one);
        let there = make(&Wanted::AtLevel { stack: &stack, file: &file, level: other }, &at_one);
        prop_assert!(has_an_order(&there));
        let at_other = finished(&stack, other);
        // What the plan deletes is what the other world lacks, and what it makes is what that world has more.
        for change in there.work() {
            match change.action {
                Action::Delete => prop_assert!(!at_other.found.contains_key(&change.id), "{}", change.id),
                Action::Create => prop_assert!(!at_one.found.contains_key(&change.id), "{}", change.id),
                _ => {}
            }
        }
        let back = make(&Wanted::AtLevel { stack: &stack, file: &file, level: one }, &at_other);
        let mirrored = |action: Action| match action {
            Action::Create => Action::Delete,
            Action::Delete => Action::Create,
            other => other,
        };
        // What a person makes true, and the default VPC, are there whatever the level.
        let is_ours = |id: &NodeId| !id.kind.is_yours() && id.kind != NodeKind::Vpc;
        for change in there.work().filter(|change| is_ours(&change.id)) {
            let returned = back.changes.iter().find(|other| other.id == change.id).map(|other| other.action);
            prop_assert_eq!(returned, Some(mirrored(change.action)), "{}", &change.id);
        }
    }

    #[test]
    fn from_one_stack_to_another_and_back_ends_where_it_began(one in stack(), other in stack()) {
        let (file_one, file_other) = (text(&one), text(&other));
        let world = finished(&one, Level::Awake);
        let there = make(&Wanted::Deployed { stack: &other, file: &file_other }, &world);
        prop_assert!(has_an_order(&there));
        let back = make(&Wanted::Deployed { stack: &one, file: &file_one }, &finished(&other, Level::Awake));
        prop_assert!(has_an_order(&back));
        let again = make(&Wanted::Deployed { stack: &one, file: &file_one }, &world);
        prop_assert!(again.is_empty());
    }

    #[test]
    fn a_tear_down_takes_everything_after_all_that_needs_it(stack in stack(), level in level(), delete_zone in any::<bool>()) {
        let world = finished(&stack, level);
        let plan = make(&Wanted::TornDown { domain: &stack.domain, delete_zone }, &world);
        prop_assert!(has_an_order(&plan));
        for (id, found) in &world.found {
            let change = plan.changes.iter().find(|change| &change.id == id);
            let action = change.map(|change| change.action);
            if id.kind == NodeKind::HostedZone && !delete_zone {
                prop_assert_eq!(action, Some(Action::Update));
            } else if id.kind.is_yours() || found.facts.contains_key(topology::observation::SHARED) {
                prop_assert!(action != Some(Action::Delete), "{} is not ours", id);
            } else {
                prop_assert_eq!(action, Some(Action::Delete), "{}", id);
            }
        }
        for edge in topology::graph::edges(&world.found.keys().cloned().collect()) {
            let delete = |id: &NodeId| plan.changes.iter().find(|change| &change.id == id && change.action == Action::Delete);
            if let (Some(_), Some(to)) = (delete(&edge.from), delete(&edge.to)) {
                let waits = to.after.iter().any(|after| after.id == edge.from && after.milestone == Milestone::Settled);
                prop_assert!(waits, "{} goes before {}", edge.to, edge.from);
            }
        }
    }

    #[test]
    fn rules_keep_their_priorities_and_no_two_share_one(one in stack(), other in stack()) {
        let world = finished(&one, Level::Awake);
        let file = text(&other);
        let plan = make(&Wanted::Deployed { stack: &other, file: &file }, &world);
        let mut seen = BTreeSet::new();
        for change in &plan.changes {
            let Some(Spec::Rule { priority, .. }) = &change.spec else { continue };
            let priority = priority.expect("every rule has a priority");
            prop_assert!(seen.insert(priority), "{priority} twice");
            if let Some(kept) = world.found.get(&change.id).and_then(|found| found.facts.get("priority")) {
                prop_assert_eq!(kept, &priority.to_string());
            }
        }
    }

    #[test]
    fn a_service_lets_go_before_its_listener_goes(stack in stack()) {
        let file = text(&stack);
        let plan = make(&Wanted::AtLevel { stack: &stack, file: &file, level: Level::Sleep }, &finished(&stack, Level::Awake));
        let listener = plan.changes.iter().find(|change| change.id == NodeId::part(NodeKind::Listener, "https")).expect("it goes");
        for change in plan.work().filter(|change| change.id.kind == NodeKind::Service) {
            prop_assert!(listener.after.iter().any(|after| after.id == change.id && after.milestone == Milestone::Settled));
        }
    }

    #[test]
    fn plans_and_layouts_survive_the_wire(stack in stack(), level in level()) {
        let file = text(&stack);
        let plan = make(&Wanted::AtLevel { stack: &stack, file: &file, level }, &empty());
        let json = serde_json::to_string(&plan).expect("a plan is JSON");
        prop_assert_eq!(serde_json::from_str::<Plan>(&json).expect("and back"), plan);
        let topology = Topology::of(&stack, &file, level);
        let layout = layout::of(&topology);
        prop_assert_eq!(layout.cards.len(), topology.nodes.len());
    }
}
