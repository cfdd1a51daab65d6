//! The lines between cards, what they mean, and the boxes behind the cards.

use std::fmt::Write as _;

use leptos::prelude::*;
use topology::graph::EdgeKind;
use topology::layout::{GroupBox, Layout, Route};
use topology::node::NodeId;

const CORNER: f64 = 6.0;

pub const KINDS: [EdgeKind; 4] = [EdgeKind::RoutesTo, EdgeKind::Names, EdgeKind::Proves, EdgeKind::Needs];

pub fn class(kind: EdgeKind) -> &'static str {
    match kind {
        EdgeKind::Needs => "sl-edge sl-edge-needs",
        EdgeKind::RoutesTo => "sl-edge sl-edge-routes",
        EdgeKind::Proves => "sl-edge sl-edge-proves",
        EdgeKind::Names => "sl-edge sl-edge-names",
    }
}

fn word(kind: EdgeKind) -> &'static str {
    match kind {
        EdgeKind::Needs => "needs",
        EdgeKind::RoutesTo => "routes to",
        EdgeKind::Proves => "proves",
        EdgeKind::Names => "names",
    }
}

#[component]
pub fn Groups(layout: Memo<Layout>) -> impl IntoView {
    let group = |group: GroupBox| {
        view! {
            <g class="sl-group">
                <rect x=group.x y=group.y width=group.width height=group.height rx="8" />
                <text x=group.x + 16 y=group.y + 26>
                    {group.group.title()}
                </text>
            </g>
        }
    };
    view! {
        <For
            each=move || layout.get().groups
            key=|group| (group.group, group.x, group.y, group.width, group.height)
            children=group
        />
    }
}

/// The lines; those of the marked node stand out.
#[component]
pub fn Lines(layout: Memo<Layout>, marked: Memo<Option<NodeId>>) -> impl IntoView {
    let line = move |route: Route| {
        let path = path(&route.points);
        let class = class(route.kind);
        let is_marked = move || {
            marked.with(|marked| marked.as_ref().is_some_and(|id| *id == route.from || *id == route.to))
        };
        view! { <path class=class class:sl-edge-marked=is_marked d=path /> }
    };
    view! {
        <g aria-hidden="true">
            <For
                each=move || layout.get().routes
                key=|route| (route.from.clone(), route.to.clone(), route.points.clone())
                children=line
            />
        </g>
    }
}

#[component]
pub fn Legend() -> impl IntoView {
    let line = |kind: EdgeKind| {
        view! {
            <li>
                <svg viewBox="0 0 28 8" width="28" height="8" aria-hidden="true">
                    <path class=class(kind) d="M1 4h26" />
                </svg>
                {word(kind)}
            </li>
        }
    };
    view! { <ul class="sl-legend" aria-label="What the lines mean">{KINDS.map(line).collect_view()}</ul> }
}

/// A path through `points`, its corners rounded.
fn path(points: &[(i32, i32)]) -> String {
    let points: Vec<(f64, f64)> = points.iter().map(|(x, y)| (f64::from(*x), f64::from(*y))).collect();
    let Some((first, last)) = points.first().zip(points.last()) else { return String::new() };
    let mut path = format!("M{} {}", first.0, first.1);
    for corner in points.windows(3) {
        let [before, at, after] = [corner[0], corner[1], corner[2]];
        let (into, out) = (toward(at, before), toward(at, after));
        // A string takes everything.
        _ = write!(path, "L{} {}Q{} {} {} {}", into.0, into.1, at.0, at.1, out.0, out.1);
    }
    _ = write!(path, "L{} {}", last.0, last.1);
    path
}

/// The point on the way from `at` to `to` at which a rounded corner begins.
fn toward(at: (f64, f64), to: (f64, f64)) -> (f64, f64) {
    let (right, down) = (to.0 - at.0, to.1 - at.1);
    let length = right.hypot(down).max(1.0);
    let step = CORNER.min(length / 2.0) / length;
    (at.0 + right * step, at.1 + down * step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_corner_is_rounded_and_a_straight_line_stays_straight() {
        assert_eq!(path(&[(0, 0), (40, 0)]), "M0 0L40 0");
        assert_eq!(path(&[(0, 0), (40, 0), (40, 40)]), "M0 0L34 0Q40 0 40 6L40 40");
    }
}
