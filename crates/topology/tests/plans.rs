//! Plans of the seed stack, as a person reads them.

mod world;

use topology::graph::Milestone;
use topology::node::{NodeId, NodeKind};
use topology::observation::{CHOSEN, Condition, Found, MADE, NOTED, OTHER_ZONES, Observation, SHARED};
use topology::plan::collision::OWNER;
use topology::plan::{Plan, Severity, Wanted};
use topology::stack::{Image, Level, Network, Region, Stack, file, seed::seed};
use world::{after, empty, make};

fn stack() -> Stack {
    file::read(seed()).expect("the seed is right")
}

/// The world in which the seed stack stands at `level`.
fn standing(level: Level) -> Observation {
    after(&topology::graph::Topology::of(&stack(), seed(), level), Default::default())
}

fn deploy(stack: &Stack, observation: &Observation) -> Plan {
    let text = topology::stack::edit::write(seed(), stack);
    make(&Wanted::Deployed { stack, file: &text }, observation)
}

fn go_to(level: Level, observation: &Observation) -> Plan {
    make(&Wanted::AtLevel { stack: &stack(), file: seed(), level }, observation)
}

/// One change a line, with what it comes after; `*`: once that is ready.
fn told(plan: &Plan) -> String {
    let mut lines = vec![format!("{} to {}", plan.kind, plan.to)];
    for change in plan.work() {
        let after: Vec<String> = change
            .after
            .iter()
            .map(|after| {
                format!("{}{}", after.id, if after.milestone == Milestone::Settled { "*" } else { "" })
            })
            .collect();
        let after = if after.is_empty() { String::new() } else { format!(" [{}]", after.join(", ")) };
        lines.push(format!("{} {}: {}{after}", change.action, change.id, plan.why(change)));
    }
    lines.extend(plan.notes.iter().map(|note| format!("{:?}: {}", note.severity, note.text)));
    lines.join("\n")
}

#[test]
fn the_first_deploy() {
    insta::assert_snapshot!(told(&deploy(&stack(), &empty())));
}

#[test]
fn from_awake_to_each_level_and_back() {
    let mut all = Vec::new();
    for level in [Level::Doze, Level::Sleep, Level::Off] {
        all.push(told(&go_to(level, &standing(Level::Awake))));
        all.push(told(&go_to(Level::Awake, &standing(level))));
    }
    insta::assert_snapshot!(all.join("\n\n"));
}

#[test]
fn a_new_image_size_and_variable() {
    let mut changed = stack();
    changed.services[1].image = Image::Own { repository: "backend-flask".into(), tag: "v2".into() };
    changed.services[1].memory = 1024;
    changed.services[1].env.insert("DEBUG".into(), "1".into());
    insta::assert_snapshot!(told(&deploy(&changed, &standing(Level::Awake))));
}

#[test]
fn a_service_less_and_a_service_more() {
    let mut changed = stack();
    changed.services[1].name = topology::stack::ServiceName::new("gateway");
    changed.services[1].image = Image::Own { repository: "gateway".into(), tag: "latest".into() };
    insta::assert_snapshot!(told(&deploy(&changed, &standing(Level::Awake))));
}

#[test]
fn a_tear_down_that_keeps_the_zone() {
    let domain = stack().domain;
    let plan =
        make(&Wanted::TornDown { domain: &domain, file: "", delete_zone: false }, &standing(Level::Awake));
    insta::assert_snapshot!(told(&plan));
}

#[test]
fn a_load_balancer_that_failed_is_replaced_with_all_that_hangs_on_it() {
    let mut world = standing(Level::Awake);
    let balancer = world.found.get_mut(&"load-balancer".parse().expect("an id")).expect("it is there");
    balancer.condition = Condition::Unwell("no addresses left".into());
    insta::assert_snapshot!(told(&deploy(&stack(), &world)));
}

#[test]
fn a_stack_does_not_move_to_another_network_as_it_stands() {
    let mut moved = stack();
    moved.network = Network::Dedicated { cidr: "10.0.0.0/16".into() };
    let plan = deploy(&moved, &standing(Level::Awake));
    assert!(!plan.can_run());
    insta::assert_snapshot!(plan.notes[0].text);
    assert!(deploy(&moved, &standing(Level::Off)).can_run(), "at off nothing stands in it");
}

#[test]
fn a_stack_does_not_move_to_another_region_and_leave_everything_behind() {
    let mut moved = stack();
    moved.region = Region::new("eu-west-1");
    let plan = deploy(&moved, &standing(Level::Awake));
    assert!(!plan.can_run());
    insta::assert_snapshot!(plan.notes[0].text);
}

#[test]
fn what_is_somebody_elses_stands_in_the_way_of_making_and_not_of_tearing_down() {
    let mut world = standing(Level::Awake);
    let id = "target-group/backend".parse().expect("an id");
    world.found.remove(&id);
    world.foreign.insert(id, Found::new("arn:of-others", Condition::Ready));
    let plan = deploy(&stack(), &world);
    assert!(!plan.can_run());
    insta::assert_snapshot!(plan.notes[0].text);
    let domain = stack().domain;
    let plan = make(&Wanted::TornDown { domain: &domain, file: "", delete_zone: false }, &world);
    assert!(plan.notes.iter().all(|note| note.severity != Severity::Error));
}

#[test]
fn what_can_be_taken_over_is_offered_with_what_that_means() {
    let mut world = standing(Level::Awake);
    let id: NodeId = "log-group/backend".parse().expect("an id");
    world.found.remove(&id);
    world.foreign.insert(id.clone(), Found::new("arn:of-others", Condition::Ready));
    let plan = deploy(&stack(), &world);
    assert!(!plan.can_run());
    assert_eq!(plan.notes[0].offer, Some(id));
    insta::assert_snapshot!(plan.notes[0].text);
}

