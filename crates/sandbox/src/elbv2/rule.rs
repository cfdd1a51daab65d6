//! Rules of a listener, by priority; the default rule is always there and always last.

use std::collections::HashMap;

use winterbaume_elasticloadbalancingv2::{model as m, wire};

use super::listener::Listener;
use super::{Balancing, action, form, not_found, tag_pairs};
use crate::quotas;
use crate::refusal::{Answer, Refusal, refuse};
use crate::tags::{Tags, merge};
use crate::wire::{page, read};
use crate::world::World;

#[derive(Debug)]
pub(super) struct Rule {
    pub(super) arn: String,
    priority: i32,
    pub(super) conditions: m::RuleConditionList,
    pub(super) actions: m::Actions,
    pub(super) tags: Tags,
}

impl Rule {
    fn tree(&self) -> m::Rule {
        m::Rule {
            rule_arn: Some(self.arn.clone()),
            priority: Some(self.priority.to_string()),
            conditions: Some(self.conditions.clone()),
            actions: Some(self.actions.clone()),
            is_default: Some(false),
            transforms: None,
        }
    }
}

fn default_rule(listener: &Listener) -> m::Rule {
    m::Rule {
        rule_arn: Some(listener.default_rule_arn.clone()),
        priority: Some("default".to_owned()),
        conditions: None,
        actions: Some(listener.default_actions.clone()),
        is_default: Some(true),
        transforms: None,
    }
}

impl Balancing {
    fn rule_mut(&mut self, arn: &str) -> Result<&mut Rule, Refusal> {
        let rule = self.listeners.iter_mut().flat_map(|l| &mut l.rules).find(|rule| rule.arn == arn);
        rule.ok_or_else(|| not_found("RuleNotFound", "rules"))
    }

    fn listener_of_rule(&mut self, arn: &str) -> Result<&mut Listener, Refusal> {
        let found = self.listeners.iter_mut().find(|listener| {
            listener.default_rule_arn == arn || listener.rules.iter().any(|rule| rule.arn == arn)
        });
        found.ok_or_else(|| not_found("RuleNotFound", "rules"))
    }
}

/// Writes plain values and the newer config form of host and path conditions beside each other.
fn complete(conditions: m::RuleConditionList) -> m::RuleConditionList {
    let items = conditions
        .items
        .into_iter()
        .map(|mut condition| {
            let plain = condition.values.clone().filter(|values| !values.items.is_empty());
            match condition.field.as_deref() {
                Some("host-header") => {
                    let config = condition.host_header_config.get_or_insert_with(Default::default);
                    config.values = config.values.clone().or(plain);
                    condition.values = config.values.clone();
                }
                Some("path-pattern") => {
                    let config = condition.path_pattern_config.get_or_insert_with(Default::default);
                    config.values = config.values.clone().or(plain);
                    condition.values = config.values.clone();
                }
                _ => {}
            }
            condition
        })
        .collect();
    m::RuleConditionList { items }
}

fn check_conditions(conditions: &m::RuleConditionList) -> Result<(), Refusal> {
    if conditions.items.is_empty() {
        return refuse("ValidationError", "A rule must have at least one condition");
    }
    let values: usize = conditions
        .items
        .iter()
        .filter_map(|condition| condition.values.as_ref())
        .map(|values| values.items.len())
        .sum();
    if values > 5 {
        return refuse("ValidationError", "A rule can have at most 5 condition values");
    }
    Ok(())
}

fn rules(items: Vec<m::Rule>) -> Option<m::Rules> {
    Some(m::Rules { items })
}

fn in_use<T>(priority: i32) -> Result<T, Refusal> {
    refuse("PriorityInUse", format!("Priority '{priority}' is currently in use"))
}

fn check_priority(priority: i32) -> Result<(), Refusal> {
    if (1..=50_000).contains(&priority) {
        return Ok(());
    }
    refuse("ValidationError", format!("Priority '{priority}' must be between 1 and 50000"))
}

pub(super) fn create(world: &mut World, params: &HashMap<String, String>) -> Answer {
    let request = read(wire::deserialize_create_rule_request(params))?;
    let actions = form::actions(params, "Actions")?.unwrap_or_default();
    let conditions = complete(form::conditions(params).unwrap_or_default());
    let listener = world.balancing.listener(&request.listener_arn)?;
    check_priority(request.priority)?;
    check_conditions(&conditions)?;
    if listener.rules.iter().any(|rule| rule.priority == request.priority) {
        return in_use(request.priority);
    }
    quotas::check(listener.rules.len(), world.quotas.rules, "TooManyRules", "rules")?;
    let balancer = listener.load_balancer.clone();
    world.balancing.check_actions(&actions, &balancer)?;
    let mut tags = Tags::new();
    merge(&mut tags, tag_pairs(request.tags), "TooManyTags")?;
    let id = world.ids.hex(16);
    let rule = Rule {
        arn: format!("{}/{id}", request.listener_arn.replacen(":listener/", ":listener-rule/", 1)),
        priority: request.priority,
        conditions,
        actions: action::complete(actions),
        tags,
    };
    let output = m::CreateRuleOutput { rules: rules(vec![rule.tree()]) };
    let listener = world.balancing.listener_mut(&request.listener_arn)?;
    listener.rules.push(rule);
    listener.rules.sort_by_key(|rule| rule.priority);
    world.balancing.note_attachments(world.now);
    Ok(wire::serialize_create_rule_response(&output))
}

