//! The form of one service: every value of its table in the stack file.

use std::sync::Arc;

use leptos::prelude::*;
use topology::stack::check::{COUNT_LIMIT, FARGATE_CPUS, fargate_memories};
use topology::stack::{Host, Image, SecretRef, Service, ServiceName, Stack};

use super::field::{DraftField, Entry, Field, number, pairs};
use crate::desk::Desk;

#[component]
pub fn ServiceForm(desk: Desk, name: ServiceName) -> impl IntoView {
    let fields = Fields { service: name.clone() };
    let own = name.clone();
    let memory = Memo::new(move |_| {
        let stack = desk.draft.form();
        let service =
            stack.as_ref().and_then(|stack| stack.service(&own)).map(|service| (service.cpu, service.memory));
        memories(service.unwrap_or((FARGATE_CPUS[0], 512)))
    });
    let cpus = FARGATE_CPUS.map(|cpu| (cpu.to_string(), format!("{} vCPU", f64::from(cpu) / 1024.0)));
    let removed = name.clone();
    let address = Memo::new(move |_| {
        let stack = desk.draft.form()?;
        let host = stack.host_name(stack.service(&name)?);
        Some(format!("https://{host}/"))
    });
    let title = removed.to_string();
    let label = format!("Service {title}");
    view! {
        <section class="sl-panel" aria-label=label>
            <header class="sl-panel-head">
                <h2 class="sl-long">{title.clone()}</h2>
                <span class="sl-dim sl-mono sl-long">{move || address.get()}</span>
                <button
                    type="button"
                    class="sl-button sl-button-quiet sl-push"
                    aria-label=format!("Remove service {title}")
                    on:click=move |_| {
                        let removed = removed.clone();
                        desk.draft.change(move |stack| stack.services.retain(|service| service.name != removed));
                    }
                >
                    "Remove"
                </button>
            </header>
            <div class="sl-fields">
                <DraftField desk field=fields.image() entry=Entry::Text wide=true />
                <DraftField desk field=fields.host() entry=Entry::Text />
                <DraftField desk field=fields.port() entry=Entry::Number />
                <DraftField desk field=fields.cpu() entry=Entry::Choice(cpus.to_vec()) />
                <DraftField desk field=fields.memory() entry=Signal::derive(move || Entry::Choice(memory.get())) />
                <DraftField desk field=fields.count() entry=Entry::Number />
                <DraftField desk field=fields.health_path() entry=Entry::Text />
                <DraftField desk field=fields.health_command() entry=Entry::Text full=true />
                <DraftField desk field=fields.env() entry=Entry::Lines wide=true />
                <DraftField desk field=fields.secrets() entry=Entry::Lines wide=true />
            </div>
        </section>
    }
}

/// What Fargate has for the CPU; with the memory that the draft says, also where it is a wrong one.
fn memories((cpu, memory): (u32, u32)) -> Vec<(String, String)> {
    let mut sizes = fargate_memories(cpu);
    if !sizes.contains(&memory) {
        sizes.push(memory);
        sizes.sort_unstable();
    }
    sizes.into_iter().map(|size| (size.to_string(), format!("{} GB", f64::from(size) / 1024.0))).collect()
}

/// The fields of one service.
pub struct Fields {
    pub service: ServiceName,
}

impl Fields {
    pub fn image(&self) -> Field {
        self.field(
            ("Image", "image", "Own repository:tag, or a full public reference"),
            |service| service.image.to_string(),
            |service, text| {
                service.image = image(text);
                Ok(())
            },
        )
    }

    fn host(&self) -> Field {
        self.field(
            ("Host", "host", "@ for the domain itself, else a label"),
            |service| service.host.to_string(),
            |service, text| {
                service.host = if text == "@" { Host::Root } else { Host::Label(text.to_owned()) };
                Ok(())
            },
        )
    }

    fn port(&self) -> Field {
        self.field(
            ("Port", "port", "On which the container listens"),
            |service| service.port.to_string(),
            |service, text| number(text, 1, u16::MAX).map(|port| service.port = port),
        )
    }

    fn cpu(&self) -> Field {
        self.field(
            ("CPU", "cpu", "A task"),
            |service| service.cpu.to_string(),
            |service, text| {
                service.cpu = number(text, 0, u32::MAX)?;
                let sizes = fargate_memories(service.cpu);
                // The nearest that Fargate has for this CPU; a form should not lead into a wrong pair.
                if let Some(nearest) = sizes.into_iter().min_by_key(|size| size.abs_diff(service.memory)) {
                    service.memory = nearest;
                }
                Ok(())
            },
        )
    }

