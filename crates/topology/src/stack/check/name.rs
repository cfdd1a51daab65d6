//! The names of the stack, its domain and its services.

use std::collections::BTreeMap;

use super::counted;
use crate::names;
use crate::stack::problem::{Fault, Report};
use crate::stack::{Service, ServiceName, Stack, StackName};

/// With it before them, the names of load balancer and target groups keep room for the service's.
const STACK_LIMIT: usize = 24;
/// A service's name is also a part of node ids, which are tags, and of role names with their 64 characters.
const SERVICE_LIMIT: usize = 40;
/// The first name on a certificate.
const CERTIFICATE_LIMIT: usize = 64;
const LABEL_LIMIT: usize = 63;
/// Load balancers must not begin with the one, security groups not with the other.
const RESERVED: [&str; 2] = ["internal-", "sg-"];

const LOWER: &str =
    "Use lower-case letters, digits and single hyphens, with a letter first and no hyphen last";

pub(super) fn stack(stack: &Stack, report: &mut Report) {
    let name = stack.name.as_str();
    if let Some(fault) = plain(name, STACK_LIMIT) {
        report.wrong("name", fault);
    } else if let Some(beginning) =
        RESERVED.iter().find(|beginning| format!("{name}-").starts_with(*beginning))
    {
        let wrong = format!(
            "AWS does not allow names that begin with `{beginning}`, and every name begins with the stack's"
        );
        report.wrong("name", Fault::new(wrong, "Choose another name"));
    }
}

pub(super) fn service(service: &Service) -> Option<Fault> {
    plain(service.name.as_str(), SERVICE_LIMIT)
}

fn plain(name: &str, limit: usize) -> Option<Fault> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let is_plain = name.bytes().all(allowed)
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && !name.ends_with('-')
        && !name.contains("--");
    if !is_plain {
        return Some(Fault::new(format!("`{name}` cannot be part of names on AWS"), LOWER));
    }
    (name.len() > limit).then(|| {
        let wrong = format!("`{name}` has {}", counted(name.len(), "character"));
        Fault::new(wrong, format!("Use at most {limit}: names on AWS are put together from it"))
    })
}

pub(super) fn domain(stack: &Stack, report: &mut Report) {
    let domain = stack.domain.as_str();
    let bad = |wrong: String, right: &str| Some(Fault::new(wrong, right.to_owned()));
    let fault = if !domain.is_ascii() {
        bad(format!("`{domain}` has letters beyond ASCII"), "Write its ASCII form, which begins with `xn--`")
    } else if domain.contains("://") || domain.contains('/') {
        bad(
            format!("`{domain}` is an address, not a domain"),
            "Write the domain alone, such as `example.org`",
        )
    } else if let Some(rest) = domain.strip_suffix('.') {
        bad(format!("`{domain}` ends with a dot"), &format!("Write `{rest}`"))
    } else if domain.bytes().any(|byte| byte.is_ascii_uppercase()) {
        bad(format!("`{domain}` has capital letters"), &format!("Write `{}`", domain.to_lowercase()))
    } else if !domain.contains('.') {
        bad(format!("`{domain}` is no domain"), "Write a domain that you own, such as `example.org`")
    } else if let Some(part) = domain.split('.').find(|part| !is_label(part)) {
        bad(
            format!("`{part}` in `{domain}` is no part of a domain"),
            "Each part has 1 to 63 letters, digits and hyphens, with no hyphen first or last",
        )
    } else if domain.rsplit('.').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit())) {
        bad(format!("`{domain}` is no domain"), "Write a domain that you own, not an address in numbers")
    } else if domain.len() > CERTIFICATE_LIMIT {
        bad(
            format!(
                "`{domain}` has {} characters, and the first name on a certificate at most 64",
                domain.len()
            ),
            "Use a shorter domain",
        )
    } else {
        None
    };
    if let Some(fault) = fault {
        report.wrong("domain", fault);
    }
}

/// Whether `text` can stand between the dots of a domain.
pub(super) fn is_label(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=LABEL_LIMIT).contains(&text.len())
        && text.bytes().all(allowed)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// Two services must not come to the same name on AWS, also where names are cut.
pub(super) fn collisions(stack: &Stack, report: &mut Report) {
    let kinds = [
        ("target group", names::target_group as fn(&StackName, &ServiceName) -> String),
        ("service", names::service),
        ("role", names::task_role),
    ];
    for (kind, name) in kinds {
        let mut seen: BTreeMap<String, &Service> = BTreeMap::new();
        for service in &stack.services {
            // IAM compares names without regard to case.
            let name = name(&stack.name, &service.name).to_lowercase();
            if let Some(first) = seen.get(&name) {
                let wrong =
                    format!("its {kind} on AWS would be called `{name}`, like that of `{}`", first.name);
                report
                    .wrong(&format!("services.{}", service.name), Fault::new(wrong, "Rename one of the two"));
            }
            seen.insert(name, service);
        }
    }
}
