//! What somebody changed behind Slipway's back: the stack as it was deployed, against what AWS says now.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::node::NodeId;
use crate::observation::Observation;
use crate::plan::{self, Action, Difference, PlanId, Reason, Wanted};
use crate::stack::file;

/// How a part is not as it was deployed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Drift {
    /// It was deleted.
    Missing,
    /// It was changed; each difference leads back to what the stack file says.
    Changed(Vec<Difference>),
}

/// Every part of the deployed stack that is not as it should be at the stack's level.
pub fn of(observation: &Observation) -> BTreeMap<NodeId, Drift> {
    let Some(note) = &observation.note else { return BTreeMap::new() };
    // A note that was cut off in the middle says nothing of how a part should be.
    let Ok(stack) = file::read(&note.file) else { return BTreeMap::new() };
    let wanted = Wanted::AtLevel { stack: &stack, file: &note.file, level: note.level };
    let plan = plan::make(PlanId(String::new()), &wanted, observation);
    let drift = |action, reason| match (action, reason) {
        (Action::Create, _) => Some(Drift::Missing),
        (Action::Update, Reason::Differs(differences)) => Some(Drift::Changed(differences)),
        _ => None,
    };
    let changes = plan.changes.into_iter();
    changes.filter_map(|change| Some((change.id, drift(change.action, change.reason)?))).collect()
}

impl Drift {
    /// As sentences for a person.
    pub fn sentences(&self) -> Vec<String> {
        match self {
            Drift::Missing => vec!["It was deleted on AWS. Deploy makes it again.".to_owned()],
            Drift::Changed(differences) => {
                let told = differences.iter().map(|difference| format!("Changed on AWS: {difference}."));
                told.chain(["Deploy sets it back.".to_owned()]).collect()
            }
        }
    }
}
