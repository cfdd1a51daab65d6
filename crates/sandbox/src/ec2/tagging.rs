//! Tags of anything in the network, by id.

use serde_json::{Value, json};

use super::{Network, done};
use crate::refusal::{Refusal, refusal};
use crate::tags::{Tags, merge};
use crate::wire::Form;
use crate::world::World;

impl Network {
    /// Everything that can be tagged: id, kind and tags.
    fn tagged(&mut self) -> Vec<(&str, &'static str, &mut Tags)> {
        let mut all: Vec<(&str, &'static str, &mut Tags)> = Vec::new();
        all.extend(self.vpcs.iter_mut().map(|x| (x.id.as_str(), "vpc", &mut x.tags)));
        all.extend(self.subnets.iter_mut().map(|x| (x.id.as_str(), "subnet", &mut x.tags)));
        all.extend(self.gateways.iter_mut().map(|x| (x.id.as_str(), "internet-gateway", &mut x.tags)));
        all.extend(self.route_tables.iter_mut().map(|x| (x.id.as_str(), "route-table", &mut x.tags)));
        all.extend(self.groups.iter_mut().map(|x| (x.id.as_str(), "security-group", &mut x.tags)));
        all
    }

    fn tags_mut(&mut self, id: &str) -> Result<&mut Tags, Refusal> {
        let found = self.tagged().into_iter().find(|(other, _, _)| *other == id);
        found
            .map(|(_, _, tags)| tags)
            .ok_or_else(|| refusal("InvalidID", format!("The ID '{id}' is not valid")))
    }
}

pub(super) fn create(world: &mut World, form: Form<'_>) -> Result<Value, Refusal> {
    for id in form.list("ResourceId") {
        let tags = world.network.tags_mut(id)?;
        merge(tags, form.tags("Tag"), "InvalidParameterValue")?;
    }
    done()
}

pub(super) fn delete(world: &mut World, form: Form<'_>) -> Result<Value, Refusal> {
    let keys: Vec<String> = form
        .items("Tag")
        .iter()
        .filter_map(|item| form.get(&format!("{item}.Key")).map(str::to_owned))
        .collect();
    for id in form.list("ResourceId") {
        let tags = world.network.tags_mut(id)?;
        tags.retain(|key, _| !keys.is_empty() && !keys.contains(key));
    }
    done()
}

pub(super) fn describe(world: &mut World, form: Form<'_>) -> Result<Value, Refusal> {
    let filters: Vec<(&str, Vec<&str>)> = form
        .items("Filter")
        .iter()
        .filter_map(|item| Some((form.get(&format!("{item}.Name"))?, form.list(&format!("{item}.Value")))))
        .collect();
    let mut found = Vec::new();
    for (id, kind, tags) in world.network.tagged() {
        for (key, value) in tags.iter() {
            let keep = filters.iter().all(|(name, values)| match *name {
                "resource-id" => values.contains(&id),
                "resource-type" => values.contains(&kind),
                "key" => values.contains(&key.as_str()),
                "value" => values.contains(&value.as_str()),
                _ => name.strip_prefix("tag:").is_none_or(|k| k == key && values.contains(&value.as_str())),
            });
            if keep {
                found.push(json!({"resourceId": id, "resourceType": kind, "key": key, "value": value}));
            }
        }
    }
    Ok(json!({"tagSet": found}))
}
