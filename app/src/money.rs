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
    let before = deployed.zip(plan.from).map_or(0.0, |(stack, level)| month_at(stack, level));
    let deletes_zone = plan
        .changes
        .iter()
        .any(|change| change.id.kind == NodeKind::HostedZone && change.action == Action::Delete);
    let after = match plan.kind {
        OperationKind::TearDown if deletes_zone => 0.0,
        OperationKind::TearDown => cost::HOSTED_ZONE_MONTH,
        _ => planned.map_or(0.0, |stack| month_at(stack, plan.to)),
    };
    (before, after)
}
