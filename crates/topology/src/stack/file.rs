//! The stack file: its text to a [`Stack`], with every problem at once.
//!
//! Here is the grammar: which keys there are, of which type, and what stands in for those left out. What the
//! values may be is [`check`]'s business; writing is [`edit`](super::edit)'s.

mod grammar;

use toml_edit::{Document, TomlError};

use self::grammar::{Reader, Section, line_of};
use super::problem::{Fault, Report};
use super::schedule::Window;
use super::{
    Health, Host, HostName, Image, Level, Network, Problem, Region, Schedule, SecretRef, Service,
    ServiceName, Stack, StackName, check,
};

/// Fargate's smallest task, where a service does not say.
pub(super) const CPU: u32 = 256;
pub(super) const MEMORY: u32 = 512;
pub(super) const COUNT: u32 = 1;
pub(super) const HEALTH_PATH: &str = "/";
pub(super) const CIDR: &str = "10.0.0.0/16";

/// The stack that `text` describes, or all that is wrong with it, in the order of its lines.
pub fn read(text: &str) -> Result<Stack, Vec<Problem>> {
    let document = Document::parse(text).map_err(|error| vec![syntax(text, &error)])?;
    let mut reader = Reader { text, report: Report::default() };
    let root = Section::root(document.as_table());
    let stack = stack(&mut reader, &root);
    check::check(&stack, text, &mut reader.report);
    let problems = reader.report.into_problems();
    if problems.is_empty() { Ok(stack) } else { Err(problems) }
}

fn syntax(text: &str, error: &TomlError) -> Problem {
    let mut lines = error.message().lines().map(|line| line.trim().to_owned());
    let wrong = lines.next().filter(|line| !line.is_empty()).unwrap_or_else(|| "this is no TOML".into());
    let right = match lines.next() {
        Some(expected) if expected.starts_with("expected") => format!("TOML {expected} here"),
        _ if wrong.starts_with("duplicate key") => "Write each key and each table once".into(),
        _ => "Write it as TOML: `key = value` lines under `[table]` headings, texts in quotes".into(),
    };
    Problem {
        line: error.span().map_or(1, |span| line_of(text, span.start)),
        field: String::new(),
        wrong,
        right,
    }
}

fn stack(reader: &mut Reader<'_>, root: &Section<'_>) -> Stack {
    let unknown = reader.keys(root, &["name", "region", "domain", "network", "images", "services", "uptime"]);
    let mut needed = |key: &str| reader.needed_text(root, key, &unknown);
    let (name, region, domain) = (needed("name"), needed("region"), needed("domain"));
    let (level, schedule) = uptime(reader, root);
    Stack {
        name: StackName::new(name),
        region: Region::new(region),
        domain: HostName::new(domain),
        network: network(reader, root),
        base_images: images(reader, root),
        services: services(reader, root, &unknown),
        level,
        schedule,
    }
}

fn network(reader: &mut Reader<'_>, root: &Section<'_>) -> Network {
    let Some(section) = reader.section(root, "network") else { return Network::DefaultVpc };
    reader.keys(&section, &["mode", "cidr"]);
    let mode = reader.text(&section, "mode");
    let cidr = reader.text(&section, "cidr");
    match mode.as_deref() {
        Some("dedicated") => Network::Dedicated { cidr: cidr.unwrap_or_else(|| CIDR.to_owned()) },
        None | Some("default-vpc") => {
            if cidr.is_some() && !reader.report.is_unreadable("network.mode") {
                let wrong = "only a dedicated network has an address range";
                reader.unreadable("network.cidr", wrong, "Write `mode = \"dedicated\"`, or leave `cidr` out");
            }
            Network::DefaultVpc
        }
        Some(other) => {
            let wrong = format!("`{other}` is no kind of network");
            reader.unreadable("network.mode", wrong, "Write `default-vpc` or `dedicated`");
            Network::DefaultVpc
        }
    }
}

fn images(reader: &mut Reader<'_>, root: &Section<'_>) -> Vec<String> {
    let Some(section) = reader.section(root, "images") else { return Vec::new() };
    reader.keys(&section, &["base"]);
    reader.texts(&section, "base")
}

fn services(reader: &mut Reader<'_>, root: &Section<'_>, unknown: &[String]) -> Vec<Service> {
    if !root.table.contains_key("services") && unknown.iter().any(|key| key == "services") {
        reader.report.silence("services");
        return Vec::new();
    }
    let Some(section) = reader.section(root, "services") else { return Vec::new() };
    let names: Vec<String> = section.table.iter().map(|(name, _)| name.to_owned()).collect();
    names.iter().filter_map(|name| service(reader, &section, name)).collect()
}

