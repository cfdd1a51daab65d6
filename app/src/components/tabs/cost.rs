//! The cost tab: what the stack costs at each level, part by part, and where the prices come from.

use std::collections::BTreeMap;

use leptos::prelude::*;
use topology::cost::{self, Cost, HOURS_A_MONTH};
use topology::node::NodeId;
use topology::stack::Level;

use crate::components::blocks::Empty;
use crate::components::icons::{Glyph, Icon};
use crate::desk::Desk;
use crate::text::{capital, usd};

#[component]
pub fn CostTab(desk: Desk) -> impl IntoView {
    let costs = Memo::new(move |_| desk.stack().map(|stack| cost::at_each_level(&stack)));
    let level = Memo::new(move |_| desk.view.read().level);
    view! {
        <div class="sl-page">
            {move || match costs.get() {
                Some(costs) => view! { <CostTable costs level=level.get() /> }.into_any(),
                None => {
                    view! {
                        <Empty title="No cost yet">
                <p>"The stack file cannot be read."</p>
            </Empty>
                    }
                        .into_any()
                }
            }}
            <Prices />
            <section class="sl-panel" aria-label="What is not in the sums">
                <header class="sl-panel-head">
                    <h2>"Not in the sums: what depends on use"</h2>
                </header>
                <ul class="sl-list">
                    {cost::NOTES.map(|note| view! { <li>{note}</li> }).collect_view()}
                </ul>
            </section>
        </div>
    }
}

/// Where each price was read, and the page of AWS that is right where it says otherwise.
#[component]
fn Prices() -> impl IntoView {
    let rows = cost::PRICES.map(|price| {
        let page = price.page.trim_start_matches("https://").trim_end_matches('/');
        view! {
            <tr>
                <th scope="row">{price.what}</th>
                <td class="sl-number">{format!("{} {}", price.amount(), price.per)}</td>
                <td>{price.source}</td>
                <td>
                    <a class="sl-outward" href=price.page rel="external noopener" target="_blank">
                        {page}
                        <Icon glyph=Glyph::Outward />
                    </a>
                </td>
            </tr>
        }
    });
    view! {
        <div class="sl-table-frame" tabindex="0" role="group" aria-label="Prices, a table">
            <table class="sl-table sl-prices">
                <caption class="sl-caption">
                    "Prices of us-east-1 in the sums. AWS's own page is right where it says otherwise."
                </caption>
                <thead>
                    <tr>
                        <th scope="col">"What"</th>
                        <th scope="col" class="sl-number">
                            "USD"
                        </th>
                        <th scope="col">"Read at"</th>
                        <th scope="col">"AWS says"</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
}

#[component]
fn CostTable(costs: [Cost; 4], level: Option<Level>) -> impl IntoView {
    let head = costs.iter().map(|cost| {
        let now = (level == Some(cost.level)).then_some(", now");
        view! { <th scope="col" class="sl-number">{capital(cost.level.word())} {now}</th> }
    });
    let sums = costs
        .iter()
        .map(|cost| view! { <td class="sl-number">{usd(cost.per_month_usd)}</td> })
        .collect_view();
    let days = costs
        .iter()
        .map(|cost| view! { <td class="sl-number">{usd(cost.per_hour_usd * 24.0)}</td> })
        .collect_view();
    let rows = rows(&costs).into_iter().map(|(id, row)| {
        let cells = row.months.map(|month| {
            view! { <td class="sl-number">{month.map_or_else(|| "–".to_owned(), usd)}</td> }
        });
        view! {
            <tr>
                <th scope="row">
                    {format!("{} {}", id.kind.label(), row.name)} <span class="sl-hint">{row.what}</span>
                </th>
                {cells.collect_view()}
            </tr>
        }
    });
    view! {
        <div class="sl-table-frame" tabindex="0" role="group" aria-label="Cost, a table">
            <table class="sl-table">
                <caption class="sl-caption">
                    {format!("USD a month of {HOURS_A_MONTH} hours, at each level")}
                </caption>
                <thead>
                    <tr>
                        <th scope="col">"Part"</th>
                        {head.collect_view()}
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
                <tfoot>
                    <tr>
                        <th scope="row">"A month"</th>
                        {sums}
                    </tr>
                    <tr>
                        <th scope="row">"A day"</th>
                        {days}
                    </tr>
                </tfoot>
            </table>
        </div>
    }
}

#[derive(Default)]
struct Row {
    name: String,
    what: String,
    /// At each level, in the order of [`Level::ALL`].
    months: [Option<f64>; 4],
}

fn rows(costs: &[Cost; 4]) -> BTreeMap<NodeId, Row> {
    let mut rows: BTreeMap<NodeId, Row> = BTreeMap::new();
    for (place, cost) in costs.iter().enumerate() {
        for line in &cost.lines {
            let row = rows.entry(line.node.clone()).or_default();
            if row.name.is_empty() {
                row.name.clone_from(&line.name);
                row.what.clone_from(&line.what);
            }
            row.months[place] = Some(line.per_month_usd);
        }
    }
    rows
}
