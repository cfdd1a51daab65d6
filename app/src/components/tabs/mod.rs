//! The tabs of a stack's page: their words in addresses, their labels, and the bar to choose by.

mod cost;
mod field;
mod file;
mod images;
mod plan;
mod service_form;
mod services;
mod settings;
mod uptime;

use leptos::html;
use leptos::prelude::*;

use crate::desk::Desk;

pub use cost::CostTab;
pub use file::FileTab;
pub use images::ImagesTab;
pub use plan::PlanTab;
pub use services::ServicesTab;
pub use settings::SettingsTab;
pub use uptime::UptimeTab;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    Canvas,
    Plan,
    Services,
    Images,
    Cost,
    Uptime,
    Activity,
    Settings,
    File,
}

impl Tab {
    const ALL: [Tab; 9] = [
        Tab::Canvas,
        Tab::Plan,
        Tab::Services,
        Tab::Images,
        Tab::Cost,
        Tab::Uptime,
        Tab::Activity,
        Tab::Settings,
        Tab::File,
    ];

    pub fn label(self) -> &'static str {
        match self {
            Tab::Canvas => "Canvas",
            Tab::Plan => "Plan",
            Tab::Services => "Services",
            Tab::Images => "Images",
            Tab::Cost => "Cost",
            Tab::Uptime => "Uptime",
            Tab::Activity => "Activity",
            Tab::Settings => "Settings",
            Tab::File => "File",
        }
    }

    /// The word in addresses.
    fn word(self) -> String {
        self.label().to_lowercase()
    }

    /// No word is the canvas; an unknown one is nothing.
    pub fn by_word(word: Option<&str>) -> Option<Self> {
        match word {
            None | Some("") => Some(Tab::Canvas),
            Some(word) => Self::ALL.into_iter().find(|tab| tab.word() == word),
        }
    }
}

#[component]
pub fn TabBar(desk: Desk, tab: Memo<Option<Tab>>) -> impl IntoView {
    let stack = desk.name();
    let bar = NodeRef::<html::Nav>::new();
    let link = move |to: Tab| {
        let node = NodeRef::<html::A>::new();
        Effect::new(move |_| {
            if let (true, Some(bar), Some(link)) = (tab.get() == Some(to), bar.get(), node.get()) {
                let left = link.offset_left() - (bar.client_width() - link.offset_width()) / 2;
                bar.set_scroll_left(left);
            }
        });
        let address = match to {
            Tab::Canvas => format!("/stacks/{stack}"),
            _ => format!("/stacks/{stack}/{}", to.word()),
        };
        let problems = move || match to {
            Tab::File => desk.draft.problems().len(),
            _ => 0,
        };
        view! {
            <li>
                <a
                    node_ref=node
                    class="sl-tab"
                    href=address
                    aria-current=move || (tab.get() == Some(to)).then_some("page")
                >
                    {to.label()}
                    {move || {
                        let count = problems();
                        (count > 0)
                            .then(|| {
                                view! {
                                    <span class="sl-count" title="Problems in the stack file">
                                        {count}
                                    </span>
                                }
                            })
                    }}
                </a>
            </li>
        }
    };
    view! {
        <nav node_ref=bar class="sl-tabs" aria-label="Parts of the stack's page">
            <ul>{Tab::ALL.map(link).collect_view()}</ul>
        </nav>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tab_is_found_by_its_own_word_and_none_by_another() {
        assert!(Tab::ALL.into_iter().all(|tab| Tab::by_word(Some(&tab.word())) == Some(tab)));
        assert_eq!(Tab::by_word(None), Some(Tab::Canvas));
        assert_eq!(Tab::by_word(Some("nonsense")), None);
    }
}
