//! The cluster, and the role by which ECS starts its tasks.

use super::hcl::{Block, Value};
use super::secret;
use super::section::{Section, World, arn};
use crate::names;
use crate::node::{NodeId, NodeKind, RolePurpose, Spec};
use crate::observation::FINGERPRINT;
use crate::stack::SecretRef;

/// The name of the execution role's policy.
const POLICY: &str = "slipway";
/// How a role tells that it is not whole yet.
const UNFINISHED: &str = "unfinished";

pub(super) fn section(world: &World<'_>) -> Section {
    let mut section = Section::default();
    let id = NodeId::only(NodeKind::Cluster);
    let Some(Spec::Cluster { name }) = world.spec(&id) else { return section };
    let cluster = Block::resource("aws_ecs_cluster", "main").set("name", name);
    section.resource(cluster, world.found(&id).map(|_| name.clone()));
    section.add(trust());
    let id = NodeId::part(NodeKind::Role, "execution");
    let Some(Spec::Role { name, purpose: RolePurpose::Execution { secrets } }) = world.spec(&id) else {
        return section;
    };
    let execution = role(world, &id, "execution", name)
        .about(&["What ECS itself does for the tasks: pull images, write logs, read secrets."]);
    section.resource(execution, role_id(world, &id, name));
    section.add(permissions(world, secrets));
    let policy = Block::resource("aws_iam_role_policy", "execution")
        .set("name", POLICY)
        .set("role", Value::reference("aws_iam_role.execution.id"))
        .set("policy", Value::reference("data.aws_iam_policy_document.execution.json"));
    let is_whole = definition(world, &id).is_some_and(|definition| definition != UNFINISHED);
    section.resource(policy, is_whole.then(|| format!("{name}:{POLICY}")));
    section
}

/// A role that ECS tasks may take.
pub(super) fn role(world: &World<'_>, id: &NodeId, label: &str, name: &str) -> Block {
    let definition = definition(world, id).filter(|definition| *definition != UNFINISHED);
    Block::resource("aws_iam_role", label)
        .set("name", name)
        .set("path", names::role_path(&world.stack.name))
        .set("description", names::role_description(&world.stack.name, id, definition))
        .set("assume_role_policy", Value::reference("data.aws_iam_policy_document.ecs_tasks.json"))
}

/// What the provider finds the role `name` by.
pub(super) fn role_id(world: &World<'_>, id: &NodeId, name: &str) -> Option<String> {
    world.found(id).map(|_| name.to_owned())
}

fn definition<'a>(world: &World<'a>, id: &NodeId) -> Option<&'a str> {
    world.found(id)?.fields.get(FINGERPRINT).map(String::as_str)
}

fn trust() -> Block {
    let principals =
        Block::new("principals").set("type", "Service").set("identifiers", ["ecs-tasks.amazonaws.com"]);
    let condition = Block::new("condition")
        .set("test", "StringEquals")
        .set("variable", "aws:SourceAccount")
        .set("values", vec![Value::reference("local.account")]);
    let statement = Block::new("statement").set("actions", ["sts:AssumeRole"]);
    Block::data("aws_iam_policy_document", "ecs_tasks")
        .about(&["Who may take the roles: ECS tasks of this account."])
        .block(statement.block(principals).block(condition))
}

fn permissions(world: &World<'_>, secrets: &[SecretRef]) -> Block {
    let pull = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];
    let log_groups = arn("logs", &format!("log-group:{}*", names::log_group_prefix(&world.stack.name)));
    let (parameters, kept): (Vec<_>, Vec<_>) =
        secrets.iter().partition(|secret| matches!(secret, SecretRef::Ssm(_)));
    let readable =
        |secrets: Vec<&SecretRef>| secrets.into_iter().flat_map(secret::readable).collect::<Vec<_>>();
    let to_secrets = [("ssm:GetParameters", parameters), ("secretsmanager:GetSecretValue", kept)]
        .into_iter()
        .filter(|(_, secrets)| !secrets.is_empty())
        .map(|(action, secrets)| statement([action], readable(secrets)));
    Block::data("aws_iam_policy_document", "execution")
        .block(statement(["ecr:GetAuthorizationToken"], vec!["*".into()]))
        .block(statement(pull, vec![arn("ecr", "repository/*")]))
        .block(statement(["logs:CreateLogStream", "logs:PutLogEvents"], vec![log_groups]))
        .blocks(to_secrets)
}

fn statement<const COUNT: usize>(actions: [&str; COUNT], resources: Vec<Value>) -> Block {
    Block::new("statement").set("actions", actions).set("resources", resources)
}
