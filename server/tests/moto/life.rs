//! The seed stack from its first deploy to its tear down.

use topology::stack::seed::seed;

use crate::agreement::{Place, Zone};

/// The most AWS calls of a first deploy, and of a plan that finds nothing to do.
const DEPLOY: u64 = 90;
const PLAN: u64 = 20;
/// Without services that tell, each repository is asked whose it is and whether it is whole, and roles are looked for by
/// name; and moto lists families that have no revision.
const PLAN_AT_OFF: u64 = 29;

#[test]
fn the_seed_stack_is_deployed_found_unchanged_and_torn_down_but_for_its_zone() {
    let place = Place::new(seed());
    let deployed = place.deploy();
    assert!(deployed["calls"].as_u64().expect("a number") <= DEPLOY, "{deployed}");
    place.is_there("awake");
    place.plans_nothing(PLAN);
    place.plans_nothing_in_full();
    let again = place.deploy();
    assert!(again["operation"].is_null(), "there was nothing to do: {again}");
    let destroyed = place.tear_down("cruddur", Zone::Kept);
    assert_eq!(destroyed["receipt"]["kept"][0]["id"], "hosted-zone");
    // The zone that was kept is taken up again.
    place.deploy();
    place.is_there("awake");
    place.tear_down("cruddur", Zone::Deleted);
}

#[test]
fn what_somebody_changes_out_of_sight_is_found_by_a_plan_in_full_and_set_right() {
    let place = Place::new(&format!("{}{WORKER}{SCHEDULE}", seed()));
    place.deploy();
    place.plans_nothing_in_full();
    place.make_by_hand("out_of_sight.py");
    place.plans_nothing(23);
    let changed = ["target-group/backend", "repository/backend-flask", "role/execution"];
    assert_eq!(place.ids_in_full(), changed);
    place.deploy_in_full();
    place.is_there("awake");
    place.plans_nothing_in_full();
}

#[test]
fn what_a_run_left_half_made_is_made_whole() {
    let place = Place::new(seed());
    place.make_by_hand("half_made.py");
    place.deploy();
    place.is_there("awake");
    place.plans_nothing(PLAN);
    place.tear_down("cruddur", Zone::Deleted);
}

#[test]
fn an_update_changes_what_differs_adds_a_service_and_takes_one_away() {
    let place = Place::new(&changed(&[]));
    place.deploy();
    let update = changed(&[
        ("backend-flask:latest", "backend-flask:v2"),
        ("cpu    = 256              # Fargate units", "cpu = 512"),
        ("memory = 512              # MiB", "memory = 1024"),
        ("memory = 512\ncount  = 1", "memory = 512\ncount = 3"),
        ("\"https://cruddur-dw.com\" }", "\"https://cruddur-dw.com\", LOG_LEVEL = \"debug\" }"),
        ("health = { path = \"/\" }", "health = { path = \"/up\" }"),
    ]);
    place.write(&format!("{update}{WORKER}"));
    place.deploy();
    place.is_there("awake");
    place.plans_nothing(PLAN);
    place.write(&update);
    place.deploy();
    place.is_there("awake");
    place.plans_nothing(PLAN);
    // Its images stay until the tear down.
    let (without_backend, _) = update.split_once("[services.backend]").expect("the last service");
    place.write(without_backend);
    place.deploy();
    place.is_there("awake");
    place.tear_down("cruddur", Zone::Deleted);
}

#[test]
fn a_scheduled_stack_is_parked_at_each_level_and_woken_from_it() {
    let place = Place::new(&format!("{}{SCHEDULE}", seed()));
    place.deploy();
    place.is_there("awake");
    for (level, most_calls) in [("doze", PLAN), ("sleep", PLAN), ("off", PLAN_AT_OFF)] {
        let parked = place.run(&["park", "cruddur", "--level", level, "--json"]);
        assert_eq!(parked["status"], "done", "{parked}");
        place.is_there(level);
        place.plans_nothing(most_calls);
        let woken = place.run(&["wake", "cruddur", "--wait", "none", "--json"]);
        assert_eq!(woken["status"], "done", "{woken}");
        place.is_there("awake");
        place.plans_nothing(PLAN);
    }
    place.tear_down("cruddur", Zone::Kept);
}

const WORKER: &str = r#"
[services.worker]
host   = "jobs"
image  = "public.ecr.aws/nginx/nginx:1.27"
port   = 8080
cpu    = 256
memory = 512
count  = 1
health = { path = "/" }
secrets = { QUEUE = "ssm:/cruddur/QUEUE" }
"#;

const SCHEDULE: &str = r#"
[uptime]
schedule = { timezone = "Europe/Berlin", awake = "Mon-Fri 09:00-18:00", otherwise = "doze" }
"#;

/// The seed stack's file with other words in it.
fn changed(words: &[(&str, &str)]) -> String {
    words.iter().fold(seed().to_owned(), |file, (from, to)| {
        assert!(file.contains(from), "`{from}` is in the seed stack");
        file.replace(from, to)
    })
}
