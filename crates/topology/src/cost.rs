//! What a stack costs: USD an hour and a month of 730 hours, a node and a level.
//!
//! Prices are those of us-east-1; in other regions they are an estimate. What depends on use (traffic, storage,
//! logs, queries) is not in the sums; [`NOTES`] names it.

use serde::{Deserialize, Serialize};

use crate::graph::Topology;
use crate::node::{NodeId, NodeKind, Spec};
use crate::stack::{Level, Stack};

/// Hours in a month, as AWS's own calculator counts them.
pub const HOURS_A_MONTH: f64 = 730.0;

/// One vCPU for an hour, Fargate, Linux on x86.
pub const FARGATE_VCPU_HOUR: f64 = 0.04048;
/// One GB of memory for an hour, Fargate, Linux on x86.
pub const FARGATE_GB_HOUR: f64 = 0.004445;
/// A public IPv4 address for an hour, used or idle.
pub const PUBLIC_IPV4_HOUR: f64 = 0.005;
/// An Application Load Balancer for an hour.
pub const LOAD_BALANCER_HOUR: f64 = 0.0225;
/// A hosted zone for a month, each of the first 25. AWS bills it whole, not by the day.
pub const HOSTED_ZONE_MONTH: f64 = 0.50;
/// An Application Load Balancer has one public address in each of its subnets; two are the least.
pub const LOAD_BALANCER_ADDRESSES: f64 = 2.0;

/// A price that the sums are made of, and where it was read.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Price {
    pub what: &'static str,
    pub usd: f64,
    pub per: &'static str,
    /// With its date, where it has one.
    pub source: &'static str,
    /// AWS's own page, which is right where it says otherwise.
    pub page: &'static str,
}

impl Price {
    /// `$0.50`, `$0.0225`: every digit that counts, and two at the least.
    pub fn amount(&self) -> String {
        let cents = format!("{:.2}", self.usd);
        let all = self.usd.to_string();
        format!("${}", if all.len() > cents.len() { all } else { cents })
    }
}

/// Every price in the sums.
pub const PRICES: [Price; 5] = [
    Price {
        what: "1 vCPU of a task, Fargate on Linux and x86",
        usd: FARGATE_VCPU_HOUR,
        per: "an hour",
        source: "factualminds.com, 2026-06; vantage.sh",
        page: "https://aws.amazon.com/fargate/pricing/",
    },
    Price {
        what: "1 GB of a task's memory",
        usd: FARGATE_GB_HOUR,
        per: "an hour",
        source: "factualminds.com, 2026-06; vantage.sh",
        page: "https://aws.amazon.com/fargate/pricing/",
    },
    Price {
        what: "A public IPv4 address, used or idle",
        usd: PUBLIC_IPV4_HOUR,
        per: "an hour",
        source: "pocketlantern.dev, 2026-03",
        page: "https://aws.amazon.com/vpc/pricing/",
    },
    Price {
        what: "An Application Load Balancer",
        usd: LOAD_BALANCER_HOUR,
        per: "an hour",
        source: "cloud-horizons.com, 2026-05",
        page: "https://aws.amazon.com/elasticloadbalancing/pricing/",
    },
    Price {
        what: "A hosted zone, each of the first 25",
        usd: HOSTED_ZONE_MONTH,
        per: "a month",
        source: "ns1.com; no date given",
        page: "https://aws.amazon.com/route53/pricing/",
    },
];

/// What depends on use and is not in the sums.
pub const NOTES: [&str; 5] = [
    "Load balancer capacity: $0.008 an LCU and hour (cloud-horizons.com, 2026-05)",
    "Traffic to the internet: $0.09 a GB, the first 100 GB a month free (cloudpipelines.pages.dev, 2026)",
    "Images: $0.10 a GB and month (cloudburn.io, 2026-03)",
    "Logs: $0.50 a GB taken in, $0.03 a GB and month kept (c3x.dev, 2026-06)",
    "Prices are those of us-east-1; other regions differ",
];

/// What a stack costs at one level.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    pub level: Level,
    /// The nodes that cost something, by id.
    pub lines: Vec<CostLine>,
    pub per_hour_usd: f64,
    pub per_month_usd: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CostLine {
    pub node: NodeId,
    pub name: String,
    /// What is paid for, such as `1 task of 0.25 vCPU and 0.5 GB, 1 address`.
    pub what: String,
    pub per_hour_usd: f64,
    pub per_month_usd: f64,
}

