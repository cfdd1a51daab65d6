use super::*;
use crate::stack::seed::seed;

#[test]
fn a_file_that_says_the_same_stays_the_same_to_the_letter() {
    let stack = file::read(seed()).expect("the seed is right");
    assert_eq!(write(seed(), &stack), seed());
}

#[test]
fn one_changed_value_changes_one_line() {
    let mut stack = file::read(seed()).expect("the seed is right");
    stack.services[1].image = Image::read("backend-flask:v2");
    let text = write(seed(), &stack);
    let changed: Vec<_> = seed().lines().zip(text.lines()).filter(|(old, new)| old != new).collect();
    assert_eq!(changed.len(), 1, "{changed:?}");
    assert!(changed[0].1.contains("backend-flask:v2"));
    assert_eq!(file::read(&text).as_ref(), Ok(&stack));
}

#[test]
fn a_service_can_come_and_go() {
    let stack = file::read(seed()).expect("the seed is right");
    let mut larger = stack.clone();
    let mut admin = stack.services[1].clone();
    admin.name = super::super::ServiceName::new("admin");
    admin.host = Host::Label("admin".into());
    larger.services.push(admin);
    let text = write(seed(), &larger);
    assert_eq!(file::read(&text).as_ref(), Ok(&larger), "{text}");
    assert_eq!(file::read(&write(&text, &stack)), Ok(stack));
}

#[test]
fn a_printed_stack_reads_back() {
    let stack = file::read(seed()).expect("the seed is right");
    assert_eq!(file::read(&print(&stack)).as_ref(), Ok(&stack), "{}", print(&stack));
}
