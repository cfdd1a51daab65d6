//! The hosted zone, the certificate, and the record that proves it. The hosts' records stand with their services.

use super::hcl::{Block, Value};
use super::section::{Section, World};
use crate::node::{NodeId, NodeKind, Spec};
use crate::observation::MADE;

const VALIDATION_TTL: u32 = 300;

pub(super) fn section(world: &World<'_>) -> Section {
    let mut section = Section::default();
    zone(world, &mut section);
    certificate(world, &mut section);
    validation(world, &mut section);
    section
}

/// The reference to the hosted zone's id.
pub(super) fn zone_id(world: &World<'_>) -> Value {
    let owner = if is_made(world) { "" } else { "data." };
    Value::reference(format!("{owner}aws_route53_zone.main.zone_id"))
}

/// The id of the zone, as AWS writes it in the ids of its records.
pub(super) fn zone_aws_id(world: &World<'_>) -> Option<String> {
    let id = world.aws_id(&NodeId::only(NodeKind::HostedZone))?;
    Some(id.trim_start_matches("/hostedzone/").to_owned())
}

/// A zone that was there before the stack is not the stack's.
fn is_made(world: &World<'_>) -> bool {
    let id = NodeId::only(NodeKind::HostedZone);
    world.found(&id).is_none() || world.fact(&id, MADE).is_some()
}

fn zone(world: &World<'_>, section: &mut Section) {
    let domain = world.stack.domain.as_str();
    if is_made(world) {
        let zone = Block::resource("aws_route53_zone", "main")
            .about(&[
                "Take care not to delete it: a new zone gets new name servers, and the registrar would go on naming",
                "the old ones.",
            ])
            .set("name", domain)
            .set("comment", "");
        section.resource(zone, zone_aws_id(world));
    } else {
        let zone = Block::data("aws_route53_zone", "main")
            .about(&["It was there before the stack: used, not managed."])
            .set("zone_id", zone_aws_id(world).unwrap_or_default());
        section.add(zone);
    }
}

fn certificate(world: &World<'_>, section: &mut Section) {
    let id = NodeId::only(NodeKind::Certificate);
    let Some(Spec::Certificate { domain, alternatives }) = world.spec(&id) else { return };
    let alternatives = alternatives.iter().map(|name| Value::from(name.as_str())).collect::<Vec<_>>();
    let certificate = Block::resource("aws_acm_certificate", "main")
        .set("domain_name", domain.as_str())
        .set("subject_alternative_names", alternatives)
        .set("validation_method", "DNS")
        .block(Block::new("lifecycle").set("create_before_destroy", true));
    section.resource(certificate, world.aws_id(&id));
}

/// One record proves the domain and all names below it.
fn validation(world: &World<'_>, section: &mut Section) {
    let id = NodeId::only(NodeKind::ValidationRecord);
    if world.spec(&id).is_none() {
        return;
    }
    let option = Value::reference(
        "one([\n    for option in aws_acm_certificate.main.domain_validation_options :\n    option if option.domain_name == aws_acm_certificate.main.domain_name\n  ])",
    );
    section.add(
        Block::new("locals")
            .about(&["The domain and its wildcard are proven by the same record."])
            .set("validation", option),
    );
    let record = Block::resource("aws_route53_record", "certificate_validation")
        .set("zone_id", zone_id(world))
        .set("name", Value::reference("local.validation.resource_record_name"))
        .set("type", Value::reference("local.validation.resource_record_type"))
        .set("ttl", VALIDATION_TTL)
        .set("records", vec![Value::reference("local.validation.resource_record_value")]);
    let there = zone_aws_id(world).zip(world.aws_id(&id));
    section.resource(record, there.map(|(zone, name)| format!("{zone}_{name}_CNAME")));
}
