//! What is true of every stack: its topology has no circles, a finished world plans to nothing, and plans lead
//! where they say.

mod world;

use std::collections::BTreeSet;

use proptest::prelude::*;
use topology::graph::{Milestone, Topology};
use topology::layout;
use topology::node::{NodeId, NodeKind, Spec};
use topology::operation::{Event, EventId, Failure, Happened, OperationId, Progress};
use topology::plan::{Action, Plan, Wanted};
use topology::stack::{Level, StackName};
use world::{empty, finished, has_an_order, level, make, part_of, stack, text};

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
        // Services are not made while asleep: AWS refuses them without a load balancer.
        let is_ours = |id: &NodeId| {
            is_ours(id) && !(one == Level::Sleep && matches!(id.kind, NodeKind::Service | NodeKind::Schedule))
        };
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
        let plan = make(&Wanted::TornDown { domain: &stack.domain, file: "", delete_zone }, &world);
        prop_assert!(has_an_order(&plan));
        for (id, found) in &world.found {
            let change = plan.changes.iter().find(|change| &change.id == id);
            let action = change.map(|change| change.action);
            if id.kind == NodeKind::HostedZone && !delete_zone {
                prop_assert_eq!(action, Some(Action::Update));
            } else if id.kind == NodeKind::ValidationRecord && !delete_zone {
                // The world's zone was there before.
                prop_assert_eq!(action, None);
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

    #[test]
    fn a_half_built_world_has_an_order_whatever_is_wanted_of_it(
        one in stack(),
        other in stack(),
        from in level(),
        to in level(),
        seed in any::<u64>(),
    ) {
        let world = part_of(&finished(&one, from), seed);
        let file = text(&other);
        let plan = make(&Wanted::AtLevel { stack: &other, file: &file, level: to }, &world);
        prop_assert!(has_an_order(&plan), "{:?}", plan);
        for change in plan.work().filter(|change| change.action == Action::Delete) {
            for after in &change.after {
                prop_assert!(after.milestone == Milestone::Settled, "{} goes after {:?}", change.id, after);
            }
        }
        let torn = make(&Wanted::TornDown { domain: &one.domain, file: "", delete_zone: true }, &world);
        prop_assert!(has_an_order(&torn));
    }

    #[test]
    fn a_schedule_wakes_nobody_before_there_is_a_load_balancer(stack in stack()) {
        let file = text(&stack);
        let asleep = finished(&stack, Level::Sleep);
        let plan = make(&Wanted::AtLevel { stack: &stack, file: &file, level: Level::Awake }, &asleep);
        let listener = NodeId::part(NodeKind::Listener, "https");
        for change in plan.work().filter(|change| matches!(change.id.kind, NodeKind::Schedule | NodeKind::Service)) {
            let waits_for = |id: &NodeId| change.after.iter().any(|after| &after.id == id);
            let service = NodeId::part(NodeKind::Service, &change.id.part);
            let is_after_the_service = change.id.kind == NodeKind::Schedule && waits_for(&service);
            prop_assert!(waits_for(&listener) || is_after_the_service, "{}", change.id);
        }
    }

    #[test]
    fn parking_waits_for_no_image_and_sleeping_for_no_certificate(stack in stack(), level in level()) {
        let file = text(&stack);
        let plan = make(&Wanted::AtLevel { stack: &stack, file: &file, level }, &empty());
        let waits = |kind: NodeKind| plan.work().any(|change| change.id.kind == kind);
        prop_assert!(level == Level::Awake || !waits(NodeKind::Image));
        prop_assert!(level <= Level::Doze || !waits(NodeKind::Delegation) && !waits(NodeKind::Service));
    }

    #[test]
    fn events_survive_the_wire(stack in stack(), id in any::<u64>(), at in any::<u64>()) {
        let nodes = Topology::of(&stack, "", Level::Awake).nodes.into_keys().map(|id| (id, Action::Create)).collect();
        let node = NodeId::part(NodeKind::Service, "web");
        let failure = Failure { doing: "a".into(), cause: "b".into(), code: None, hint: "c".into() };
        for what in [
            Happened::OperationResumed { nodes },
            Happened::NodeStarted { node: node.clone(), action: Action::WaitForYou },
            Happened::NodeFailed { node, failure },
            Happened::CancelRequested,
        ] {
            let event = Event { id: EventId(id), at, stack: StackName::new("shop"), operation: OperationId("o".into()), what };
            let json = serde_json::to_string(&event).expect("an event is JSON");
            prop_assert_eq!(serde_json::from_str::<Event>(&json).expect("and back"), event);
        }
        let progress = Progress::Pending { action: Action::Keep };
        let json = serde_json::to_string(&progress).expect("progress is JSON");
        prop_assert_eq!(serde_json::from_str::<Progress>(&json).expect("and back"), progress);
    }
}