fn service(reader: &mut Reader<'_>, services: &Section<'_>, name: &str) -> Option<Service> {
    const KEYS: [&str; 9] = ["host", "image", "port", "cpu", "memory", "count", "health", "env", "secrets"];
    let section = reader.section(services, name)?;
    let unknown = reader.keys(&section, &KEYS);
    Some(Service {
        name: ServiceName::new(name),
        host: Host::read(&reader.needed_text(&section, "host", &unknown)),
        image: Image::read(&reader.needed_text(&section, "image", &unknown)),
        port: reader.needed_whole(&section, "port", &unknown).unwrap_or(1),
        cpu: reader.whole(&section, "cpu").unwrap_or(CPU),
        memory: reader.whole(&section, "memory").unwrap_or(MEMORY),
        count: reader.whole(&section, "count").unwrap_or(COUNT),
        health: health(reader, &section),
        env: reader.map(&section, "env", |value| Ok(value.to_owned())),
        secrets: reader.map(&section, "secrets", SecretRef::read),
    })
}

fn health(reader: &mut Reader<'_>, service: &Section<'_>) -> Health {
    let Some(section) = reader.section(service, "health") else {
        return Health { path: HEALTH_PATH.to_owned(), command: Vec::new() };
    };
    reader.keys(&section, &["path", "command"]);
    Health {
        path: reader.text(&section, "path").unwrap_or_else(|| HEALTH_PATH.to_owned()),
        command: reader.texts(&section, "command"),
    }
}

fn uptime(reader: &mut Reader<'_>, root: &Section<'_>) -> (Option<Level>, Option<Schedule>) {
    let Some(section) = reader.section(root, "uptime") else { return (None, None) };
    reader.keys(&section, &["level", "schedule"]);
    let level = reader.text(&section, "level").and_then(|word| match word.parse::<Level>() {
        Ok(level) => Some(level),
        Err(_) => {
            let wrong = format!("`{word}` is no level");
            reader.unreadable("uptime.level", wrong, "Write `awake`, `doze`, `sleep` or `off`");
            None
        }
    });
    (level, schedule(reader, &section))
}

fn schedule(reader: &mut Reader<'_>, uptime: &Section<'_>) -> Option<Schedule> {
    let section = reader.section(uptime, "schedule")?;
    let unknown = reader.keys(&section, &["timezone", "awake", "otherwise"]);
    let timezone = reader.needed_text(&section, "timezone", &unknown);
    let awake = reader.needed_text(&section, "awake", &unknown);
    if let Some(otherwise) = reader.text(&section, "otherwise")
        && otherwise != Level::Doze.word()
    {
        let wrong = format!("AWS itself carries the schedule out, and cannot go from awake to `{otherwise}`");
        reader.unreadable("uptime.schedule.otherwise", wrong, "Write `doze`, or leave it out");
    }
    match Window::read(&awake) {
        Ok(Window { days, from, until }) => Some(Schedule { timezone, days, from, until }),
        Err(fault) => {
            reader.report.unreadable("uptime.schedule.awake", fault);
            Some(Schedule { timezone, days: vec![], from: 0, until: 0 })
        }
    }
}

impl Host {
    /// Any text is a host; whether it is a good one, the checks say.
    pub(crate) fn read(text: &str) -> Self {
        if text == "@" { Host::Root } else { Host::Label(text.to_owned()) }
    }
}

impl Image {
    /// Any text is an image; whether it is a good one, the checks say. Without a tag it is `latest`.
    pub(crate) fn read(text: &str) -> Self {
        if text.split_once('/').is_some_and(|(first, _)| first.contains(['.', ':'])) {
            return Image::Public { reference: text.to_owned() };
        }
        let (repository, tag) = text.rsplit_once(':').unwrap_or((text, "latest"));
        Image::Own { repository: repository.to_owned(), tag: tag.to_owned() }
    }
}

impl SecretRef {
    pub(crate) fn read(text: &str) -> Result<Self, Fault> {
        match text.split_once(':') {
            Some(("ssm", name)) => Ok(SecretRef::Ssm(name.to_owned())),
            Some(("secretsmanager", name)) => Ok(SecretRef::SecretsManager(name.to_owned())),
            // The text is not repeated: it may be the secret itself.
            _ => Err(Fault::new(
                "it does not say where the secret stands; values are never stored",
                "Write `ssm:/path/NAME` for a parameter of Systems Manager or `secretsmanager:name` for a secret of \
                 Secrets Manager",
            )),
        }
    }
}

#[cfg(test)]
mod tests;
