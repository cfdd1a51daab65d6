//! What a stack file is read as, and the problems as a person reads them.

use super::*;
use crate::stack::seed::seed;

/// One problem a line.
fn problems(text: &str) -> String {
    match read(text) {
        Ok(_) => "none".into(),
        Err(problems) => problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
    }
}

/// The shortest good stack file, with `more` after it.
fn with(more: &str) -> String {
    format!(
        "name = \"shop\"\nregion = \"us-east-1\"\ndomain = \"example.org\"\n\n[services.web]\nhost = \"@\"\nimage = \
         \"web\"\nport = 80\n{more}"
    )
}

#[test]
fn the_seed_stack_is_read_in_full() {
    insta::assert_debug_snapshot!(read(seed()));
}

#[test]
fn what_is_left_out_has_its_usual_value() {
    insta::assert_debug_snapshot!(read(&with("")));
}

#[test]
fn a_file_that_uses_everything_is_read() {
    let text = with(
        r#"
secrets.DATABASE_URL = "ssm:/cruddur/DATABASE_URL"
secrets.KEY = "secretsmanager:arn:aws:secretsmanager:us-east-1:123456789012:secret:key-AbCdEf"
env."spring.port" = "80"

[services.proxy]
host = "proxy"
image = "public.ecr.aws/docker/library/nginx:1.29@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
port = 8080
cpu = 32768
memory = 249856

[network]
mode = "dedicated"
cidr = "192.168.0.0/20"

[uptime]
level = "sleep"
schedule = { timezone = "Europe/Berlin", awake = "Mon-Fri 09:00-18:00", otherwise = "doze" }
"#,
    );
    insta::assert_debug_snapshot!(read(&text));
}

#[test]
fn every_problem_is_told_at_once_with_its_line() {
    let text = r#"name = "Cruddur"
region = "eu-central-3"
domain = "https://cruddur.com"
colour = "blue"

[network]
mode = "private"

[images]
base = ["Python", "node:22", 3]

[services.frontend]
hots = "@"
image = "front end"
port = 70000
cpu = 300

[services.backend]
host = "api.v1"
port = "4567"
cpu = 512
memory = 512
count = -1
health = { path = "health", comand = [] }
env = { PORT = 4567, "1ST" = "x" }
secrets = { PASSWORD = "hunter2", "1ST" = "ssm:x" }

[uptime]
level = "asleep"
schedule = { timezone = "Europe/Brelin", awake = "weekdays", otherwise = "sleep" }
"#;
    insta::assert_snapshot!(problems(text));
}

#[test]
fn an_empty_file_says_what_it_needs() {
    insta::assert_snapshot!(problems(""));
}

