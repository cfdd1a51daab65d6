//! What may be started in which situation: one table, for buttons and for the server alike.

use serde::{Deserialize, Serialize};

use crate::operation::OperationKind;
use crate::stack::Level;

/// What the answer depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Situation {
    /// `None`: AWS has noted none, so nothing is deployed, or a deploy was cut off early.
    pub level: Option<Level>,
    /// Something of it is on AWS, whatever level is noted.
    pub has_parts: bool,
    /// An operation on the stack runs.
    pub is_busy: bool,
    /// The draft passes every check.
    pub draft_is_sound: bool,
}

/// Why not; a whole sentence for a tooltip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum WhyNot {
    #[error("An operation is running; wait for it, or cancel it.")]
    Busy,
    #[error("Nothing is deployed yet.")]
    NotDeployed,
    #[error("The stack file has problems; mend them first.")]
    Problems,
    #[error("It is parked already.")]
    ParkedAlready,
    #[error("It is awake already.")]
    AwakeAlready,
    #[error("It is at this level already.")]
    AtThisLevelAlready,
}

/// Whether an operation of `kind` may be started.
pub fn start(kind: OperationKind, situation: Situation) -> Result<(), WhyNot> {
    let Situation { level, has_parts, is_busy, draft_is_sound } = situation;
    match (kind, level) {
        _ if is_busy => Err(WhyNot::Busy),
        (OperationKind::Deploy, _) if !draft_is_sound => Err(WhyNot::Problems),
        (OperationKind::Deploy, _) => Ok(()),
        (OperationKind::TearDown, None) if has_parts => Ok(()),
        (_, None) => Err(WhyNot::NotDeployed),
        (OperationKind::Park, Some(Level::Awake)) => Ok(()),
        (OperationKind::Park, Some(_)) => Err(WhyNot::ParkedAlready),
        (OperationKind::Wake, Some(Level::Awake)) => Err(WhyNot::AwakeAlready),
        (OperationKind::Wake | OperationKind::TearDown, Some(_)) => Ok(()),
    }
}

/// Whether the stack may be brought to `wanted`.
pub fn go_to(wanted: Level, situation: Situation) -> Result<(), WhyNot> {
    match situation.level {
        _ if situation.is_busy => Err(WhyNot::Busy),
        None => Err(WhyNot::NotDeployed),
        Some(level) if level == wanted => Err(WhyNot::AtThisLevelAlready),
        Some(_) => Ok(()),
    }
}
