//! The tasks of a service that a schedule moves: any number that the schedule allows is right, and no other.

use std::collections::BTreeMap;

use super::{Action, Change, Difference, Reason};
use crate::node::{NodeId, NodeKind, Spec};
use crate::observation::{Found, Observation};

/// Sets a scheduled service to the nearest number of tasks that its schedule allows. AWS pulls it there only when the
/// schedule's target is registered, some time after, or moves, which may be days away.
pub(super) fn pull_into_range(changes: &mut BTreeMap<NodeId, Change>, observation: &Observation) {
    let strays: Vec<(NodeId, u32, u32)> =
        changes.values().filter_map(|change| stray(change, changes, observation)).collect();
    for (id, tasks, nearest) in strays {
        let Some(change) = changes.get_mut(&id) else { continue };
        let difference =
            Difference { field: "tasks".into(), from: Some(tasks.to_string()), to: nearest.to_string() };
        change.reason = match std::mem::replace(&mut change.reason, Reason::UpToDate) {
            Reason::Differs(mut others) => {
                others.push(difference);
                Reason::Differs(others)
            }
            _ => Reason::Differs(vec![difference]),
        };
        change.action = Action::Update;
        if let Some(Spec::Service { count, scheduled, .. }) = &mut change.spec {
            // This once, the number is set by hand.
            (*count, *scheduled) = (nearest, false);
        }
    }
}

/// The service, the tasks that it has, and those that it should have; `None` where they are as they should be.
fn stray(
    change: &Change,
    changes: &BTreeMap<NodeId, Change>,
    observation: &Observation,
) -> Option<(NodeId, u32, u32)> {
    let Some(Spec::Service { scheduled: true, count: 1.., .. }) = change.spec else { return None };
    let may_be_set = matches!(change.action, Action::Keep | Action::Update);
    let tasks: u32 = observation.found.get(&change.id)?.fields.get("tasks")?.parse().ok()?;
    let schedule = NodeId::part(NodeKind::Schedule, &change.id.part);
    let wanted = changes.get(&schedule)?.spec.as_ref()?;
    let (least, most) = allowed(wanted, observation.found.get(&schedule)?)?;
    let nearest = tasks.clamp(least, most);
    (may_be_set && nearest != tasks).then(|| (change.id.clone(), tasks, nearest))
}

/// What the schedule allows once it is as it is wanted: awake, but a stack that dozes by its schedule dozes on.
fn allowed(wanted: &Spec, found: &Found) -> Option<(u32, u32)> {
    let Spec::Schedule { count, .. } = wanted else { return None };
    let now = found.range()?;
    let is_as_wanted = wanted.fields().iter().all(|(field, value)| found.fields.get(field) == Some(value));
    let dozes = now == (0, 0) && found.fields.get("suspended").is_some_and(|suspended| suspended == "no");
    Some(if is_as_wanted || dozes { now } else { (*count, *count) })
}
