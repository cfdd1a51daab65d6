//! A stack as a fresh file, in the order and form in which a person would write it.

use std::fmt::{Display, Write};

use toml_edit::{Key, Value};

use crate::stack::{Network, Service, Stack};

/// The stack file of `stack`, without remarks; every size is written out, and what is empty is left out.
pub fn print(stack: &Stack) -> String {
    let mut text = String::new();
    line(&mut text, "name  ", quoted(stack.name.as_str()));
    line(&mut text, "region", quoted(stack.region.as_str()));
    line(&mut text, "domain", quoted(stack.domain.as_str()));
    if let Network::Dedicated { cidr } = &stack.network {
        text.push_str("\n[network]\nmode = \"dedicated\"\n");
        line(&mut text, "cidr", quoted(cidr));
    }
    if !stack.base_images.is_empty() {
        text.push_str("\n[images]\n");
        line(&mut text, "base", list(&stack.base_images));
    }
    for one in &stack.services {
        text.push_str(&format!("\n[services.{}]\n", key(one.name.as_str())));
        text.push_str(&service(one));
    }
    uptime(stack, &mut text);
    text
}

/// The lines under a service's heading.
pub(super) fn service(service: &Service) -> String {
    let mut text = String::new();
    line(&mut text, "host  ", quoted(&service.host.to_string()));
    line(&mut text, "image ", quoted(&service.image.to_string()));
    line(&mut text, "port  ", service.port);
    line(&mut text, "cpu   ", service.cpu);
    line(&mut text, "memory", service.memory);
    line(&mut text, "count ", service.count);
    let mut health = vec![("path".to_owned(), quoted(&service.health.path))];
    if !service.health.command.is_empty() {
        health.push(("command".to_owned(), list(&service.health.command)));
    }
    line(&mut text, "health", table(&health));
    let env: Vec<_> = service.env.iter().map(|(name, value)| (key(name), quoted(value))).collect();
    let secrets: Vec<_> =
        service.secrets.iter().map(|(name, value)| (key(name), quoted(&value.to_string()))).collect();
    if !env.is_empty() {
        line(&mut text, "env   ", table(&env));
    }
    if !secrets.is_empty() {
        line(&mut text, "secrets", table(&secrets));
    }
    text
}

fn uptime(stack: &Stack, text: &mut String) {
    if stack.level.is_none() && stack.schedule.is_none() {
        return;
    }
    text.push_str("\n[uptime]\n");
    if let Some(level) = stack.level {
        line(text, "level", quoted(level.word()));
    }
    if let Some(schedule) = &stack.schedule {
        let pairs = [
            ("timezone".to_owned(), quoted(&schedule.timezone)),
            ("awake".to_owned(), quoted(&schedule.awake())),
            ("otherwise".to_owned(), quoted("doze")),
        ];
        line(text, "schedule", table(&pairs));
    }
}

fn line(text: &mut String, key: &str, value: impl Display) {
    // Writing to a text cannot fail.
    let _ = writeln!(text, "{key} = {value}");
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

fn key(text: &str) -> String {
    Key::new(text).display_repr().into_owned()
}

fn list(texts: &[String]) -> String {
    let each: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
    format!("[{}]", each.join(", "))
}

fn table(pairs: &[(String, String)]) -> String {
    let pairs: Vec<String> = pairs.iter().map(|(key, value)| format!("{key} = {value}")).collect();
    format!("{{ {} }}", pairs.join(", "))
}
