//! What every part of one stack's page shares: the live view, the draft, the flow of an operation, and what is
//! derived from them once for all.

use std::collections::BTreeMap;

use leptos::prelude::*;
use topology::can::{self, Situation, WhyNot};
use topology::graph::Topology;
use topology::node::NodeId;
use topology::observation::Observation;
use topology::operation::{Operation, OperationKind};
use topology::stack::{Level, Stack, StackName, file};
use topology::state::{NodeState, node_state};
use topology::view::{StackView, Surroundings};

use crate::draft::Draft;
use crate::flow::Flow;
use crate::live::Live;

/// Cheap to copy; all copies are the same desk.
#[derive(Clone, Copy)]
pub struct Desk {
    pub view: RwSignal<StackView>,
    pub draft: Draft,
    pub flow: Flow,
    pub live: Live,
    pub surroundings: StoredValue<Surroundings>,
    /// The stack that AWS has noted.
    pub deployed: Memo<Option<Stack>>,
    /// Everything that is deployed or drafted, awake: what the canvas shows, so that parking moves no card.
    pub topology: Memo<Topology>,
    pub states: Memo<BTreeMap<NodeId, NodeState>>,
    /// What a person calls each node.
    pub names: Memo<BTreeMap<NodeId, String>>,
}

impl Desk {
    pub fn new(fetched: StackView, surroundings: Surroundings, live: Live) -> Self {
        let view = RwSignal::from(live.enter(fetched));
        let draft = Draft::new(view);
        let flow = Flow::new(view, draft, live);
        let file = Memo::new(move |_| view.read().deployed.clone());
        let deployed = Memo::new(move |_| file::read(file.read().as_ref()?).ok());
        let topology = Memo::new(move |_| everything(draft.form().as_ref(), deployed.read().as_ref()));
        let names = Memo::new(move |_| {
            let nodes = &topology.read().nodes;
            nodes.iter().map(|(id, node)| (id.clone(), node.name.clone())).collect()
        });
        let wanted = Memo::new(move |_| {
            let level = level_shown(&view.read());
            let stack = deployed.get().or_else(|| draft.form());
            stack.zip(level).map(|(stack, level)| Topology::of(&stack, "", level))
        });
        let states = Memo::new(move |_| states(&topology.read(), wanted.read().as_ref(), &view.read()));
        Self {
            view,
            draft,
            flow,
            live,
            surroundings: StoredValue::new(surroundings),
            deployed,
            topology,
            states,
            names,
        }
    }

    pub fn name(self) -> StackName {
        self.view.with_untracked(|view| view.name.clone())
    }

    /// The stack as the draft says, or else as it is deployed.
    pub fn stack(self) -> Option<Stack> {
        self.draft.form().or_else(|| self.deployed.get())
    }

    /// Whether its AWS is the embedded one.
    pub fn is_sandbox(self) -> bool {
        self.surroundings.with_value(|surroundings| surroundings.sandbox_speed.is_some())
    }

    /// The operation that runs now.
    pub fn running(self) -> Option<Operation> {
        self.view.with(|view| view.running().map(|view| view.operation.clone()))
    }

    /// The operation that runs now, or else the last one.
    pub fn last(self) -> Option<Operation> {
        self.view.with(|view| view.operation.as_ref().map(|view| view.operation.clone()))
    }

    pub fn state(self, id: &NodeId) -> NodeState {
        self.states.with(|states| states.get(id).copied().unwrap_or(NodeState::Absent))
    }

    /// Why an operation cannot be started now.
    pub fn refusal(self, kind: OperationKind) -> Option<String> {
        can::start(kind, self.situation()).err().map(|why| why.to_string())
    }

    /// Why no level can be chosen now; that it is there already is no reason against choosing another.
    pub fn refusal_of_levels(self) -> Option<String> {
        let refusals = Level::ALL.map(|level| can::go_to(level, self.situation()));
        match refusals[0].and(refusals[1]) {
            Err(why) if why != WhyNot::AtThisLevelAlready => Some(why.to_string()),
            _ => None,
        }
    }

    /// Whether nothing is left but the zone that a tear down kept.
    pub fn is_only_the_zone(self) -> bool {
        self.view.with(|view| view.observation.as_ref().is_some_and(Observation::is_only_the_zone))
    }

    fn has_parts(self) -> bool {
        self.view.with(|view| view.observation.as_ref().is_some_and(Observation::has_parts))
    }

    fn situation(self) -> Situation {
        Situation {
            level: self.view.with(|view| view.level),
            has_parts: self.has_parts() || self.is_only_the_zone(),
            is_busy: self.running().is_some(),
            draft_is_sound: self.draft.is_sound(),
        }
    }
}

/// The level that the parts are on their way to, or have.
fn level_shown(view: &StackView) -> Option<Level> {
    view.running().map(|running| running.operation.to).or(view.level)
}

/// Deployed and drafted parts together; where both have one, the draft's.
fn everything(drafted: Option<&Stack>, deployed: Option<&Stack>) -> Topology {
    let mut all = Topology { level: Level::Awake, nodes: BTreeMap::new(), edges: Vec::new() };
    for stack in [deployed, drafted].into_iter().flatten() {
        let one = Topology::of(stack, "", Level::Awake);
        all.nodes.extend(one.nodes);
        all.edges.extend(one.edges);
    }
    all.edges.sort();
    all.edges.dedup();
    all
}

fn states(all: &Topology, wanted: Option<&Topology>, view: &StackView) -> BTreeMap<NodeId, NodeState> {
    let state = |id: &NodeId| {
        let wanted = wanted.and_then(|wanted| wanted.nodes.get(id));
        let found = view.observation.as_ref().and_then(|observation| observation.found.get(id));
        let progress = view.operation.as_ref().and_then(|operation| operation.progress.get(id));
        // What an operation that is over left undone, a later look tells better, except a failure.
        node_state(wanted, found, view.drift_of(id), progress)
    };
    all.nodes.keys().map(|id| (id.clone(), state(id))).collect()
}
