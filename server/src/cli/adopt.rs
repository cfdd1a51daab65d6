//! `slipway adopt`: finds a stack on AWS by what its hosted zone notes, and takes it up here. With `--part`: makes what
//! is there already, and somebody else's, a part of the stack.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::ExitCode;

use topology::node::NodeId;
use topology::stack::{self, StackName};

use super::directory::DataDirectory;
use super::failure::Failure;
use super::output;
use super::stack_file::StackFile;
use super::workbench::Workbench;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The stack's name
    #[arg(required_unless_present = "part", conflicts_with_all = ["part", "path"])]
    stack: Option<String>,
    /// Take over what has this part's name and belongs to nobody, such as `target-group/web`; can be given again
    #[arg(long, value_name = "PART")]
    part: Vec<NodeId>,
    #[command(flatten)]
    file: StackFile,
    /// Where to write the stack file; without it, it goes to stdout
    #[arg(long, value_name = "FILE", conflicts_with = "part")]
    out: Option<PathBuf>,
    #[command(flatten)]
    directory: DataDirectory,
}

pub async fn run(arguments: Arguments) -> Result<ExitCode, Failure> {
    match arguments.stack.clone() {
        Some(stack) => stack_of_aws(arguments, StackName::new(stack)).await,
        None => parts(arguments).await,
    }
}

/// Each as far as it goes: what was taken over before one that is refused stays so.
async fn parts(arguments: Arguments) -> Result<ExitCode, Failure> {
    let read = arguments.file.read()?;
    let bench = Workbench::for_working(&arguments.directory, Some(read.stack.region.clone())).await?;
    for part in &arguments.part {
        bench.engine.take_over(&read.text, part).await?;
        output::say(&format!("`{part}` belongs to the stack `{}`", read.stack.name));
    }
    let file = arguments.file.argument();
    output::say(&format!("`slipway plan -f {file}` shows what a deploy changes now"));
    Ok(ExitCode::SUCCESS)
}

async fn stack_of_aws(arguments: Arguments, name: StackName) -> Result<ExitCode, Failure> {
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
