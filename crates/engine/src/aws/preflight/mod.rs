//! What would stop a run half-way, asked of AWS before it can start: permissions and quotas.
//!
//! Costs some twenty calls, so it is asked only where a plan has something to do. It is help and no gate: where AWS
//! does not answer, the plan says so and can run, because whatever it did not foresee fails without harm.

mod permissions;
mod quotas;
mod rights;

use topology::observation::Observation;
use topology::plan::{Note, Plan};

use super::connection::Aws;

/// What to know before `plan` runs, which was made from `seen`.
pub async fn check(aws: &Aws, plan: &Plan, seen: &Observation) -> Vec<Note> {
    if plan.only_waits() {
        return Vec::new();
    }
    let (permissions, mut notes): (Vec<Note>, Vec<Note>) =
        tokio::join!(Box::pin(permissions::check(aws, plan, seen)), Box::pin(quotas::check(aws, plan)));
    notes.extend(permissions);
    notes
}
