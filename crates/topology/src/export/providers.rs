//! What stands before the resources, and the imports that stand after them.

use super::hcl::{self, Block, Value};
use super::section::{Import, World};
use crate::node::NodeKind;

pub(super) fn text(world: &World<'_>) -> String {
    let provider = Value::object([("source", "hashicorp/aws".into()), ("version", "~> 5.100".into())]);
    let account = world.seen.account.as_str();
    let mut blocks = vec![
        Block::new("terraform")
            .set("required_version", ">= 1.5")
            .block(Block::new("required_providers").set("aws", provider)),
        Block::new("provider")
            .label("aws")
            .set("region", Value::reference("local.region"))
            .set("allowed_account_ids", [account])
            .block(Block::new("ignore_tags").about(&[
                "Slipway finds the stack by its own tags. They stay as they are; to have done with Slipway, take",
                "this block out, and Terraform removes them.",
            ]).set("key_prefixes", ["slipway:"])),
        Block::data("aws_caller_identity", "current"),
        Block::data("aws_partition", "current"),
        Block::new("locals")
            .set("region", world.stack.region.as_str())
            .set("account", Value::reference("data.aws_caller_identity.current.account_id"))
            .set("partition", Value::reference("data.aws_partition.current.partition")),
    ];
    if world.wanted(NodeKind::Schedule).next().is_some() {
        blocks.push(manage_schedule());
    }
    hcl::file(&blocks)
}

/// The provider can write scheduled actions, and not import them.
fn manage_schedule() -> Block {
    Block::new("variable")
        .label("manage_schedule")
        .about(&[
            "The scheduled actions that wake the services and let them doze are there and go on. The AWS provider",
            "cannot import them; once this is true, Terraform writes the same ones over them, and manages them.",
        ])
        .set("type", Value::reference("bool"))
        .set("default", false)
}

pub(super) fn imports(imports: &[&Import]) -> String {
    let import =
        |import: &&Import| Block::new("import").set("to", Value::reference(&import.to)).set("id", &import.id);
    let blocks: Vec<Block> = imports.iter().map(import).collect();
    let about = "# What is on AWS already. Once `terraform apply` has imported it, this file can go.\n\n";
    format!("{about}{}", hcl::file(&blocks))
}
