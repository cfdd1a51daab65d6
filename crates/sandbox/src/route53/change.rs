//! Changes: PENDING while they spread to the name servers, INSYNC after.

use winterbaume_route53::model::{ChangeInfo, GetChangeResponse};
use winterbaume_route53::wire::serialize_get_change_response;

use super::with_namespace;
use crate::clock::Moment;
use crate::refusal::{Answer, refusal};
use crate::world::World;

/// How long a change takes to reach every name server.
const SPREADING: f64 = 30.0;

/// How many changes are remembered before those long in sync are forgotten.
const REMEMBERED: usize = 10_000;

#[derive(Debug, Clone)]
pub(super) struct Submitted {
    id: String,
    at: Moment,
    comment: Option<String>,
}

pub(super) fn submit(world: &mut World, comment: Option<String>) -> ChangeInfo {
    let change = Submitted { id: format!("C{}", world.ids.upper(19)), at: world.now, comment };
    let info = info(world, &change);
    if world.zones.changes.len() >= REMEMBERED {
        let now = world.now;
        let changes = &mut world.zones.changes;
        changes.retain(|_, old| now < old.at + SPREADING);
    }
    world.zones.changes.insert(change.id.clone(), change);
    info
}

fn info(world: &World, change: &Submitted) -> ChangeInfo {
    let status = if world.now < change.at + SPREADING { "PENDING" } else { "INSYNC" };
    ChangeInfo {
        id: Some(format!("/change/{}", change.id)),
        status: Some(status.to_owned()),
        submitted_at: Some(world.clock.iso(change.at)),
        comment: change.comment.clone(),
    }
}

pub(super) fn get(world: &mut World, id: &str) -> Answer {
    let change = world.zones.changes.get(id).ok_or_else(|| {
        refusal("NoSuchChange", format!("Could not find resource with ID: {id}")).with_status(404)
    })?;
    Ok(with_namespace(serialize_get_change_response(&GetChangeResponse {
        change_info: Some(info(world, change)),
    })))
}
