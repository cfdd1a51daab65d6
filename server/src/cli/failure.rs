//! Why a command did not do what it was asked for: what failed, on what, and what to do.

use std::error::Error;
use std::process::ExitCode;

use app::time::date_utc;
use engine::aws::{AwsError, Class};
use engine::chain;
use serde::Serialize;
use store::StoreError;
use topology::stack::Problem;

use super::output;

const FAILED: u8 = 1;
const WRONG: u8 = 2;

/// What is told at the end of a command that did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    #[serde(skip)]
    exit: u8,
    status: &'static str,
    error: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<Located>,
}

/// A problem of a stack file, with the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Located {
    pub file: String,
    #[serde(flatten)]
    pub problem: Problem,
}

impl Failure {
    /// It was tried and did not succeed.
    pub fn failed(error: impl Into<String>) -> Self {
        Self { exit: FAILED, status: "failed", error: error.into(), hint: None, problems: Vec::new() }
    }

    /// It was asked for in a way that cannot be right.
    pub fn wrong(error: impl Into<String>) -> Self {
        Self { exit: WRONG, status: "wrong", ..Self::failed(error) }
    }

    pub fn of(doing: &str, error: &dyn Error) -> Self {
        Self::failed(format!("could not {doing}: {}", chain(error)))
    }

    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// Every problem of the stack file `file`.
    pub fn problems(file: &str, problems: Vec<Problem>) -> Self {
        let error = match problems.len() {
            1 => format!("`{file}` has a problem"),
            many => format!("`{file}` has {many} problems"),
        };
        let problems = problems.into_iter().map(|problem| Located { file: file.to_owned(), problem });
        Self { problems: problems.collect(), ..Self::wrong(error) }
    }

    /// Tells it, and gives the exit status.
    pub fn tell(&self, as_json: bool) -> ExitCode {
        if as_json {
            output::answer_json(self);
        }
        for located in &self.problems {
            output::say(&located.line());
        }
        output::say(&format!("error: {}", self.error));
        if let Some(hint) = &self.hint {
            output::say(&format!("hint: {hint}"));
        }
        ExitCode::from(self.exit)
    }
}

impl Located {
    /// `file:line: field: wrong. right.`
    fn line(&self) -> String {
        let Problem { line, field, wrong, right } = &self.problem;
        let field = if field.is_empty() { String::new() } else { format!("{field}: ") };
        format!("{}:{line}: {field}{wrong}. {right}.", self.file)
    }
}

impl From<engine::Error> for Failure {
    fn from(error: engine::Error) -> Self {
        use engine::Error;
        match error {
            Error::Problems(problems) => Self::problems("the stack file on AWS", problems),
            Error::NoSuchStack(_) => Self::failed(error.to_string())
                .hint("Check the name, the account (`AWS_PROFILE`) and the region (`AWS_REGION`)."),
            Error::Busy(ref other) => {
                let since = date_utc(other.started_at);
                let hint = format!(
                    "It has been running since {since}. Wait for its end, or cancel it where it was started."
                );
                Self::failed(error.to_string()).hint(hint)
            }
            Error::NothingToTakeOver { .. } | Error::NotTakenOver { .. } => Self::failed(chain(&error))
                .hint("`slipway plan` names what stands in the way, and what can be taken over."),
            Error::Aws(error) => error.into(),
            Error::Journal(_) => Self::failed(chain(&error)).hint(JOURNAL),
            other => Self::failed(chain(&other)),
        }
    }
}

impl From<AwsError> for Failure {
    fn from(error: AwsError) -> Self {
        let hint = match error.class {
            Class::Credentials => CREDENTIALS.to_owned(),
            _ => error.failure().hint,
        };
        Self::failed(chain(&error)).hint(hint)
    }
}

const JOURNAL: &str = "Check that the data directory can be written and has room, then run the command again: it goes on from \
                       what is there.";

const CREDENTIALS: &str = "\
Slipway finds AWS as every AWS tool does. Set `AWS_PROFILE` (and `aws sso login` where it is an SSO profile),
or `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`; and `AWS_REGION`, if the profile names no region.
To try it without an account: `slipway serve --sandbox`.";

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::failed(chain(&error))
    }
}

impl From<engine::JournalError> for Failure {
    fn from(error: engine::JournalError) -> Self {
        Self::of(error.doing, error.source.as_ref()).hint(JOURNAL)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_stands_on_a_line_that_editors_can_jump_to() {
        let problem = Problem {
            line: 7,
            field: "services.backend.port".into(),
            wrong: "`0` is no port".into(),
            right: "Write one from 1 to 65535".into(),
        };
        let located = Located { file: "slipway.toml".into(), problem };
        let line = "slipway.toml:7: services.backend.port: `0` is no port. Write one from 1 to 65535.";
        assert_eq!(located.line(), line);
    }

    #[test]
    fn without_credentials_it_says_what_to_do() {
        let failure =
            Failure::from(AwsError::new("ask AWS who we are", Class::Credentials, "no credentials"));
        assert_eq!(failure.error, "could not ask AWS who we are: no credentials");
        assert!(failure.hint.is_some_and(|hint| hint.contains("AWS_PROFILE") && hint.contains("--sandbox")));
    }
}
