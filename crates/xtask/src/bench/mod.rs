//! `cargo xtask bench`: Slipway beside Terraform on moto behind 50 ms a call, and a deploy on the sandbox beside
//! its critical path.
//!
//! It looks from outside: programs, their calls, their time. Seconds are those of this machine at this moment;
//! calls and ratios travel better.

mod calls;
mod message;
mod moto;
mod path;
mod proxy;
mod rates;
mod sandbox;
mod slipway;
mod stack;
mod table;
mod targets;
mod terraform;
mod world;

use std::fs;
use std::num::NonZero;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::build::{self, Profile};
use crate::setup::python;
use crate::workspace::Workspace;

use sandbox::Deployed;
use targets::{Growth, MAKESPAN, Target};
use terraform::Terraform;
use world::{Measured, Operation, World};

/// What a reader has to know to compare fairly.
const NOT_THE_SAME: &str = "Both make the same parts, of which moto has each ready at once. Terraform waits, with pauses of its own, until \
    Route 53 has taken in each record and the certificate is issued; `--wait none` leaves that to AWS. Terraform's tear down also \
    deletes the hosted zone, which Slipway's keeps.";

#[derive(clap::Args)]
pub struct Arguments {
    /// Sizes of stacks; 2 is the seed stack
    #[arg(long, value_name = "NUMBERS", value_delimiter = ',', default_value = "2,10,50",
          value_parser = clap::value_parser!(u16).range(2..=50))]
    services: Vec<u16>,
    /// Slipway alone, also where Terraform is installed
    #[arg(long)]
    without_terraform: bool,
    /// Measure the release build
    #[arg(long)]
    release: bool,
    /// Measure this binary, and build none
    #[arg(long, value_name = "PATH", conflicts_with = "release")]
    binary: Option<PathBuf>,
    /// Also list how often each action was called
    #[arg(long)]
    actions: bool,
}

/// What was measured on a stack of one size.
pub struct Size {
    services: usize,
    slipway: Vec<Measured>,
    terraform: Option<Vec<Measured>>,
}

impl Size {
    fn slipway(&self, operation: Operation) -> Option<&Measured> {
        self.slipway.iter().find(|measured| measured.operation == operation)
    }

    fn terraform(&self, operation: Operation) -> Option<&Measured> {
        self.terraform.as_ref()?.iter().find(|measured| measured.operation == operation)
    }

    fn calls(&self, operation: Operation) -> usize {
        self.slipway(operation).map_or(0, |measured| measured.calls.count())
    }
}

pub fn bench(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    let binary = binary(workspace, arguments)?;
    let moto_server = moto_server(workspace)?;
    let terraform = Terraform::find().filter(|_| !arguments.without_terraform);
    let folder = workspace.target().join("bench");
    let machine = machine();
    let sizes = arguments
        .services
        .iter()
        .map(|services| measure(&folder, &binary, &moto_server, terraform.as_ref(), usize::from(*services)));
    let sizes: Vec<Size> = sizes.collect::<Result<_>>()?;
    println!("\n{}", sandbox::about());
    let deployed = Deployed::measure(&binary, &fresh(&folder, "sandbox")?)?;
    let growth = growth(&sizes);
    print(&sizes, &growth, &deployed, terraform.as_ref(), &machine, arguments);
    judge(&sizes, &growth, &deployed)
}

fn binary(workspace: &Workspace, arguments: &Arguments) -> Result<PathBuf> {
    let Some(path) = &arguments.binary else {
        let profile = if arguments.release { Profile::Release } else { Profile::Debug };
        return build::build(workspace, profile);
    };
    // It is started in other folders.
    fs::canonicalize(path).with_context(|| format!("there is no `{}`", path.display()))
}

/// The tests' one, or the one that is named to them.
fn moto_server(workspace: &Workspace) -> Result<PathBuf> {
    match std::env::var_os("SLIPWAY_MOTO_SERVER") {
        Some(path) => Ok(path.into()),
        None => Ok(python::install(workspace)?.moto_server),
    }
}

