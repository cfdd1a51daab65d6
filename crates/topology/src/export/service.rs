//! One service with all that it has of its own, from its host to its schedule.

use super::hcl::{Block, Value, escaped};
use super::section::{Section, World, ignore_changes, snake};
use super::{cluster, dns, edge, images, network, secret};
use crate::field::{POINTS_AT, missing_record};
use crate::graph::GRACE;
use crate::names;
use crate::node::{NodeId, NodeKind, Spec, TaskDefinition};
use crate::stack::{Image, Service};

const HEALTHY_CODES: &str = "200-399";
/// How often a container checks itself, in seconds; how long it has for it; how often it may fail.
const CHECK: [(&str, u32); 3] = [("interval", 10), ("timeout", 5), ("retries", 3)];
const CAPACITY: [&str; 2] = ["min_capacity", "max_capacity"];

pub(super) fn section(world: &World<'_>, service: &Service) -> Section {
    let mut section = Section::default();
    let label = snake(service.name.as_str());
    alias(world, service, &label, &mut section);
    rule(world, service, &label, &mut section);
    target_group(world, service, &label, &mut section);
    log_group(world, service, &label, &mut section);
    task_role(world, service, &label, &mut section);
    task_definition(world, service, &label, &mut section);
    ecs_service(world, service, &label, &mut section);
    schedule(world, service, &label, &mut section);
    section
}

fn id(kind: NodeKind, service: &Service) -> NodeId {
    NodeId::part(kind, &service.name)
}

fn alias(world: &World<'_>, service: &Service, label: &str, section: &mut Section) {
    let id = id(NodeKind::Alias, service);
    let Some(Spec::Alias { host }) = world.spec(&id) else { return };
    let target = Block::new("alias")
        .set("name", Value::reference("aws_lb.main.dns_name"))
        .set("zone_id", Value::reference("aws_lb.main.zone_id"))
        .set("evaluate_target_health", false);
    let records = Block::resource("aws_route53_record", format!("alias_{label}"))
        .set("for_each", Value::reference("toset([\"A\", \"AAAA\"])"))
        .set("zone_id", dns::zone_id(world))
        .set("name", host.as_str())
        .set("type", Value::reference("each.key"))
        .block(target);
    let address = records.address();
    section.resource(records, None);
    let (Some(zone), Some(found)) = (dns::zone_aws_id(world), world.found(&id)) else { return };
    let points_at = found.fields.get(POINTS_AT).map_or("", String::as_str);
    for kind in ["A", "AAAA"] {
        // Where only one of them is there, the text says which.
        if !points_at.contains(&missing_record(kind)) {
            section.import(format!("{address}[\"{kind}\"]"), format!("{zone}_{host}_{kind}"));
        }
    }
}

fn rule(world: &World<'_>, service: &Service, label: &str, section: &mut Section) {
    let id = id(NodeKind::Rule, service);
    let Some(Spec::Rule { host, .. }) = world.spec(&id) else { return };
    let host = Block::new("host_header").set("values", [host.as_str()]);
    let mut rule = Block::resource("aws_lb_listener_rule", label)
        .set("listener_arn", Value::reference("aws_lb_listener.https.arn"));
    // Without one, AWS takes the next that is free.
    if let Some(priority) = world.fact(&id, "priority") {
        rule = rule.set("priority", Value::reference(priority));
    }
    let rule =
        rule.block(edge::forward("action", service.name.as_str())).block(Block::new("condition").block(host));
    section.resource(rule, world.aws_id(&id));
}

fn target_group(world: &World<'_>, service: &Service, label: &str, section: &mut Section) {
    let id = id(NodeKind::TargetGroup, service);
    let Some(Spec::TargetGroup { name, port, path, check, deregistration_delay }) = world.spec(&id) else {
        return;
    };
    let check = Block::new("health_check")
        .set("path", path)
        .set("matcher", HEALTHY_CODES)
        .set("interval", check.interval)
        .set("timeout", check.timeout)
        .set("healthy_threshold", check.healthy)
        .set("unhealthy_threshold", check.unhealthy);
    let group = Block::resource("aws_lb_target_group", label)
        .set("name", name)
        .set("vpc_id", network::vpc(world))
        .set("target_type", "ip")
        .set("protocol", "HTTP")
        .set("port", *port)
        .set("deregistration_delay", *deregistration_delay)
        .block(check);
    section.resource(group, world.aws_id(&id));
}

fn log_group(world: &World<'_>, service: &Service, label: &str, section: &mut Section) {
    let id = id(NodeKind::LogGroup, service);
    let Some(Spec::LogGroup { name, retention_days }) = world.spec(&id) else { return };
    let group = Block::resource("aws_cloudwatch_log_group", label)
        .set("name", name)
        .set("retention_in_days", *retention_days);
    section.resource(group, world.found(&id).map(|_| name.clone()));
}

