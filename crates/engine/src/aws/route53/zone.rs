//! The hosted zone and what its tags note.
//!
//! Registering a domain makes a zone of its name, so a zone that is there and belongs to nobody is taken up, never
//! doubled.
//!
//! | | |
//! | --- | --- |
//! | in | a domain, and the note; no note: the zone is let go |
//! | out | the zone's id; facts `domain`, `name servers`; fields `noted`, `level`, `stack file` |

use std::collections::BTreeMap;

use aws_sdk_route53::types::{HostedZone, RrType, Tag, TagResourceType};
use topology::names::fingerprint;
use topology::node::{NodeId, NodeKind, Spec, ZoneNote};
use topology::observation::{Condition, Found};
use topology::stack::{HostName, StackName};

use super::super::error::{AwsError, Class};
use super::super::limits::Api;
use super::super::mark::{self, ID, STACK};
use super::super::observe::{Look, Seen};
use super::super::{Aws, Task};
use super::note::{self, KEPT_BY, MADE, PREFIX};
use super::{all_records, several, without_dot};

/// What the reference of a zone begins with that Slipway makes.
const REFERENCE: &str = "slipway-";
/// The names of the tags that are there now, in one text.
const TAG_NAMES: &str = "tags";
/// A change takes no more of them.
const TAGS_A_CALL: usize = 10;
/// Zones whose tags one call returns.
const ZONES_A_CALL: usize = 10;

pub(super) type Tags = BTreeMap<String, String>;

pub async fn make(task: &Task<'_>, spec: &Spec, found: Option<&Found>) -> Result<Found, AwsError> {
    let Spec::HostedZone { domain, note } = spec else { unreachable!("part::make knows the kind") };
    let found = match found {
        Some(found) => found.clone(),
        None => create(task, domain).await?,
    };
    let wanted = spec.fields();
    if wanted.iter().all(|(field, value)| found.fields.get(field) == Some(value)) {
        return Ok(found);
    }
    match note {
        Some(note) => write_note(task, found, note).await,
        None => let_go(task, found).await,
    }
}

pub async fn delete(task: &Task<'_>, found: &Found) -> Result<(), AwsError> {
    let doing = format!("delete the hosted zone `{}`", task.name);
    let request = task.aws.inner.route53.delete_hosted_zone().id(&found.aws_id);
    match task.aws.call(Api::Route53, &doing, request.send()).await {
        Ok(_) => Ok(()),
        Err(error) if error.class == Class::NotFound => Ok(()),
        Err(error) if error.class == Class::InUse => Err(with_records_named(task, found, error).await),
        Err(error) => Err(error),
    }
}

pub async fn observe(look: &Look<'_>) -> Result<(Seen, Option<ZoneNote>), AwsError> {
    let domain = look.wanted.and_then(|wanted| match &wanted.nodes.get(&zone_id())?.spec {
        Spec::HostedZone { domain, .. } => Some(domain),
        _ => None,
    });
    let names_us = |tags: &Tags, key: &str| tags.get(key).map(String::as_str) == Some(look.stack.as_str());
    let is_ours = |tags: &Tags| names_us(tags, STACK);
    let is_kept = |tags: &Tags| !tags.contains_key(STACK) && names_us(tags, KEPT_BY);
    let mut tagged = match domain {
        Some(domain) => with_tags(look.aws, by_name(look.aws, domain).await?).await?,
        None => Vec::new(),
    };
    if !tagged.iter().any(|(_, tags)| is_ours(tags)) {
        // Nowhere, or under another domain than the file's.
        let others = with_tags(look.aws, all(look.aws).await?).await?;
        let counts = |tags: &Tags| is_ours(tags) || (domain.is_none() && is_kept(tags));
        tagged.extend(others.into_iter().filter(|(_, tags)| counts(tags)));
    }
    let mut seen = Seen::default();
    let ours = tagged.iter().find(|(_, tags)| is_ours(tags));
    let kept = tagged.iter().find(|(_, tags)| is_kept(tags));
    // Without a domain to go by, a zone of nobody's could be anybody's.
    let nobodys = tagged.iter().filter(|(_, tags)| domain.is_some() && !tags.contains_key(STACK));
    let chosen = match ours.or(kept) {
        Some(ours) => Some((ours, "its tags name the stack")),
        None => several::choose(look.aws, nobodys.collect()).await?,
    };
    if let Some(((zone, tags), why)) = chosen {
        let (found, note) = as_found(zone, tags, is_ours(tags));
        let found = several::with_others(found, &tagged, why);
        seen.found.insert(zone_id(), found);
        return Ok((seen, note));
    }
    if let (Some(_), Some((zone, tags))) = (domain, tagged.first()) {
        let (found, _) = as_found(zone, tags, false);
        seen.foreign.insert(zone_id(), found);
    }
    Ok((seen, None))
}

