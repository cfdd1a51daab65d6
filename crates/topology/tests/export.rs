//! What `slipway export` writes: whole files as a person reads them, and what holds for all of them.

use std::collections::BTreeSet;

use insta::assert_snapshot;
use proptest::prelude::*;
use topology::export::{self, Export};
use topology::node::{NodeId, NodeKind};
use topology::observation::{Condition, Found, MADE, Observation, SHARED};
use topology::stack::seed::seed;
use topology::stack::{self, Level, Stack, StackName};

mod world;

const HARBOUR: &str = r#"
name = "harbour"
region = "eu-west-1"
domain = "harbour.example"
network = { mode = "dedicated", cidr = "10.42.0.0/16" }

[services.web-front]
host = "www"
image = "public.ecr.aws/nginx/nginx:1.27"
port = 8080
cpu = 256
memory = 512
count = 2
health = { path = "/" }
env = { GREETING = "say \"${HOME}\",\n%{if}", LEVEL = "info" }

[services.api]
host = "api"
image = "harbour/api:1"
port = 8080
cpu = 512
memory = 1024
count = 1
health = { path = "/health" }
secrets = { KEY = "secretsmanager:harbour/key", DATABASE_URL = "ssm:/harbour/DATABASE_URL" }

[uptime]
schedule = { timezone = "Europe/Berlin", awake = "Mon-Fri 09:00-18:00", otherwise = "doze" }
"#;

/// A world in which everything of `stack` at `level` stands as it should, with the ids of AWS where they are told.
fn finished(stack: &Stack, level: Level) -> Observation {
    let mut seen = world::finished(stack, level);
    seen.stack = StackName::new(stack.name.as_str());
    seen.account = "123456789012".into();
    seen.region = stack.region.clone();
    let ids: Vec<NodeId> = seen.found.keys().cloned().collect();
    for id in ids {
        change(&mut seen, &id, |found| as_on_aws(&id, found));
    }
    seen
}

fn as_on_aws(id: &NodeId, found: Found) -> Found {
    let part = id.part.clone();
    let named = |id: String, found: Found| Found { aws_id: id, ..found };
    match id.kind {
        NodeKind::HostedZone => named("/hostedzone/Z1".into(), found).fact(MADE, "yes"),
        NodeKind::ValidationRecord => named("_proof.example".into(), found),
        NodeKind::Vpc => named("vpc-1".into(), found),
        NodeKind::Subnet => {
            named(format!("subnet-{part}"), found).fact("availability zone", format!("zone-1{part}"))
        }
        NodeKind::RouteTable => named("rtb-1".into(), found).fact("subnets", "subnet-a,subnet-b"),
        NodeKind::Service => found.fact("target group", "arn:target-group"),
        _ => found,
    }
}

fn change(seen: &mut Observation, id: &NodeId, how: impl FnOnce(Found) -> Found) {
    let found = seen.found.remove(id).expect("it is there");
    seen.found.insert(id.clone(), how(found));
}

fn exported(stack: &Stack, level: Level, seen: &Observation) -> Export {
    export::terraform(stack, &world::text(stack), level, seen)
}

fn whole(export: &Export) -> String {
    let files = export.files.iter().map(|file| format!("──── {}\n{}", file.name, file.text));
    files.collect::<Vec<_>>().join("\n")
}

fn file<'a>(export: &'a Export, name: &str) -> &'a str {
    export.files.iter().find(|file| file.name == name).map(|file| file.text.as_str()).expect("it is exported")
}

#[test]
fn the_seed_stack_awake() {
    let stack = stack::file::read(seed()).expect("the seed is good");
    let export = exported(&stack, Level::Awake, &finished(&stack, Level::Awake));
    assert_eq!(export.differences, Vec::<String>::new());
    assert_snapshot!(whole(&export));
}

#[test]
fn a_scheduled_stack_with_secrets_asleep_in_a_network_of_its_own() {
    let stack = stack::file::read(HARBOUR).expect("it is good");
    let export = exported(&stack, Level::Sleep, &finished(&stack, Level::Sleep));
    assert_eq!(export.differences, Vec::<String>::new());
    assert_snapshot!(whole(&export));
}

