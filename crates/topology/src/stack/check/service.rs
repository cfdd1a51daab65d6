//! One service: its host, size, count, health checks, variables and secrets.

use super::{image, name};
use crate::stack::problem::{Fault, Report};
use crate::stack::{Host, SecretRef, Service, Stack};

/// A target group takes no more targets.
pub const COUNT_LIMIT: u32 = 1000;
const PATH_LIMIT: usize = 1024;
const GIB: u32 = 1024;

/// The CPU units that Fargate has; 1024 are one vCPU.
pub const FARGATE_CPUS: [u32; 8] = [256, 512, 1024, 2048, 4096, 8192, 16384, 32768];

pub(super) fn check(stack: &Stack, service: &Service, report: &mut Report) {
    let field = |key: &str| format!("services.{}.{key}", service.name);
    let mut found = |key: &str, fault: Option<Fault>| {
        if let Some(fault) = fault {
            report.wrong(
                &if key.is_empty() { format!("services.{}", service.name) } else { field(key) },
                fault,
            );
        }
    };
    found("", name::service(service));
    found("host", host(stack, service));
    found("image", image::image(&service.image));
    found("port", (service.port == 0).then(|| Fault::new("0 is no port", "A port is from 1 to 65535")));
    found("cpu", cpu(service));
    found("memory", memory(service));
    found("count", count(service));
    found("health.path", path(service));
    found("health.command", command(service));
    for (name, value) in &service.env {
        found(&format!("env.{name}"), variable(name).or_else(|| env_value(value)));
    }
    for (name, reference) in &service.secrets {
        found(&format!("secrets.{name}"), variable(name).or_else(|| secret(reference)));
        if service.env.contains_key(name) {
            let wrong =
                format!("`{name}` is both a variable and a secret, and a container has one of each name");
            found(
                &format!("secrets.{name}"),
                Some(Fault::new(wrong, "Remove it from `env` or from `secrets`")),
            );
        }
    }
}

/// The memory sizes in MiB that go with `cpu` units; empty when Fargate has no such CPU.
pub fn fargate_memories(cpu: u32) -> Vec<u32> {
    let gib = |from: u32, to: u32, step: usize| (from..=to).step_by(step).map(|gib| gib * GIB).collect();
    match cpu {
        256 => vec![GIB / 2, GIB, 2 * GIB],
        512 => gib(1, 4, 1),
        1024 => gib(2, 8, 1),
        2048 => gib(4, 16, 1),
        4096 => gib(8, 30, 1),
        8192 => gib(16, 60, 4),
        16384 => gib(32, 120, 8),
        32768 => [60, 120, 244].map(|gib| gib * GIB).into(),
        _ => vec![],
    }
}

fn host(stack: &Stack, service: &Service) -> Option<Fault> {
    let Host::Label(label) = &service.host else { return None };
    if label.contains('.') {
        let wrong =
            format!("`{label}` has a dot, and the certificate covers one part before `{}`", stack.domain);
        return Some(Fault::new(wrong, format!("Use one part, such as `{}`", label.replace('.', "-"))));
    }
    (!name::is_label(label)).then(|| {
        Fault::new(
            format!("`{label}` is no subdomain"),
            "Write `@` for the domain itself, or 1 to 63 lower-case letters, digits and hyphens",
        )
    })
}

fn cpu(service: &Service) -> Option<Fault> {
    if FARGATE_CPUS.contains(&service.cpu) {
        return None;
    }
    let all: Vec<String> = FARGATE_CPUS.iter().map(ToString::to_string).collect();
    let wrong = format!("Fargate has no task of {} CPU units", service.cpu);
    Some(Fault::new(wrong, format!("Write one of {}; 1024 are one vCPU", all.join(", "))))
}