/// What a zone tells of a stack.
#[derive(Debug, Clone, PartialEq)]
pub enum ZoneTells {
    Deployed(ZoneNote),
    /// It was torn down, and its zone kept.
    Kept {
        domain: HostName,
    },
    /// It has the stack's tag, and no note that can be read.
    Unreadable,
}

/// Every stack that a zone of this account names.
pub async fn stacks(aws: &Aws) -> Result<BTreeMap<StackName, ZoneTells>, AwsError> {
    let mut stacks = BTreeMap::new();
    for (zone, tags) in with_tags(aws, all(aws).await?).await? {
        match (tags.get(STACK), tags.get(KEPT_BY)) {
            (Some(stack), _) => {
                let told = note::read(&tags).map_or(ZoneTells::Unreadable, |(level, file)| {
                    ZoneTells::Deployed(ZoneNote { level, file: file.unwrap_or_default() })
                });
                stacks.insert(StackName::new(stack), told);
            }
            // A stack of the same name may be deployed under another domain.
            (None, Some(stack)) => {
                let domain = HostName::new(without_dot(&zone.name));
                stacks.entry(StackName::new(stack)).or_insert(ZoneTells::Kept { domain });
            }
            (None, None) => {}
        }
    }
    Ok(stacks)
}

async fn create(task: &Task<'_>, domain: &HostName) -> Result<Found, AwsError> {
    let doing = format!("create the hosted zone `{domain}`");
    // A reference of its own: a retry of this call is known by it, a later zone is not taken for this one.
    let reference = format!("{REFERENCE}{}", crate::clock::fresh_id());
    let request =
        task.aws.inner.route53.create_hosted_zone().name(domain.as_str()).caller_reference(reference);
    let answer = match task.aws.call(Api::Route53, &doing, request.send()).await {
        Ok(answer) => answer,
        Err(error) if error.class == Class::Exists => return adopt(task, domain, &doing).await,
        Err(error) => return Err(error),
    };
    let zone = answer.hosted_zone.ok_or_else(|| mark::empty_answer(&doing))?;
    let name_servers = answer.delegation_set.map(|set| set.name_servers).unwrap_or_default();
    let (found, _) = as_found(&zone, &Tags::new(), false);
    Ok(with_name_servers(found, &name_servers).fact(MADE, "yes"))
}

/// The zone of a create whose answer was lost.
async fn adopt(task: &Task<'_>, domain: &HostName, doing: &str) -> Result<Found, AwsError> {
    let zones = by_name(task.aws, domain).await?;
    let zone = zones.first().ok_or_else(|| mark::empty_answer(doing))?;
    let tags =
        tags_of(task.aws, std::slice::from_ref(zone)).await?.remove(bare(&zone.id)).unwrap_or_default();
    let is_ours = tags.get(STACK).map(String::as_str) == Some(task.stack.as_str());
    if tags.contains_key(STACK) && !is_ours {
        return Err(mark::not_ours(doing, &zone.id));
    }
    let name_servers = name_servers(task.aws, &zone.id).await?;
    Ok(with_name_servers(as_found(zone, &tags, is_ours).0, &name_servers))
}

