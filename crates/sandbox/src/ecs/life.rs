//! The life of services, told by the clock: each test passes the time in.

use serde_json::{Value, json};
use winterbaume_core::MockRequest;

use crate::router::{Call, Service};
use crate::world::World;

/// Calls an operation of a JSON service, and reads what it answers.
fn call(world: &mut World, service: Service, operation: &str, body: Value) -> Result<Value, String> {
    let call = Call {
        service,
        operation: operation.to_owned(),
        params: Default::default(),
        request: MockRequest {
            method: "POST".to_owned(),
            uri: "/".to_owned(),
            headers: Default::default(),
            body: body.to_string().into(),
        },
    };
    let response = world.answer(&call).map_err(|refusal| format!("{}: {}", refusal.code, refusal.message))?;
    serde_json::from_slice(&response.body).map_err(|error| error.to_string())
}

fn ecs(world: &mut World, operation: &str, body: Value) -> Value {
    call(world, Service::Ecs, operation, body).unwrap_or_else(|refusal| panic!("{operation}: {refusal}"))
}

/// A world with a cluster, at a time when nothing else happens.
fn world() -> World {
    let mut world = World::for_tests();
    ecs(&mut world, "CreateCluster", json!({"clusterName": "c"}));
    world
}

fn define(world: &mut World, image: &str, health_check: Option<Value>) -> String {
    let mut container = json!({"name": "web", "image": image, "portMappings": [{"containerPort": 80}]});
    if let Some(check) = health_check {
        container["healthCheck"] = check;
    }
    let answer = ecs(
        world,
        "RegisterTaskDefinition",
        json!({"family": "web", "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"], "cpu": "256", "memory": "512",
        "containerDefinitions": [container]}),
    );
    text(&answer["taskDefinition"]["taskDefinitionArn"])
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn create(world: &mut World, definition: &str, desired: i32) {
    let subnet = world.network.any_subnet();
    ecs(
        world,
        "CreateService",
        json!({"cluster": "c", "serviceName": "s", "taskDefinition": definition,
        "desiredCount": desired, "launchType": "FARGATE",
        "deploymentConfiguration": {"deploymentCircuitBreaker": {"enable": true, "rollback": true}},
        "networkConfiguration": {"awsvpcConfiguration": {"subnets": [subnet]}}}),
    );
}

fn service(world: &mut World) -> Value {
    ecs(world, "DescribeServices", json!({"cluster": "c", "services": ["s"]}))["services"][0].clone()
}

fn rollouts(world: &mut World) -> Vec<(String, String)> {
    let service = service(world);
    let deployments = service["deployments"].as_array().cloned().unwrap_or_default();
    deployments.iter().map(|d| (text(&d["status"]), text(&d["rolloutState"]))).collect()
}

fn pair(status: &str, rollout: &str) -> (String, String) {
    (status.to_owned(), rollout.to_owned())
}

fn pass(world: &mut World, seconds: f64) {
    let until = world.now + seconds;
    world.advance(until);
}

#[test]
fn a_task_takes_its_time_to_run() {
    let mut world = world();
    let definition = define(&mut world, "docker.io/library/nginx:1", None);
    create(&mut world, &definition, 1);
    let counts = |service: &Value| (service["pendingCount"].clone(), service["runningCount"].clone());
    pass(&mut world, 20.0);
    assert_eq!(counts(&service(&mut world)), (json!(1), json!(0)));
    assert_eq!(rollouts(&mut world), [pair("PRIMARY", "IN_PROGRESS")]);
    pass(&mut world, 30.0);
    assert_eq!(counts(&service(&mut world)), (json!(0), json!(1)));
    assert_eq!(rollouts(&mut world), [pair("PRIMARY", "COMPLETED")]);
}

#[test]
fn an_update_keeps_the_old_task_until_the_new_one_is_well() {
    let mut world = world();
    let first = define(&mut world, "docker.io/library/nginx:1", None);
    create(&mut world, &first, 1);
    pass(&mut world, 60.0);
    let second = define(&mut world, "docker.io/library/nginx:2", None);
    ecs(&mut world, "UpdateService", json!({"cluster": "c", "service": "s", "taskDefinition": second}));
    for _ in 0..60 {
        pass(&mut world, 1.0);
        assert!(service(&mut world)["runningCount"].as_i64() >= Some(1));
    }
    assert_eq!(rollouts(&mut world), [pair("PRIMARY", "COMPLETED")]);
    assert_eq!(text(&service(&mut world)["taskDefinition"]), second);
}

#[test]
fn a_first_deployment_that_fails_has_nothing_to_go_back_to() {
    let mut world = world();
    let check = json!({"command": ["CMD", "true"], "interval": 5, "retries": 1});
    let definition = define(&mut world, "docker.io/shop/web:broken", Some(check));
    create(&mut world, &definition, 1);
    pass(&mut world, 600.0);
    assert_eq!(rollouts(&mut world), [pair("PRIMARY", "FAILED")]);
    let service = service(&mut world);
    assert_eq!(service["deployments"][0]["failedTasks"], json!(3));
    assert_eq!(service["runningCount"], json!(0));
}

