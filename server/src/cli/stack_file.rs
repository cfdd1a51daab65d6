//! The stack file that a command is given.

use std::fs;
use std::io::{self, Read as _};

use clap::Args;
use topology::stack::{self, Stack};

use super::failure::Failure;

/// Where a stack file is, unless somebody says otherwise.
pub const USUAL: &str = "slipway.toml";

#[derive(Debug, Clone, Args)]
pub struct StackFile {
    /// The stack file; `-` reads it from stdin
    #[arg(short = 'f', long = "file", value_name = "FILE", default_value = USUAL)]
    path: String,
}

/// A stack file that has passed every check.
pub struct Read {
    pub stack: Stack,
    pub text: String,
}

impl StackFile {
    pub fn name(&self) -> &str {
        if self.path == "-" { "stdin" } else { &self.path }
    }

    /// As it was given, and can be given again.
    pub fn argument(&self) -> &str {
        &self.path
    }

    /// Reads and checks it; the failure holds every problem.
    pub fn read(&self) -> Result<Read, Failure> {
        let text = self.text().map_err(|error| {
            Failure::wrong(format!("could not read `{}`: {error}", self.name()))
                .hint("Name the stack file with `-f FILE`.")
        })?;
        let stack = stack::file::read(&text).map_err(|problems| Failure::problems(self.name(), problems))?;
        Ok(Read { stack, text })
    }

    fn text(&self) -> io::Result<String> {
        if self.path != "-" {
            return fs::read_to_string(&self.path);
        }
        let mut text = String::new();
        io::stdin().read_to_string(&mut text)?;
        Ok(text)
    }
}
