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
mod report;
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

use anyhow::{Context as _, Result};

use crate::build::{self, Profile};
use crate::setup::python;
use crate::workspace::Workspace;

use report::Report;
use sandbox::Deployed;
use terraform::Terraform;
use world::{Measured, Operation, World};

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
    let terraform = if arguments.without_terraform { None } else { Terraform::find(workspace)? };
    let folder = workspace.target().join("bench");
    let measured = format!("{}, on {}", built(arguments), machine());
    let beside = match &terraform {
        Some(terraform) => format!("Terraform {}", terraform.version),
        None if arguments.without_terraform => "Terraform is left out, as asked".to_owned(),
        None => "Terraform is left out: it is not installed".to_owned(),
    };
    let sizes = arguments
        .services
        .iter()
        .map(|services| measure(&folder, &binary, &moto_server, terraform.as_ref(), usize::from(*services)));
    let sizes: Vec<Size> = sizes.collect::<Result<_>>()?;
    println!("\n{}", sandbox::about());
    let deployed = Deployed::measure(&binary, &fresh(&folder, "sandbox")?)?;
    let report = Report { measured, beside, sizes, deployed };
    report.print();
    if arguments.actions {
        report.list_actions();
    }
    report.judge()
}

fn built(arguments: &Arguments) -> &'static str {
    match (&arguments.binary, arguments.release) {
        (Some(_), _) => "a given binary",
        (None, true) => "the release build",
        (None, false) => "the debug build",
    }
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