/// The cost of `stack` at `level`. Awake with a schedule, tasks cost their share of the week.
pub fn of(stack: &Stack, level: Level) -> Cost {
    let topology = Topology::of(stack, "", level);
    let lines: Vec<CostLine> = topology.nodes.values().filter_map(|node| line(stack, node)).collect();
    Cost {
        level,
        per_hour_usd: lines.iter().map(|line| line.per_hour_usd).sum(),
        per_month_usd: lines.iter().map(|line| line.per_month_usd).sum(),
        lines,
    }
}

/// The cost of `stack` at every level, from awake to off.
pub fn at_each_level(stack: &Stack) -> [Cost; 4] {
    Level::ALL.map(|level| of(stack, level))
}

fn line(stack: &Stack, node: &crate::node::Node) -> Option<CostLine> {
    let (per_hour_usd, what) = match (&node.spec, node.id.kind) {
        (Spec::HostedZone { .. }, _) => (HOSTED_ZONE_MONTH / HOURS_A_MONTH, "the zone".to_owned()),
        (Spec::LoadBalancer { .. }, _) => (
            LOAD_BALANCER_HOUR + LOAD_BALANCER_ADDRESSES * PUBLIC_IPV4_HOUR,
            format!("the load balancer, {LOAD_BALANCER_ADDRESSES} addresses"),
        ),
        (Spec::Service { service, count, .. }, NodeKind::Service) if *count > 0 => {
            let service = stack.service(service)?;
            let (vcpu, memory) = (f64::from(service.cpu) / 1024.0, f64::from(service.memory) / 1024.0);
            let task = vcpu * FARGATE_VCPU_HOUR + memory * FARGATE_GB_HOUR + PUBLIC_IPV4_HOUR;
            let share = stack.schedule.as_ref().map_or(1.0, |schedule| schedule.share());
            let tasks = if *count == 1 { "1 task".to_owned() } else { format!("{count} tasks") };
            let scheduled =
                if share < 1.0 { format!(", {:.0} % of the week", share * 100.0) } else { String::new() };
            let what = format!("{tasks} of {vcpu} vCPU and {memory} GB, an address each{scheduled}");
            (task * f64::from(*count) * share, what)
        }
        _ => return None,
    };
    Some(CostLine {
        node: node.id.clone(),
        name: node.name.clone(),
        what,
        per_hour_usd,
        per_month_usd: per_hour_usd * HOURS_A_MONTH,
    })
}

/// `$34.20`; less than a cent but not nothing is `< $0.01`.
pub fn usd(amount: f64) -> String {
    if amount > 0.0 && amount < 0.005 { "< $0.01".to_owned() } else { format!("${amount:.2}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::{file, seed::seed};

    #[test]
    fn the_seed_stack_costs_what_the_price_list_says() {
        let stack = file::read(seed()).expect("the seed is right");
        let sums = at_each_level(&stack).map(|cost| usd(cost.per_month_usd));
        // Two of the smallest tasks with an address each: 2 × (9.01 + 3.65); a parked stack: 24.20 (ALB 16.43,
        // its addresses 7.30, zone 0.50).
        assert_eq!(sums, ["$49.55", "$24.23", "$0.50", "$0.50"]);
    }

    #[test]
    fn a_price_has_all_its_digits_and_two_at_the_least() {
        let amounts = PRICES.map(|price| price.amount());
        assert_eq!(amounts, ["$0.04048", "$0.004445", "$0.005", "$0.0225", "$0.50"]);
    }

    #[test]
    fn the_price_list_of_the_seed_stack() {
        let stack = file::read(seed()).expect("the seed is right");
        let mut table = Vec::new();
        for cost in at_each_level(&stack) {
            table.push(format!("{}: {} a month", cost.level, usd(cost.per_month_usd)));
            let lines = cost.lines.iter();
            table.extend(
                lines.map(|line| format!("  {} {}, {}", line.node, usd(line.per_month_usd), line.what)),
            );
        }
        insta::assert_snapshot!(table.join("\n"));
    }

    #[test]
    fn a_schedule_makes_tasks_cheaper_and_nothing_else() {
        let text = format!(
            "{}\n[uptime]\nschedule = {{ timezone = \"Europe/Berlin\", awake = \"Mon-Fri 09:00-18:00\", otherwise = \"doze\" }}\n",
            seed()
        );
        let always = of(&file::read(seed()).expect("the seed is right"), Level::Awake);
        let office_hours = of(&file::read(&text).expect("it is right"), Level::Awake);
        let tasks = always.per_hour_usd - of(&file::read(seed()).expect("right"), Level::Doze).per_hour_usd;
        let saved = always.per_hour_usd - office_hours.per_hour_usd;
        assert!((saved - tasks * (1.0 - 45.0 / 168.0)).abs() < 1e-9, "{saved}");
    }
}
