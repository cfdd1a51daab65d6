//! `slipway export`: a stack as Terraform files. Needs no stack file and no database, and changes nothing on AWS.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::ValueEnum;
use topology::export::{self, Export};
use topology::stack::StackName;

use super::directory::DataDirectory;
use super::failure::Failure;
use super::workbench::Workbench;
use super::{output, status};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The stack's name
    stack: String,
    /// What to write
    #[arg(long, value_enum)]
    format: Format,
    /// The folder to write to; made if it is not there
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    #[command(flatten)]
    directory: DataDirectory,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// HCL with `import` blocks, for Terraform 1.5 or newer
    Terraform,
}

pub async fn run(arguments: Arguments) -> Result<ExitCode, Failure> {
    let Format::Terraform = arguments.format;
    must_be_free(&arguments.out)?;
    let name = StackName::new(arguments.stack);
    let bench = Workbench::for_looking(&arguments.directory, None).await?;
    let export = export_of(bench, &name).await?;
    write(&arguments.out, &export)?;
    tell(&arguments.out, &export);
    Ok(ExitCode::SUCCESS)
}

async fn export_of(bench: Workbench, name: &StackName) -> Result<Export, Failure> {
    let (_, view) = status::look(bench, name).await?;
    let (Some(file), Some(level), Some(seen)) = (&view.deployed, view.level, &view.observation) else {
        return Err(Failure::failed(format!("the stack `{name}` is not on AWS"))
            .hint("Deploy it first; or check the account (`AWS_PROFILE`) and the region (`AWS_REGION`)."));
    };
    let stack = status::stack_of(&view).ok_or_else(|| {
        Failure::failed(format!("the stack file that AWS has noted of `{name}` cannot be read"))
            .hint("Deploy the stack again: that notes its file anew.")
    })?;
    Ok(export::terraform(&stack, file, level, seen))
}

/// Two exports in one folder would be one configuration.
fn must_be_free(folder: &Path) -> Result<(), Failure> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Failure::wrong(format!("could not read `{}`: {error}", folder.display()))),
    };
    let is_terraform =
        |entry: &fs::DirEntry| entry.path().extension().is_some_and(|extension| extension == "tf");
    if entries.flatten().any(|entry| is_terraform(&entry)) {
        return Err(Failure::wrong(format!("`{}` holds Terraform files already", folder.display()))
            .hint("Name another folder with `--out DIR`, or empty this one."));
    }
    Ok(())
}

fn write(folder: &Path, export: &Export) -> Result<(), Failure> {
    let failed =
        |error: io::Error| Failure::failed(format!("could not write to `{}`: {error}", folder.display()));
    fs::create_dir_all(folder).map_err(failed)?;
    for file in &export.files {
        fs::write(folder.join(&file.name), &file.text).map_err(failed)?;
    }
    Ok(())
}

fn tell(folder: &Path, export: &Export) {
    for file in &export.files {
        output::answer(&folder.join(&file.name).display().to_string());
    }
    if !export.differences.is_empty() {
        output::say("AWS is not as the stack file says, so there will be more to do than to import:");
        export.differences.iter().for_each(|difference| output::say(&format!("  {difference}")));
    }
    let imports = export.imports;
    output::say(&format!("{imports} to import. Next: `terraform init` and `terraform plan` in that folder."));
}