fn task_role(world: &World<'_>, service: &Service, label: &str, section: &mut Section) {
    let id = NodeId::part(NodeKind::Role, format!("task/{}", service.name));
    let Some(Spec::Role { name, .. }) = world.spec(&id) else { return };
    let role = cluster::role(world, &id, &format!("task_{label}"), name)
        .about(&["What the containers may do: nothing, until you add to it."]);
    section.resource(role, cluster::role_id(world, &id, name));
}

fn task_definition(world: &World<'_>, service: &Service, label: &str, section: &mut Section) {
    let id = id(NodeKind::TaskDefinition, service);
    let Some(Spec::TaskDefinition(wanted)) = world.spec(&id) else { return };
    let platform = Block::new("runtime_platform")
        .set("operating_system_family", "LINUX")
        .set("cpu_architecture", "X86_64");
    let definition = Block::resource("aws_ecs_task_definition", label)
        .set("family", &wanted.family)
        .set("requires_compatibilities", ["FARGATE"])
        .set("network_mode", "awsvpc")
        .set("cpu", wanted.cpu)
        .set("memory", wanted.memory)
        .set("execution_role_arn", Value::reference("aws_iam_role.execution.arn"))
        .set("task_role_arn", Value::reference(format!("aws_iam_role.task_{label}.arn")))
        .set("container_definitions", Value::json(Value::List(vec![container(world, wanted, label)])))
        .block(platform);
    section.resource(definition, world.aws_id(&id));
}

fn container(world: &World<'_>, wanted: &TaskDefinition, label: &str) -> Value {
    let port = Value::object([
        ("containerPort", wanted.port.into()),
        ("hostPort", wanted.port.into()),
        ("protocol", "tcp".into()),
    ]);
    let log_options = Value::object([
        ("awslogs-group", Value::reference(format!("aws_cloudwatch_log_group.{label}.name"))),
        ("awslogs-region", Value::reference("local.region")),
        ("awslogs-stream-prefix", wanted.service.as_str().into()),
    ]);
    let logs = Value::object([("logDriver", "awslogs".into()), ("options", log_options)]);
    let mut pairs = vec![
        ("name", wanted.service.as_str().into()),
        ("image", image(world, &wanted.image)),
        ("essential", true.into()),
        ("portMappings", Value::List(vec![port])),
        ("logConfiguration", logs),
    ];
    if !wanted.command.is_empty() {
        pairs.push(("healthCheck", health_check(&wanted.command)));
    }
    if !wanted.env.is_empty() {
        let pair = |(name, value): (&String, &String)| named(name, "value", value.into());
        pairs.push(("environment", Value::List(wanted.env.iter().map(pair).collect())));
    }
    if !wanted.secrets.is_empty() {
        let pairs_of = wanted.secrets.iter();
        let pair = pairs_of.map(|(name, reference)| named(name, "valueFrom", secret::value_from(reference)));
        pairs.push(("secrets", Value::List(pair.collect())));
    }
    Value::object(pairs)
}

fn named(name: &str, key: &str, value: Value) -> Value {
    Value::object([("name", name.into()), (key, value)])
}

fn image(world: &World<'_>, image: &Image) -> Value {
    match image {
        Image::Public { reference } => reference.into(),
        Image::Own { repository, tag } => {
            let address = images::address(world, repository);
            Value::reference(format!("\"${{{address}}}:{}\"", escaped(tag)))
        }
    }
}

fn health_check(command: &[String]) -> Value {
    let command = Value::List(command.iter().map(Value::from).collect());
    let times = CHECK.into_iter().map(|(name, number)| (name, number.into()));
    Value::object([("command", command)].into_iter().chain(times).chain([("startPeriod", GRACE.into())]))
}

fn ecs_service(world: &World<'_>, service: &Service, label: &str, section: &mut Section) {
    let id = id(NodeKind::Service, service);
    let Some(Spec::Service { name, port, count, scheduled, grace, .. }) = world.spec(&id) else { return };
    let breaker = Block::new("deployment_circuit_breaker").set("enable", true).set("rollback", true);
    let network = Block::new("network_configuration")
        .set("subnets", network::subnets(world))
        .set("security_groups", vec![Value::reference("aws_security_group.services.id")])
        .set("assign_public_ip", true);
    let mut block = Block::resource("aws_ecs_service", label)
        .set("name", name)
        .set("cluster", Value::reference("aws_ecs_cluster.main.id"))
        .set("task_definition", Value::reference(revision(label)))
        .set("desired_count", *count)
        .set("launch_type", "FARGATE")
        .set("propagate_tags", "SERVICE")
        .set("enable_ecs_managed_tags", true)
        .set("deployment_minimum_healthy_percent", 100_u32)
        .set("deployment_maximum_percent", 200_u32);
    let is_balanced = is_balanced(world, &id);
    if is_balanced {
        block = block.set("health_check_grace_period_seconds", *grace);
    }
    if let Some(needs) = stands_after(world, service, label) {
        block = block.set("depends_on", vec![Value::reference(needs)]);
    }
    block = block.block(breaker).block(network);
    if is_balanced {
        let balancer = Block::new("load_balancer")
            .set("target_group_arn", Value::reference(format!("aws_lb_target_group.{label}.arn")))
            .set("container_name", service.name.as_str())
            .set("container_port", *port);
        block = block.block(balancer);
    }
    let left_alone = ignore_changes(&left_alone(world, &id, *scheduled));
    block =
        block.block(left_alone.about(&["Left to AWS, moved by the schedule, or not to be read on import."]));
    let cluster = names::cluster(&world.stack.name);
    section.resource(block, world.found(&id).map(|_| format!("{cluster}/{name}")));
}