#[test]
fn a_repository_of_somebody_elses_is_told_of_when_it_was_asked_whose_it_is() {
    let id: NodeId = "repository/backend-flask".parse().expect("an id");
    let notes = |facts: &[(&str, &str)]| {
        let mut world = standing(Level::Awake);
        let found = world.found.get_mut(&id).expect("it stands");
        found.facts.extend(facts.iter().map(|(fact, value)| ((*fact).to_owned(), (*value).to_owned())));
        let plan = deploy(&stack(), &world);
        assert!(plan.can_run());
        plan.notes
    };
    let nobodys = &notes(&[(SHARED, "yes")])[0];
    assert_eq!(nobodys.offer.as_ref(), Some(&id));
    insta::assert_snapshot!(nobodys.text);
    let others = &notes(&[(SHARED, "yes"), (OWNER, "harbour")])[0];
    assert_eq!(others.offer, None);
    insta::assert_snapshot!(others.text);
    assert!(notes(&[(SHARED, NOTED)]).is_empty(), "it was told when it was asked");
}

#[test]
fn further_hosted_zones_of_the_domain_are_named_with_the_reason_for_the_one_in_use() {
    let mut world = standing(Level::Awake);
    let zone = world.found.get_mut(&NodeId::only(NodeKind::HostedZone)).expect("it stands");
    let facts = [
        ("domain", stack().domain.to_string()),
        ("zone id", "Z1".to_owned()),
        (OTHER_ZONES, "Z2 Z3".to_owned()),
        (CHOSEN, "its tags name the stack".to_owned()),
    ];
    zone.facts.extend(facts.map(|(fact, value)| (fact.to_owned(), value)));
    let plan = deploy(&stack(), &world);
    assert!(plan.can_run() && plan.is_empty());
    assert_eq!(plan.notes[0].severity, Severity::Warning);
    insta::assert_snapshot!(plan.notes[0].text);
}

/// Awake, and not all of it ready yet.
fn on_its_way() -> Observation {
    let mut observation = standing(Level::Awake);
    for id in ["certificate", "image/backend", "service/backend"] {
        let found = observation.found.get_mut(&id.parse().expect("an id")).expect("it is there");
        found.condition = Condition::Settling("soon".into());
    }
    observation
}

#[test]
fn what_is_on_its_way_is_waited_for_and_is_no_change() {
    assert!(deploy(&stack(), &standing(Level::Awake)).is_empty());
    let plan = deploy(&stack(), &on_its_way());
    assert!(plan.only_waits() && !plan.is_empty(), "{}", told(&plan));
    assert!(!deploy(&stack(), &empty()).only_waits());
}

#[test]
fn a_service_on_its_way_follows_its_new_definition() {
    let mut stack = stack();
    stack.services[1].image = Image::Own { repository: "backend-flask".into(), tag: "v2".into() };
    let plan = told(&deploy(&stack, &on_its_way()));
    assert!(plan.contains("update service/backend: follows Task definition backend"), "{plan}");
}

#[test]
fn a_park_waits_neither_for_images_nor_for_a_certificate_that_is_served_already() {
    let plan = told(&go_to(Level::Doze, &on_its_way()));
    assert!(!plan.contains("image/") && !plan.contains("certificate"), "{plan}");
}

#[test]
fn deleting_a_zone_that_was_there_before_is_warned_of() {
    let domain = stack().domain;
    let wanted = Wanted::TornDown { domain: &domain, file: "", delete_zone: true };
    let mut world = standing(Level::Awake);
    let warned = |wanted: &Wanted<'_>, world: &Observation| {
        let notes = make(wanted, world).notes;
        notes.iter().any(|note| note.severity == Severity::Warning && note.text.contains("was there before"))
    };
    assert!(warned(&wanted, &world));

    let zone = NodeId::only(NodeKind::HostedZone);
    world.found.get_mut(&zone).expect("the zone stands").facts.insert(MADE.into(), "yes".into());
    assert!(!warned(&wanted, &world));
    let kept = Wanted::TornDown { domain: &domain, file: "", delete_zone: false };
    assert!(!warned(&kept, &standing(Level::Awake)));
}

#[test]
fn a_tear_down_says_what_is_lost_and_what_stays() {
    let domain = stack().domain;
    let mut world = standing(Level::Awake);
    let backend = NodeId::part(NodeKind::Repository, "backend-flask");
    world.found.get_mut(&backend).expect("it stands").facts.insert(SHARED.into(), "yes".into());
    let told = |delete_zone| {
        let plan = make(&Wanted::TornDown { domain: &domain, file: "", delete_zone }, &world);
        plan.notes.into_iter().map(|note| note.text).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(format!("{}\n\n{}", told(false), told(true)));
    // What is gone is not mourned twice.
    world.found.clear();
    assert!(
        make(&Wanted::TornDown { domain: &domain, file: "", delete_zone: true }, &world).notes.is_empty()
    );
}

#[test]
fn in_a_zone_that_was_there_before_the_record_stays_that_may_prove_other_certificates() {
    let domain = stack().domain;
    let mut world = standing(Level::Awake);
    let goes = |delete_zone: bool, world: &Observation| {
        let plan = make(&Wanted::TornDown { domain: &domain, file: "", delete_zone }, world);
        plan.work().any(|change| change.id.kind == NodeKind::ValidationRecord)
    };
    assert!(!goes(false, &world));
    assert!(goes(true, &world), "a zone goes empty or not at all");
    let zone = NodeId::only(NodeKind::HostedZone);
    world.found.get_mut(&zone).expect("the zone stands").facts.insert(MADE.into(), "yes".into());
    assert!(goes(false, &world));
}
