//! One thing that is wrong with a stack file.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One thing that is wrong with a stack file, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Line in the file, from 1; of the table when the field is missing.
    pub line: usize,
    /// Such as `services.backend.port`; empty for the file as a whole.
    pub field: String,
    /// What is wrong, as a sentence without its full stop.
    pub wrong: String,
    /// What would be right, as a sentence without its full stop.
    pub right: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}: ", self.line)?;
        if !self.field.is_empty() {
            write!(formatter, "`{}`: ", self.field)?;
        }
        write!(formatter, "{}. {}.", self.wrong, self.right)
    }
}
