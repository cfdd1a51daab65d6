//! Certificate Manager: certificates validated by a CNAME in their domain's hosted zone.
//!
//! DNS validation only; nothing here holds a key.

mod certificate;

pub(crate) use certificate::{Certificates, happen};

use winterbaume_acm::model as m;

use crate::refusal::{Answer, Refusal, refuse};
use crate::router::Call;
use crate::tags::merge;
use crate::wire::{json, page, read_json};
use crate::world::World;
use certificate::Certificate;

pub(crate) fn answer(world: &mut World, call: &Call) -> Answer {
    match call.operation.as_str() {
        "RequestCertificate" => certificate::request(world, call),
        "DescribeCertificate" => describe(world, call),
        "ListCertificates" => list(world, call),
        "DeleteCertificate" => certificate::delete(world, call),
        "RevokeCertificate" => certificate::revoke(world, call),
        "AddTagsToCertificate" => add_tags(world, call),
        "RemoveTagsFromCertificate" => remove_tags(world, call),
        "ListTagsForCertificate" => list_tags(world, call),
        other => refuse("UnknownOperationException", format!("The sandbox's ACM does not know {other}")),
    }
}

fn describe(world: &mut World, call: &Call) -> Answer {
    let request: m::DescribeCertificateRequest = read_json(call.body())?;
    let certificate = world.certificates.get(&request.certificate_arn)?;
    json(&m::DescribeCertificateResponse { certificate: Some(certificate.detail(world)) })
}

fn list(world: &mut World, call: &Call) -> Answer {
    let request: m::ListCertificatesRequest = read_json(call.body())?;
    let wanted = request.certificate_statuses.unwrap_or_default();
    let all: Vec<m::CertificateSummary> = world
        .certificates
        .all()
        .filter(|certificate| wanted.is_empty() || wanted.iter().any(|status| status == certificate.status()))
        .map(|certificate| certificate.summary(world))
        .collect();
    let size = request.max_items.unwrap_or(1000).clamp(1, 1000) as usize;
    let (items, next_token) = page(&all, request.next_token.as_deref(), size);
    json(&m::ListCertificatesResponse { certificate_summary_list: Some(items), next_token })
}

fn add_tags(world: &mut World, call: &Call) -> Answer {
    let request: m::AddTagsToCertificateRequest = read_json(call.body())?;
    let certificate = world.certificates.get_mut(&request.certificate_arn)?;
    let new = request.tags.into_iter().map(|tag| (tag.key, tag.value.unwrap_or_default()));
    merge(&mut certificate.tags, new, "InvalidTagException")?;
    json(&serde_json::json!({}))
}

fn remove_tags(world: &mut World, call: &Call) -> Answer {
    let request: m::RemoveTagsFromCertificateRequest = read_json(call.body())?;
    let certificate = world.certificates.get_mut(&request.certificate_arn)?;
    for tag in request.tags {
        certificate.tags.remove(&tag.key);
    }
    json(&serde_json::json!({}))
}

fn list_tags(world: &mut World, call: &Call) -> Answer {
    let request: m::ListTagsForCertificateRequest = read_json(call.body())?;
    let certificate: Result<&Certificate, Refusal> = world.certificates.get(&request.certificate_arn);
    let tags = certificate?
        .tags
        .iter()
        .map(|(key, value)| m::Tag { key: key.clone(), value: Some(value.clone()) })
        .collect();
    json(&m::ListTagsForCertificateResponse { tags: Some(tags) })
}
