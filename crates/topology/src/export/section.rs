//! One exported file as it is put together, and what every one of them looks things up in.

use std::collections::BTreeMap;

use super::hcl::{Block, Value, escaped};
use crate::graph::Topology;
use crate::node::{NodeId, NodeKind, Spec};
use crate::observation::{Found, Observation};
use crate::stack::Stack;

/// The blocks of one file, and what of them is on AWS already.
#[derive(Debug, Default)]
pub(super) struct Section {
    pub blocks: Vec<Block>,
    pub imports: Vec<Import>,
}

#[derive(Debug)]
pub(super) struct Import {
    /// The resource's address.
    pub to: String,
    /// What the provider finds it by.
    pub id: String,
}

impl Section {
    /// What is not imported: data, locals, and what the provider cannot import.
    pub fn add(&mut self, block: Block) {
        self.blocks.push(block);
    }

    /// A resource, and what the provider finds it by; `None` where it is not on AWS.
    pub fn resource(&mut self, block: Block, id: Option<String>) {
        if let Some(id) = id {
            self.import(block.address(), id);
        }
        self.blocks.push(block);
    }

    pub fn import(&mut self, to: String, id: String) {
        self.imports.push(Import { to, id });
    }
}

/// What is wanted, and what is there.
pub(super) struct World<'a> {
    pub stack: &'a Stack,
    pub topology: &'a Topology,
    pub seen: &'a Observation,
    /// The names of the repositories' resources.
    repositories: BTreeMap<String, String>,
}

impl<'a> World<'a> {
    pub fn new(stack: &'a Stack, topology: &'a Topology, seen: &'a Observation) -> Self {
        Self { stack, topology, seen, repositories: repository_names(stack) }
    }

    pub fn spec(&self, id: &NodeId) -> Option<&'a Spec> {
        self.topology.nodes.get(id).map(|node| &node.spec)
    }

    pub fn found(&self, id: &NodeId) -> Option<&'a Found> {
        self.seen.found.get(id)
    }

    pub fn aws_id(&self, id: &NodeId) -> Option<String> {
        self.found(id).map(|found| found.aws_id.clone())
    }

    pub fn fact(&self, id: &NodeId, fact: &str) -> Option<&'a str> {
        self.found(id)?.facts.get(fact).map(String::as_str)
    }

    /// The ids of the nodes that are wanted of a kind.
    pub fn wanted(&self, kind: NodeKind) -> impl Iterator<Item = (&'a NodeId, &'a Spec)> {
        let nodes = self.topology.nodes.values().filter(move |node| node.id.kind == kind);
        nodes.map(|node| (&node.id, &node.spec))
    }

    /// The name of the resource of the repository `name`.
    pub fn repository(&self, name: &str) -> String {
        self.repositories.get(name).cloned().unwrap_or_else(|| snake(name))
    }
}

/// `shop/web` becomes `shop_web`; another repository of that name is numbered.
fn repository_names(stack: &Stack) -> BTreeMap<String, String> {
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for repository in stack.repositories() {
        let plain = snake(&repository);
        let taken = |name: &String| names.values().any(|other| other == name);
        let numbered = (2..).map(|number| format!("{plain}_{number}"));
        let free = std::iter::once(plain.clone()).chain(numbered).find(|name| !taken(name));
        names.insert(repository, free.unwrap_or(plain));
    }
    names
}

/// A name as Terraform people write them: `backend-flask` becomes `backend_flask`.
pub(super) fn snake(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|one| if one.is_ascii_alphanumeric() { one.to_ascii_lowercase() } else { '_' })
        .collect();
    // A name must begin with a letter or an underscore.
    if plain.starts_with(|first: char| first.is_ascii_digit()) { format!("_{plain}") } else { plain }
}

/// An ARN in the stack's account and region.
pub(super) fn arn(service: &str, resource: &str) -> Value {
    let place = "${local.region}:${local.account}";
    Value::reference(format!("\"arn:${{local.partition}}:{service}:{place}:{}\"", escaped(resource)))
}

/// The tags of parts whose name is but a tag.
pub(super) fn name_tag(name: &str) -> Value {
    Value::object([("Name", Value::from(name))])
}

/// What of a resource Terraform leaves alone.
pub(super) fn ignore_changes(attributes: &[&str]) -> Block {
    let attributes = attributes.iter().map(|attribute| Value::reference(*attribute)).collect::<Vec<_>>();
    Block::new("lifecycle").set("ignore_changes", attributes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repositories_whose_names_differ_in_signs_alone_are_told_apart() {
        let mut stack = crate::samples::seed_stack();
        stack.base_images = vec!["shop/web".into(), "shop-web".into(), "3d".into()];
        let names = repository_names(&stack);
        assert_eq!(names["3d"], "_3d");
        assert_ne!(names["shop/web"], names["shop-web"]);
    }
}