/// The provider reads it so on import, not as an ARN.
fn revision(label: &str) -> String {
    let definition = format!("aws_ecs_task_definition.{label}");
    format!("\"${{{definition}.family}}:${{{definition}.revision}}\"")
}

/// What the provider cannot read on import, what Slipway leaves to AWS, what the schedule moves, and what AWS does not
/// tell.
fn left_alone(world: &World<'_>, id: &NodeId, scheduled: bool) -> Vec<&'static str> {
    let mut attributes = vec!["availability_zone_rebalancing", "wait_for_steady_state"];
    if scheduled {
        attributes.push("desired_count");
    }
    for untold in world.fact(id, "untold").unwrap_or_default().split(',') {
        attributes.extend(match untold {
            "deployment configuration" => &[
                "deployment_circuit_breaker",
                "deployment_maximum_percent",
                "deployment_minimum_healthy_percent",
            ][..],
            "managed tags" => &["enable_ecs_managed_tags"],
            "grace period" => &["health_check_grace_period_seconds"],
            _ => &[],
        });
    }
    attributes
}

/// A service keeps its target group while the load balancer is gone.
fn is_balanced(world: &World<'_>, id: &NodeId) -> bool {
    match world.found(id) {
        Some(found) => found.facts.get("target group").is_some_and(|group| !group.is_empty()),
        None => world.spec(&NodeId::part(NodeKind::Listener, "https")).is_some(),
    }
}

/// ECS refuses a service whose target group no listener or rule names.
fn stands_after(world: &World<'_>, service: &Service, label: &str) -> Option<String> {
    let has = |id: NodeId| world.spec(&id).is_some();
    if has(id(NodeKind::Rule, service)) {
        Some(format!("aws_lb_listener_rule.{label}"))
    } else {
        has(NodeId::part(NodeKind::Listener, "https")).then(|| "aws_lb_listener.https".to_owned())
    }
}

fn schedule(world: &World<'_>, service: &Service, label: &str, section: &mut Section) {
    let id = id(NodeKind::Schedule, service);
    let Some(Spec::Schedule { count, suspended, timezone, wake, doze, .. }) = world.spec(&id) else { return };
    let range = if *suspended { 0 } else { *count };
    let resource = format!("\"service/${{aws_ecs_cluster.main.name}}/${{aws_ecs_service.{label}.name}}\"");
    let state = Block::new("suspended_state")
        .set("dynamic_scaling_in_suspended", false)
        .set("dynamic_scaling_out_suspended", false)
        .set("scheduled_scaling_suspended", *suspended);
    let target = Block::resource("aws_appautoscaling_target", label)
        .set("service_namespace", "ecs")
        .set("resource_id", Value::reference(resource))
        .set("scalable_dimension", "ecs:service:DesiredCount")
        .set(CAPACITY[0], range)
        .set(CAPACITY[1], range)
        .block(state)
        .block(ignore_changes(&CAPACITY).about(&["The schedule moves them."]));
    let name = names::service(&world.stack.name, &service.name);
    let path = format!("ecs/service/{}/{name}/ecs:service:DesiredCount", names::cluster(&world.stack.name));
    section.resource(target, world.found(&id).map(|_| path));
    section.add(action(label, "wake", wake, timezone, *count));
    section.add(action(label, "doze", doze, timezone, 0));
}

fn action(label: &str, name: &str, schedule: &str, timezone: &str, count: u32) -> Block {
    let target = |attribute: &str| Value::reference(format!("aws_appautoscaling_target.{label}.{attribute}"));
    let capacity = Block::new("scalable_target_action").set(CAPACITY[0], count).set(CAPACITY[1], count);
    Block::resource("aws_appautoscaling_scheduled_action", format!("{label}_{name}"))
        .set("count", Value::reference("var.manage_schedule ? 1 : 0"))
        .set("name", name)
        .set("service_namespace", target("service_namespace"))
        .set("resource_id", target("resource_id"))
        .set("scalable_dimension", target("scalable_dimension"))
        .set("schedule", schedule)
        .set("timezone", timezone)
        .block(capacity)
}
