//! Reads actions and conditions from a request's form.
//!
//! winterbaume's own readers stop at the first level: they lose what a redirect redirects to and
//! which hosts a condition names.

use std::collections::HashMap;

use winterbaume_elasticloadbalancingv2::model as m;

use crate::refusal::Refusal;
use crate::wire::Form;

fn text(form: Form<'_>, name: String) -> Option<String> {
    form.get(&name).map(str::to_owned)
}

fn number(form: Form<'_>, name: String) -> Result<Option<i32>, Refusal> {
    Ok(form.number(&name)?.and_then(|number| i32::try_from(number).ok()))
}

fn strings(form: Form<'_>, name: String) -> Option<m::ListOfString> {
    let items: Vec<String> = form.list(&format!("{name}.member")).into_iter().map(str::to_owned).collect();
    (!items.is_empty()).then_some(m::ListOfString { items })
}

/// Whether anything below this name was sent.
fn sent(form: Form<'_>, name: &str) -> bool {
    form.0.keys().any(|key| key.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')))
}

/// The actions at `name`; `None` when none were sent.
pub(super) fn actions(params: &HashMap<String, String>, name: &str) -> Result<Option<m::Actions>, Refusal> {
    let form = Form(params);
    let prefixes = form.items(&format!("{name}.member"));
    let items: Result<Vec<m::Action>, Refusal> = prefixes.iter().map(|at| action(form, at)).collect();
    Ok(Some(m::Actions { items: items? }).filter(|actions| !actions.items.is_empty()))
}

fn action(form: Form<'_>, at: &str) -> Result<m::Action, Refusal> {
    let redirect = format!("{at}.RedirectConfig");
    let fixed = format!("{at}.FixedResponseConfig");
    let forward = format!("{at}.ForwardConfig");
    Ok(m::Action {
        r#type: text(form, format!("{at}.Type")).unwrap_or_default(),
        order: number(form, format!("{at}.Order"))?,
        target_group_arn: text(form, format!("{at}.TargetGroupArn")),
        redirect_config: sent(form, &redirect).then(|| m::RedirectActionConfig {
            protocol: text(form, format!("{redirect}.Protocol")),
            port: text(form, format!("{redirect}.Port")),
            host: text(form, format!("{redirect}.Host")),
            path: text(form, format!("{redirect}.Path")),
            query: text(form, format!("{redirect}.Query")),
            status_code: text(form, format!("{redirect}.StatusCode")).unwrap_or_default(),
        }),
        fixed_response_config: sent(form, &fixed).then(|| m::FixedResponseActionConfig {
            content_type: text(form, format!("{fixed}.ContentType")),
            message_body: text(form, format!("{fixed}.MessageBody")),
            status_code: text(form, format!("{fixed}.StatusCode")).unwrap_or_default(),
        }),
        forward_config: match sent(form, &forward) {
            true => Some(forward_config(form, &forward)?),
            false => None,
        },
        ..m::Action::default()
    })
}

fn forward_config(form: Form<'_>, at: &str) -> Result<m::ForwardActionConfig, Refusal> {
    let stickiness = format!("{at}.TargetGroupStickinessConfig");
    let mut items = Vec::new();
    for group in form.items(&format!("{at}.TargetGroups.member")) {
        items.push(m::TargetGroupTuple {
            target_group_arn: text(form, format!("{group}.TargetGroupArn")),
            weight: number(form, format!("{group}.Weight"))?,
        });
    }
    Ok(m::ForwardActionConfig {
        target_groups: Some(m::TargetGroupList { items }),
        target_group_stickiness_config: match sent(form, &stickiness) {
            true => Some(m::TargetGroupStickinessConfig {
                enabled: form.flag(&format!("{stickiness}.Enabled")),
                duration_seconds: number(form, format!("{stickiness}.DurationSeconds"))?,
            }),
            false => None,
        },
    })
}

/// The conditions at `Conditions`; `None` when none were sent.
pub(super) fn conditions(params: &HashMap<String, String>) -> Option<m::RuleConditionList> {
    let form = Form(params);
    let items: Vec<m::RuleCondition> =
        form.items("Conditions.member").iter().map(|at| condition(form, at)).collect();
    (!items.is_empty()).then_some(m::RuleConditionList { items })
}

fn condition(form: Form<'_>, at: &str) -> m::RuleCondition {
    let values = |config: &str| strings(form, format!("{at}.{config}.Values"));
    let pairs = form.items(&format!("{at}.QueryStringConfig.Values.member"));
    let pairs = pairs.iter().map(|pair| m::QueryStringKeyValuePair {
        key: text(form, format!("{pair}.Key")),
        value: text(form, format!("{pair}.Value")),
    });
    let has = |config: &str| sent(form, &format!("{at}.{config}"));
    m::RuleCondition {
        field: text(form, format!("{at}.Field")),
        values: strings(form, format!("{at}.Values")),
        regex_values: strings(form, format!("{at}.RegexValues")),
        host_header_config: has("HostHeaderConfig").then(|| m::HostHeaderConditionConfig {
            values: values("HostHeaderConfig"),
            ..m::HostHeaderConditionConfig::default()
        }),
        path_pattern_config: has("PathPatternConfig").then(|| m::PathPatternConditionConfig {
            values: values("PathPatternConfig"),
            ..m::PathPatternConditionConfig::default()
        }),
        http_header_config: has("HttpHeaderConfig").then(|| m::HttpHeaderConditionConfig {
            http_header_name: text(form, format!("{at}.HttpHeaderConfig.HttpHeaderName")),
            values: values("HttpHeaderConfig"),
            ..m::HttpHeaderConditionConfig::default()
        }),
        http_request_method_config: has("HttpRequestMethodConfig")
            .then(|| m::HttpRequestMethodConditionConfig { values: values("HttpRequestMethodConfig") }),
        source_ip_config: has("SourceIpConfig")
            .then(|| m::SourceIpConditionConfig { values: values("SourceIpConfig") }),
        query_string_config: has("QueryStringConfig").then(|| m::QueryStringConditionConfig {
            values: Some(m::QueryStringKeyValuePairList { items: pairs.collect() }),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::form;

    #[test]
    fn nested_parts_of_actions_and_conditions_are_read() {
        let params = form(
            "Actions.member.1.Type=redirect&Actions.member.1.RedirectConfig.Port=443&Conditions.member.1.Field=host-header&Conditions.member.1.HostHeaderConfig.Values.member.1=api.x.com",
        );
        let actions = actions(&params, "Actions").ok().flatten().unwrap_or_default();
        let redirect = actions.items[0].redirect_config.clone().unwrap_or_default();
        assert_eq!(redirect.port.as_deref(), Some("443"));
        let conditions = conditions(&params).unwrap_or_default();
        let hosts = conditions.items[0].host_header_config.clone().and_then(|config| config.values);
        assert_eq!(hosts.map(|hosts| hosts.items), Some(vec!["api.x.com".to_owned()]));
    }
}