#[test]
fn what_is_used_and_not_owned_is_read_and_never_imported() {
    let stack = stack::file::read(seed()).expect("the seed is good");
    let mut seen = finished(&stack, Level::Off);
    change(&mut seen, &NodeId::only(NodeKind::HostedZone), |mut zone| {
        zone.facts.remove(MADE);
        zone
    });
    change(&mut seen, &NodeId::part(NodeKind::Repository, "cruddur-python"), |found| {
        found.fact(SHARED, "yes")
    });
    let export = exported(&stack, Level::Off, &seen);
    assert!(file(&export, "dns.tf").contains("data \"aws_route53_zone\" \"main\""));
    assert!(file(&export, "images.tf").contains("data \"aws_ecr_repository\" \"cruddur_python\""));
    let imports = file(&export, "imports.tf");
    assert!(!imports.contains("aws_route53_zone") && !imports.contains("cruddur_python"), "{imports}");
}

#[test]
fn what_is_not_on_aws_is_written_and_not_imported() {
    let stack = stack::file::read(seed()).expect("the seed is good");
    let mut seen = finished(&stack, Level::Awake);
    seen.found.remove(&NodeId::part(NodeKind::Service, "backend"));
    let repository = NodeId::part(NodeKind::Repository, "backend-flask");
    let unwell = Condition::Unwell("its lifecycle policy is missing".into());
    change(&mut seen, &repository, |found| Found { condition: unwell, ..found });
    let export = exported(&stack, Level::Awake, &seen);
    let imports = file(&export, "imports.tf");
    assert!(file(&export, "service_backend.tf").contains("resource \"aws_ecs_service\" \"backend\""));
    assert!(!imports.contains("aws_ecs_service.backend"), "{imports}");
    assert!(
        imports.contains("aws_ecr_repository.backend_flask") && !imports.contains("policy.backend_flask")
    );
    assert_snapshot!(export.differences.join("\n"));
}

#[test]
fn what_aws_does_not_tell_of_a_service_is_left_alone() {
    let stack = stack::file::read(seed()).expect("the seed is good");
    let mut seen = finished(&stack, Level::Awake);
    change(&mut seen, &NodeId::part(NodeKind::Service, "backend"), |found| {
        found.fact("untold", "grace period")
    });
    let export = exported(&stack, Level::Awake, &seen);
    let ignored = "ignore_changes = [availability_zone_rebalancing, wait_for_steady_state, \
                   health_check_grace_period_seconds]";
    assert!(file(&export, "service_backend.tf").contains(ignored));
    assert!(!file(&export, "service_frontend.tf").contains("health_check_grace_period_seconds]"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_reference_leads_to_a_block_and_every_import_to_a_resource(stack in world::stack(), level in world::level()) {
        let export = exported(&stack, level, &finished(&stack, level));
        let text = whole(&export);
        let declared: BTreeSet<String> = text.lines().filter_map(declared).collect();
        for reference in references(&text) {
            prop_assert!(declared.contains(&reference), "{reference} is declared nowhere");
        }
        prop_assert_eq!(text.matches("\nimport {").count(), export.imports);
        prop_assert_eq!(export.differences, Vec::<String>::new());
    }

    #[test]
    fn a_world_with_holes_is_exported_without_dangling_references(
        stack in world::stack(), level in world::level(), seed in any::<u64>(),
    ) {
        let seen = world::part_of(&finished(&stack, level), seed);
        let text = whole(&exported(&stack, level, &seen));
        let declared: BTreeSet<String> = text.lines().filter_map(declared).collect();
        for reference in references(&text) {
            prop_assert!(declared.contains(&reference), "{reference} is declared nowhere");
        }
    }
}

/// `data.aws_vpc.default` of `data "aws_vpc" "default" {`.
fn declared(line: &str) -> Option<String> {
    let mut words = line.split([' ', '"']).filter(|word| !word.is_empty());
    match (words.next()?, words.next()?, words.next()?) {
        ("resource", kind, name) => Some(format!("{kind}.{name}")),
        ("data", kind, name) => Some(format!("data.{kind}.{name}")),
        _ => None,
    }
}

/// Every `aws_….name` that is referred to, with `data.` before it where it is one.
fn references(text: &str) -> Vec<String> {
    let is_part = |character: char| character.is_ascii_alphanumeric() || "._".contains(character);
    let words = text.split(|character: char| !is_part(character));
    let reference = |word: &str| {
        let parts: Vec<&str> = word.split('.').collect();
        let from = parts.iter().position(|part| part.starts_with("aws_"))?;
        let name = parts.get(from + 1)?;
        let owner = if from > 0 && parts[from - 1] == "data" { "data." } else { "" };
        Some(format!("{owner}{}.{name}", parts[from]))
    };
    words.filter_map(reference).collect()
}
