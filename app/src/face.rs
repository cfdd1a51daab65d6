//! How states look: one icon, one class of colour and one word each.

use topology::operation::{Operation, Outcome};
use topology::stack::Level;
use topology::state::{NodeState, Tone};

use crate::components::icons::Glyph;
use crate::text::counted;

/// What is shown of a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Face {
    pub glyph: Glyph,
    pub tone: Tone,
    pub word: String,
}

impl Face {
    fn new(glyph: Glyph, tone: Tone, word: impl Into<String>) -> Self {
        Self { glyph, tone, word: word.into() }
    }

    /// `root` and the class of the tone's colour.
    pub fn class(&self, root: &str) -> String {
        format!("{root} {}", tone_class(self.tone))
    }
}

pub fn tone_class(tone: Tone) -> &'static str {
    match tone {
        Tone::Neutral => "sl-tone-neutral",
        Tone::Busy => "sl-tone-busy",
        Tone::Good => "sl-tone-good",
        Tone::Resting => "sl-tone-resting",
        Tone::Attention => "sl-tone-attention",
        Tone::Bad => "sl-tone-bad",
    }
}

pub fn glyph(state: NodeState) -> Glyph {
    match state {
        NodeState::Absent | NodeState::Gone => Glyph::Ring,
        NodeState::Queued => Glyph::Clock,
        NodeState::Creating | NodeState::Updating | NodeState::Replacing => Glyph::Turning,
        NodeState::Deleting | NodeState::Starting => Glyph::Turning,
        NodeState::WaitingForYou => Glyph::Hand,
        NodeState::Ready | NodeState::Healthy => Glyph::Check,
        NodeState::Resting => Glyph::Moon,
        NodeState::Changed | NodeState::Missing | NodeState::Unwell => Glyph::Warning,
        NodeState::Failed => Glyph::Cross,
        NodeState::Skipped => Glyph::Skip,
        NodeState::Cancelled => Glyph::Dash,
    }
}

/// What there is of a stack on AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    NotDeployed,
    /// It was torn down, and its hosted zone kept.
    OnlyTheZone,
    At(Level),
}

impl Standing {
    pub fn of(level: Option<Level>, is_only_the_zone: bool) -> Self {
        match level {
            Some(level) => Standing::At(level),
            None if is_only_the_zone => Standing::OnlyTheZone,
            None => Standing::NotDeployed,
        }
    }
}

/// What is said of parts that were changed behind Slipway's back.
pub fn drifted(count: usize) -> Face {
    let parts = counted(count, "part", "parts");
    Face::new(Glyph::Warning, Tone::Attention, format!("{parts} changed on AWS"))
}

/// The same, where it is known how many of them were deleted.
fn changed_and_missing(changed: usize, missing: usize) -> Face {
    let words = match (changed, missing) {
        (changed, 0) => return drifted(changed),
        (0, missing) => format!("{} missing on AWS", counted(missing, "part", "parts")),
        (changed, missing) => {
            format!("{} changed, {missing} missing on AWS", counted(changed, "part", "parts"))
        }
    };
    Face::new(Glyph::Warning, Tone::Attention, words)
}

/// How a stack as a whole is, from its operations alone.
pub fn of_operations(running: Option<&Operation>, last: Option<&Operation>, standing: Standing) -> Face {
    if let Some(running) = running {
        return Face::new(Glyph::Turning, Tone::Busy, running.kind.doing());
    }
    match (last, standing) {
        (Some(Operation { kind, outcome: Some(Outcome::Failed(nodes)), .. }), _) => {
            let nodes = counted(nodes.len(), "part", "parts");
            Face::new(Glyph::Cross, Tone::Bad, format!("{kind} failed on {nodes}"))
        }
        (Some(Operation { kind, outcome: Some(Outcome::Cancelled), .. }), _) => {
            Face::new(Glyph::Dash, Tone::Attention, format!("{kind} was cancelled"))
        }
        (_, Standing::NotDeployed) => Face::new(Glyph::Ring, Tone::Neutral, "Not deployed"),
        (_, Standing::OnlyTheZone) => Face::new(Glyph::Ring, Tone::Neutral, "Only the hosted zone is left"),
        (_, Standing::At(Level::Awake)) => Face::new(Glyph::Check, Tone::Good, "Deployed"),
        (_, Standing::At(level)) => Face::new(Glyph::Moon, Tone::Resting, format!("Parked at {level}")),
    }
}

/// How a stack as a whole is, also by its parts.
pub fn overall<'a>(
    states: impl Iterator<Item = &'a NodeState> + Clone,
    running: Option<&Operation>,
    last: Option<&Operation>,
    standing: Standing,
) -> Face {
    let count = |tone| states.clone().filter(|state| state.tone() == tone).count();
    let bad = count(Tone::Bad);
    let yours = states.clone().filter(|state| **state == NodeState::WaitingForYou).count();
    let changed = states.clone().filter(|state| **state == NodeState::Changed).count();
    let missing = states.clone().filter(|state| **state == NodeState::Missing).count();
    let face = of_operations(running, last, standing);
    if bad > 0 {
        return Face::new(Glyph::Warning, Tone::Bad, format!("{} not well", counted(bad, "part", "parts")));
    }
    if yours > 0 {
        let verb = if yours == 1 { "waits" } else { "wait" };
        return Face::new(Glyph::Hand, Tone::Attention, format!("{yours} {verb} for you"));
    }
    if changed + missing > 0 {
        return changed_and_missing(changed, missing);
    }
    match (running, face.tone) {
        (None, Tone::Good) => {
            Face::new(Glyph::Check, Tone::Good, format!("All {} parts ready", count(Tone::Good)))
        }
        _ => face,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bad_part_outweighs_everything_else() {
        let states = [NodeState::Healthy, NodeState::WaitingForYou, NodeState::Failed];
        assert_eq!(overall(states.iter(), None, None, Standing::At(Level::Awake)).word, "1 part not well");
        assert_eq!(
            overall(states[..2].iter(), None, None, Standing::At(Level::Awake)).word,
            "1 waits for you"
        );
        let drifted = [NodeState::Healthy, NodeState::Changed, NodeState::Missing];
        assert_eq!(
            overall(drifted.iter(), None, None, Standing::At(Level::Awake)).word,
            "1 part changed, 1 missing on AWS"
        );
        assert_eq!(
            overall(states[..1].iter(), None, None, Standing::At(Level::Awake)).word,
            "All 1 parts ready"
        );
    }

    #[test]
    fn a_zone_that_is_left_over_is_told() {
        let face = |is_left| of_operations(None, None, Standing::of(None, is_left)).word;
        assert_eq!(
            (face(true).as_str(), face(false).as_str()),
            ("Only the hosted zone is left", "Not deployed")
        );
    }
}
