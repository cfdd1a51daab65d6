//! The stack that is measured, of any number of services, in the words of each tool.
//!
//! Two services are the seed stack; each further one has a host and a repository of its own.

use serde_json::{Value, json};

pub const NAME: &str = "cruddur";
pub const DOMAIN: &str = "cruddur-dw.com";
/// What the services' images are tagged with, and the tag of the one that changes.
const TAG: &str = "latest";
const NEXT_TAG: &str = "next";

/// A stack that has been made, or the same with one new image tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    First,
    OneTagChanged,
}

struct Service {
    name: String,
    /// `@` is the domain itself.
    host: String,
    repository: String,
    tag: &'static str,
    port: u16,
    path: &'static str,
    command: Vec<String>,
    env: Vec<(&'static str, String)>,
}

fn services(count: usize, version: Version) -> Vec<Service> {
    let frontend = Service {
        name: "frontend".into(),
        host: "@".into(),
        repository: "frontend-react-js".into(),
        tag: TAG,
        port: 3000,
        path: "/",
        command: Vec::new(),
        env: Vec::new(),
    };
    let backend = Service {
        name: "backend".into(),
        host: "api".into(),
        repository: "backend-flask".into(),
        tag: if version == Version::OneTagChanged { NEXT_TAG } else { TAG },
        port: 4567,
        path: "/api/health-check",
        command: vec!["CMD-SHELL".into(), "curl -fsS localhost:4567/api/health-check".into()],
        env: vec![("FRONTEND_URL", format!("https://{DOMAIN}"))],
    };
    let further = (3..=count).map(|number| Service {
        name: format!("worker-{number:02}"),
        host: format!("worker-{number:02}"),
        repository: format!("worker-{number:02}"),
        tag: TAG,
        port: 8080,
        path: "/health",
        command: Vec::new(),
        env: Vec::new(),
    });
    [frontend, backend].into_iter().chain(further).take(count).collect()
}

/// The stack file.
pub fn file(count: usize, version: Version) -> String {
    let mut text = format!(
        "name = \"{NAME}\"\nregion = \"us-east-1\"\ndomain = \"{DOMAIN}\"\n\n[images]\nbase = [\"cruddur-python\"]\n"
    );
    for service in services(count, version) {
        let Service { name, host, repository, tag, port, path, command, env } = service;
        let command = if command.is_empty() { String::new() } else { format!(", command = {command:?}") };
        text += &format!(
            "\n[services.{name}]\nhost = \"{host}\"\nimage = \"{repository}:{tag}\"\nport = {port}\ncpu = 256\nmemory = 512\n\
             count = 1\nhealth = {{ path = \"{path}\"{command} }}\n"
        );
        for (variable, value) in env {
            text += &format!("env = {{ {variable} = \"{value}\" }}\n");
        }
    }
    text
}

/// The variables of `stack.tf`.
pub fn variables(count: usize, version: Version, endpoint: &str) -> Value {
    let services = services(count, version).into_iter().enumerate().map(|(index, service)| {
        let host = match service.host.as_str() {
            "@" => DOMAIN.to_owned(),
            label => format!("{label}.{DOMAIN}"),
        };
        let env: Vec<Value> =
            service.env.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
        let value = json!({
            "host": host,
            "priority": index,
            "repository": service.repository,
            "tag": service.tag,
            "port": service.port,
            "path": service.path,
            "command": service.command,
            "environment": env,
        });
        (service.name, value)
    });
    json!({
        "name": NAME,
        "domain": DOMAIN,
        "endpoint": endpoint,
        "base_repositories": ["cruddur-python"],
        "services": services.collect::<serde_json::Map<_, _>>(),
    })
}

#[cfg(test)]
mod tests {
    use topology::stack::{self, Stack, seed::seed};

    use super::*;

    fn read(count: usize, version: Version) -> Stack {
        stack::file::read(&file(count, version)).expect("a good stack file")
    }

    #[test]
    fn two_services_are_the_seed_stack() {
        assert_eq!(read(2, Version::First), stack::file::read(seed()).expect("the seed is good"));
    }

    #[test]
    fn fifty_services_are_a_good_stack_and_one_tag_tells_its_versions_apart() {
        let (first, changed) = (read(50, Version::First), read(50, Version::OneTagChanged));
        assert_eq!(first.services.len(), 50);
        let differ = first.services.iter().zip(&changed.services).filter(|(one, other)| one != other);
        assert_eq!(differ.count(), 1);
    }

    #[test]
    fn terraform_gets_the_same_services() {
        let variables = variables(10, Version::First, "http://127.0.0.1:1");
        assert_eq!(variables["services"].as_object().expect("a map").len(), 10);
        assert_eq!(variables["services"]["backend"]["host"], "api.cruddur-dw.com");
    }
}
