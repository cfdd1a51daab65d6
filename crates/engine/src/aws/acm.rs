//! Certificate Manager: the certificate.
//!
//! Made means that AWS has said which record proves it; settled means that it is issued.
//!
//! | | |
//! | --- | --- |
//! | in | a domain and further names |
//! | out | the ARN; facts `validation name` and `validation value`, the same for all names |

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_acm::types::{
    CertificateDetail, CertificateStatus, CertificateSummary, Filters, KeyAlgorithm, Tag, ValidationMethod,
};
use aws_smithy_types::date_time::Format;
use topology::node::{NodeId, NodeKind, Spec};
use topology::observation::{Condition, Found};
use topology::stack::StackName;

use super::limits::Api;
use super::mark::{self, Tags};
use super::observe::{Look, Seen};
use super::{Aws, AwsError, Class, Probe, Task, wait};

pub const VALIDATION_NAME: &str = "validation name";
pub const VALIDATION_VALUE: &str = "validation value";

/// Until AWS names the record; Terraform's figure.
const DETAILS: Duration = Duration::from_secs(5 * 60);
/// AWS itself goes on trying for 72 h.
const ISSUED: Duration = Duration::from_secs(72 * 3600);
/// A listener that is gone may hold it for some time; Terraform's figure.
const RELEASED: Duration = Duration::from_secs(20 * 60);
const CONDITION: &str = "it is issued";
/// The fact that names what uses the certificate: until nothing does, it cannot be deleted.
pub const IN_USE_BY: &str = "in use by";

pub async fn make(task: &Task<'_>, spec: &Spec, found: Option<&Found>) -> Result<Found, AwsError> {
    let Spec::Certificate { domain, alternatives } = spec else { unreachable!("part::make knows the kind") };
    let arn = match found {
        Some(found) if found.facts.contains_key(VALIDATION_VALUE) => return Ok(found.clone()),
        Some(found) => found.aws_id.clone(),
        None => {
            let names: Vec<String> = alternatives.iter().map(ToString::to_string).collect();
            request(task, domain.as_str(), names).await?
        }
    };
    wait::until(task, "AWS names the record that proves the certificate", DETAILS, async || {
        let found = match describe(task.aws, &arn).await {
            Ok(detail) => as_found(&arn, &detail),
            // A certificate cannot be read for the first seconds.
            Err(error) if error.class == Class::NotFound => return Ok(Probe::NotYet(None)),
            Err(error) => return Err(error),
        };
        Ok(if found.facts.contains_key(VALIDATION_VALUE) { Probe::Done(found) } else { Probe::NotYet(None) })
    })
    .await
}

pub async fn settle(task: &Task<'_>, _spec: &Spec, made: Found) -> Result<Found, AwsError> {
    if made.condition == Condition::Ready {
        return Ok(made);
    }
    wait::until(task, "the certificate is issued", ISSUED, async || {
        let found = as_found(&made.aws_id, &describe(task.aws, &made.aws_id).await?);
        match &found.condition {
            Condition::Ready => Ok(Probe::Done(found)),
            Condition::Unwell(why) => Err(AwsError::new(
                format!("have the certificate of `{}` issued", task.name),
                Class::Failed,
                why.clone(),
            )),
            _ => Ok(Probe::NotYet(None)),
        }
    })
    .await
}

pub async fn delete(task: &Task<'_>, found: &Found) -> Result<(), AwsError> {
    if !is_ours(task.aws, &found.aws_id, task.stack).await? {
        // Somebody's own, or gone.
        return Ok(());
    }
    let doing = format!("delete the certificate of `{}`", task.name);
    let request = task.aws.inner.acm.delete_certificate().certificate_arn(&found.aws_id);
    wait::through(task, "the load balancer lets the certificate go", RELEASED, async || {
        match task.aws.call(Api::Acm, &doing, request.clone().send()).await {
            Err(error) if error.class == Class::NotFound => Ok(()),
            Err(error) => Err(error),
            Ok(_) => Ok(()),
        }
    })
    .await
}

