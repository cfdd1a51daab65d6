//! Route 53: hosted zones, their records, changes that take a while, and tags.
//!
//! Every zone counts as delegated; of several with one name, the newest.

mod change;
mod lookup;
mod record;
mod tagging;
mod zone;

pub(crate) use record::ALB_ZONE;
pub(crate) use zone::Zones;

use winterbaume_core::MockResponse;

use crate::refusal::{Answer, Refusal, refusal, refuse};
use crate::router::Call;
use crate::wire::decode;
use crate::world::World;

/// What a method and a path ask for.
pub(crate) fn operation(method: &str, path: &str, _query: &str) -> &'static str {
    let parts = segments(path);
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match (method, parts.as_slice()) {
        ("POST", ["hostedzone"]) => "CreateHostedZone",
        ("GET", ["hostedzone"]) => "ListHostedZones",
        ("GET", ["hostedzonesbyname"]) => "ListHostedZonesByName",
        ("GET", ["hostedzonecount"]) => "GetHostedZoneCount",
        ("GET", ["accountlimit", _]) => "GetAccountLimit",
        ("GET", ["hostedzone", _]) => "GetHostedZone",
        ("POST", ["hostedzone", _]) => "UpdateHostedZoneComment",
        ("DELETE", ["hostedzone", _]) => "DeleteHostedZone",
        ("POST", ["hostedzone", _, "rrset"]) => "ChangeResourceRecordSets",
        ("GET", ["hostedzone", _, "rrset"]) => "ListResourceRecordSets",
        ("GET", ["hostedzone", _, "dnssec"]) => "GetDNSSEC",
        ("GET", ["change", _]) => "GetChange",
        ("GET", ["tags", _, _]) => "ListTagsForResource",
        ("POST", ["tags", _, _]) => "ChangeTagsForResource",
        ("POST", ["tags", _]) => "ListTagsForResources",
        _ => "Unknown",
    }
}

/// The path below `/2013-04-01/`, without an id's own `/hostedzone/` prefix.
fn segments(path: &str) -> Vec<String> {
    path.trim_start_matches("/2013-04-01/")
        .split('/')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let part = decode(part);
            let bare = part.trim_start_matches("/hostedzone/").trim_start_matches("/change/");
            bare.to_owned()
        })
        .collect()
}

pub(crate) fn answer(world: &mut World, call: &Call) -> Answer {
    let parts = segments(call.path());
    let id = parts.get(1).map(String::as_str).unwrap_or_default();
    match call.operation.as_str() {
        "CreateHostedZone" => zone::create(world, call),
        "ListHostedZones" => zone::list(world, call),
        "ListHostedZonesByName" => zone::list_by_name(world, call),
        "GetHostedZoneCount" => zone::count(world),
        "GetHostedZone" => zone::get(world, id),
        "GetAccountLimit" => Ok(with_namespace(crate::quotas::zones(world, id)?)),
        "UpdateHostedZoneComment" => zone::comment(world, call, id),
        "DeleteHostedZone" => zone::delete(world, id),
        "ChangeResourceRecordSets" => record::change(world, call, id),
        "ListResourceRecordSets" => record::list(world, call, id),
        "GetDNSSEC" => zone::dnssec(world, id),
        "GetChange" => change::get(world, id),
        "ListTagsForResource" => tagging::list(world, &parts),
        "ChangeTagsForResource" => tagging::change(world, call, &parts),
        "ListTagsForResources" => tagging::list_many(world, call),
        _ => refuse(
            "InvalidAction",
            format!("The sandbox's Route 53 does not know {} {}", call.request.method, call.path()),
        ),
    }
}

/// Reads a body with one of winterbaume's readers.
fn invalid_input(message: String) -> Refusal {
    refusal("InvalidInput", message)
}

/// Adds what winterbaume leaves out: the namespace that strict readers want.
fn with_namespace(mut response: MockResponse) -> MockResponse {
    let text = String::from_utf8_lossy(&response.body);
    if let Some(end) = text.find(['>', '/']).filter(|_| text.starts_with('<') && !text.contains("xmlns=")) {
        let spaced = format!(
            "<?xml version=\"1.0\"?>\n{} xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"{}",
            &text[..end],
            &text[end..]
        );
        response.body = spaced.into();
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_operations() {
        assert_eq!(operation("POST", "/2013-04-01/hostedzone/Z1/rrset/", ""), "ChangeResourceRecordSets");
        assert_eq!(operation("GET", "/2013-04-01/hostedzone/Z1/rrset", ""), "ListResourceRecordSets");
        assert_eq!(operation("POST", "/2013-04-01/tags/hostedzone/Z1", ""), "ChangeTagsForResource");
        assert_eq!(operation("PATCH", "/", ""), "Unknown");
    }
}
