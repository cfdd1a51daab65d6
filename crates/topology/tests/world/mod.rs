//! Stacks and worlds for the tests of plans.

// Each test binary uses its own part of this.
#![allow(dead_code)]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use topology::graph::Topology;
use topology::node::{NodeId, Spec};
use topology::observation::{Condition, Found, Observation};
use topology::plan::{self, Plan, PlanId, Wanted};
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

pub fn stack() -> impl Strategy<Value = Stack> {
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

pub fn level() -> impl Strategy<Value = Level> {
    prop::sample::select(Level::ALL.to_vec())
}

/// The text of `stack`, as far as a plan looks at it.
pub fn text(stack: &Stack) -> String {
    format!("{stack:?}")
}

/// A world in which everything of `stack` at `level` stands as it should.
pub fn finished(stack: &Stack, level: Level) -> Observation {
    after(&Topology::of(stack, &text(stack), level), BTreeMap::new())
}

/// The world once `topology` has been built over what `kept` holds.
pub fn after(topology: &Topology, kept: BTreeMap<NodeId, Found>) -> Observation {
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
        after: topology::operation::EventId(0),
        calls: 0,
        found,
        note,
        foreign: BTreeMap::new(),
    }
}

pub fn empty() -> Observation {
    Observation { found: BTreeMap::new(), note: None, ..finished_nothing() }
}

fn finished_nothing() -> Observation {
    after(&Topology { level: Level::Off, nodes: BTreeMap::new(), edges: Vec::new() }, BTreeMap::new())
}

pub fn make(wanted: &Wanted<'_>, observation: &Observation) -> Plan {
    plan::make(PlanId("plan".into()), wanted, observation)
}

/// Every change comes after those that it waits for, in some order of all.
pub fn has_an_order(plan: &Plan) -> bool {
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

/// The world with parts taken out, and others not ready, as `seed` says.
pub fn part_of(world: &Observation, seed: u64) -> Observation {
    let mut world = world.clone();
    let mut dice = seed | 1;
    let mut throw = || {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) % 8
    };
    world.found.retain(|_, found| {
        match throw() {
            0..3 => return false,
            3 => found.condition = Condition::Settling("a moment".into()),
            4 => found.condition = Condition::Unwell("a fault".into()),
            _ => {}
        }
        true
    });
    world
}
