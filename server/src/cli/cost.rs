//! `slipway cost`: what a stack costs at each level.

use std::process::ExitCode;

use serde::Serialize;
use topology::cost::{self, Cost, usd};
use topology::stack::StackName;

use super::failure::Failure;
use super::output;
use super::stack_file::StackFile;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    file: StackFile,
    /// One JSON document on stdout
    #[arg(long)]
    pub json: bool,
}

/// What `cost --json` prints.
#[derive(Serialize)]
struct Costs {
    stack: StackName,
    levels: [Cost; 4],
    /// What the sums are made of, and where each price was read.
    prices: [cost::Price; cost::PRICES.len()],
    /// What the sums leave out.
    notes: [&'static str; cost::NOTES.len()],
}

pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let stack = arguments.file.read()?.stack;
    let levels = cost::at_each_level(&stack);
    let costs = Costs { stack: stack.name, levels, prices: cost::PRICES, notes: cost::NOTES };
    if arguments.json {
        output::answer_json(&costs);
    } else {
        output::answer(&text(&costs));
    }
    Ok(ExitCode::SUCCESS)
}

fn text(costs: &Costs) -> String {
    let mut paragraphs: Vec<String> = costs.levels.iter().map(table).collect();
    let prices = costs.prices.iter().map(|price| {
        format!("  {}: {} {} ({}; AWS: {})", price.what, price.amount(), price.per, price.source, price.page)
    });
    let heading = "Prices in the sums; AWS's own page is right where it says otherwise:".to_owned();
    paragraphs.push(std::iter::once(heading).chain(prices).collect::<Vec<_>>().join("\n"));
    let notes = costs.notes.iter().map(|note| format!("  {note}"));
    let heading = "What depends on use is not in the sums:".to_owned();
    paragraphs.push(std::iter::once(heading).chain(notes).collect::<Vec<_>>().join("\n"));
    paragraphs.join("\n\n")
}

fn table(cost: &Cost) -> String {
    let labels: Vec<String> =
        cost.lines.iter().map(|line| format!("{} {}", line.node.kind, line.name)).collect();
    let width = labels.iter().map(|label| label.chars().count()).max().unwrap_or_default();
    let row = |(label, line): (&String, &cost::CostLine)| {
        format!("  {label:width$}  {:>9} a month  {}", usd(line.per_month_usd), line.what)
    };
    let heading =
        format!("{}: {} a month, ${:.4} an hour", cost.level, usd(cost.per_month_usd), cost.per_hour_usd);
    std::iter::once(heading).chain(labels.iter().zip(&cost.lines).map(row)).collect::<Vec<_>>().join("\n")
}
