//! What somebody changed behind Slipway's back: the stack as it was deployed, against what AWS says now.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::field;
use crate::node::{NodeId, NodeKind};
use crate::observation::{FINGERPRINT, Observation};
use crate::plan::{self, Action, Difference, PlanId, Reason, Wanted};
use crate::stack::{Image, Service, Stack, file};

/// How a part is not as it was deployed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Drift {
    /// It was deleted.
    Missing,
    /// It was changed; each difference leads back to how it was deployed.
    Changed(Vec<Difference>),
}

/// Every part of the deployed stack that is not as it should be at the stack's level.
pub fn of(observation: &Observation) -> BTreeMap<NodeId, Drift> {
    let Some(note) = &observation.note else { return BTreeMap::new() };
    // A note that was cut off in the middle says nothing of how a part should be.
    let Ok(stack) = file::read(&note.file) else { return BTreeMap::new() };
    // Zones are everywhere, the other parts in one region: from another one they cannot be seen.
    if stack.region != observation.region {
        return BTreeMap::new();
    }
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

/// The stack with what was changed on AWS taken over, where a stack file can say it.
pub fn taken_over(stack: &Stack, id: &NodeId, drift: &Drift) -> Option<Stack> {
    let Drift::Changed(differences) = drift else { return None };
    let mut taken = stack.clone();
    let service = taken.services.iter_mut().find(|service| service.name.as_str() == id.part)?;
    differences.iter().try_for_each(|difference| take_over(service, id.kind, difference))?;
    Some(taken)
}

/// `None` where the stack file cannot say it.
fn take_over(service: &mut Service, kind: NodeKind, difference: &Difference) -> Option<()> {
    let on_aws = difference.from.as_deref()?;
    match (kind, difference.field.as_str()) {
        // A stack that is parked wants none, and the file says how many there are when it is awake.
        (NodeKind::Service, "tasks") if difference.to != "0" => service.count = at_least_one(on_aws)?,
        (NodeKind::Schedule, "tasks awake") => service.count = at_least_one(on_aws)?,
        (NodeKind::TargetGroup, "health check path") => service.health.path = on_aws.to_owned(),
        (NodeKind::TaskDefinition, "image") => service.image = Image::read(on_aws),
        (NodeKind::TaskDefinition, "cpu") => service.cpu = on_aws.strip_suffix(" units")?.parse().ok()?,
        (NodeKind::TaskDefinition, "memory") => service.memory = on_aws.strip_suffix(" MiB")?.parse().ok()?,
        _ => return None,
    }
    Some(())
}

fn at_least_one(count: &str) -> Option<u32> {
    count.parse().ok().filter(|count| *count > 0)
}

impl Drift {
    /// As sentences for a person.
    pub fn sentences(&self) -> Vec<String> {
        match self {
            Drift::Missing => vec!["It is not on AWS any more. Deploy makes it again.".to_owned()],
            Drift::Changed(differences) => {
                let told = differences.iter().map(sentence);
                told.chain(["Deploy sets it back.".to_owned()]).collect()
            }
        }
    }
}

fn sentence(difference: &Difference) -> String {
    let Difference { field, from, to } = difference;
    let show = |text: &str| if text.is_empty() { "nothing".to_owned() } else { format!("`{text}`") };
    match from.as_deref() {
        // Somebody may have put a secret there; it is nobody's business here.
        _ if field.starts_with("env ") => {
            let name = field.trim_start_matches("env ");
            format!("On AWS, the variable {name} is not as the stack file says.")
        }
        Some(clause) if field::is_clause(field) => format!("On AWS, {clause}."),
        Some("yes") if field == "suspended" => {
            "On AWS, the schedule is suspended; it should not be.".to_owned()
        }
        Some("no") if field == "suspended" => {
            "On AWS, the schedule is not suspended; at this level it should be.".to_owned()
        }
        Some(on_aws) if field != FINGERPRINT => {
            let noun = field::noun(field);
            // A level or a schedule may want no tasks, whatever the file says.
            let says = match field::is_in_file(field) && !(field == "tasks" && to == "0") {
                true => "the stack file says",
                false => "it should be",
            };
            format!("On AWS, {noun} is {}; {says} {}.", show(on_aws), show(to))
        }
        None if field.starts_with("secret ") => format!("On AWS, {} is missing.", field::noun(field)),
        _ => "On AWS, its settings are not as Slipway writes them.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::seed_stack;

    fn changed(field: &str, from: &str, to: &str) -> Drift {
        Drift::Changed(vec![Difference { field: field.into(), from: Some(from.into()), to: to.into() }])
    }

    #[test]
    fn what_a_stack_file_can_say_is_taken_over_and_nothing_else() {
        let stack = seed_stack();
        let service = NodeId::part(NodeKind::Service, "backend");
        let group = NodeId::part(NodeKind::TargetGroup, "backend");
        let count = |taken: Option<Stack>| {
            taken.map(|stack| stack.services.iter().map(|service| service.count).sum())
        };
        assert_eq!(count(taken_over(&stack, &service, &changed("tasks", "3", "1"))), Some(4_u32));
        assert_eq!(taken_over(&stack, &service, &changed("tasks", "1", "0")), None);
        assert_eq!(taken_over(&stack, &service, &changed("tasks", "0", "1")), None);
        assert_eq!(taken_over(&stack, &group, &changed("health check", "every 9 s", "every 10 s")), None);
        let taken = taken_over(&stack, &group, &changed("health check path", "/ping", "/")).expect("a path");
        assert!(taken.services.iter().any(|service| service.health.path == "/ping"));
        assert_eq!(taken_over(&stack, &service, &Drift::Missing), None);
    }
    #[test]
    fn image_and_size_of_a_task_are_taken_over_and_a_second_container_is_not() {
        let stack = seed_stack();
        let definition = NodeId::part(NodeKind::TaskDefinition, "backend");
        let taken = |field, from| taken_over(&stack, &definition, &changed(field, from, ""));
        let cpu = taken("cpu", "512 units").and_then(|stack| stack.services.iter().map(|s| s.cpu).max());
        assert_eq!(cpu, Some(512));
        let image = taken("image", "backend-flask:v2").expect("a file can say it");
        assert!(image.services.iter().any(|service| service.image.to_string() == "backend-flask:v2"));
        assert_eq!(taken("besides", "it has the container `sidecar` besides"), None);
    }

    #[test]
    fn a_difference_is_a_sentence_that_says_who_wants_what() {
        let told = |field, from, to| changed(field, from, to).sentences().remove(0);
        let path = told("health check path", "/ping", "/");
        assert_eq!(path, "On AWS, the path of its health check is `/ping`; the stack file says `/`.");
        let delay = told("deregistration delay", "300 s", "5 s");
        assert_eq!(delay, "On AWS, its deregistration delay is `300 s`; it should be `5 s`.");
        let asleep = told("tasks", "3", "0");
        assert_eq!(asleep, "On AWS, the number of tasks is `3`; it should be `0`.");
        let alias = told("points at", "its A record is missing", "load balancer");
        assert_eq!(alias, "On AWS, its A record is missing.");
        let secret = told("env TOKEN", "hunter2", "");
        assert_eq!(secret, "On AWS, the variable TOKEN is not as the stack file says.");
    }
}
