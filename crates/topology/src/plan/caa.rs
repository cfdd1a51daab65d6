//! Whether the domain's CAA records let Amazon issue its certificate.
//!
//! Where any `issue` record stands, one must name an authority of Amazon's; for the wildcard, an `issuewild` record
//! counts instead, where there is one. Source: AWS Certificate Manager's guide, "Configure a CAA record".

use super::{Note, Severity};
use crate::node::NodeId;
use crate::observation::{CAA, Found};

const AMAZON: [&str; 4] = ["amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com"];

/// What forbids the certificate, by the records in the zone.
pub(super) fn forbids(certificate: &NodeId, zone: &Found) -> Option<Note> {
    let records: Vec<(&str, &str)> =
        zone.facts.get(CAA)?.split(' ').filter_map(|record| record.split_once('=')).collect();
    let of = |tag: &str| {
        let named: Vec<&str> = records.iter().filter(|(of, _)| *of == tag).map(|(_, name)| *name).collect();
        (!named.is_empty()).then_some(named)
    };
    let allows = |named: &Option<Vec<&str>>| {
        named.as_ref().is_none_or(|named| named.iter().any(|name| AMAZON.contains(name)))
    };
    let (issue, wild) = (of("issue"), of("issuewild"));
    let missing: Vec<String> = [("issue", &issue), ("issuewild", &wild)]
        .into_iter()
        .filter(|(_, named)| !allows(named))
        .map(|(tag, _)| format!("`0 {tag} \"amazon.com\"`"))
        .collect();
    (!missing.is_empty()).then(|| Note {
        severity: Severity::Error,
        node: Some(certificate.clone()),
        text: format!(
            "The CAA records of `{}` do not let Amazon issue its certificate. Add the CAA record {} there, then plan again.",
            zone.facts.get("domain").map_or("the domain", String::as_str),
            missing.join(" and ")
        ),
        offer: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::NodeKind;
    use crate::observation::Condition;

    fn told(records: &str) -> Option<String> {
        let zone =
            Found::new("/hostedzone/Z1", Condition::Ready).fact("domain", "example.org").fact(CAA, records);
        forbids(&NodeId::only(NodeKind::Certificate), &zone).map(|note| note.text)
    }

    #[test]
    fn amazon_or_nobody_named_is_fine() {
        assert_eq!(told(""), None);
        assert_eq!(told("issue=letsencrypt.org issue=amazon.com"), None);
        assert_eq!(told("iodef=mailto:me@example.org"), None);
    }

    #[test]
    fn another_authority_alone_is_told_with_the_record_that_is_missing() {
        let both = told("issue=letsencrypt.org issuewild=letsencrypt.org").expect("it is told");
        assert!(both.contains("`0 issue \"amazon.com\"` and `0 issuewild \"amazon.com\"`"), "{both}");
        let wild = told("issue=amazon.com issuewild=;").expect("it is told");
        assert!(wild.contains("record `0 issuewild \"amazon.com\"` there"), "{wild}");
    }
}
