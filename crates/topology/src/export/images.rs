//! The image repositories. Images themselves are not exported: they stay where they are.

use super::hcl::{Block, Value};
use super::section::{Section, World};
use crate::node::{NodeId, NodeKind, Spec};
use crate::observation::{Condition, SHARED};

const UNTAGGED_DAYS: u32 = 14;

pub(super) fn section(world: &World<'_>) -> Section {
    let mut section = Section::default();
    for (id, spec) in world.wanted(NodeKind::Repository) {
        let Spec::Repository { name } = spec else { continue };
        if is_shared(world, name) {
            let repository = Block::data("aws_ecr_repository", world.repository(name))
                .about(&["It was there before the stack: used, not managed."])
                .set("name", name);
            section.add(repository);
        } else {
            own(world, id, name, &mut section);
        }
    }
    section
}

/// The reference to the address of the repository `name`, without a tag.
pub(super) fn address(world: &World<'_>, name: &str) -> String {
    let owner = if is_shared(world, name) { "data." } else { "" };
    format!("{owner}aws_ecr_repository.{}.repository_url", world.repository(name))
}

fn is_shared(world: &World<'_>, name: &str) -> bool {
    world.fact(&NodeId::part(NodeKind::Repository, name), SHARED).is_some()
}

fn own(world: &World<'_>, id: &NodeId, name: &str, section: &mut Section) {
    let label = world.repository(name);
    let repository = Block::resource("aws_ecr_repository", &label)
        .set("name", name)
        .block(Block::new("image_scanning_configuration").set("scan_on_push", true));
    let found = world.found(id);
    section.resource(repository, found.map(|_| name.to_owned()));
    let policy = Block::resource("aws_ecr_lifecycle_policy", &label)
        .set("repository", Value::reference(format!("aws_ecr_repository.{label}.name")))
        .set("policy", Value::json(expire_untagged()));
    // Where its policy is missing, the repository is not well.
    let has_policy = found.is_some_and(|found| found.condition == Condition::Ready);
    section.resource(policy, has_policy.then(|| name.to_owned()));
}

fn expire_untagged() -> Value {
    let selection = Value::object([
        ("tagStatus", Value::from("untagged")),
        ("countType", "sinceImagePushed".into()),
        ("countUnit", "days".into()),
        ("countNumber", UNTAGGED_DAYS.into()),
    ]);
    let rule = Value::object([
        ("rulePriority", 1_u32.into()),
        ("description", format!("Untagged images go after {UNTAGGED_DAYS} days").into()),
        ("selection", selection),
        ("action", Value::object([("type", "expire".into())])),
    ]);
    Value::object([("rules", Value::List(vec![rule]))])
}
