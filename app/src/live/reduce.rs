//! What a stack's page shows after one more event. Pure; the same for live use and for catching up.

use std::collections::BTreeMap;

use topology::node::NodeId;
use topology::observation::Found;
use topology::operation::{Event, Happened, Operation, Progress, replay};
use topology::plan::{Action, PlanId};
use topology::view::{OperationView, StackView};

/// The server sends as many; the browser keeps as many.
const EVENTS_KEPT: usize = 500;

/// Brings `view` up to `event`. An event that the view knows already changes nothing.
pub fn reduce(view: &mut StackView, event: &Event) {
    if event.stack != view.name || event.id <= view.last_event {
        return;
    }
    view.last_event = event.id;
    operation_after(&mut view.operation, event);
    if let Some((node, found)) = found_by(&event.what) {
        observe(view, node, found);
    }
    view.events.push(event.clone());
    let surplus = view.events.len().saturating_sub(EVENTS_KEPT);
    view.events.drain(..surplus);
}

/// A freshly fetched view, brought up to what its own events tell and to what had arrived before it.
pub fn rebase(fetched: &mut StackView, events: &[Event]) {
    observe_what_is_told(fetched);
    for event in events {
        reduce(fetched, event);
    }
}

fn operation_after(view: &mut Option<OperationView>, event: &Event) {
    if let Happened::OperationStarted { kind, to, by, .. } = &event.what {
        let operation = Operation {
            id: event.operation.clone(),
            // Events do not carry it, and nothing here asks for it; the next fetch brings it.
            plan: PlanId(String::new()),
            stack: event.stack.clone(),
            kind: *kind,
            to: *to,
            by: by.clone(),
            started_at: event.at,
            ended_at: None,
            outcome: None,
        };
        *view = Some(OperationView { operation, progress: BTreeMap::new() });
    }
    let Some(view) = view.as_mut().filter(|view| view.operation.id == event.operation) else { return };
    // An event that cannot follow is left aside: the next fetch tells how it is.
    _ = replay(&mut view.progress, &event.what);
    if let Happened::OperationEnded { outcome, .. } = &event.what {
        view.operation.ended_at = Some(event.at);
        view.operation.outcome = Some(outcome.clone());
    }
}

/// The last look may be older than the events: while an operation runs, it is the one from before it.
fn observe_what_is_told(view: &mut StackView) {
    let Some(after) = view.observation.as_ref().map(|observation| observation.after) else { return };
    let since = view.events.iter().filter(|event| event.id > after);
    let told: Vec<_> = since
        .filter_map(|event| found_by(&event.what))
        .map(|(node, found)| (node.clone(), found.cloned()))
        .collect();
    for (node, found) in told {
        observe(view, &node, found.as_ref());
    }
}

/// What the event says of a node as it is on AWS now.
fn found_by(what: &Happened) -> Option<(&NodeId, Option<&Found>)> {
    match what {
        Happened::NodeMade { node, found: Some(found) } => Some((node, Some(found))),
        Happened::NodeSettled { node, found } => Some((node, found.as_ref())),
        _ => None,
    }
}

fn observe(view: &mut StackView, node: &NodeId, found: Option<&Found>) {
    let action = view.operation.as_ref().and_then(|view| view.progress.get(node)).map(Progress::action);
    let Some(observation) = &mut view.observation else { return };
    match found {
        Some(found) => {
            observation.found.insert(node.clone(), found.clone());
        }
        None if action == Some(Action::Delete) => {
            observation.found.remove(node);
        }
        None => {}
    }
}

#[cfg(test)]
mod tests {
    use topology::node::NodeKind;
    use topology::observation::{Condition, Observation};
    use topology::operation::{EventId, OperationId, OperationKind, Outcome};
    use topology::stack::{Level, Region, StackName};

    use super::*;