pub(super) fn describe(world: &mut World, params: &HashMap<String, String>) -> Answer {
    let request = read(wire::deserialize_describe_rules_request(params))?;
    let arns = request.rule_arns.map(|arns| arns.items).unwrap_or_default();
    if let Some(listener) = &request.listener_arn {
        world.balancing.listener(listener)?;
    } else if arns.is_empty() {
        return refuse("ValidationError", "You must specify either a listener ARN or rule ARNs");
    }
    let mut picked = Vec::new();
    for listener in &world.balancing.listeners {
        if request.listener_arn.as_ref().is_some_and(|arn| *arn != listener.arn) {
            continue;
        }
        let all = listener.rules.iter().map(Rule::tree).chain([default_rule(listener)]);
        picked.extend(
            all.filter(|rule| {
                arns.is_empty() || rule.rule_arn.as_ref().is_some_and(|arn| arns.contains(arn))
            }),
        );
    }
    if picked.len() < arns.len() {
        return Err(not_found("RuleNotFound", "rules"));
    }
    let size = request.page_size.unwrap_or(400).clamp(1, 400) as usize;
    let (items, next_marker) = page(&picked, request.marker.as_deref(), size);
    Ok(wire::serialize_describe_rules_response(&m::DescribeRulesOutput { rules: rules(items), next_marker }))
}

pub(super) fn modify(world: &mut World, params: &HashMap<String, String>) -> Answer {
    let request = read(wire::deserialize_modify_rule_request(params))?;
    let listener = world.balancing.listener_of_rule(&request.rule_arn)?;
    if listener.default_rule_arn == request.rule_arn {
        return refuse(
            "OperationNotPermitted",
            format!("Default rule '{}' cannot be modified", request.rule_arn),
        );
    }
    let balancer = listener.load_balancer.clone();
    let new_actions = form::actions(params, "Actions")?;
    let conditions = form::conditions(params).map(complete);
    if let Some(conditions) = &conditions {
        check_conditions(conditions)?;
    }
    if let Some(actions) = &new_actions {
        world.balancing.check_actions(actions, &balancer)?;
    }
    let rule = world.balancing.rule_mut(&request.rule_arn)?;
    if let Some(conditions) = conditions {
        rule.conditions = conditions;
    }
    if let Some(actions) = new_actions {
        rule.actions = action::complete(actions);
    }
    let output = m::ModifyRuleOutput { rules: rules(vec![rule.tree()]) };
    world.balancing.note_attachments(world.now);
    Ok(wire::serialize_modify_rule_response(&output))
}

pub(super) fn delete(world: &mut World, params: &HashMap<String, String>) -> Answer {
    let request = read(wire::deserialize_delete_rule_request(params))?;
    let listener = world.balancing.listener_of_rule(&request.rule_arn)?;
    if listener.default_rule_arn == request.rule_arn {
        return refuse(
            "OperationNotPermitted",
            format!("Default rule '{}' cannot be deleted", request.rule_arn),
        );
    }
    listener.rules.retain(|rule| rule.arn != request.rule_arn);
    world.balancing.note_attachments(world.now);
    Ok(wire::serialize_delete_rule_response(&Default::default()))
}

/// Moves several rules at once, so that two can change places.
pub(super) fn set_priorities(world: &mut World, params: &HashMap<String, String>) -> Answer {
    let request = read(wire::deserialize_set_rule_priorities_request(params))?;
    let mut wanted: Vec<(String, i32)> = Vec::new();
    for pair in request.rule_priorities.items {
        if let (Some(arn), Some(priority)) = (pair.rule_arn, pair.priority) {
            check_priority(priority)?;
            wanted.push((arn, priority));
        }
    }
    for (arn, priority) in &wanted {
        let listener = world.balancing.listener_of_rule(arn)?;
        let moved = |rule: &Rule| wanted.iter().any(|(other, _)| *other == rule.arn);
        let taken = listener.rules.iter().any(|rule| rule.priority == *priority && !moved(rule));
        let twice = wanted.iter().filter(|(_, other)| other == priority).count() > 1;
        if taken || twice {
            return in_use(*priority);
        }
    }
    let mut items = Vec::new();
    for (arn, priority) in wanted {
        let rule = world.balancing.rule_mut(&arn)?;
        rule.priority = priority;
        items.push(rule.tree());
    }
    for listener in &mut world.balancing.listeners {
        listener.rules.sort_by_key(|rule| rule.priority);
    }
    Ok(wire::serialize_set_rule_priorities_response(&m::SetRulePrioritiesOutput { rules: rules(items) }))
}
