//! What a tear down leaves, told from a look at AWS afterwards.

use std::collections::BTreeMap;

use crate::node::{NodeId, NodeKind};
use crate::observation::{Found, Observation, USED_BY};
use crate::operation::{Failure, Leftover, Receipt};
use crate::plan::{Action, Plan};

/// The receipt of a tear down after which AWS could not be looked at, and why.
pub fn unproven(why: String) -> Receipt {
    Receipt { left: Vec::new(), per_day_usd: 0.0, kept: Vec::new(), unproven: Some(why) }
}

/// The receipt of `plan`, a tear down. `failures` are those of its run; `per_hour_usd` what each node costs.
pub fn of(
    plan: &Plan,
    observation: &Observation,
    failures: &BTreeMap<NodeId, Failure>,
    per_hour_usd: &BTreeMap<NodeId, f64>,
) -> Receipt {
    let leftover = |id: &NodeId, found: &Found, why: String| Leftover {
        id: id.clone(),
        name: found.facts.get("name").cloned().unwrap_or_else(|| id.part.clone()),
        aws_id: found.aws_id.clone(),
        why,
        per_day_usd: per_hour_usd.get(id).copied().unwrap_or_default() * 24.0,
    };
    let is_kept = |id: &NodeId| {
        matches!(id.kind, NodeKind::HostedZone | NodeKind::ValidationRecord)
            && !plan.changes.iter().any(|change| &change.id == id && change.action == Action::Delete)
    };
    let mut receipt = Receipt { left: Vec::new(), per_day_usd: 0.0, kept: Vec::new(), unproven: None };
    for (id, found) in observation.own() {
        if let Some(user) = found.facts.get(USED_BY) {
            receipt.kept.push(leftover(id, found, format!("kept: the stack {user} uses it")));
            continue;
        }
        if is_kept(id) {
            let why = match id.kind {
                NodeKind::ValidationRecord => "kept: it may prove other certificates of the domain",
                _ => "kept: a new zone would get other name servers",
            };
            receipt.kept.push(leftover(id, found, why.to_owned()));
            continue;
        }
        let why = match failures.get(id) {
            Some(failure) => format!("{} {}", failure.cause, failure.hint),
            None => "something that needed it is still there; tear down again".to_owned(),
        };
        receipt.left.push(leftover(id, found, why));
    }
    // Not `sum`: the sum of nothing is minus zero, and is read as such.
    receipt.per_day_usd = receipt.left.iter().fold(0.0, |sum, leftover| sum + leftover.per_day_usd);
    receipt
}
