use super::*;
use crate::graph::Topology;
use crate::observation::Condition;
use crate::samples::seed_stack;
use crate::stack::{Level, Region, StackName};

/// A world where nothing of the stack stands but what has to be known.
fn world() -> Observation {
    let vpc = Found::new("vpc-1", Condition::Ready);
    let balancer = Found::new("arn:ours", Condition::Ready);
    Observation {
        stack: StackName::new("cruddur"),
        account: "1".into(),
        region: Region::new("us-east-1"),
        at: 0,
        after: crate::operation::EventId(0),
        calls: 0,
        found: [(NodeId::only(NodeKind::Vpc), vpc), (NodeId::only(NodeKind::LoadBalancer), balancer)].into(),
        note: None,
        foreign: Default::default(),
    }
}

fn theirs() -> Found {
    Found::new("arn:theirs", Condition::Ready)
}

#[track_caller]
fn spec(id: &str) -> Spec {
    let topology = Topology::of(&seed_stack(), "", Level::Awake);
    topology.nodes[&id.parse().expect("an id")].spec.clone()
}

#[track_caller]
fn told(id: &str, found: &Found) -> Option<String> {
    obstacle(&spec(id), found, &world()).map(|obstacle| obstacle.to_string())
}

/// Of a target group that fits the backend.
fn group() -> Found {
    theirs()
        .fact("VPC", "vpc-1")
        .fact("port", "4567")
        .fact("protocol", "HTTP")
        .fact("protocol version", "HTTP1")
        .fact("target type", "ip")
        .fact(LOAD_BALANCERS, "")
        .fact(TARGETS, "0")
}

#[test]
fn what_holds_things_but_does_nothing_is_always_safe() {
    for id in ["repository/cruddur-python", "log-group/backend", "task-definition/backend"] {
        assert_eq!(told(id, &theirs()), None, "{id}");
    }
}

#[test]
fn what_another_stack_or_another_tool_owns_is_never_safe() {
    for id in ["repository/cruddur-python", "log-group/backend", "cluster", "target-group/backend"] {
        let other = told(id, &group().fact(OWNER, "shop")).expect("it is not ours");
        assert_eq!(other, "it belongs to the stack `shop`. Rename the stack or the service.", "{id}");
        let tool = told(id, &group().fact("aws:cloudformation:stack-name", "web")).expect("it is managed");
        assert!(tool.starts_with("the CloudFormation stack `web` manages it."), "{id}: {tool}");
    }
    assert_eq!(told("log-group/backend", &theirs().fact(OWNER, "cruddur")), None, "only its id was lost");
}

#[test]
fn a_target_group_fits_in_all_that_aws_cannot_change() {
    assert_eq!(told("target-group/backend", &group()), None);
    for (field, value) in [
        ("VPC", "vpc-2"),
        ("port", "80"),
        ("protocol", "TCP"),
        ("protocol version", "GRPC"),
        ("target type", "instance"),
    ] {
        let why = told("target-group/backend", &group().fact(field, value)).expect("it does not fit");
        assert!(why.starts_with(&format!("its {field} is `{value}`, which AWS cannot change")), "{why}");
    }
    assert!(told("target-group/backend", &theirs()).is_some(), "what was not read may be anything");
}

#[test]
fn a_target_group_in_use_is_left_to_its_users() {
    let balanced = told("target-group/backend", &group().fact(LOAD_BALANCERS, "arn:ours arn:other"));
    assert!(balanced.is_some_and(|why| why.starts_with("the load balancer `arn:other` sends it requests")));
    assert_eq!(told("target-group/backend", &group().fact(LOAD_BALANCERS, "arn:ours")), None);
    let targets = told("target-group/backend", &group().fact(TARGETS, "2"));
    assert!(targets.is_some_and(|why| why.starts_with("it is in use (targets: 2)")));
}

#[test]
fn a_cluster_with_anything_in_it_and_a_security_group_on_anything_are_not_safe() {
    let idle = theirs().fact(SERVICES, "0").fact(TASKS, "0").fact(INSTANCES, "0");
    assert_eq!(told("cluster", &idle), None);
    for what in [SERVICES, TASKS, INSTANCES] {
        assert!(told("cluster", &idle.clone().fact(what, "1")).is_some(), "{what}");
    }
    assert_eq!(told("security-group/services", &theirs().fact(INTERFACES, "0")), None);
    assert!(told("security-group/services", &theirs().fact(INTERFACES, "1")).is_some());
    assert!(told("security-group/services", &theirs()).is_some_and(|why| why.contains("is not known")));
}

#[test]
fn a_role_that_tasks_cannot_take_is_not_safe() {
    let role = |trusts: &str| told("role/task/backend", &theirs().fact(TRUSTS, trusts));
    assert_eq!(role("ecs-tasks.amazonaws.com"), None);
    let elsewhere = theirs().fact(TRUSTS, "ecs-tasks.amazonaws.com").fact(PATH, "/");
    assert!(told("role/task/backend", &elsewhere).is_some_and(|why| why.contains("under the path `/`")));
    assert!(role("others").is_some_and(|why| why.starts_with("it does not trust")));
}

#[test]
fn what_serves_somebody_is_never_safe() {
    for id in ["load-balancer", "service/backend", "alias/backend", "hosted-zone"] {
        assert!(told(id, &theirs()).is_some(), "{id}");
    }
    let alias = told("alias/backend", &theirs().fact("points at", "CNAME elsewhere.example"));
    assert!(alias.is_some_and(|why| why.contains("lead visitors to `CNAME elsewhere.example`")));
}
