//! The file tab: the draft as text, with what is wrong beside it as it is typed.

use leptos::html;
use leptos::prelude::*;
use topology::stack::Problem;

use super::services::DraftBar;
use crate::components::icons::{Glyph, Icon};
use crate::desk::Desk;
use crate::text::{counted, prose};

#[component]
pub fn FileTab(desk: Desk) -> impl IntoView {
    let text = desk.draft.text();
    let problems = Memo::new(move |_| desk.draft.problems());
    let area = NodeRef::<html::Textarea>::new();
    let gutter = NodeRef::<html::Pre>::new();
    let numbers = move || {
        let bad: Vec<usize> = problems.read().iter().map(|problem| problem.line).collect();
        numbers(text.read().split('\n').count(), &bad)
    };
    let follow = move |_| {
        if let Some((area, gutter)) = area.get_untracked().zip(gutter.get_untracked()) {
            gutter.set_scroll_top(area.scroll_top());
        }
    };
    view! {
        <div class="sl-page">
            <DraftBar desk />
            <div class="sl-file">
                <div class="sl-editor">
                    <pre node_ref=gutter class="sl-editor-gutter" aria-hidden="true">
                        {numbers}
                    </pre>
                    <textarea
                        node_ref=area
                        class="sl-editor-text"
                        aria-label="Stack file"
                        aria-describedby="file-problems"
                        spellcheck="false"
                        autocomplete="off"
                        wrap="off"
                        prop:value=move || text.get()
                        on:input=move |event| desk.draft.type_text(event_target_value(&event))
                        on:scroll=follow
                    >
                        {text.get_untracked()}
                    </textarea>
                </div>
                <section id="file-problems" class="sl-problems" aria-label="Problems" aria-live="polite">
                    {move || {
                        let problems = problems.get();
                        if problems.is_empty() {
                            view! {
                                <p class="sl-state sl-tone-good">
                                    <Icon glyph=Glyph::Check />
                                    "No problems"
                                </p>
                            }
                                .into_any()
                        } else {
                            view! { <Problems problems area /> }.into_any()
                        }
                    }}
                </section>
            </div>
        </div>
    }
}

#[component]
fn Problems(problems: Vec<Problem>, area: NodeRef<html::Textarea>) -> impl IntoView {
    let count = counted(problems.len(), "problem", "problems");
    let item = move |problem: Problem| {
        let Problem { line, field, wrong, right } = problem;
        view! {
            <li>
                <button type="button" class="sl-link" on:click=move |_| go_to(area, line)>
                    {format!("Line {line}")}
                </button>
                " "
                <code class="sl-long">{field}</code>
                <p>{prose(&wrong)} ". " {prose(&right)} "."</p>
            </li>
        }
    };
    view! {
        <p class="sl-state sl-tone-bad">
            <Icon glyph=Glyph::Warning />
            {count}
        </p>
        <ol>{problems.into_iter().map(item).collect_view()}</ol>
    }
}

/// Puts the caret at the start of `line`.
fn go_to(area: NodeRef<html::Textarea>, line: usize) {
    let Some(area) = area.get_untracked() else { return };
    let text = area.value();
    // The browser counts in UTF-16.
    let before: usize =
        text.split('\n').take(line.saturating_sub(1)).map(|line| line.encode_utf16().count() + 1).sum();
    let length = text.split('\n').nth(line.saturating_sub(1)).map_or(0, |line| line.encode_utf16().count());
    let at = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
    // Both fail only where the text has left the page meanwhile.
    _ = area.focus();
    _ = area.set_selection_range(at(before), at(before + length));
}

/// The numbers beside the lines; a problem's line is marked by a sign too, not by colour alone.
fn numbers(lines: usize, bad: &[usize]) -> Vec<AnyView> {
    let number = |line: usize| match bad.contains(&line) {
        true => view! { <b>{format!("! {line}\n")}</b> }.into_any(),
        false => format!("{line}\n").into_any(),
    };
    (1..=lines).map(number).collect()
}