    fn memory(&self) -> Field {
        self.field(
            ("Memory", "memory", "A task"),
            |service| service.memory.to_string(),
            |service, text| number(text, 0, u32::MAX).map(|memory| service.memory = memory),
        )
    }

    fn count(&self) -> Field {
        self.field(
            ("Tasks", "count", "When awake"),
            |service| service.count.to_string(),
            |service, text| number(text, 0, COUNT_LIMIT).map(|count| service.count = count),
        )
    }

    fn health_path(&self) -> Field {
        self.field(
            ("Health path", "health.path", "Answers 200 to 399"),
            |service| service.health.path.clone(),
            |service, text| {
                service.health.path = text.to_owned();
                Ok(())
            },
        )
    }

    /// One line for a shell; a list of arguments stands in the file only.
    fn health_command(&self) -> Field {
        self.field(
            ("Container check", "health.command", "A shell command inside the container; empty for none"),
            |service| match service.health.command.as_slice() {
                [shell, command] if shell == SHELL => command.clone(),
                command => command.join(" "),
            },
            |service, text| {
                service.health.command =
                    if text.trim().is_empty() { Vec::new() } else { vec![SHELL.to_owned(), text.to_owned()] };
                Ok(())
            },
        )
    }

    fn env(&self) -> Field {
        self.field(
            ("Variables", "env", "NAME=value, one a line"),
            |service| lines(service.env.iter()),
            |service, text| {
                service.env = pairs(text)?.into_iter().collect();
                Ok(())
            },
        )
    }

    fn secrets(&self) -> Field {
        self.field(
            ("Secrets", "secrets", "NAME=ssm:/path or NAME=secretsmanager:name; values are never stored"),
            |service| lines(service.secrets.iter()),
            |service, text| {
                let secret = |(name, text): (String, String)| Ok((name, secret(&text)?));
                service.secrets = pairs(text)?.into_iter().map(secret).collect::<Result<_, String>>()?;
                Ok(())
            },
        )
    }

    fn field(
        &self,
        (label, key, hint): (&'static str, &str, &'static str),
        read: impl Fn(&Service) -> String + Send + Sync + 'static,
        write: impl Fn(&mut Service, &str) -> Result<(), String> + Send + Sync + 'static,
    ) -> Field {
        let (reader, writer) = (self.service.clone(), self.service.clone());
        Field {
            label,
            place: format!("services.{}.{key}", self.service),
            hint,
            read: Arc::new(move |stack: &Stack| stack.service(&reader).map(&read)),
            write: Arc::new(move |stack: &mut Stack, text: &str| {
                match stack.services.iter_mut().find(|service| service.name == writer) {
                    Some(service) => write(service, text),
                    None => Ok(()),
                }
            }),
        }
    }
}

const SHELL: &str = "CMD-SHELL";

fn lines<T: ToString>(pairs: impl Iterator<Item = (impl AsRef<str>, T)>) -> String {
    pairs
        .map(|(name, value)| format!("{}={}", name.as_ref(), value.to_string()))
        .collect::<Vec<_>>()
        .join("\n")
}

/// An image as the file writes it: public when its first part names a registry.
fn image(text: &str) -> Image {
    let first = text.split_once('/').map_or("", |(first, _)| first);
    if first.contains(['.', ':']) {
        return Image::Public { reference: text.to_owned() };
    }
    let (repository, tag) = text.rsplit_once(':').unwrap_or((text, ""));
    Image::Own { repository: repository.to_owned(), tag: tag.to_owned() }
}

fn secret(text: &str) -> Result<SecretRef, String> {
    match text.split_once(':') {
        Some(("ssm", name)) => Ok(SecretRef::Ssm(name.to_owned())),
        Some(("secretsmanager", name)) => Ok(SecretRef::SecretsManager(name.to_owned())),
        _ => Err(format!("Write `{text}` as ssm:/path or secretsmanager:name")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_with_a_registry_is_public_and_any_other_is_ones_own() {
        assert!(matches!(image("docker.io/library/nginx:1"), Image::Public { .. }));
        assert!(matches!(image("localhost:5000/nginx:1"), Image::Public { .. }));
        let own = Image::Own { repository: "shop/web".into(), tag: "2".into() };
        assert_eq!(image("shop/web:2"), own);
    }
}
