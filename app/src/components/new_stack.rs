//! "New stack": a name, a domain, a template; then the draft is there to be changed and deployed.

use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use topology::stack::{Problem, StackName, file};

use super::blocks::ErrorBlock;
use super::dialog::Dialog;
use crate::api;
use crate::error::PanelError;
use crate::templates::Template;
use crate::text::{capital, prose};

#[component]
pub fn NewStack(taken: StoredValue<Vec<StackName>>) -> impl IntoView {
    let open = RwSignal::new(false);
    view! {
        <button type="button" class="sl-button sl-button-primary sl-push" on:click=move |_| open.set(true)>
            "New stack"
        </button>
        <Dialog open title="New stack".to_owned() close=move || open.set(false)>
            <NewStackForm taken />
        </Dialog>
    }
}

#[component]
fn NewStackForm(taken: StoredValue<Vec<StackName>>) -> impl IntoView {
    let (name, domain) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let template = RwSignal::new(Template::WebAndApi);
    // Nothing is called wrong before it was tried.
    let tried = RwSignal::new(false);
    let wrong = Memo::new(move |_| {
        taken.with_value(|taken| wrong(&name.read(), &domain.read(), template.get(), taken))
    });
    let shown = move |field: &'static str| {
        let problem = move || wrong.get().into_iter().find(|(at, _)| at == field).map(|(_, text)| text);
        move || tried.get().then(problem).flatten()
    };
    let navigate = use_navigate();
    let create = Action::new_local(move |(): &()| {
        let navigate = navigate.clone();
        let name = name.get_untracked();
        let file = template.get_untracked().file(&name, &domain.get_untracked());
        async move {
            let stack = StackName::new(name);
            api::save_draft(stack.clone(), file).await?;
            navigate(&format!("/stacks/{stack}"), Default::default());
            Ok::<(), PanelError>(())
        }
    });
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        tried.set(true);
        if wrong.with(Vec::is_empty) && !create.pending().get_untracked() {
            create.dispatch_local(());
        }
    };
    view! {
        <form class="sl-dialog-body sl-form" on:submit=submit novalidate>
            <TextField label="Name" value=name error=shown("name") hint="Every part on AWS begins with it" />
            <TextField label="Domain" value=domain error=shown("domain") hint="Such as app.example.com" />
            <label class="sl-field">
                <span class="sl-label">"Begin with"</span>
                <select
                    class="sl-input"
                    on:change=move |event| template.set(Template::by_word(&event_target_value(&event)))
                >
                    {Template::ALL
                        .map(|template| view! { <option value=template.word()>{template.label()}</option> })
                        .collect_view()}
                </select>
            </label>
            {move || create.value().get().and_then(Result::err).map(|error| view! { <ErrorBlock error /> })}
            <footer class="sl-dialog-foot">
                <button type="submit" class="sl-button sl-button-primary">
                    "Create draft"
                </button>
            </footer>
        </form>
    }
}

/// One line of text with what is wrong with it below.
#[component]
pub fn TextField(
    label: &'static str,
    value: RwSignal<String>,
    #[prop(into)] error: Signal<Option<String>>,
    #[prop(optional)] hint: &'static str,
) -> impl IntoView {
    view! {
        <label class="sl-field">
            <span class="sl-label">{label}</span>
            <input
                class="sl-input"
                type="text"
                autocomplete="off"
                spellcheck="false"
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                prop:value=move || value.get()
                on:input=move |event| value.set(event_target_value(&event))
            />
            {move || match error.get() {
                Some(error) => view! { <span class="sl-wrong">{prose(&capital(&error))}</span> }.into_any(),
                None => view! { <span class="sl-hint">{hint}</span> }.into_any(),
            }}
        </label>
    }
}

/// What is wrong, by field: the same checks as for any stack file.
fn wrong(name: &str, domain: &str, template: Template, taken: &[StackName]) -> Vec<(String, String)> {
    let mut wrong = Vec::new();
    if taken.iter().any(|taken| taken.as_str() == name) {
        wrong.push(("name".to_owned(), "There is a stack of this name already.".to_owned()));
    }
    let problems = file::read(&template.file(name, domain)).err().unwrap_or_default();
    wrong.extend(problems.into_iter().map(|problem: Problem| {
        let text = format!("{}. {}.", problem.wrong, problem.right);
        let field = if problem.field == "name" { "name" } else { "domain" };
        (field.to_owned(), text)
    }));
    wrong
}
