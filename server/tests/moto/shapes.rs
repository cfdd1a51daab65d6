//! Stacks of other shapes than the seed stack's.

use crate::agreement::{Place, Zone};

#[test]
fn a_stack_in_a_vpc_of_its_own() {
    let place = Place::new(
        r#"
name = "harbour"
region = "us-east-1"
domain = "harbour.example"
network = { mode = "dedicated", cidr = "10.42.0.0/16" }

[services.web]
host = "@"
image = "harbour/web:1"
port = 8080
cpu = 256
memory = 512
count = 2
health = { path = "/" }

[services.api]
host = "api"
image = "harbour/api:1"
port = 8080
cpu = 512
memory = 1024
count = 1
health = { path = "/health" }
secrets = { KEY = "secretsmanager:harbour/key", DATABASE_URL = "ssm:/harbour/DATABASE_URL" }
"#,
    );
    place.deploy();
    place.is_there("awake");
    // The network's own parts take three calls more than the default VPC.
    place.plans_nothing(23);
    place.tear_down("harbour", Zone::Kept);
}

#[test]
fn a_public_image_and_nothing_at_the_root() {
    let place = Place::new(
        r#"
name = "lantern"
region = "us-east-1"
domain = "lantern.example"

[services.web]
host = "www"
image = "public.ecr.aws/nginx/nginx:1.27"
port = 80
cpu = 256
memory = 512
count = 1
health = { path = "/" }
"#,
    );
    place.deploy();
    place.is_there("awake");
    place.plans_nothing(20);
    place.tear_down("lantern", Zone::Deleted);
}

#[test]
fn twelve_services_under_a_long_name_are_planned_with_a_few_calls_more() {
    let name = "a-fleet-with-a-long-name";
    let head = format!("name = \"{name}\"\nregion = \"us-east-1\"\ndomain = \"fleet.example\"\n");
    let services = (0..12).map(|number| {
        let host = if number == 0 { "@".to_owned() } else { format!("s{number}") };
        let port = 8000 + number % 3;
        format!(
            "\n[services.service-number-{number}]\nhost = \"{host}\"\nimage = \"fleet/service-{number}:1\"\n\
             port = {port}\ncpu = 256\nmemory = 512\ncount = 1\nhealth = {{ path = \"/\" }}\n"
        )
    });
    let place = Place::new(&std::iter::once(head).chain(services).collect::<String>());
    place.deploy();
    place.is_there("awake");
    place.plans_nothing(22);
    place.tear_down(name, Zone::Kept);
}
