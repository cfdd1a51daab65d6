//! Actions of listeners and rules, completed as AWS shows them.

use winterbaume_elasticloadbalancingv2::model as m;

use super::Balancing;
use crate::refusal::{Refusal, refuse};

/// The target groups that an action forwards to.
pub(super) fn target_groups(action: &m::Action) -> Vec<String> {
    let config = action.forward_config.iter().filter_map(|config| config.target_groups.as_ref());
    let mut groups: Vec<String> = config
        .flat_map(|list| &list.items)
        .filter_map(|group| group.target_group_arn.clone())
        .chain(action.target_group_arn.clone())
        .collect();
    groups.sort();
    groups.dedup();
    groups
}

/// Fills in what the caller left out, and writes a simple forward in both of its forms.
pub(super) fn complete(actions: m::Actions) -> m::Actions {
    let items = actions
        .items
        .into_iter()
        .map(|mut action| {
            if action.r#type == "forward" {
                complete_forward(&mut action);
            }
            if let Some(redirect) = &mut action.redirect_config {
                let fill = |field: &mut Option<String>, default: &str| {
                    field.get_or_insert_with(|| default.to_owned());
                };
                fill(&mut redirect.protocol, "#{protocol}");
                fill(&mut redirect.port, "#{port}");
                fill(&mut redirect.host, "#{host}");
                fill(&mut redirect.path, "/#{path}");
                fill(&mut redirect.query, "#{query}");
            }
            action
        })
        .collect();
    m::Actions { items }
}

fn complete_forward(action: &mut m::Action) {
    let groups = target_groups(action);
    if let ([group], None) = (groups.as_slice(), &action.forward_config) {
        action.forward_config = Some(m::ForwardActionConfig {
            target_groups: Some(m::TargetGroupList {
                items: vec![m::TargetGroupTuple { target_group_arn: Some(group.clone()), weight: Some(1) }],
            }),
            target_group_stickiness_config: None,
        });
    }
    if let Some(config) = &mut action.forward_config {
        let stickiness = config.target_group_stickiness_config.get_or_insert_with(Default::default);
        stickiness.enabled.get_or_insert(false);
        for group in config.target_groups.iter_mut().flat_map(|list| &mut list.items) {
            group.weight.get_or_insert(1);
        }
    }
    if let [group] = groups.as_slice() {
        action.target_group_arn = Some(group.clone());
    }
}

impl Balancing {
    /// Whether a load balancer's listener may have these actions.
    pub(super) fn check_actions(&self, actions: &m::Actions, load_balancer: &str) -> Result<(), Refusal> {
        if actions.items.is_empty() {
            return refuse("ValidationError", "At least one action must be specified");
        }
        for action in &actions.items {
            let groups = target_groups(action);
            if action.r#type == "forward" && groups.is_empty() {
                return refuse("ValidationError", "A target group must be specified for a forward action");
            }
            for arn in groups {
                let Ok(group) = self.target_group(&arn) else {
                    return refuse("TargetGroupNotFound", format!("Target groups '{arn}' not found"));
                };
                if group.load_balancer.as_ref().is_some_and(|other| other != load_balancer) {
                    return refuse(
                        "TargetGroupAssociationLimit",
                        format!(
                            "The following target groups cannot be associated with more than one load balancer: {arn}"
                        ),
                    );
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_simple_forward_is_shown_in_both_forms() {
        let simple = m::Action {
            r#type: "forward".to_owned(),
            target_group_arn: Some("tg".to_owned()),
            ..m::Action::default()
        };
        let full = complete(m::Actions { items: vec![simple] });
        let config = full.items[0].forward_config.clone().unwrap_or_default();
        assert_eq!(config.target_groups.map(|list| list.items.len()), Some(1));
        assert_eq!(target_groups(&full.items[0]), ["tg"]);
    }
}