#[test]
fn the_breaker_goes_back_to_what_last_completed() {
    let mut world = world();
    let good = define(&mut world, "docker.io/shop/web:1", None);
    create(&mut world, &good, 1);
    pass(&mut world, 60.0);
    let own = "123456789012.dkr.ecr.us-east-1.amazonaws.com/nobody:1";
    let bad = {
        let container = json!({"name": "web", "image": own, "portMappings": [{"containerPort": 80}]});
        world.roles.made("arn:aws:iam::123456789012:role/x", -100.0);
        let answer = ecs(
            &mut world,
            "RegisterTaskDefinition",
            json!({"family": "web", "networkMode": "awsvpc",
            "requiresCompatibilities": ["FARGATE"], "cpu": "256", "memory": "512",
            "executionRoleArn": "arn:aws:iam::123456789012:role/x", "containerDefinitions": [container]}),
        );
        text(&answer["taskDefinition"]["taskDefinitionArn"])
    };
    ecs(&mut world, "UpdateService", json!({"cluster": "c", "service": "s", "taskDefinition": bad}));
    pass(&mut world, 600.0);
    assert_eq!(rollouts(&mut world), [pair("PRIMARY", "COMPLETED")]);
    assert_eq!(text(&service(&mut world)["taskDefinition"]), good);
    let stopped = ecs(&mut world, "ListTasks", json!({"cluster": "c", "desiredStatus": "STOPPED"}));
    let tasks = ecs(&mut world, "DescribeTasks", json!({"cluster": "c", "tasks": stopped["taskArns"]}));
    let reason = text(&tasks["tasks"][0]["stoppedReason"]);
    assert!(reason.starts_with("CannotPullContainerError"), "{reason}");
}

#[test]
fn without_a_breaker_a_bad_image_is_tried_again_and_again() {
    let mut world = world();
    let check = json!({"command": ["CMD", "true"], "interval": 5, "retries": 1});
    let definition = define(&mut world, "docker.io/shop/web:broken", Some(check));
    create(&mut world, &definition, 1);
    ecs(
        &mut world,
        "UpdateService",
        json!({"cluster": "c", "service": "s", "deploymentConfiguration":
        {"deploymentCircuitBreaker": {"enable": false, "rollback": false}}}),
    );
    pass(&mut world, 3000.0);
    assert_eq!(rollouts(&mut world), [pair("PRIMARY", "IN_PROGRESS")]);
    assert!(service(&mut world)["deployments"][0]["failedTasks"].as_i64() > Some(3));
}

#[test]
fn a_parked_service_completes_without_tasks() {
    let mut world = world();
    let definition = define(&mut world, "docker.io/library/nginx:1", None);
    create(&mut world, &definition, 0);
    assert_eq!(rollouts(&mut world), [pair("PRIMARY", "COMPLETED")]);
    ecs(&mut world, "UpdateService", json!({"cluster": "c", "service": "s", "desiredCount": 2}));
    assert_eq!(rollouts(&mut world), [pair("PRIMARY", "COMPLETED")]);
    pass(&mut world, 60.0);
    assert_eq!(service(&mut world)["runningCount"], json!(2));
}

#[test]
fn a_deleted_service_is_seen_for_a_while_and_its_name_is_free_again() {
    let mut world = world();
    let definition = define(&mut world, "docker.io/library/nginx:1", None);
    create(&mut world, &definition, 1);
    pass(&mut world, 60.0);
    ecs(&mut world, "DeleteService", json!({"cluster": "c", "service": "s", "force": true}));
    assert_eq!(text(&service(&mut world)["status"]), "INACTIVE");
    let refused = call(&mut world, Service::Ecs, "DeleteCluster", json!({"cluster": "c"}));
    assert!(refused.is_err_and(|refusal| refusal.starts_with("ClusterContainsTasksException")));
    pass(&mut world, 20.0);
    ecs(&mut world, "DeleteCluster", json!({"cluster": "c"}));
    let clusters = ecs(&mut world, "DescribeClusters", json!({"clusters": ["c"]}));
    assert_eq!(text(&clusters["clusters"][0]["status"]), "INACTIVE");
    pass(&mut world, 4000.0);
    let clusters = ecs(&mut world, "DescribeClusters", json!({"clusters": ["c"]}));
    assert_eq!(text(&clusters["failures"][0]["reason"]), "MISSING");
}

#[test]
fn interfaces_of_tasks_outlive_them() {
    let mut world = world();
    let definition = define(&mut world, "docker.io/library/nginx:1", None);
    create(&mut world, &definition, 1);
    pass(&mut world, 60.0);
    ecs(&mut world, "UpdateService", json!({"cluster": "c", "service": "s", "desiredCount": 0}));
    pass(&mut world, 20.0);
    assert_eq!(service(&mut world)["runningCount"], json!(0));
    assert_eq!(world.network.interface_count(), 1);
    pass(&mut world, 60.0);
    assert_eq!(world.network.interface_count(), 0);
}

#[test]
fn registering_a_scalable_target_pulls_the_count_at_once() {
    let mut world = world();
    let definition = define(&mut world, "docker.io/library/nginx:1", None);
    create(&mut world, &definition, 1);
    let target = |minimum: i32, maximum: i32| {
        json!({"ServiceNamespace": "ecs", "ResourceId": "service/c/s",
        "ScalableDimension": "ecs:service:DesiredCount", "MinCapacity": minimum, "MaxCapacity": maximum})
    };
    let scale =
        |world: &mut World, body: Value| call(world, Service::AutoScaling, "RegisterScalableTarget", body);
    assert!(scale(&mut world, target(0, 0)).is_ok());
    assert_eq!(service(&mut world)["desiredCount"], json!(0));
    assert!(scale(&mut world, target(2, 3)).is_ok());
    assert_eq!(service(&mut world)["desiredCount"], json!(2));
    assert!(scale(&mut world, target(3, 2)).is_err());
}
