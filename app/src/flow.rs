//! From a wish to a running operation: ask for the plan, look at it, apply exactly that one.

use leptos::prelude::*;
use topology::node::NodeId;
use topology::plan::Plan;
use topology::view::{Request, StackView};

use crate::api;
use crate::draft::Draft;
use crate::error::PanelError;
use crate::live::Live;

/// How far somebody is on the way.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    Idle,
    /// The engine looks at AWS.
    Planning,
    /// The plan is there to be read; `trouble` says why it is not running yet.
    Shown {
        plan: Box<Plan>,
        trouble: Option<PanelError>,
    },
    Applying {
        plan: Box<Plan>,
    },
    /// No plan could be made.
    Failed(PanelError),
}

/// What to ask for, before its text or level is known.
#[derive(Debug, Clone, PartialEq)]
pub enum Wish {
    /// What the draft says by then.
    Deploy,
    /// The same, after a look at every part in full.
    DeployInFull,
    Request(Request),
}

/// Cheap to copy; all copies are the same flow.
#[derive(Clone, Copy)]
pub struct Flow {
    view: RwSignal<StackView>,
    draft: Draft,
    live: Live,
    wish: RwSignal<Option<Wish>>,
    step: RwSignal<Step>,
    /// Grows with each wish, so that a late answer to an older one is dropped.
    round: StoredValue<u32>,
}

impl Flow {
    pub fn new(view: RwSignal<StackView>, draft: Draft, live: Live) -> Self {
        Self {
            view,
            draft,
            live,
            wish: RwSignal::new(None),
            step: RwSignal::new(Step::Idle),
            round: StoredValue::new(0),
        }
    }

    pub fn step(self) -> RwSignal<Step> {
        self.step
    }

    pub fn wish(self) -> RwSignal<Option<Wish>> {
        self.wish
    }

    pub fn is_open(self) -> bool {
        self.step.with(|step| *step != Step::Idle)
    }

    /// Makes the plan for `wish` and shows it.
    pub fn ask(self, wish: Wish) {
        self.wish.set(Some(wish.clone()));
        self.step.set(Step::Planning);
        let round = self.begin_round();
        leptos::task::spawn_local(async move {
            let made = self.plan(wish).await;
            if !self.is_current(round) {
                return;
            }
            self.step.set(match made {
                Ok(plan) => Step::Shown { plan: Box::new(plan), trouble: None },
                Err(PanelError::PlanHasErrors(plan)) => Step::Shown { plan, trouble: None },
                Err(error) => Step::Failed(error),
            });
        });
    }

    /// Starts the plan that is shown.
    pub fn apply(self) {
        let Step::Shown { plan, .. } = self.step.get_untracked() else { return };
        self.step.set(Step::Applying { plan: plan.clone() });
        let round = self.begin_round();
        leptos::task::spawn_local(async move {
            let applied = api::apply(plan.id.clone()).await;
            if !self.is_current(round) {
                return;
            }
            match applied {
                Ok(_) => {
                    // The page shows the new operation once the dialog has gone, not the one before it.
                    if let Ok(fetched) = api::stack(plan.stack.clone()).await {
                        self.live.replace(fetched);
                    }
                    // Whoever has gone on to another tab meanwhile has closed it already.
                    if self.is_current(round) {
                        self.close();
                    }
                }
                Err(error) => {
                    // The new plan takes the old one's place, and says so.
                    let plan = match &error {
                        PanelError::WorldChanged(new) => new.clone(),
                        _ => plan,
                    };
                    self.step.set(Step::Shown { plan, trouble: Some(error) });
                }
            }
        });
    }

    /// Makes `part`, which the plan that is shown has offered, the stack's own, and makes the plan anew.
    pub fn take_over(self, part: NodeId) {
        let (Step::Shown { plan, .. }, Some(wish)) = (self.step.get_untracked(), self.wish.get_untracked())
        else {
            return;
        };
        self.step.set(Step::Planning);
        let round = self.begin_round();
        leptos::task::spawn_local(async move {
            let taken = api::take_over(plan.file.clone(), part).await;
            if !self.is_current(round) {
                return;
            }
            match taken {
                Ok(()) => self.ask(wish),
                Err(error) => self.step.set(Step::Shown { plan, trouble: Some(error) }),
            }
        });
    }

    pub fn close(self) {
        self.begin_round();
        self.wish.set(None);
        self.step.set(Step::Idle);
    }

    async fn plan(self, wish: Wish) -> Result<Plan, PanelError> {
        match wish {
            Wish::Request(request) => api::plan(request).await,
            Wish::Deploy => api::plan(self.as_drafted().await?).await,
            Wish::DeployInFull => api::plan_in_full(self.as_drafted().await?).await,
        }
    }

    async fn as_drafted(self) -> Result<Request, PanelError> {
        let name = self.view.with_untracked(|view| view.name.clone());
        self.draft.save().await?;
        // Somebody else may have saved another draft meanwhile.
        let fetched = api::stack(name).await?;
        let file = fetched.draft.clone();
        self.live.replace(fetched);
        Ok(Request::Deploy { file })
    }

    fn begin_round(self) -> u32 {
        self.round.update_value(|round| *round += 1);
        self.round.get_value()
    }

    fn is_current(self, round: u32) -> bool {
        self.round.try_get_value() == Some(round)
    }
}
