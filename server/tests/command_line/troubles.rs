//! Two at once, and a disk that is full.

use std::process::{Command, Stdio};

use crate::harness::{Place, Running};

/// A sandbox of its own, and a place that points at it and holds two stacks.
fn start(speed: &str) -> (Running, Place) {
    let mut place = Place::new();
    let seed = topology::stack::seed::seed();
    place.write("slipway.toml", seed);
    place.write(
        "other.toml",
        &seed.replace("\"cruddur\"", "\"other\"").replace("cruddur-dw.com", "other.example"),
    );
    let sandbox = place.command(&["sandbox", "--listen", "127.0.0.1:0", "--speed", speed]);
    let sandbox = Running::start(sandbox, 3);
    place.export(&sandbox.said);
    (sandbox, place)
}

#[test]
fn of_two_processes_the_second_is_told_what_the_first_does_and_another_stack_goes_on_beside_it() {
    let (_sandbox, place) = start("100");
    let first = place.command(&["deploy", "--json", "--data-dir", "data"]);
    // Its first line says that it has begun.
    let first = Running::start(first, 1);
    let second = place.run(&["park", "cruddur", "--data-dir", "data"]);
    second.assert_status(1);
    let who = format!("the command line (process {}) works on it", first.id());
    assert!(
        second.stderr.contains("`Deploy` of the stack `cruddur` is running already"),
        "{}",
        second.stderr
    );
    assert!(second.stderr.contains(&who) && second.stderr.contains("since"), "{}", second.stderr);
    place.run(&["deploy", "-f", "other.toml", "--data-dir", "data"]).assert_status(0);
}

#[test]
fn a_full_disk_is_told_and_once_there_is_room_the_next_deploy_goes_on() {
    let (_sandbox, place) = start("1000");
    // The shell's limit on the size of a file stands for the disk: 512 bytes a unit.
    let deploy = place.command(&["deploy", "--data-dir", "data"]);
    let mut limited = Command::new("sh");
    limited.args(["-c", "trap '' XFSZ; ulimit -f 300; exec \"$0\" deploy --data-dir data"]);
    limited.arg(deploy.get_program()).current_dir(place.path()).env_clear();
    let environment = deploy.get_envs().filter_map(|(name, value)| Some((name, value?)));
    let ended = limited.envs(environment).stdout(Stdio::null()).output().expect("runs");
    let told = String::from_utf8(ended.stderr).expect("text");
    assert_eq!(ended.status.code(), Some(1), "{told}");
    // What SQLite makes of a file that cannot grow.
    assert!(told.contains("the database did not answer as needed"), "{told}");
    assert!(told.contains("disk I/O error") || told.contains("disk is full"), "{told}");
    assert!(told.contains("un the command again"), "{told}");

    place.run(&["deploy", "--data-dir", "data"]).assert_status(0);
    place.run(&["plan", "--exit-code", "--data-dir", "data"]).assert_status(0);
}