async fn write_note(task: &Task<'_>, found: Found, note: &ZoneNote) -> Result<Found, AwsError> {
    let mut tags: Vec<(String, String)> =
        task.tags().map(|(key, value)| (key.to_owned(), value)).into_iter().collect();
    if found.facts.contains_key(MADE) {
        tags.push((MADE.into(), "yes".into()));
    }
    tags.extend(note::tags(note)?);
    for some in tags.chunks(TAGS_A_CALL) {
        put_tags(task, &found, some).await?;
    }
    let kept: Vec<&str> = tags.iter().map(|(key, _)| key.as_str()).collect();
    let stale: Vec<String> = tag_names(&found).filter(|name| !kept.contains(&name.as_str())).collect();
    remove_tags(task, &found, &stale).await?;
    let names = kept.join(" ");
    let mut found = found.fact(TAG_NAMES, names).field("noted", "yes").field("level", note.level.to_string());
    found.facts.remove(KEPT_BY);
    Ok(found.field("stack file", fingerprint(&note.file)))
}

/// Forgets the stack, but for its name, by which the zone can still be found and deleted. That Slipway made the zone
/// stays true, and decides what a later tear down may take along.
async fn let_go(task: &Task<'_>, found: Found) -> Result<Found, AwsError> {
    // First: a zone that was let go halfway is found again.
    put_tags(task, &found, &[(KEPT_BY.to_owned(), task.stack.to_string())]).await?;
    let (mut kept, mut names): (Vec<String>, Vec<String>) = tag_names(&found).partition(|name| name == MADE);
    names.retain(|name| name != KEPT_BY);
    remove_tags(task, &found, &names).await?;
    kept.push(KEPT_BY.to_owned());
    let found = found.fact(KEPT_BY, task.stack.as_str());
    let mut found = found.fact(TAG_NAMES, kept.join(" ")).field("noted", "no");
    found.fields.remove("level");
    found.fields.remove("stack file");
    Ok(found)
}

async fn put_tags(task: &Task<'_>, found: &Found, tags: &[(String, String)]) -> Result<(), AwsError> {
    let doing = format!("note the stack in the tags of `{}`", task.name);
    let tags = tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect();
    let request =
        task.aws.inner.route53.change_tags_for_resource().resource_type(TagResourceType::Hostedzone);
    let request = request.resource_id(bare(&found.aws_id)).set_add_tags(Some(tags));
    task.aws.call(Api::Route53, &doing, request.send()).await.map(drop)
}

async fn remove_tags(task: &Task<'_>, found: &Found, names: &[String]) -> Result<(), AwsError> {
    let doing = format!("remove tags of `{}`", task.name);
    for some in names.chunks(TAGS_A_CALL) {
        let request =
            task.aws.inner.route53.change_tags_for_resource().resource_type(TagResourceType::Hostedzone);
        let request = request.resource_id(bare(&found.aws_id)).set_remove_tag_keys(Some(some.to_vec()));
        task.aws.call(Api::Route53, &doing, request.send()).await?;
    }
    Ok(())
}

fn tag_names(found: &Found) -> impl Iterator<Item = String> {
    let names = found.facts.get(TAG_NAMES).cloned().unwrap_or_default();
    names.split(' ').filter(|name| !name.is_empty()).map(str::to_owned).collect::<Vec<_>>().into_iter()
}

