//! What a run found: told in Markdown, and judged by the targets.

use anyhow::{Result, bail};

use super::sandbox::Deployed;
use super::targets::{Growth, MAKESPAN, Target};
use super::{Size, rates, table};

/// What a reader has to know to compare fairly.
const NOT_THE_SAME: &str = "Both make the same parts, of which moto has each ready at once. Terraform waits, with pauses of its own, until \
    Route 53 has taken in each record and the certificate is issued; `--wait none` leaves that to AWS. Terraform's tear down also \
    deletes the hosted zone, which Slipway's keeps.";

pub struct Report {
    /// Which build, on which machine.
    pub measured: String,
    /// Which Terraform, or why there is none.
    pub beside: String,
    pub sizes: Vec<Size>,
    pub deployed: Deployed,
}

impl Report {
    pub fn print(&self) {
        println!("\n## Slipway on moto behind 50 ms a call\n");
        println!("Measured: {}. Beside it: {}.\n", self.measured, self.beside);
        println!("{}", table::operations(&self.sizes));
        if self.sizes.iter().any(|size| size.terraform.is_some()) {
            println!("\n{NOT_THE_SAME}");
        }
        for size in &self.sizes {
            println!("\n### Rates, {} services\n\n{}", size.services, table::rates(size));
        }
        println!("\nAWS's rates: {}.", rates::SOURCES);
        let growth = self.growth();
        if !growth.is_empty() {
            println!("\n### Growth\n\n{}", table::growth(&growth));
        }
        println!("\n## On the sandbox\n\n{}", table::makespan(&self.deployed));
    }

    /// How often Slipway called each action: where to look when there are too many.
    pub fn list_actions(&self) {
        for size in &self.sizes {
            for measured in &size.slipway {
                println!("\n{} services, {}:", size.services, measured.operation.word());
                for (action, count) in measured.calls.by_action() {
                    println!("  {count:>4}  {action}");
                }
            }
        }
    }

    /// An error when a target is missed.
    pub fn judge(&self) -> Result<()> {
        let missed = self.missed();
        println!();
        if missed.is_empty() {
            println!("Every target is reached.");
            return Ok(());
        }
        missed.iter().for_each(|missed| println!("missed: {missed}"));
        bail!("missed targets: {}", missed.len())
    }

    fn missed(&self) -> Vec<String> {
        let mut missed = Vec::new();
        for size in &self.sizes {
            for measured in &size.slipway {
                let target = Target::of(size.services, measured.operation);
                missed.extend(target.into_iter().flat_map(|target| target.missed(measured)));
            }
        }
        missed.extend(self.growth().iter().filter_map(Growth::missed));
        let ratio = self.deployed.ratio();
        if ratio > MAKESPAN {
            missed.push(format!(
                "a deploy on the sandbox takes {ratio:.3} × its critical path, the target is {MAKESPAN}"
            ));
        }
        missed
    }

    /// From the smallest stack to the largest; nothing where there is only one size.
    fn growth(&self) -> Vec<Growth> {
        let small = self.sizes.iter().min_by_key(|size| size.services);
        let large = self.sizes.iter().max_by_key(|size| size.services);
        match (small, large) {
            (Some(small), Some(large)) if small.services < large.services => Growth::of(small, large),
            _ => Vec::new(),
        }
    }
}