/// An AWS each, so that neither finds what the other has made.
fn measure(
    folder: &Path,
    binary: &Path,
    moto_server: &Path,
    terraform: Option<&Terraform>,
    services: usize,
) -> Result<Size> {
    println!("\n{services} services: Slipway");
    let world = World::start(moto_server)?;
    let slipway = slipway::measure(&world, binary, services, &fresh(folder, "slipway")?)?;
    let terraform = terraform.map(|terraform| {
        println!("{services} services: Terraform");
        let world = World::start(moto_server)?;
        terraform.measure(&world, services, &fresh(folder, "terraform")?)
    });
    Ok(Size { services, slipway, terraform: terraform.transpose()? })
}

/// Whether the seconds can be believed: others may be using the machine.
fn machine() -> String {
    let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
    // Only Linux tells it so.
    let load = fs::read_to_string("/proc/loadavg").ok();
    let load = load.as_deref().and_then(|text| text.split(' ').next());
    let load = load.map_or(String::new(), |load| format!(" with a load of {load} before the start"));
    format!("a machine of {processors} processors{load}")
}

fn fresh(folder: &Path, name: &str) -> Result<PathBuf> {
    let folder = folder.join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("empty `{}`", folder.display()))?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("make `{}`", folder.display()))?;
    Ok(folder)
}

/// From the smallest stack to the largest; nothing where there is only one size.
fn growth(sizes: &[Size]) -> Vec<Growth> {
    let small = sizes.iter().min_by_key(|size| size.services);
    let large = sizes.iter().max_by_key(|size| size.services);
    match (small, large) {
        (Some(small), Some(large)) if small.services < large.services => Growth::of(small, large),
        _ => Vec::new(),
    }
}

fn print(
    sizes: &[Size],
    growth: &[Growth],
    deployed: &Deployed,
    terraform: Option<&Terraform>,
    machine: &str,
    arguments: &Arguments,
) {
    let beside = match terraform {
        Some(terraform) => format!("Terraform {}", terraform.version),
        None if arguments.without_terraform => "Terraform is left out, as asked".to_owned(),
        None => "Terraform is left out: it is not installed".to_owned(),
    };
    println!(
        "\n## Slipway on moto behind 50 ms a call\n\nBeside it: {beside}.\n\n{}",
        table::operations(sizes)
    );
    for size in sizes {
        println!("\n### Rates, {} services\n\n{}", size.services, table::rates(size));
    }
    println!("\nAWS's rates: {}.", rates::SOURCES);
    if !growth.is_empty() {
        println!("\n### Growth\n\n{}", table::growth(growth));
    }
    println!("\n## On the sandbox\n\n{}", table::makespan(deployed));
    if arguments.actions {
        sizes.iter().for_each(list_actions);
    }
}

fn list_actions(size: &Size) {
    for measured in &size.slipway {
        println!("\n{} services, {}:", size.services, measured.operation.word());
        for (action, count) in measured.calls.by_action() {
            println!("  {count:>4}  {action}");
        }
    }
}

fn judge(sizes: &[Size], growth: &[Growth], deployed: &Deployed) -> Result<()> {
    let mut missed = Vec::new();
    for size in sizes {
        for measured in &size.slipway {
            let target = Target::of(size.services, measured.operation);
            missed.extend(target.into_iter().flat_map(|target| target.missed(measured)));
        }
    }
    missed.extend(growth.iter().filter_map(Growth::missed));
    let ratio = deployed.makespan as f64 / deployed.critical().1 as f64;
    if ratio > MAKESPAN {
        missed.push(format!("a deploy on the sandbox takes {ratio:.3} × its critical path, not {MAKESPAN}"));
    }
    if missed.is_empty() {
        println!("\nEvery target is reached.");
        return Ok(());
    }
    println!();
    missed.iter().for_each(|missed| println!("missed: {missed}"));
    bail!("{} targets are missed", missed.len())
}
