//! A stack back into its text: [`write()`] changes an existing file and keeps its comments, order and formatting;
//! [`print()`] makes a fresh one.

mod print;
mod table;

use std::collections::BTreeMap;

use toml_edit::{DocumentMut, Item, Table, TableLike};

pub use self::print::print;
use self::table::{Scalar, child, child_or_new, fresh_inline, fresh_table, set, set_texts, unset};
use super::file::{self, CIDR, COUNT, CPU, HEALTH_PATH, MEMORY};
use super::schedule::Window;
use super::{Host, Image, Network, Schedule, Service, Stack};

/// `text`, changed where it says other than `stack`, and only there. A text that is no TOML is printed anew.
pub fn write(text: &str, stack: &Stack) -> String {
    let Ok(mut document) = text.parse::<DocumentMut>() else { return print(stack) };
    root(document.as_table_mut(), stack);
    let edited = document.to_string();
    // A layout that cannot be kept is given up, never the values.
    match file::read(&edited) {
        Ok(back) if &back != stack => print(stack),
        _ => edited,
    }
}

fn root(root: &mut Table, stack: &Stack) {
    set(root, "name", Scalar::text(stack.name.as_str()));
    set(root, "region", Scalar::text(stack.region.as_str()));
    set(root, "domain", Scalar::text(stack.domain.as_str()));
    network(root, &stack.network);
    images(root, &stack.base_images);
    uptime(root, stack);
    services(root, &stack.services);
}

fn network(root: &mut Table, network: &Network) {
    match network {
        Network::DefaultVpc => {
            let Some(table) = child(root, "network") else { return };
            if table.contains_key("mode") {
                set(table, "mode", Scalar::text("default-vpc"));
            }
            unset(table, "cidr");
        }
        Network::Dedicated { cidr } => {
            let table = child_or_new(root, "network", fresh_table);
            set(table, "mode", Scalar::text("dedicated"));
            set(table, "cidr", Scalar::text(cidr).or_absent(CIDR));
        }
    }
}

fn images(root: &mut Table, base: &[String]) {
    if base.is_empty() && !root.contains_key("images") {
        return;
    }
    let table = child_or_new(root, "images", fresh_table);
    let had_keys = !table.is_empty();
    set_texts(table, "base", base);
    if had_keys && table.is_empty() {
        root.remove("images");
    }
}

fn uptime(root: &mut Table, stack: &Stack) {
    if stack.level.is_none() && stack.schedule.is_none() && !root.contains_key("uptime") {
        return;
    }
    let table = child_or_new(root, "uptime", fresh_table);
    let had_keys = !table.is_empty();
    match stack.level {
        Some(level) => set(table, "level", Scalar::text(level.word())),
        None => unset(table, "level"),
    }
    match &stack.schedule {
        Some(wanted) => schedule(table, wanted),
        None => unset(table, "schedule"),
    }
    if had_keys && table.is_empty() {
        root.remove("uptime");
    }
}

fn schedule(uptime: &mut dyn TableLike, schedule: &Schedule) {
    let is_new = !uptime.contains_key("schedule");
    let table = child_or_new(uptime, "schedule", fresh_inline);
    set(table, "timezone", Scalar::text(&schedule.timezone));
    let wanted = Window { days: schedule.days.clone(), from: schedule.from, until: schedule.until };
    let same = |text: &str| Window::read(text).is_ok_and(|window| window == wanted);
    set(table, "awake", Scalar::text(&schedule.awake()).or_same(&same));
    if is_new {
        set(table, "otherwise", Scalar::text("doze"));
    }
}

fn services(root: &mut Table, services: &[Service]) {
    let table = child_or_new(root, "services", || {
        let mut table = Table::new();
        table.set_implicit(true);
        Item::Table(table)
    });
    let is_wanted = |name: &str| services.iter().any(|service| service.name.as_str() == name);
    let gone: Vec<String> =
        table.iter().map(|(name, _)| name.to_owned()).filter(|name| !is_wanted(name)).collect();
    gone.iter().for_each(|name| unset(table, name));
    for wanted in services {
        service(child_or_new(table, wanted.name.as_str(), || fresh_service(wanted)), wanted);
    }
    let order: Vec<&str> = services.iter().map(|service| service.name.as_str()).collect();
    table::arrange(table, &order);
}

/// A new service has every size written out, as [`print()`] does it.
fn fresh_service(service: &Service) -> Item {
    let lines = print::service(service).parse::<DocumentMut>();
    lines.map_or_else(|_| fresh_table(), |lines| Item::Table(lines.as_table().clone()))
}

fn service(table: &mut dyn TableLike, service: &Service) {
    let same_host = |text: &str| Host::read(text) == service.host;
    let same_image = |text: &str| Image::read(text) == service.image;
    set(table, "host", Scalar::text(&service.host.to_string()).or_same(&same_host));
    set(table, "image", Scalar::text(&service.image.to_string()).or_same(&same_image));
    set(table, "port", Scalar::whole(service.port));
    set(table, "cpu", Scalar::whole(service.cpu).or_absent(i64::from(CPU)));
    set(table, "memory", Scalar::whole(service.memory).or_absent(i64::from(MEMORY)));
    set(table, "count", Scalar::whole(service.count).or_absent(i64::from(COUNT)));
    health(table, service);
    map(table, "env", &service.env);
    let secrets = service.secrets.iter().map(|(name, reference)| (name.clone(), reference.to_string()));
    map(table, "secrets", &secrets.collect());
}

fn health(service_table: &mut dyn TableLike, service: &Service) {
    let health = &service.health;
    let is_usual = health.path == HEALTH_PATH && health.command.is_empty();
    if is_usual && !service_table.contains_key("health") {
        return;
    }
    let table = child_or_new(service_table, "health", fresh_inline);
    set(table, "path", Scalar::text(&health.path).or_absent(HEALTH_PATH));
    set_texts(table, "command", &health.command);
}

/// A table of texts: what is not wanted goes, and the table with its last entry.
fn map(around: &mut dyn TableLike, key: &str, wanted: &BTreeMap<String, String>) {
    if wanted.is_empty() && !around.contains_key(key) {
        return;
    }
    let table = child_or_new(around, key, fresh_inline);
    let gone: Vec<String> =
        table.iter().map(|(name, _)| name.to_owned()).filter(|name| !wanted.contains_key(name)).collect();
    gone.iter().for_each(|name| unset(table, name));
    for (name, value) in wanted {
        set(table, name, Scalar::text(value));
    }
    if wanted.is_empty() && !gone.is_empty() {
        unset(around, key);
    }
}

#[cfg(test)]
mod tests;
