//! The draft of a stack file: one text, seen as a form and as text, saved by itself.
//!
//! The text is the only truth. The form reads a stack out of it and writes back into it, so that comments
//! stay. What is typed is saved a moment later; a draft may be wrong, a plan may not.

use std::collections::BTreeSet;
use std::time::Duration;

use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use topology::stack::{Problem, Stack, StackName, edit, file};
use topology::view::StackView;

use crate::api;
use crate::error::PanelError;

const PAUSE_BEFORE_SAVING: Duration = Duration::from_millis(600);

/// Where the draft stands with the server.
#[derive(Debug, Clone, PartialEq)]
pub enum Saving {
    Saved,
    Pending,
    Failed(PanelError),
}

/// Cheap to copy; all copies are the same draft.
#[derive(Clone, Copy)]
pub struct Draft {
    view: RwSignal<StackView>,
    /// What was typed and the server does not know yet.
    typed: RwSignal<Option<String>>,
    /// The last text that the form wrote, and the stack that it wrote there; perhaps a wrong one.
    written: RwSignal<Option<(String, Stack)>>,
    text: Memo<String>,
    reading: Memo<Result<Stack, Vec<Problem>>>,
    failed: RwSignal<Option<PanelError>>,
    /// Places whose fields hold what cannot stand in a stack at all.
    refused: RwSignal<BTreeSet<String>>,
    timer: StoredValue<Option<TimeoutHandle>>,
}

impl Draft {
    pub fn new(view: RwSignal<StackView>) -> Self {
        let typed = RwSignal::new(None::<String>);
        let text = Memo::new(move |_| match typed.get() {
            Some(typed) => typed,
            None => view.with(|view| view.draft.clone()),
        });
        let reading = Memo::new(move |_| read(&text.read(), &view.read().name));
        let draft = Self {
            view,
            typed,
            written: RwSignal::new(None),
            text,
            reading,
            failed: RwSignal::new(None),
            refused: RwSignal::new(BTreeSet::new()),
            timer: StoredValue::new(None),
        };
        on_cleanup(move || draft.save_soon_or_now());
        draft
    }

    pub fn text(self) -> Memo<String> {
        self.text
    }

    /// Whether it can be deployed: the text passes every check, and the form holds nothing besides.
    pub fn is_sound(self) -> bool {
        self.reading.with(Result::is_ok) && self.refused.with(BTreeSet::is_empty)
    }

    /// A field holds what cannot stand in a stack.
    pub fn refuse(self, place: &str) {
        self.refused.update(|refused| _ = refused.insert(place.to_owned()));
    }

    /// A field holds nothing but what stands in the stack, or has left the page.
    pub fn accept(self, place: &str) {
        _ = self.refused.try_update(|refused| refused.remove(place));
    }

    pub fn problems(self) -> Vec<Problem> {
        self.reading.with(|reading| reading.as_ref().err().cloned().unwrap_or_default())
    }

    /// What is wrong with one field, such as `services.backend.port`, or with anything below it.
    pub fn problem_of(self, field: &str) -> Option<String> {
        self.reading.with(|reading| {
            let problems = reading.as_ref().err()?;
            let at = |problem: &&Problem| {
                problem
                    .field
                    .strip_prefix(field)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
            };
            problems.iter().find(at).map(|problem| format!("{}. {}.", problem.wrong, problem.right))
        })
    }

    /// The stack that the form shows; `None` while the text cannot be read as one.
    pub fn form(self) -> Option<Stack> {
        let written = self.written.get().filter(|(text, _)| self.text.with(|now| now == text));
        written.map(|(_, stack)| stack).or_else(|| self.reading.get().ok())
    }

    pub fn saving(self) -> Saving {
        match (self.failed.get(), self.typed.with(Option::is_some)) {
            (Some(error), _) => Saving::Failed(error),
            (None, true) => Saving::Pending,
            (None, false) => Saving::Saved,
        }
    }

    /// Somebody typed in the text.
    pub fn type_text(self, text: String) {
        self.typed.set(Some(text));
        self.save_later();
    }

    /// Somebody changed the form.
    pub fn change(self, change: impl FnOnce(&mut Stack)) {
        let Some(mut stack) = untrack(move || self.form()) else { return };
        change(&mut stack);
        let text = self.text.with_untracked(|text| edit::write(text, &stack));
        self.written.set(Some((text.clone(), stack)));
        self.type_text(text);
    }

    /// Saves what is not saved yet.
    pub async fn save(self) -> Result<(), PanelError> {
        let Some(typed) = self.typed.get_untracked() else { return Ok(()) };
        let stack = self.view.with_untracked(|view| view.name.clone());
        let saved = api::save_draft(stack, typed.clone()).await;
        if self.typed.is_disposed() {
            // Whoever typed it has left the page.
            return saved;
        }
        self.failed.set(saved.clone().err());
        if saved.is_ok() {
            self.view.update(|view| view.draft = typed.clone());
            // What was typed meanwhile stays to be saved.
            if self.typed.with_untracked(|now| now.as_ref() == Some(&typed)) {
                self.typed.set(None);
            }
        }
        saved
    }

    fn save_later(self) {
        self.forget_timer();
        let save = move || leptos::task::spawn_local(async move { _ = self.save().await });
        self.timer.set_value(set_timeout_with_handle(save, PAUSE_BEFORE_SAVING).ok());
    }

    /// Leaving the page does not wait for the pause.
    fn save_soon_or_now(self) {
        self.forget_timer();
        let Some(Some(typed)) = self.typed.try_get_untracked() else { return };
        let Some(stack) = self.view.try_with_untracked(|view| view.name.clone()) else { return };
        leptos::task::spawn_local(async move { _ = api::save_draft(stack, typed).await });
    }

    fn forget_timer(self) {
        if let Some(Some(timer)) = self.timer.try_get_value() {
            timer.clear();
        }
    }
}

/// Reads the text; also wrong is a name that is another stack's.
fn read(text: &str, name: &StackName) -> Result<Stack, Vec<Problem>> {
    let stack = file::read(text)?;
    if &stack.name == name {
        return Ok(stack);
    }
    let line = text.lines().position(|line| line.trim_start().starts_with("name")).map_or(1, |line| line + 1);
    Err(vec![Problem {
        line,
        field: "name".into(),
        wrong: format!("`{}` is not the name of this stack", stack.name),
        right: format!("Keep `{name}`, or make another stack from the list"),
    }])
}
