//! One certificate: from request, through its CNAME, to issue and deletion.

use winterbaume_acm::model as m;

use crate::clock::Moment;
use crate::refusal::{Answer, Refusal, refusal, refuse};
use crate::router::Call;
use crate::tags::{Tags, merge};
use crate::wire::{json, read_json};
use crate::world::World;

/// How long after the request the CNAME to write cannot be read yet.
const RECORD_UNREADABLE: f64 = 4.0;
/// How long ACM takes to find the CNAME once it is there.
const VALIDATION: f64 = 60.0;
/// How long the same token means the same request.
const TOKEN_HONOURED: f64 = 3600.0;
const VALIDITY: f64 = 198.0 * 86_400.0;

#[derive(Debug, Default)]
pub(crate) struct Certificates {
    certificates: Vec<Certificate>,
}

#[derive(Debug)]
pub(super) struct Certificate {
    arn: String,
    domain: String,
    /// All names, the first one included.
    names: Vec<String>,
    token: Option<String>,
    options: Option<m::CertificateOptions>,
    requested_at: Moment,
    issued_at: Option<Moment>,
    is_revoked: bool,
    pub(super) tags: Tags,
}

impl Certificates {
    pub(super) fn all(&self) -> impl Iterator<Item = &Certificate> {
        self.certificates.iter()
    }

    pub(super) fn get(&self, arn: &str) -> Result<&Certificate, Refusal> {
        self.certificates.iter().find(|c| c.arn == arn).ok_or_else(|| missing(arn))
    }

    pub(super) fn get_mut(&mut self, arn: &str) -> Result<&mut Certificate, Refusal> {
        self.certificates.iter_mut().find(|c| c.arn == arn).ok_or_else(|| missing(arn))
    }

    /// Whether a listener may use the certificate: `None` when there is no such one.
    pub(crate) fn is_issued(&self, arn: &str) -> Option<bool> {
        self.get(arn).ok().map(|certificate| certificate.status() == "ISSUED")
    }
}

fn missing(arn: &str) -> Refusal {
    refusal("ResourceNotFoundException", format!("Could not find certificate {arn}."))
}

/// Issues every certificate whose CNAMEs have been in their zones for long enough.
pub(crate) fn happen(world: &mut World) {
    let now = world.now;
    for certificate in &mut world.certificates.certificates {
        if certificate.issued_at.is_some() {
            continue;
        }
        let found: Option<Vec<Moment>> = certificate
            .names
            .iter()
            .map(|name| world.zones.cname_since(&record_name(name), &record_value(name)))
            .collect();
        let newest = found.and_then(|found| found.into_iter().reduce(f64::max));
        let due = newest.map(|since| since.max(certificate.requested_at) + VALIDATION);
        certificate.issued_at = due.filter(|due| *due <= now);
    }
}

/// A name and its wildcard are proven by one and the same record.
fn bare(name: &str) -> &str {
    name.strip_prefix("*.").unwrap_or(name)
}

fn digest(text: &str) -> String {
    let hash = |offset: u64| {
        text.bytes().fold(0xcbf2_9ce4_8422_2325 ^ offset, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
    };
    format!("{:016x}{:016x}", hash(0), hash(0x9e37_79b9_7f4a_7c15))
}

fn record_name(name: &str) -> String {
    format!("_{}.{}.", digest(bare(name)), bare(name))
}

fn record_value(name: &str) -> String {
    format!("_{}.sandbox.acm-validations.aws.", digest(&format!("value of {}", bare(name))))
}

impl Certificate {
    pub(super) fn status(&self) -> &'static str {
        match self.issued_at {
            _ if self.is_revoked => "REVOKED",
            Some(_) => "ISSUED",
            None => "PENDING_VALIDATION",
        }
    }

    fn validations(&self, now: Moment) -> Vec<m::DomainValidation> {
        let readable = now >= self.requested_at + RECORD_UNREADABLE;
        let status = if self.issued_at.is_some() { "SUCCESS" } else { "PENDING_VALIDATION" };
        self.names
            .iter()
            .map(|name| m::DomainValidation {
                domain_name: Some(name.clone()),
                validation_domain: Some(name.clone()),
                validation_method: Some("DNS".to_owned()),
                validation_status: Some(status.to_owned()),
                resource_record: readable.then(|| m::ResourceRecord {
                    name: Some(record_name(name)),
                    r#type: Some("CNAME".to_owned()),
                    value: Some(record_value(name)),
                }),
                ..m::DomainValidation::default()
            })
            .collect()
    }

    pub(super) fn detail(&self, world: &World) -> m::CertificateDetail {
        let in_use = world.balancing.users_of_certificate(&self.arn, world.now);
        let issued = self.issued_at.map(|at| world.epoch(at));
        m::CertificateDetail {
            certificate_arn: Some(self.arn.clone()),
            domain_name: Some(self.domain.clone()),
            subject_alternative_names: Some(self.names.clone()),
            domain_validation_options: Some(self.validations(world.now)),
            subject: Some(format!("CN={}", self.domain)),
            issuer: Some("Amazon".to_owned()),
            created_at: Some(world.epoch(self.requested_at)),
            issued_at: issued,
            not_before: issued,
            not_after: issued.map(|issued| issued + VALIDITY),
            status: Some(self.status().to_owned()),
            r#type: Some("AMAZON_ISSUED".to_owned()),
            key_algorithm: Some("RSA_2048".to_owned()),
            signature_algorithm: Some("SHA256WITHRSA".to_owned()),
            renewal_eligibility: Some(if in_use.is_empty() { "INELIGIBLE" } else { "ELIGIBLE" }.to_owned()),
            in_use_by: Some(in_use),
            options: Some(self.options.clone().unwrap_or(m::CertificateOptions {
                certificate_transparency_logging_preference: Some("ENABLED".to_owned()),
                export: Some("DISABLED".to_owned()),
            })),
            ..m::CertificateDetail::default()
        }
    }

    pub(super) fn summary(&self, world: &World) -> m::CertificateSummary {
        let detail = self.detail(world);
        m::CertificateSummary {
            certificate_arn: detail.certificate_arn,
            domain_name: detail.domain_name,
            subject_alternative_name_summaries: detail.subject_alternative_names,
            has_additional_subject_alternative_names: Some(false),
            status: detail.status,
            r#type: detail.r#type,
            key_algorithm: detail.key_algorithm,
            in_use: Some(detail.in_use_by.is_some_and(|users| !users.is_empty())),
            renewal_eligibility: detail.renewal_eligibility,
            created_at: detail.created_at,
            issued_at: detail.issued_at,
            not_before: detail.not_before,
            not_after: detail.not_after,
            exported: Some(false),
            ..m::CertificateSummary::default()
        }
    }
}

