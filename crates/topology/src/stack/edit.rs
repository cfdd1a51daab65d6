//! A stack back into its text: [`write`] changes an existing file and keeps its comments, order and formatting;
//! [`print`] makes a fresh one.

mod print;
mod table;

use std::collections::BTreeMap;

use toml_edit::{DocumentMut, Item, Table, TableLike};

pub use self::print::print;
use self::table::{Scalar, child, fresh_inline, fresh_table, set, set_texts, unset, within};
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
            within(root, "network", fresh_table, |table| {
                set(table, "mode", Scalar::text("dedicated"));
                set(table, "cidr", Scalar::text(cidr).or_absent(CIDR));
            });
        }
    }
}

fn images(root: &mut Table, base: &[String]) {
    if base.is_empty() && !root.contains_key("images") {
        return;
    }
    within(root, "images", fresh_table, |table| set_texts(table, "base", base));
}

fn uptime(root: &mut Table, stack: &Stack) {
    if stack.level.is_none() && stack.schedule.is_none() && !root.contains_key("uptime") {
        return;
    }
    let mut is_empty = false;
    within(root, "uptime", fresh_table, |table| {
        let was_empty = table.is_empty();
        match stack.level {
            Some(level) => set(table, "level", Scalar::text(level.word())),
            None => unset(table, "level"),
        }
        match &stack.schedule {
            Some(wanted) => schedule(table, wanted),
            None => unset(table, "schedule"),
        }
        is_empty = table.is_empty() && !was_empty;
    });
    if is_empty {
        root.remove("uptime");
    }
}

fn schedule(uptime: &mut dyn TableLike, schedule: &Schedule) {
    let is_new = !uptime.contains_key("schedule");
    within(uptime, "schedule", fresh_inline, |table| {
        set(table, "timezone", Scalar::text(&schedule.timezone));
        let wanted = Window { days: schedule.days.clone(), from: schedule.from, until: schedule.until };
        let same = |text: &str| Window::read(text).is_ok_and(|window| window == wanted);
        set(table, "awake", Scalar::text(&schedule.awake()).or_same(&same));
        if is_new {
            set(table, "otherwise", Scalar::text("doze"));
        }
    });
}

fn services(root: &mut Table, services: &[Service]) {
    let around = || {
        let mut table = Table::new();
        table.set_implicit(true);
        Item::Table(table)
    };
    within(root, "services", around, |table| {
        let is_wanted = |name: &str| services.iter().any(|service| service.name.as_str() == name);
        let gone: Vec<String> =
            table.iter().map(|(name, _)| name.to_owned()).filter(|name| !is_wanted(name)).collect();
        for name in gone {
            table.remove(&name);
        }
        for wanted in services {
            within(table, wanted.name.as_str(), fresh_table, |table| service(table, wanted));
        }
    });
}

fn service(table: &mut dyn TableLike, service: &Service) {
    set(
        table,
        "host",
        Scalar::text(&service.host.to_string()).or_same(&|text| Host::read(text) == service.host),
    );
    let same_image = |text: &str| Image::read(text) == service.image;
    set(table, "image", Scalar::text(&service.image.to_string()).or_same(&same_image));
    set(table, "port", Scalar::whole(service.port.into()));
    set(table, "cpu", Scalar::whole(service.cpu.into()).or_absent_whole(CPU.into()));
    set(table, "memory", Scalar::whole(service.memory.into()).or_absent_whole(MEMORY.into()));
    set(table, "count", Scalar::whole(service.count.into()).or_absent_whole(COUNT.into()));
    health(table, service);
    map(table, "env", &service.env);
    let secrets = service.secrets.iter().map(|(name, reference)| (name.clone(), reference.to_string()));
    map(table, "secrets", &secrets.collect());
}

fn health(service_table: &mut dyn TableLike, service: &Service) {
    let health = &service.health;
    let usual = health.path == HEALTH_PATH && health.command.is_empty();
    if usual && !service_table.contains_key("health") {
        return;
    }
    within(service_table, "health", fresh_inline, |table| {
        set(table, "path", Scalar::text(&health.path).or_absent(HEALTH_PATH));
        set_texts(table, "command", &health.command);
    });
}

/// A table of texts: what is not wanted goes, and the table with its last entry.
fn map(around: &mut dyn TableLike, key: &str, wanted: &BTreeMap<String, String>) {
    if wanted.is_empty() && !around.contains_key(key) {
        return;
    }
    let mut is_left_empty = false;
    within(around, key, fresh_inline, |table| {
        let gone: Vec<String> =
            table.iter().map(|(name, _)| name.to_owned()).filter(|name| !wanted.contains_key(name)).collect();
        for name in &gone {
            unset(table, name);
        }
        for (name, value) in wanted {
            set(table, name, Scalar::text(value));
        }
        is_left_empty = wanted.is_empty() && !gone.is_empty();
    });
    if is_left_empty {
        around.remove(key);
    }
}

#[cfg(test)]
mod tests;