async fn with_records_named(task: &Task<'_>, found: &Found, error: AwsError) -> AwsError {
    let Ok(records) = all_records(task.aws, &found.aws_id).await else { return error };
    let left = records.iter().filter(|record| !matches!(record.r#type, RrType::Ns | RrType::Soa));
    let left: Vec<String> =
        left.map(|record| format!("{} {}", record.r#type, without_dot(&record.name))).collect();
    if left.is_empty() {
        return error;
    }
    AwsError { message: format!("{}: {}", error.message, left.join(", ")), ..error }
}

async fn by_name(aws: &Aws, domain: &HostName) -> Result<Vec<HostedZone>, AwsError> {
    let request = aws.inner.route53.list_hosted_zones_by_name().dns_name(domain.as_str()).max_items(10);
    let answer =
        aws.call(Api::Route53, &format!("look for the hosted zone `{domain}`"), request.send()).await?;
    let is_it = |zone: &HostedZone| without_dot(&zone.name) == domain.as_str() && is_public(zone);
    Ok(answer.hosted_zones.into_iter().filter(is_it).collect())
}

async fn all(aws: &Aws) -> Result<Vec<HostedZone>, AwsError> {
    let mut zones = Vec::new();
    let mut marker = None;
    loop {
        let request = aws.inner.route53.list_hosted_zones().set_marker(marker);
        let page = aws.call(Api::Route53, "list the hosted zones", request.send()).await?;
        zones.extend(page.hosted_zones.into_iter().filter(is_public));
        marker = page.next_marker;
        if !page.is_truncated || marker.is_none() {
            return Ok(zones);
        }
    }
}

fn is_public(zone: &HostedZone) -> bool {
    !zone.config.as_ref().is_some_and(|config| config.private_zone)
}

/// Each zone with its tags.
async fn with_tags(aws: &Aws, zones: Vec<HostedZone>) -> Result<Vec<(HostedZone, Tags)>, AwsError> {
    let tags = zones.chunks(ZONES_A_CALL).map(|zones| tags_of(aws, zones));
    let mut tags: BTreeMap<String, Tags> =
        futures::future::try_join_all(tags).await?.into_iter().flatten().collect();
    let tagged = zones.into_iter().map(|zone| {
        let tags = tags.remove(bare(&zone.id)).unwrap_or_default();
        (zone, tags)
    });
    Ok(tagged.collect())
}

/// By the zone's bare id; at most ten zones.
async fn tags_of(aws: &Aws, zones: &[HostedZone]) -> Result<BTreeMap<String, Tags>, AwsError> {
    if zones.is_empty() {
        return Ok(BTreeMap::new());
    }
    let ids = zones.iter().map(|zone| bare(&zone.id).to_owned()).collect();
    let request = aws.inner.route53.list_tags_for_resources().resource_type(TagResourceType::Hostedzone);
    let answer = aws
        .call(Api::Route53, "read the hosted zones' tags", request.set_resource_ids(Some(ids)).send())
        .await?;
    let pair = |tag: Tag| Some((tag.key?, tag.value.unwrap_or_default()));
    let sets = answer.resource_tag_sets.into_iter().map(|set| {
        let tags = set.tags.unwrap_or_default().into_iter().filter_map(pair).collect();
        (set.resource_id.unwrap_or_default(), tags)
    });
    Ok(sets.collect())
}

/// The zone's name servers as AWS has given them to it.
pub(super) async fn name_servers(aws: &Aws, id: &str) -> Result<Vec<String>, AwsError> {
    let answer =
        aws.call(Api::Route53, "look at the hosted zone", aws.inner.route53.get_hosted_zone().id(id).send());
    Ok(answer.await?.delegation_set.map(|set| set.name_servers).unwrap_or_default())
}

pub(super) fn with_name_servers(zone: Found, name_servers: &[String]) -> Found {
    zone.fact("name servers", name_servers.join(","))
}

/// Without its name servers: they stand among its records.
fn as_found(zone: &HostedZone, tags: &Tags, is_ours: bool) -> (Found, Option<ZoneNote>) {
    let domain = without_dot(&zone.name);
    let ours: Vec<&str> = tags.keys().map(String::as_str).filter(|key| key.starts_with(PREFIX)).collect();
    let mut found = Found::new(&zone.id, Condition::Ready)
        .fact("name", domain)
        .fact("domain", domain)
        .fact("zone id", bare(&zone.id))
        .fact(TAG_NAMES, ours.join(" "));
    // The tags come with a second call, before which a run may end; the reference came with the first.
    if tags.contains_key(MADE) || zone.caller_reference.starts_with(REFERENCE) {
        found = found.fact(MADE, "yes");
    }
    if let Some(stack) = tags.get(KEPT_BY) {
        found = found.fact(KEPT_BY, stack);
    }
    let Some((level, file)) = note::read(tags).filter(|_| is_ours && tags.contains_key(ID)) else {
        return (found.field("noted", "no"), None);
    };
    let shown = file.as_deref().map_or("unreadable".to_owned(), fingerprint);
    let found = found.field("noted", "yes").field("level", level.to_string()).field("stack file", shown);
    (found, file.map(|file| ZoneNote { level, file }))
}

fn zone_id() -> NodeId {
    NodeId::only(NodeKind::HostedZone)
}

/// `Z123` of `/hostedzone/Z123`.
pub(super) fn bare(id: &str) -> &str {
    id.trim_start_matches("/hostedzone/")
}
