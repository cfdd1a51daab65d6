//! Writing a changed stack back leaves everything else as it was.

use proptest::prelude::*;

use super::*;
use crate::samples::{any_stack, seed_stack};
use crate::stack::seed::seed;
use crate::stack::{HostName, Level, SecretRef, ServiceName};

/// The lines that differ, as a person would see them in git.
fn diff(before: &str, after: &str) -> String {
    let only_in = |one: &str, other: &str, sign: &str| -> Vec<String> {
        let lines = one.lines().filter(|line| !other.lines().any(|same| same == *line));
        lines.map(|line| format!("{sign} {line}")).collect()
    };
    [only_in(before, after, "-"), only_in(after, before, "+")].concat().join("\n")
}

#[test]
fn a_stack_that_has_not_changed_leaves_its_text_alone() {
    assert_eq!(write(seed(), &seed_stack()), seed());
}

#[test]
fn one_changed_value_changes_one_line() {
    let mut stack = seed_stack();
    stack.services[1].image = Image::read("backend-flask:v2");
    assert_eq!(
        diff(seed(), &write(seed(), &stack)),
        "- image  = \"backend-flask:latest\"\n+ image  = \"backend-flask:v2\""
    );
}

#[test]
fn what_changed_is_written_and_nothing_else() {
    let mut stack = seed_stack();
    stack.domain = HostName::new("example.org");
    stack.network = Network::Dedicated { cidr: "10.7.0.0/16".into() };
    stack.base_images.push("node".into());
    stack.services[0].cpu = 512;
    stack.services[0].memory = 1024;
    stack.services[1].health.command.clear();
    stack.services[1].env.insert("DEBUG".into(), "a \"quoted\" text".into());
    stack.services[1].secrets.insert("KEY".into(), SecretRef::Ssm("/cruddur/KEY".into()));
    stack.level = Some(Level::Doze);
    let after = write(seed(), &stack);
    assert_eq!(file::read(&after), Ok(stack));
    insta::assert_snapshot!(diff(seed(), &after));
}

#[test]
fn services_come_and_go_and_change_places() {
    let mut stack = seed_stack();
    let mut new = stack.services.remove(0);
    new.name = ServiceName::new("worker");
    new.host = Host::Label("worker".into());
    stack.services.push(new);
    let after = write(seed(), &stack);
    assert_eq!(file::read(&after), Ok(stack.clone()));
    insta::assert_snapshot!(after);
    stack.services.reverse();
    let turned = write(&after, &stack);
    assert_eq!(file::read(&turned), Ok(stack));
    assert!(turned.contains("# optional"), "{turned}");
}

#[test]
fn every_layout_of_a_table_can_be_changed() {
    let head = "name = 'shop'\nregion = 'us-east-1'\ndomain = 'example.org'\n";
    let layouts = [
        "services.web.host = '@' # root\nservices.web.image = 'web'\nservices.web.port = 80\n",
        "services = { web = { host = '@', image = 'web', port = 80 } }\n",
        "[services]\n[services.web] # the only one\nport = 80\nimage = 'web'\nhost = '@'\n[services.web.health]\npath = \
         '/'\n",
        "[services.web]\nport = 8_0\nimage = 'web:latest'\nhost = '@'\nenv.A = '1'\n[uptime]\nschedule.awake = 'Sun-Mon \
         09:00-10:00'\nschedule.timezone = 'UTC'\n",
        "[images]\nbase = [\n  'base', # remark\n]\n[services.web]\nport = 80\nimage = 'web'\nhost = '@'\nenv = {\n  A \
         = '1', # one\n}\n",
    ];
    let mut all = String::new();
    for layout in layouts {
        let text = format!("{head}{layout}");
        let mut stack = file::read(&text).expect("a good file");
        assert_eq!(write(&text, &stack), text);
        stack.services[0].memory = 1024;
        stack.services[0].env.insert("B".into(), "2".into());
        stack.services[0].health.path = "/ok".into();
        stack.base_images.push("more".into());
        let name = ServiceName::new("api");
        stack.services.push(Service { name, host: Host::Label("api".into()), ..stack.services[0].clone() });
        let after = write(&text, &stack);
        assert_eq!(file::read(&after), Ok(stack), "{after}");
        all.push_str(&after[head.len()..]);
        all.push_str("----\n");
    }
    insta::assert_snapshot!(all);
}

#[test]
fn a_text_that_is_no_toml_is_printed_anew() {
    insta::assert_snapshot!(write("name =", &seed_stack()));
}

#[test]
fn a_text_with_problems_keeps_what_a_form_cannot_change() {
    let text = seed().replace("[images]", "[imagse]");
    let after = write(&text, &seed_stack());
    assert!(after.contains("[imagse]") && after.contains("# MiB"), "{after}");
}

proptest! {
    #[test]
    fn what_is_printed_is_read_as_the_same(stack in any_stack()) {
        prop_assert_eq!(file::read(&print(&stack)), Ok(stack));
    }

    #[test]
    fn what_is_written_over_another_is_read_as_the_same(one in any_stack(), other in any_stack()) {
        let text = print(&one);
        prop_assert_eq!(&write(&text, &one), &text);
        let over = write(&text, &other);
        prop_assert_eq!(file::read(&over), Ok(other.clone()));
        prop_assert_eq!(write(&over, &other), over);
    }
}
