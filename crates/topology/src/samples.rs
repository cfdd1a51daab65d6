//! Stacks for the tests of every module.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::stack::check::{FARGATE_CPUS, fargate_memories};
use crate::stack::schedule::Day;
use crate::stack::seed::seed;
use crate::stack::{
    Health, Host, HostName, Image, Level, Network, Region, Schedule, SecretRef, Service, ServiceName, Stack,
    StackName, file,
};

pub(crate) fn seed_stack() -> Stack {
    file::read(seed()).expect("the seed is good")
}

/// Any stack that passes every check, with up to six services.
pub(crate) fn any_stack() -> impl Strategy<Value = Stack> {
    let name = prop_oneof![Just("shop"), Just("cruddur"), Just("a-stack-with-a-long-name")];
    let network = prop_oneof![
        Just(Network::DefaultVpc),
        Just(Network::Dedicated { cidr: "10.0.0.0/16".into() }),
        Just(Network::Dedicated { cidr: "192.168.4.0/22".into() }),
    ];
    let level = prop::option::of(prop::sample::select(Level::ALL.to_vec()));
    let base =
        prop::sample::subsequence(vec!["base".to_owned(), "python".into(), "tools/node".into()], 0..=3);
    (name, network, base, services(), level, prop::option::of(schedule())).prop_map(
        |(name, network, base_images, services, level, schedule)| Stack {
            name: StackName::new(name),
            region: Region::new("eu-west-1"),
            domain: HostName::new("example.org"),
            network,
            base_images,
            services,
            level,
            schedule,
        },
    )
}

fn services() -> impl Strategy<Value = Vec<Service>> {
    let names = ["web", "api", "worker", "notifications-one", "notifications-two", "ab"];
    let subset = prop::sample::subsequence(names.to_vec(), 1..=names.len()).prop_shuffle();
    (subset, any::<bool>()).prop_flat_map(|(names, with_root)| {
        let services: Vec<_> = names
            .into_iter()
            .enumerate()
            .map(|(index, name)| {
                let host = if index == 0 && with_root { Host::Root } else { Host::Label(name.to_owned()) };
                service(name, host)
            })
            .collect();
        services
    })
}

fn service(name: &'static str, host: Host) -> impl Strategy<Value = Service> {
    let image = prop_oneof![
        Just(format!("{name}:latest")),
        Just("shared/app:v2".to_owned()),
        Just("docker.io/library/nginx:1.29".to_owned()),
    ];
    let sizes = prop::sample::select(FARGATE_CPUS.to_vec())
        .prop_flat_map(|cpu| (Just(cpu), prop::sample::select(fargate_memories(cpu))));
    let port = prop::sample::select(vec![80u16, 3000, 4567]);
    (image, sizes, port, 0u32..4, health(), env(), secrets()).prop_map(
        move |(image, (cpu, memory), port, count, health, env, secrets)| Service {
            name: ServiceName::new(name),
            host: host.clone(),
            image: Image::read(&image),
            port,
            cpu,
            memory,
            count,
            health,
            env,
            secrets,
        },
    )
}

fn health() -> impl Strategy<Value = Health> {
    let command =
        prop_oneof![Just(vec![]), "[ -~]{1,20}[a-z]".prop_map(|line| vec!["CMD-SHELL".to_owned(), line])];
    (prop_oneof![Just("/"), Just("/health")], command)
        .prop_map(|(path, command)| Health { path: path.to_owned(), command })
}

fn env() -> impl Strategy<Value = BTreeMap<String, String>> {
    prop::collection::btree_map("[A-Z_][A-Z.]{0,5}", "[^\0]{0,12}", 0..3)
}

fn secrets() -> impl Strategy<Value = BTreeMap<String, SecretRef>> {
    let reference = prop_oneof![
        Just(SecretRef::Ssm("/app/KEY".into())),
        Just(SecretRef::Ssm("KEY".into())),
        Just(SecretRef::SecretsManager("app/key".into())),
    ];
    prop::collection::btree_map("s[a-z]{0,5}", reference, 0..3)
}

fn schedule() -> impl Strategy<Value = Schedule> {
    let days = prop::sample::subsequence(Day::ALL.to_vec(), 1..=7);
    (prop_oneof![Just("UTC"), Just("Europe/Berlin")], days, 0u16..1439).prop_flat_map(
        |(timezone, days, from)| {
            (from + 1..1440).prop_map(move |until| Schedule {
                timezone: timezone.to_owned(),
                days: days.clone(),
                from,
                until,
            })
        },
    )
}
