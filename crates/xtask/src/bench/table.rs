//! The report's tables, in Markdown.

use std::time::Duration;

use super::Size;
use super::calls::Call;
use super::rates::{GROUPS, Group, Load, Rate};
use super::sandbox::{self, Deployed};
use super::targets::{Growth, MAKESPAN, Target};
use super::world::{Measured, Operation};

/// The rows of a table, the head first.
struct Table(Vec<Vec<String>>);

impl Table {
    fn new(head: &[&str]) -> Self {
        Self(vec![head.iter().map(|cell| (*cell).to_owned()).collect()])
    }

    fn text(&self) -> String {
        let mut lines: Vec<String> = self.0.iter().map(|row| format!("| {} |", row.join(" | "))).collect();
        let columns = self.0.first().map_or(0, Vec::len);
        lines.insert(1, format!("|{}", " --- |".repeat(columns)));
        lines.join("\n")
    }
}

/// Seconds, calls and calls at once, with the ratios to Terraform and the targets.
pub fn operations(sizes: &[Size]) -> String {
    let mut table = Table::new(&[
        "services",
        "operation",
        "Slipway: s",
        "calls",
        "at once",
        "Terraform: s",
        "calls",
        "at once",
        "faster",
        "fewer calls",
        "target",
    ]);
    for size in sizes {
        for operation in Operation::ALL {
            let slipway = size.slipway(operation);
            let terraform = size.terraform(operation);
            let mut row = vec![size.services.to_string(), operation.word().to_owned()];
            row.extend(figures(slipway));
            row.extend(figures(terraform));
            row.extend(ratios(slipway, terraform));
            row.push(verdict(size.services, operation, slipway));
            table.0.push(row);
        }
    }
    table.text()
}

fn figures(measured: Option<&Measured>) -> [String; 3] {
    measured.map_or_else(
        || ["–", "–", "–"].map(str::to_owned),
        |measured| {
            [
                format!("{:.2}", measured.elapsed.as_secs_f64()),
                measured.calls.count().to_string(),
                measured.calls.peak_in_flight.to_string(),
            ]
        },
    )
}

fn ratios(slipway: Option<&Measured>, terraform: Option<&Measured>) -> [String; 2] {
    let (Some(slipway), Some(terraform)) = (slipway, terraform) else {
        return ["–", "–"].map(str::to_owned);
    };
    let seconds = terraform.elapsed.as_secs_f64() / slipway.elapsed.as_secs_f64();
    let calls = terraform.calls.count() as f64 / slipway.calls.count().max(1) as f64;
    [seconds, calls].map(|ratio| format!("{ratio:.1} ×"))
}

fn verdict(services: usize, operation: Operation, measured: Option<&Measured>) -> String {
    match (Target::of(services, operation), measured) {
        (Some(target), Some(measured)) if target.missed(measured).is_empty() => {
            format!("under {}: reached", target.words())
        }
        (Some(target), _) => format!("under {}: **missed**", target.words()),
        (None, _) => "–".to_owned(),
    }
}

/// Each AWS service's peak, held against what AWS documents.
pub fn rates(size: &Size) -> String {
    let mut table =
        Table::new(&["calls in one second, at most", "AWS: a second, burst", "Slipway", "Terraform"]);
    for group in &GROUPS {
        let slipway = load(group, Some(&size.slipway));
        let terraform = load(group, size.terraform.as_ref());
        if slipway.or(terraform).is_none() {
            continue;
        }
        let documented =
            group.rate.map_or("–".to_owned(), |rate| format!("{}, {}", rate.per_second, rate.burst));
        let row =
            [slipway, terraform].map(|load| load.map_or("–".to_owned(), |load| judged(load, group.rate)));
        table.0.push([group.name.to_owned(), documented].into_iter().chain(row).collect());
    }
    table.text()
}

/// The worst over all operations; `None` where there was no call.
fn load(group: &Group, measured: Option<&Vec<Measured>>) -> Option<(Load, Operation)> {
    let loads = measured?.iter().filter_map(|measured| {
        let times: Vec<Duration> = measured.calls.times(|call: &Call| group.counts(call));
        (!times.is_empty()).then(|| (Load::of(&times, group.rate), measured.operation))
    });
    loads.max_by_key(|(load, _)| (load.refused, load.peak))
}

fn judged((load, operation): (Load, Operation), rate: Option<Rate>) -> String {
    let Load { peak, refused } = load;
    match rate {
        _ if refused > 0 => {
            format!("{peak}, **exceeded**: AWS would refuse {refused} ({})", operation.word())
        }
        Some(rate) if peak as f64 > rate.per_second => {
            format!("{peak}, within the burst ({})", operation.word())
        }
        _ => peak.to_string(),
    }
}

/// From the smallest stack to the largest.
pub fn growth(all: &[Growth]) -> String {
    let mut table = Table::new(&["calls", "small", "large", "a further service", "at most", "target"]);
    for growth in all {
        let verdict = if growth.missed().is_none() { "reached" } else { "**missed**" };
        let size = |(services, calls): (usize, usize)| format!("{calls} ({services} services)");
        table.0.push(vec![
            growth.operation.word().to_owned(),
            size(growth.from),
            size(growth.to),
            format!("{:.2}", growth.a_service()),
            growth.most.to_string(),
            format!("{}: {verdict}", growth.because),
        ]);
    }
    table.text()
}

/// The makespan and the path that sets it.
pub fn makespan(deployed: &Deployed) -> String {
    let mut table = Table::new(&["on the critical path", "idle s", "calls s", "AWS's own s"]);
    let seconds = |millis: u64| format!("{:.2}", millis as f64 / 1000.0);
    for step in &deployed.path {
        let figures = [step.idle, step.making, step.settling].map(seconds);
        table.0.push(std::iter::once(format!("`{}`", step.node)).chain(figures).collect());
    }
    let (critical, waits) = deployed.critical();
    let (strict, loose) = (deployed.ratio(), deployed.makespan as f64 / critical as f64);
    let verdict = if strict <= MAKESPAN { "reached" } else { "**missed**" };
    format!(
        "{}: makespan {} s = {strict:.3} × AWS's own times on its critical path ({} s; target {MAKESPAN}: {verdict}), \
         {loose:.3} × the path with its calls ({} s).\n\n{}",
        sandbox::about(),
        seconds(deployed.makespan),
        seconds(waits),
        seconds(critical),
        table.text()
    )
}
