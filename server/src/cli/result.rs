//! What an operation came to, as it is told at its end.

use std::collections::BTreeMap;

use serde::Serialize;
use topology::node::NodeId;
use topology::operation::{Failure, OperationId, Receipt};
use topology::words;

use super::workbench::Workbench;

/// The result of `deploy`, `park`, `wake` and `destroy`.
#[derive(Debug, Serialize)]
pub struct Result {
    /// `done`, `failed` or `cancelled`.
    pub status: &'static str,
    /// AWS calls of the whole command.
    pub calls: u64,
    pub elapsed_ms: u64,
    /// `None`: there was nothing to do.
    pub operation: Option<OperationId>,
    /// Root causes alone; what depended on them was skipped.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub failures: BTreeMap<NodeId, Failure>,
    /// What a tear down leaves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Receipt>,
}

impl Result {
    pub fn nothing_to_do(bench: &Workbench) -> Self {
        Self {
            status: "done",
            calls: bench.calls(),
            elapsed_ms: bench.elapsed_ms(),
            operation: None,
            failures: BTreeMap::new(),
            receipt: None,
        }
    }

    /// For a person.
    pub fn words(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.failures.iter().map(failure_line).collect();
        if let Some(receipt) = &self.receipt {
            lines.push(words::receipt_line(receipt));
            lines.extend(
                receipt
                    .left
                    .iter()
                    .map(|left| format!("  left: {} ({}): {}", left.id, left.aws_id, left.why)),
            );
            lines.extend(
                receipt
                    .kept
                    .iter()
                    .map(|kept| format!("  kept: {} ({}): {}", kept.id, kept.aws_id, kept.why)),
            );
        }
        let seconds = self.elapsed_ms as f64 / 1000.0;
        lines.push(format!("{}, {} AWS calls, {seconds:.1} s", self.title(), self.calls));
        lines
    }

    fn title(&self) -> &'static str {
        match self.status {
            "done" if self.operation.is_none() => "Nothing to do",
            "done" => "Done",
            "cancelled" => "Cancelled",
            _ => "Failed",
        }
    }
}

fn failure_line((node, failure): (&NodeId, &Failure)) -> String {
    format!(
        "`{node}`: could not {}: {}. {}",
        failure.doing,
        failure.cause.trim_end_matches('.'),
        failure.hint
    )
}
