//! What a stack costs, for the places that show one sum. The prices are [`topology::cost`]'s.

use topology::cost;
use topology::node::NodeKind;
use topology::operation::OperationKind;
use topology::plan::{Action, Plan};
use topology::stack::{Level, Stack};

/// USD a month of `stack` at `level`.
pub fn month_at(stack: &Stack, level: Level) -> f64 {
    cost::of(stack, level).per_month_usd
}

/// USD a month before and after `plan`; `deployed` is what stands now, `planned` what its file says.
pub fn before_after(plan: &Plan, deployed: Option<&Stack>, planned: Option<&Stack>) -> (f64, f64) {
    let zone = plan.changes.iter().find(|change| change.id.kind == NodeKind::HostedZone);
    let zone = zone.map(|zone| zone.action);
    // A zone that a tear down has kept costs, though nothing is deployed.
    let without_level = match zone {
        None | Some(Action::Create) => 0.0,
        Some(_) => cost::HOSTED_ZONE_MONTH,
    };
    let before = deployed.zip(plan.from).map_or(without_level, |(stack, level)| month_at(stack, level));
    let after = match plan.kind {
        OperationKind::TearDown if matches!(zone, None | Some(Action::Create | Action::Delete)) => 0.0,
        OperationKind::TearDown => cost::HOSTED_ZONE_MONTH,
        _ => planned.map_or(0.0, |stack| month_at(stack, plan.to)),
    };
    (before, after)
}