/// The stack's certificate: of the one that its HTTPS listener, in `found`, serves, and all that are for its domain
/// with its tags, the one that is furthest. The others stand where no stack asks for them, so that they go: they are
/// left from a request whose answer was lost, or they were replaced while the listener still held them.
pub async fn observe(look: &Look<'_>, found: &BTreeMap<NodeId, Found>) -> Result<Seen, AwsError> {
    let https = found.get(&NodeId::part(NodeKind::Listener, "https"));
    let wanted = look.wanted.and_then(|wanted| match &wanted.nodes.get(&id())?.spec {
        Spec::Certificate { domain, .. } => Some(domain.as_str()),
        _ => None,
    });
    let arn = https.and_then(|listener| listener.facts.get("certificate")).map(String::as_str);
    let (served, others) = tokio::try_join!(served(look, arn, wanted), ours_but(look, arn, wanted))?;
    let mut all: Vec<Found> = served.into_iter().chain(others).collect();
    // Among equals the one that is served stays first.
    all.sort_by_key(|found| std::cmp::Reverse(rank(found)));
    let mut seen = Seen::default();
    for (number, found) in all.into_iter().enumerate() {
        let is_first = number == 0;
        if !is_first
            && arn == Some(found.aws_id.as_str())
            && !is_ours(look.aws, &found.aws_id, look.stack).await?
        {
            continue;
        }
        let part = if is_first { String::new() } else { last_part(&found.aws_id) };
        seen.found.insert(NodeId { kind: NodeKind::Certificate, part }, found);
    }
    Ok(seen)
}

/// The stack's certificates but the one at `served`, among all that are for the `wanted` domain.
async fn ours_but(
    look: &Look<'_>,
    served: Option<&str>,
    wanted: Option<&str>,
) -> Result<Vec<Found>, AwsError> {
    let summaries = list(look.aws).await?;
    let candidates = summaries
        .iter()
        .filter(|summary| wanted.is_none() || summary.domain_name() == wanted)
        .filter_map(|summary| summary.certificate_arn())
        .filter(|arn| Some(*arn) != served);
    let ours = futures::future::try_join_all(candidates.map(|arn| ours_at(look, arn))).await?;
    Ok(ours.into_iter().flatten().collect())
}

