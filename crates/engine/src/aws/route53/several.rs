//! Several hosted zones of one domain: AWS allows them, and visitors are led to the one that the registrar names.

use aws_sdk_route53::types::HostedZone;
use topology::observation::{CHOSEN, Found, OTHER_ZONES};
use topology::stack::HostName;

use super::super::Aws;
use super::super::error::AwsError;
use super::zone::{self, Tags, bare};
use super::{delegation, without_dot};

type Tagged = (HostedZone, Tags);

/// The one among `zones`, all of one domain, that is used, and why.
pub async fn choose<'a>(
    aws: &Aws,
    zones: Vec<&'a Tagged>,
) -> Result<Option<(&'a Tagged, &'static str)>, AwsError> {
    let [first, _, ..] = zones[..] else {
        return Ok(zones.first().map(|only| (*only, "it is the only one")));
    };
    let domain = HostName::new(without_dot(&first.0.name));
    let delegated = delegation::delegated_to(aws, &domain).await;
    // Where every zone counts as delegated, that tells none from another.
    if let delegation::Delegated::To(_) = delegated {
        for zone in &zones {
            let name_servers = zone::name_servers(aws, &zone.0.id).await?.join(",");
            if delegated.is_to(&delegation::name_servers(&name_servers)) {
                return Ok(Some((*zone, "the registrar names its name servers")));
            }
        }
    }
    let records = |zone: &&Tagged| zone.0.resource_record_set_count.unwrap_or_default();
    // Among equals the same one in every look.
    let fullest = zones.into_iter().max_by_key(|zone| (records(zone), std::cmp::Reverse(zone.0.id.clone())));
    Ok(fullest
        .map(|zone| (zone, "no other holds more records, and the registrar is not known to name either")))
}

/// Marks the chosen zone with the others of its domain in `all`.
pub fn with_others(chosen: Found, all: &[Tagged], why: &str) -> Found {
    let domain = chosen.facts.get("domain").map(String::as_str);
    let others =
        all.iter().filter(|(zone, _)| zone.id != chosen.aws_id && Some(without_dot(&zone.name)) == domain);
    let mut others: Vec<&str> = others.map(|(zone, _)| bare(&zone.id)).collect();
    others.sort_unstable();
    others.dedup();
    if others.is_empty() {
        return chosen;
    }
    let others = others.join(" ");
    chosen.fact(OTHER_ZONES, others).fact(CHOSEN, why)
}