fn check_name(name: &str) -> Result<(), Refusal> {
    let labels: Vec<&str> = bare(name).split('.').collect();
    let good = name.len() <= 253
        && labels.len() >= 2
        && labels.iter().all(|label| {
            (1..=63).contains(&label.len()) && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        });
    if good {
        return Ok(());
    }
    refuse(
        "ValidationException",
        format!(
            "1 validation error detected: Value '{name}' at 'domainName' failed to satisfy constraint: Member must satisfy regular expression pattern: (\\*\\.)?(((?!-)[A-Za-z0-9-]{{0,62}}[A-Za-z0-9])\\.)+((?!-)[A-Za-z0-9-]{{1,62}}[A-Za-z0-9])"
        ),
    )
}

pub(super) fn request(world: &mut World, call: &Call) -> Answer {
    let request: m::RequestCertificateRequest = read_json(call.body())?;
    let mut names = vec![request.domain_name.to_ascii_lowercase()];
    for name in request.subject_alternative_names.unwrap_or_default() {
        let name = name.to_ascii_lowercase();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.iter().try_for_each(|name| check_name(name))?;
    if request.domain_name.len() > 64 {
        return refuse(
            "InvalidDomainValidationOptionsException",
            "The first domain name can have at most 64 characters.",
        );
    }
    if names.len() > 10 {
        return refuse(
            "LimitExceededException",
            format!("Cannot request certificate with {} domain names; the limit is 10.", names.len()),
        );
    }
    let token = request.idempotency_token;
    let again = world.certificates.certificates.iter().find(|certificate| {
        token.is_some()
            && certificate.token == token
            && certificate.names == names
            && world.now < certificate.requested_at + TOKEN_HONOURED
    });
    if let Some(certificate) = again {
        return json(&m::RequestCertificateResponse { certificate_arn: Some(certificate.arn.clone()) });
    }
    let mut tags = Tags::new();
    let new = request.tags.unwrap_or_default();
    let new = new.into_iter().map(|tag| (tag.key, tag.value.unwrap_or_default()));
    merge(&mut tags, new, "InvalidTagException")?;
    let id = world.ids.uuid();
    let arn = world.arn("acm", &format!("certificate/{id}"));
    world.certificates.certificates.push(Certificate {
        arn: arn.clone(),
        domain: names.first().cloned().unwrap_or_default(),
        names,
        token,
        options: request.options,
        requested_at: world.now,
        issued_at: None,
        is_revoked: false,
        tags,
    });
    json(&m::RequestCertificateResponse { certificate_arn: Some(arn) })
}

pub(super) fn delete(world: &mut World, call: &Call) -> Answer {
    let request: m::DeleteCertificateRequest = read_json(call.body())?;
    let arn = request.certificate_arn;
    world.certificates.get(&arn)?;
    if !world.balancing.users_of_certificate(&arn, world.now).is_empty() {
        return refuse("ResourceInUseException", format!("Certificate {arn} in use."));
    }
    world.certificates.certificates.retain(|certificate| certificate.arn != arn);
    json(&serde_json::json!({}))
}

/// On AWS, of certificates that were exported alone; here of any, so that an unusable one can be had.
pub(super) fn revoke(world: &mut World, call: &Call) -> Answer {
    let request: m::RevokeCertificateRequest = read_json(call.body())?;
    let certificate = world.certificates.get_mut(&request.certificate_arn)?;
    certificate.is_revoked = true;
    json(&m::RevokeCertificateResponse { certificate_arn: Some(request.certificate_arn) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_and_its_wildcard_share_one_record() {
        assert_eq!(record_name("x.com"), record_name("*.x.com"));
        assert_eq!(record_value("x.com"), record_value("*.x.com"));
        assert_ne!(record_name("x.com"), record_name("api.x.com"));
    }

    #[test]
    fn names_without_a_dot_are_refused() {
        assert!(check_name("localhost").is_err());
        assert!(check_name("*.cruddur-dw.com").is_ok());
    }
}