    fn empty() -> StackView {
        StackView {
            name: StackName::new("cruddur"),
            draft: String::new(),
            deployed: None,
            level: None,
            observation: None,
            drift: BTreeMap::new(),
            operation: None,
            events: Vec::new(),
            last_event: EventId(0),
        }
    }

    fn event(id: u64, what: Happened) -> Event {
        Event {
            id: EventId(id),
            at: id * 1000,
            stack: StackName::new("cruddur"),
            operation: OperationId("one".into()),
            what,
        }
    }

    fn run() -> Vec<Event> {
        let node = NodeId::only(NodeKind::Cluster);
        let nodes = BTreeMap::from([(node.clone(), Action::Create)]);
        let (kind, to, by, names) =
            (OperationKind::Deploy, Level::Awake, "the panel".into(), BTreeMap::new());
        vec![
            event(1, Happened::OperationStarted { kind, to, by, nodes, names }),
            event(2, Happened::NodeStarted { node: node.clone(), action: Action::Create }),
            event(3, Happened::NodeSettled { node, found: None }),
            event(4, Happened::OperationEnded { outcome: Outcome::Done, receipt: None, calls: 2 }),
        ]
    }

    #[test]
    fn events_lead_through_an_operation_to_its_end() {
        let mut view = empty();
        run().iter().for_each(|event| reduce(&mut view, event));
        let operation = view.operation.expect("it started");
        assert_eq!(operation.operation.outcome, Some(Outcome::Done));
        assert_eq!(operation.operation.ended_at, Some(4000));
        let cluster = &operation.progress[&NodeId::only(NodeKind::Cluster)];
        assert_eq!(cluster, &Progress::Settled { action: Action::Create });
    }

    #[test]
    fn an_event_that_comes_twice_counts_once() {
        let (mut once, mut twice) = (empty(), empty());
        run().iter().for_each(|event| reduce(&mut once, event));
        run().iter().chain(run().iter()).for_each(|event| reduce(&mut twice, event));
        assert_eq!(once, twice);
    }

    #[test]
    fn another_stacks_events_change_nothing() {
        let mut view = empty();
        let mut foreign = run().remove(0);
        foreign.stack = StackName::new("other");
        reduce(&mut view, &foreign);
        assert_eq!(view, empty());
    }

    #[test]
    fn a_view_fetched_in_the_middle_shows_what_was_made_since_the_last_look() {
        let node = NodeId::only(NodeKind::Cluster);
        let found = Found::new("arn:aws:ecs:us-east-1:1:cluster/cruddur", Condition::Ready);
        let mut events = run();
        events[2].what = Happened::NodeSettled { node: node.clone(), found: Some(found) };
        let look = Observation {
            stack: StackName::new("cruddur"),
            account: "1".into(),
            region: Region::new("us-east-1"),
            at: 0,
            after: EventId(0),
            calls: 0,
            found: BTreeMap::new(),
            note: None,
            foreign: BTreeMap::new(),
        };
        let mut fetched = StackView { observation: Some(look), ..empty() };
        events[..3].iter().for_each(|event| reduce(&mut fetched, event));
        // As the server sends it: the events are known, the look is older.
        fetched.observation.as_mut().expect("somebody has looked").found.clear();
        rebase(&mut fetched, &[]);
        assert!(fetched.observation.as_ref().expect("somebody has looked").found.contains_key(&node));
        // The same seen by a look that was taken later, whatever the clock says: it found nothing.
        let look = fetched.observation.as_mut().expect("somebody has looked");
        look.found.clear();
        look.after = EventId(3);
        rebase(&mut fetched, &[]);
        assert!(fetched.observation.expect("somebody has looked").found.is_empty());
    }

    #[test]
    fn what_arrived_before_a_fetch_is_not_lost_by_it() {
        let mut fetched = empty();
        rebase(&mut fetched, &run()[..2]);
        assert_eq!(fetched.last_event, EventId(2));
        assert!(fetched.operation.is_some());
    }
}
