//! A stack as Terraform would have it: HCL for all its parts, and `import` blocks for what is there.
//!
//! The HCL says what the stack file asks for at the stack's level, the imports say what AWS has. So where
//! AWS is as the file says, `terraform plan` imports everything and changes nothing; where it is not,
//! Terraform proposes what a deploy would do. What the stack uses and does not own is a data source.
//!
//! The adapters of the engine decide how a part is made on AWS; what they set beyond a
//! [`Spec`](crate::node::Spec) is repeated here, and the agreement test with Terraform holds both together.

mod cluster;
mod dns;
mod edge;
mod hcl;
mod images;
mod network;
mod providers;
mod secret;
mod section;
mod service;

use crate::graph::Topology;
use crate::observation::Observation;
use crate::plan::{self, Change, PlanId, Reason, Wanted};
use crate::stack::{Level, Stack};
use section::{World, snake};

/// Files to write, and what to know about them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    pub files: Vec<File>,
    /// How many `import` blocks there are.
    pub imports: usize,
    /// Where AWS is not as the stack file says.
    pub differences: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    pub name: String,
    pub text: String,
}

/// The Terraform files of `stack` at `level`, as it was observed. `file` is the stack file's text.
pub fn terraform(stack: &Stack, file: &str, level: Level, seen: &Observation) -> Export {
    let topology = Topology::of(stack, file, level);
    let world = World::new(stack, &topology, seen);
    let mut sections = vec![
        ("network.tf".to_owned(), network::section(&world)),
        ("dns.tf".to_owned(), dns::section(&world)),
        ("edge.tf".to_owned(), edge::section(&world)),
        ("images.tf".to_owned(), images::section(&world)),
        ("cluster.tf".to_owned(), cluster::section(&world)),
    ];
    for service in &stack.services {
        let name = format!("service_{}.tf", snake(service.name.as_str()));
        sections.push((name, service::section(&world, service)));
    }
    sections.retain(|(_, section)| !section.blocks.is_empty());
    let imports: Vec<_> = sections.iter().flat_map(|(_, section)| section.imports.iter()).collect();
    let mut files = vec![File { name: "providers.tf".into(), text: providers::text(&world) }];
    files.extend(
        sections.iter().map(|(name, section)| File { name: name.clone(), text: hcl::file(&section.blocks) }),
    );
    files.push(File { name: "imports.tf".into(), text: providers::imports(&imports) });
    Export { files, imports: imports.len(), differences: differences(stack, file, level, seen) }
}

/// What a deploy would still do: Terraform proposes it too, or leaves it out.
fn differences(stack: &Stack, file: &str, level: Level, seen: &Observation) -> Vec<String> {
    let wanted = Wanted::AtLevel { stack, file, level };
    let plan = plan::make(PlanId(String::new()), &wanted, seen);
    let is_difference = |change: &&Change| {
        !change.only_waits() && !change.id.kind.is_yours() && !matches!(change.reason, Reason::WaitsFor(_))
    };
    let sentence = |change: &Change| {
        let (kind, name, why) = (change.id.kind, &change.name, plan.why(change));
        match &change.reason {
            Reason::NotInStack | Reason::NotAtLevel(_) => {
                format!("{kind} `{name}` is there and not exported: {why}")
            }
            _ => format!("{kind} `{name}`: {why}"),
        }
    };
    plan.work().filter(is_difference).map(sentence).collect()
}