fn memory(service: &Service) -> Option<Fault> {
    let memories = fargate_memories(service.cpu);
    if memories.is_empty() || memories.contains(&service.memory) {
        return None;
    }
    let wrong = format!("Fargate has no task of {} CPU units with {} MiB", service.cpu, service.memory);
    Some(Fault::new(wrong, format!("With {} CPU units, write {}", service.cpu, choices(&memories))))
}

/// A few as a list, many as a range with its step.
fn choices(memories: &[u32]) -> String {
    match memories {
        [first, second, .., last] if memories.len() > 4 => {
            format!("{first} to {last} in steps of {}", second - first)
        }
        few => few.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    }
}

fn count(service: &Service) -> Option<Fault> {
    (service.count > COUNT_LIMIT).then(|| {
        Fault::new(
            format!("{} tasks are more than a target group takes", service.count),
            format!("Write at most {COUNT_LIMIT}"),
        )
    })
}

fn path(service: &Service) -> Option<Fault> {
    let path = &service.health.path;
    let right = "Write a path such as `/api/health-check`";
    if !path.starts_with('/') {
        return Some(Fault::new(format!("`{path}` does not begin with `/`"), right));
    }
    if !path.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Some(Fault::new(format!("`{path}` has characters that no path has"), right));
    }
    (path.len() > PATH_LIMIT).then(|| Fault::new("the path has more than 1,024 characters", right))
}

fn command(service: &Service) -> Option<Fault> {
    let right =
        "Write `[\"CMD-SHELL\", \"curl -fsS localhost/ok\"]` or `[\"CMD\", \"program\", \"argument\"]`";
    let bad = |wrong: &str| Some(Fault::new(wrong, right));
    match service.health.command.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => None,
        ["CMD-SHELL", line] | ["CMD", line, ..] if !line.trim().is_empty() => None,
        ["CMD-SHELL", _, _, ..] => bad("after `CMD-SHELL` there is one text: the whole line"),
        ["CMD-SHELL" | "CMD", ..] => bad("there is no command after the first word"),
        [first, ..] => Some(Fault::new(format!("`{first}` does not say how the command is run"), right)),
    }
}

fn variable(name: &str) -> Option<Fault> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    let first = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    (!(first && name.bytes().all(allowed) && name.len() <= 255)).then(|| {
        Fault::new(
            format!("`{name}` is no name for a variable"),
            "Use letters, digits and `_`, with a letter or `_` first",
        )
    })
}

fn env_value(value: &str) -> Option<Fault> {
    value.contains('\0').then(|| Fault::new("the value holds a zero byte", "Remove it"))
}

fn secret(reference: &SecretRef) -> Option<Fault> {
    let bad = |wrong: String, right: &str| Some(Fault::new(wrong, right));
    match reference {
        SecretRef::Ssm(name) => {
            let right = "Write `ssm:/path/NAME` or `ssm:NAME`, with letters, digits, `.`, `-` and `_`";
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
            let (inner, full) = name.strip_prefix('/').map_or((name.as_str(), false), |inner| (inner, true));
            let parts_are_good = inner.split('/').all(|part| !part.is_empty() && part.bytes().all(allowed));
            if !parts_are_good || name.len() > 1011 {
                bad(format!("`{name}` is no name of a parameter"), right)
            } else if !full && inner.contains('/') {
                bad(
                    format!("the parameter `{name}` has a path that does not begin with `/`"),
                    &format!("Write `ssm:/{name}`"),
                )
            } else {
                None
            }
        }
        SecretRef::SecretsManager(name) => {
            let allowed = |byte: u8| {
                byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'_' | b'+' | b'=' | b'.' | b'@' | b'-')
            };
            let is_arn = name.starts_with("arn:aws")
                && name.split(':').count() >= 7
                && name.contains(":secretsmanager:");
            let is_name = (1..=512).contains(&name.len()) && name.bytes().all(allowed);
            if is_arn || is_name {
                return None;
            }
            bad(
                format!("`{name}` is no name of a secret"),
                "Write `secretsmanager:name` or `secretsmanager:` and its ARN",
            )
        }
    }
}
