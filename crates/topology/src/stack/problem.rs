//! What is wrong with a stack file: one [`Problem`] a thing, and the report that gathers them.

use std::collections::{BTreeMap, BTreeSet};
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

/// What is wrong with a value, and what would be right; the value's reader does not know where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub wrong: String,
    pub right: String,
}

impl Fault {
    pub(crate) fn new(wrong: impl Into<String>, right: impl Into<String>) -> Self {
        // Two backticks with nothing between them are hard to see.
        Self { wrong: wrong.into().replace("``", "an empty text"), right: right.into() }
    }
}

/// The problems of one stack file, and the lines on which its fields stand.
#[derive(Debug, Default)]
pub(crate) struct Report {
    lines: BTreeMap<String, usize>,
    unreadable: BTreeSet<String>,
    problems: Vec<Problem>,
}

impl Report {
    pub(crate) fn place(&mut self, field: &str, line: usize) {
        self.lines.insert(field.to_owned(), line);
    }

    /// The value could not be read; checks that meet what stands in for it keep silent.
    pub(crate) fn unreadable(&mut self, field: &str, fault: Fault) {
        self.wrong(field, fault);
        self.silence(field);
    }

    /// No check speaks of the field: another problem says it already.
    pub(crate) fn silence(&mut self, field: &str) {
        self.unreadable.insert(field.to_owned());
    }

    /// The value could be read, and is not right.
    pub(crate) fn wrong(&mut self, field: &str, fault: Fault) {
        if !self.is_unreadable(field) {
            self.add(field, fault);
        }
    }

    pub(crate) fn is_unreadable(&self, field: &str) -> bool {
        self.unreadable.contains(field)
    }

    /// All of them, in the file's order.
    pub(crate) fn into_problems(self) -> Vec<Problem> {
        let mut problems = self.problems;
        problems.sort_by_key(|problem| problem.line);
        problems
    }

    fn add(&mut self, field: &str, fault: Fault) {
        let line = self.line(field);
        self.problems.push(Problem { line, field: field.to_owned(), wrong: fault.wrong, right: fault.right });
    }

    /// The line of `field`, or of the nearest table around it.
    fn line(&self, field: &str) -> usize {
        let mut around = field;
        loop {
            if let Some(line) = self.lines.get(around) {
                return *line;
            }
            let Some(end) = around.rfind(['.', '[']) else { return 1 };
            around = &around[..end];
        }
    }
}
