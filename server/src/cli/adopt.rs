//! `slipway adopt`: finds a stack on AWS by what its hosted zone notes, and takes it up here.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::ExitCode;

use topology::stack::{self, StackName};

use super::directory::DataDirectory;
use super::failure::Failure;
use super::output;
use super::workbench::Workbench;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The stack's name
    stack: String,
    /// Where to write the stack file; without it, it goes to stdout
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    directory: DataDirectory,
}

pub async fn run(arguments: Arguments) -> Result<ExitCode, Failure> {
    let name = StackName::new(arguments.stack);
    let bench = Workbench::for_working(&arguments.directory, None).await?;
    let file = bench.engine.noted_file(&name).await?;
    // Kept where the stack's parts are, as an operation on it would be.
    let bench = match bench.elsewhere(stack::file::read(&file).ok()) {
        Some(region) => bench.in_region(region).await?,
        None => bench,
    };
    match arguments.out {
        Some(path) => write_new(&path, &file)?,
        None => output::answer(file.trim_end()),
    }
    bench.engine.adopt(&name).await?;
    Ok(ExitCode::SUCCESS)
}

/// A file that is there already may be somebody's work.
fn write_new(path: &PathBuf, text: &str) -> Result<(), Failure> {
    use std::io::Write as _;
    let written = std::fs::File::create_new(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| {
        let failure = Failure::failed(format!("could not write `{}`: {error}", path.display()));
        match error.kind() {
            ErrorKind::AlreadyExists => failure.hint("Choose another name, or move that file away."),
            _ => failure,
        }
    })
}
