//! One field of the form on a draft: reads its text out of the stack, writes it back, shows what is wrong.

use std::sync::Arc;

use leptos::prelude::*;
use topology::stack::Stack;

use crate::desk::Desk;
use crate::text::{capital, prose};

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

/// What somebody typed into a field.
#[derive(Debug, Clone, PartialEq)]
struct Typed {
    text: String,
    /// Why it cannot stand in a stack at all.
    refused: Option<String>,
    /// What the stack held after it.
    led_to: String,
}

#[component]
pub fn DraftField(
    desk: Desk,
    field: Field,
    #[prop(into)] entry: Signal<Entry>,
    #[prop(optional)] wide: bool,
    #[prop(optional)] full: bool,
) -> impl IntoView {
    let Field { label, place, hint, read, write } = field;
    // One id a place; two fields of one place (a schedule's hours) differ by their labels.
    let told = format!("told-{}-{}", place.replace('.', "-"), label.to_lowercase().replace(' ', "-"));
    let told_by = StoredValue::new(told.clone());
    // What was typed stays as it was typed, also where the stack holds it in another form or cannot hold it.
    let typed = RwSignal::new(None::<Typed>);
    let drafted = Memo::new(move |_| desk.draft.form().and_then(|stack| read(&stack)).unwrap_or_default());
    // Once the draft changes elsewhere, such as in the text, what was typed here is past.
    let typed_here = Memo::new(move |_| typed.get().filter(|typed| typed.led_to == *drafted.read()));
    let value = move || typed_here.get().map_or_else(|| drafted.get(), |typed| typed.text);
    let wrong = Memo::new(move |_| {
        typed_here.get().and_then(|typed| typed.refused).or_else(|| desk.draft.problem_of(&place))
    });
    let type_in = Callback::new(move |text: String| {
        let mut refused = None;
        desk.draft.change(|stack| refused = write(stack, &text).err());
        match refused {
            Some(_) => desk.draft.refuse(&told_by.read_value()),
            None => desk.draft.accept(&told_by.read_value()),
        }
        typed.set(Some(Typed { text, refused, led_to: drafted.get_untracked() }));
    });
    on_cleanup(move || desk.draft.accept(&told));
    // Whoever leaves the field sees what the stack holds.
    let leave = move |_| typed.update(|typed| *typed = typed.take().filter(|typed| typed.refused.is_some()));
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
                    aria-describedby=told_by.get_value()
                    disabled=move || disabled.get()
                    on:change=move |event| type_in.run(event_target_value(&event))
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
                aria-describedby=told_by.get_value()
                disabled=move || disabled.get()
                prop:value=value
                on:input=move |event| type_in.run(event_target_value(&event))
                on:blur=leave
            >
                {untrack(value)}
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
                aria-describedby=told_by.get_value()
                disabled=move || disabled.get()
                value=untrack(value)
                prop:value=value
                on:input=move |event| type_in.run(event_target_value(&event))
                on:blur=leave
            />
        }
        .into_any(),
    };
    view! {
        <div class="sl-field" class:sl-field-wide=wide class:sl-field-full=full>
            <span class="sl-label" aria-hidden="true">
                {label}
            </span>
            {input}
            <span id=told_by.get_value() role="status">
                {move || match wrong.get() {
                    Some(wrong) => view! { <span class="sl-wrong">{prose(&capital(&wrong))}</span> }.into_any(),
                    None => view! { <span class="sl-hint">{hint}</span> }.into_any(),
                }}
            </span>
        </div>
    }
}

/// A whole number from `least` to `most`, or what would be right.
pub fn number<N>(text: &str, least: N, most: N) -> Result<N, String>
where
    N: std::str::FromStr + PartialOrd + std::fmt::Display,
{
    let read = text.trim().parse().ok().filter(|number| (&least..=&most).contains(&number));
    read.ok_or_else(|| format!("Write a whole number from {least} to {most}"))
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

    #[test]
    fn a_number_out_of_range_says_the_range() {
        assert_eq!(number("3000", 1, 65_535), Ok(3000_u16));
        let wrong = Err("Write a whole number from 1 to 65535".to_owned());
        assert_eq!(
            [number("70000", 1, u16::MAX), number("0", 1, u16::MAX), number("x", 1, u16::MAX)],
            [wrong.clone(), wrong.clone(), wrong]
        );
    }
}