#[test]
fn what_is_no_toml_is_a_problem_with_its_line() {
    let texts =
        ["name = \"shop", "name = shop", "\n\n[services.web\n", "name = \"a\"\nname = \"b\"", "just words"];
    let all: Vec<String> = texts.iter().map(|text| problems(text)).collect();
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn a_table_in_the_place_of_a_value_and_the_other_way_round() {
    let text = "name = []\nregion = true\nservices = 3\nnetwork = 1.5\nuptime = [{}]\n[domain]\n";
    insta::assert_snapshot!(problems(text));
}

#[test]
fn sizes_follow_the_whole_table_of_fargate() {
    let size = |cpu: u32, memory: u32| problems(&with(&format!("cpu = {cpu}\nmemory = {memory}\n")));
    for cpu in check::FARGATE_CPUS {
        for memory in check::fargate_memories(cpu) {
            assert_eq!(size(cpu, memory), "none");
        }
    }
    let bad =
        [(256, 4096), (512, 512), (1024, 9216), (4096, 30721), (8192, 17408), (32768, 122880 + 1024), (0, 1)];
    let all: Vec<String> = bad.iter().map(|(cpu, memory)| size(*cpu, *memory)).collect();
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn names_are_checked_with_what_aws_puts_before_and_after_them() {
    let named = |name: &str| problems(&with("").replace("shop", name));
    let served = |name: &str| problems(&with("").replace("services.web", &format!("services.{name}")));
    let all = [
        named("internal"),
        named("sg"),
        named("a-name-of-twenty-five-char"),
        named("double--hyphen"),
        named("9lives"),
        served("Web"),
        served("web-"),
        served(&"w".repeat(41)),
    ];
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn domains_are_checked() {
    let under = |domain: &str| problems(&with("").replace("example.org", domain));
    let long = format!("{}.example.org", "a".repeat(53));
    let all =
        ["localhost", "Example.org", "example.org.", "-a.org", "a..org", "münchen.de", "10.0.0.1", &long];
    insta::assert_snapshot!(all.map(under).join("\n"));
    assert_eq!(under(&long[1..]), "none", "64 characters are allowed");
}

#[test]
fn hosts_are_unique_and_at_most_one_is_the_root() {
    let service = |name: &str, host: &str| {
        format!("[services.{name}]\nhost = \"{host}\"\nimage = \"{name}\"\nport = 80\n")
    };
    let text = with(
        &[service("two", "@"), service("api", "api"), service("other", "api"), service("bad", "Api_1")]
            .concat(),
    );
    insta::assert_snapshot!(problems(&text));
}

#[test]
fn image_references_are_checked() {
    let image = |image: &str| problems(&with("").replace("\"web\"", &format!("\"{image}\"")));
    for good in [
        "web",
        "shop/web:2",
        "e/a.b_c-d:v1.2",
        "docker.io/nginx",
        "localhost:5000/x__y:1",
        "ghcr.io/a/b:main",
    ] {
        assert_eq!(image(good), "none", "{good}");
    }
    let long = "r".repeat(246);
    let bad = [
        "",
        "a",
        "web:",
        "web:-1",
        "a..b",
        "/web",
        "web@sha256:00",
        "docker.io/",
        "docker.io/Nginx",
        "a..b/c",
        &long,
    ];
    insta::assert_snapshot!(bad.map(image).join("\n"));
}

#[test]
fn health_checks_variables_and_secrets_are_checked() {
    let all = [
        "health = { path = \"/a b\" }",
        "health = { command = [\"curl\", \"x\"] }",
        "health = { command = [\"CMD-SHELL\", \"curl\", \"x\"] }",
        "health = { command = [\"CMD\"] }",
        "env = { A = \"1\" }\nsecrets = { A = \"ssm:A\" }",
        "env = { \"A B\" = \"1\" }",
        "secrets = { A = \"ssm:shop/A\", B = \"ssm:\", C = \"secretsmanager:a b\", D = \"vault:x\" }",
    ];
    insta::assert_snapshot!(all.map(|more| problems(&with(more))).join("\n"));
}

#[test]
fn networks_and_schedules_are_checked() {
    let all = [
        "[network]\nmode = \"dedicated\"\ncidr = \"10.0.0.0/8\"",
        "[network]\nmode = \"dedicated\"\ncidr = \"10.0.3.1/24\"",
        "[network]\nmode = \"dedicated\"\ncidr = \"12.0.0.0/16\"",
        "[network]\nmode = \"dedicated\"\ncidr = \"ten\"",
        "[network]\ncidr = \"10.0.0.0/16\"",
        "[uptime]\nschedule = { awake = \"Mon 22:00-06:00\" }",
        "[uptime]\nschedule = { timezone = \"Mars\", awake = \"Mon 06:00-07:00\", otherwise = \"off\" }",
    ];
    insta::assert_snapshot!(all.map(|more| problems(&with(more))).join("\n"));
}

#[test]
fn a_load_balancer_takes_a_hundred_services_and_a_security_group_sixty_ports() {
    let services: Vec<String> = (0..100)
        .map(|number| {
            format!(
                "[services.s{number}]\nhost = \"h{number}\"\nimage = \"i{number}\"\nport = {}\n",
                1000 + number
            )
        })
        .collect();
    insta::assert_snapshot!(problems(&with(&services.concat())));
}

#[test]
fn a_file_too_large_for_the_tags_that_keep_it_is_a_problem() {
    let text = with(&"# a long remark\n".repeat(4000));
    insta::assert_snapshot!(problems(&text));
}