/// The certificate at `arn`, which the stack's listener serves, if it is for the `wanted` domain. Whether somebody
/// has put a certificate of their own there, [`delete`] asks.
async fn served(look: &Look<'_>, arn: Option<&str>, wanted: Option<&str>) -> Result<Option<Found>, AwsError> {
    let Some(arn) = arn else { return Ok(None) };
    match describe(look.aws, arn).await {
        Ok(detail) if wanted.is_none() || detail.domain_name() == wanted => Ok(Some(as_found(arn, &detail))),
        Ok(_) => Ok(None),
        Err(error) if error.class == Class::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The certificate at `arn`, if it is the stack's.
async fn ours_at(look: &Look<'_>, arn: &str) -> Result<Option<Found>, AwsError> {
    if !is_ours(look.aws, arn, look.stack).await? {
        return Ok(None);
    }
    match describe(look.aws, arn).await {
        Ok(detail) => Ok(Some(as_found(arn, &detail))),
        // It was requested this moment, and cannot be read yet; or it went this moment.
        Err(error) if error.class == Class::NotFound => {
            Ok(Some(Found::new(arn, Condition::Settling(CONDITION.into()))))
        }
        Err(error) => Err(error),
    }
}

async fn request(task: &Task<'_>, domain: &str, alternatives: Vec<String>) -> Result<String, AwsError> {
    let doing = format!("request the certificate of `{domain}`");
    let tag = |(key, value): (&str, String)| Tag::builder().key(key).value(value).build();
    let tags: Result<Vec<Tag>, _> = task.tags().into_iter().map(tag).collect();
    let tags = tags.map_err(|error| AwsError::new(&doing, Class::Invalid, error.to_string()))?;
    // A retry after a lost answer is known by the token. A token that outlives this call would bring back, for an
    // hour, a certificate that was deleted meanwhile.
    let token = crate::clock::fresh_id();
    let request = task.aws.inner.acm.request_certificate().domain_name(domain).set_tags(Some(tags));
    let request = request.set_subject_alternative_names(Some(alternatives)).idempotency_token(token);
    let request = request.validation_method(ValidationMethod::Dns);
    let answer = task.aws.call(Api::Acm, &doing, request.send()).await?;
    answer.certificate_arn.ok_or_else(|| mark::empty_answer(&doing))
}

async fn describe(aws: &Aws, arn: &str) -> Result<CertificateDetail, AwsError> {
    let doing = "look at the certificate";
    let request = aws.inner.acm.describe_certificate().certificate_arn(arn);
    aws.call(Api::Acm, doing, request.send()).await?.certificate.ok_or_else(|| mark::empty_answer(doing))
}

async fn list(aws: &Aws) -> Result<Vec<CertificateSummary>, AwsError> {
    let mut all = Vec::new();
    let mut next = None;
    loop {
        // Without this filter AWS lists 2048-bit RSA keys alone.
        let keys = Filters::builder().key_types(KeyAlgorithm::Rsa2048).build();
        let request = aws.inner.acm.list_certificates().includes(keys).set_next_token(next);
        let page = aws.call(Api::Acm, "list the certificates", request.send()).await?;
        all.extend(page.certificate_summary_list.unwrap_or_default());
        next = page.next_token;
        if next.is_none() {
            return Ok(all);
        }
    }
}

async fn is_ours(aws: &Aws, arn: &str, stack: &StackName) -> Result<bool, AwsError> {
    let request = aws.inner.acm.list_tags_for_certificate().certificate_arn(arn);
    let answer = match aws.call(Api::Acm, "read the certificate's tags", request.send()).await {
        Ok(answer) => answer,
        Err(error) if error.class == Class::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    let tags = answer.tags.unwrap_or_default();
    let tags = Tags::of(tags.iter().map(|tag| (Some(tag.key()), tag.value())));
    Ok(tags.node_of(stack) == Some(id()))
}

fn as_found(arn: &str, detail: &CertificateDetail) -> Found {
    let status = detail.status();
    let condition = match status {
        Some(CertificateStatus::Issued) => Condition::Ready,
        Some(CertificateStatus::PendingValidation) | None => Condition::Settling(CONDITION.into()),
        Some(other) => {
            let reason = detail.failure_reason().map(|reason| format!(": {reason}")).unwrap_or_default();
            Condition::Unwell(format!("{other}{reason}"))
        }
    };
    let domain = detail.domain_name().unwrap_or_default();
    let mut names: Vec<&str> = detail.subject_alternative_names().iter().map(String::as_str).collect();
    if !names.contains(&domain) {
        names.push(domain);
    }
    names.sort_unstable();
    let mut found = Found::new(arn, condition)
        .field("names", names.join(", "))
        .fact("name", domain)
        .fact("status", status.map_or("", CertificateStatus::as_str));
    if let Some(time) = detail.not_after() {
        found = found.fact("expires", time.fmt(Format::DateTime).unwrap_or_default());
    }
    if !detail.in_use_by().is_empty() {
        found = found.fact(IN_USE_BY, detail.in_use_by().join(", "));
    }
    let record = detail.domain_validation_options().iter().find_map(|option| option.resource_record());
    if let Some(record) = record {
        found = found.fact(VALIDATION_NAME, record.name()).fact(VALIDATION_VALUE, record.value());
    }
    found
}

fn rank(found: &Found) -> u8 {
    match found.condition {
        Condition::Ready => 2,
        Condition::Settling(_) | Condition::WaitingForYou(_) => 1,
        Condition::Unwell(_) => 0,
    }
}

/// The id at the end of an ARN.
fn last_part(arn: &str) -> String {
    arn.rsplit('/').next().unwrap_or(arn).to_owned()
}

fn id() -> NodeId {
    NodeId::only(NodeKind::Certificate)
}
