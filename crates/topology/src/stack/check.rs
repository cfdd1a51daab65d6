//! Every check of a stack file that needs more than its grammar.
//!
//! Each says what would be right. They know the limits of AWS that are the same everywhere, and nothing of an
//! account: whether a name is free, the plan says.

mod image;
mod name;
mod network;
mod service;

use super::problem::{Fault, Report};
use super::{Host, Stack, timezone};

pub use network::subnets;
pub use service::{COUNT_LIMIT, FARGATE_CPUS, fargate_memories};

/// The hosted zone's tags hold at most 40 × 256 characters of the compressed text; this much always compresses
/// into them in practice, and the engine checks exactly.
pub const FILE_LIMIT: usize = 60 * 1024;
/// Rules and target groups of one load balancer, and thus services.
pub const SERVICES_LIMIT: usize = 100;
/// Rules of one security group, and thus ports.
const PORTS_LIMIT: usize = 60;

/// The regions of AWS's public partition.
pub const REGIONS: [&str; 34] = [
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
];

/// Everything that is wrong with `stack`, whose text is `text`.
pub(super) fn check(stack: &Stack, text: &str, report: &mut Report) {
    size(text, report);
    name::stack(stack, report);
    region(stack, report);
    name::domain(stack, report);
    network::check(stack, report);
    image::base(stack, report);
    number_of_services(stack, report);
    name::collisions(stack, report);
    hosts(stack, report);
    for service in &stack.services {
        service::check(stack, service, report);
    }
    schedule(stack, report);
}

fn size(text: &str, report: &mut Report) {
    if text.len() > FILE_LIMIT {
        let wrong =
            format!("the file has {} bytes, and AWS's tags, which keep it, hold {FILE_LIMIT}", text.len());
        report.wrong("", Fault::new(wrong, "Split the stack in two, or move long values into secrets"));
    }
}

fn region(stack: &Stack, report: &mut Report) {
    let region = stack.region.as_str();
    if REGIONS.contains(&region) {
        return;
    }
    let nearest = REGIONS.into_iter().max_by(|one, other| {
        let likeness = |known: &str| strsim::normalized_damerau_levenshtein(region, known);
        likeness(one).total_cmp(&likeness(other))
    });
    let wrong = format!("`{region}` is no region of AWS");
    report.wrong("region", Fault::new(wrong, format!("Write one like `{}`", nearest.unwrap_or("us-east-1"))));
}

fn number_of_services(stack: &Stack, report: &mut Report) {
    let services = stack.services.len();
    if services == 0 {
        let wrong = "the stack has no service";
        report.wrong(
            "services",
            Fault::new(wrong, "Add a table such as `[services.web]` with `host`, `image` and `port`"),
        );
    }
    if services > SERVICES_LIMIT {
        let wrong = format!(
            "the stack has {services} services, and a load balancer takes at most 100 rules and target groups"
        );
        report.wrong("services", Fault::new(wrong, "Split it into two stacks, each under its own domain"));
    }
    let mut ports: Vec<u16> = stack.services.iter().map(|service| service.port).collect();
    ports.sort_unstable();
    ports.dedup();
    if ports.len() > PORTS_LIMIT {
        let wrong = format!(
            "the services have {} different ports, and a security group takes at most 60 rules",
            ports.len()
        );
        report.wrong(
            "services",
            Fault::new(wrong, "Let services share a port: each has an address of its own"),
        );
    }
}

/// A host has one service: the others of the same host would never be asked.
fn hosts(stack: &Stack, report: &mut Report) {
    for (index, service) in stack.services.iter().enumerate() {
        let Some(first) = stack.services[..index].iter().find(|first| first.host == service.host) else {
            continue;
        };
        let field = format!("services.{}.host", service.name);
        // What stands in for a host that could not be read is no host twice.
        if matches!(&service.host, Host::Label(label) if label.is_empty()) {
            continue;
        }
        let (wrong, right) = match &service.host {
            Host::Root => (
                format!(
                    "the services `{}` and `{}` both answer at the domain itself",
                    first.name, service.name
                ),
                "Give one of them a subdomain, such as `host = \"api\"`",
            ),
            Host::Label(label) => (
                format!("the services `{}` and `{}` both answer at `{label}`", first.name, service.name),
                "Give each service a host of its own",
            ),
        };
        report.wrong(&field, Fault::new(wrong, right));
    }
}

fn schedule(stack: &Stack, report: &mut Report) {
    let Some(schedule) = &stack.schedule else { return };
    if timezone::is_known(&schedule.timezone) {
        return;
    }
    let wrong = format!("`{}` is no timezone", schedule.timezone);
    let right = match timezone::nearest(&schedule.timezone) {
        Some(nearest) => format!("Write an IANA name: `{nearest}`, for example"),
        None => "Write an IANA name, such as `Europe/Berlin` or `UTC`".into(),
    };
    report.wrong("uptime.schedule.timezone", Fault::new(wrong, right));
}

/// `count` things with their noun, such as `1 character` or `64 characters`.
fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("{count} {noun}") } else { format!("{count} {noun}s") }
}
