//! One field of the form on a draft: reads its text out of the stack, writes it back, shows what is wrong.

use std::sync::Arc;

use leptos::prelude::*;
use topology::stack::Stack;

use crate::desk::Desk;

/// How the field's text is read out of a stack.
pub type Reader = Arc<dyn Fn(&Stack) -> Option<String> + Send + Sync>;
/// How a typed text gets into a stack; `Err` says what would be right.
pub type Writer = Arc<dyn Fn(&mut Stack, &str) -> Result<(), String> + Send + Sync>;

/// What somebody types into.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    Text,
    Number,
    /// Values to choose from, with their labels.
    Choice(Vec<(String, String)>),
    /// Several lines.
    Lines,
}

/// A field bound to the draft. Cheap to clone.
#[derive(Clone)]
pub struct Field {
    pub label: &'static str,
    /// Its place in the stack file, such as `services.backend.port`; its problems are shown below it.
    pub place: String,
    pub hint: &'static str,
    pub read: Reader,
    pub write: Writer,
}

#[component]
pub fn DraftField(
    desk: Desk,
    field: Field,
    #[prop(into)] entry: Signal<Entry>,
    #[prop(optional)] wide: bool,
) -> impl IntoView {
    let Field { label, place, hint, read, write } = field;
    // What cannot stand in a stack at all stays here until it can.
    let raw = RwSignal::new(None::<(String, String)>);
    let drafted = Memo::new(move |_| desk.draft.form().and_then(|stack| read(&stack)).unwrap_or_default());
    let value =
        move || raw.with(|raw| raw.as_ref().map(|(text, _)| text.clone())).unwrap_or_else(|| drafted.get());
    let wrong = Memo::new(move |_| match raw.get() {
        Some((_, wrong)) => Some(wrong),
        None => desk.draft.problem_of(&place),
    });
    let typed = Callback::new(move |text: String| {
        let mut refused = None;
        desk.draft.change(|stack| refused = write(stack, &text).err());
        raw.set(refused.map(|wrong| (text, wrong)));
    });
    let disabled = Memo::new(move |_| desk.draft.form().is_none());
    let invalid = move || wrong.with(Option::is_some).then_some("true");
    let input = move || match entry.get() {
        Entry::Choice(choices) => {
            let option = move |(word, label): (String, String)| {
                let own = word.clone();
                view! {
                    <option value=word selected=move || drafted.read() == own>
                        {label}
                    </option>
                }
            };
            view! {
                <select
                    class="sl-input"
                    aria-label=label
                    aria-invalid=invalid
                    disabled=move || disabled.get()
                    on:change=move |event| typed.run(event_target_value(&event))
                >
                    {choices.into_iter().map(option).collect_view()}
                </select>
            }
            .into_any()
        }
        Entry::Lines => view! {
            <textarea
                class="sl-input sl-input-lines"
                rows="3"
                spellcheck="false"
                aria-label=label
                aria-invalid=invalid
                disabled=move || disabled.get()
                prop:value=value.clone()
                on:input=move |event| typed.run(event_target_value(&event))
            >
                {untrack(value.clone())}
            </textarea>
        }
        .into_any(),
        kind => view! {
            <input
                class="sl-input"
                type="text"
                inputmode=(kind == Entry::Number).then_some("numeric")
                autocomplete="off"
                spellcheck="false"
                aria-label=label
                aria-invalid=invalid
                disabled=move || disabled.get()
                value=untrack(value.clone())
                prop:value=value.clone()
                on:input=move |event| typed.run(event_target_value(&event))
            />
        }
        .into_any(),
    };
    view! {
        <div class="sl-field" class:sl-field-wide=wide>
            <span class="sl-label" aria-hidden="true">
                {label}
            </span>
            {input}
            {move || match wrong.get() {
                Some(wrong) => view! { <span class="sl-wrong" role="status">{wrong}</span> }.into_any(),
                None => view! { <span class="sl-hint">{hint}</span> }.into_any(),
            }}
        </div>
    }
}

/// A whole number, or what would be right.
pub fn number<N: std::str::FromStr>(text: &str) -> Result<N, String> {
    text.trim().parse().map_err(|_| "Write a whole number".to_owned())
}

/// `NAME=value` lines, in order; empty lines are passed over.
pub fn pairs(text: &str) -> Result<Vec<(String, String)>, String> {
    let lines = text.lines().map(str::trim_start).filter(|line| !line.trim().is_empty());
    let pair = |line: &str| match line.split_once('=') {
        Some((name, value)) => Ok((name.trim().to_owned(), value.to_owned())),
        None => Err(format!("Write `{line}` as NAME=value")),
    };
    lines.map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_keep_what_follows_the_first_equals_sign() {
        assert_eq!(
            pairs("A=b=c\n\n  D=").expect("two pairs"),
            [("A".into(), "b=c".into()), ("D".into(), String::new())]
        );
        assert!(pairs("A").is_err());
    }
}
