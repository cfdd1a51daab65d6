//! Asks AWS's policy simulator whether we may do exactly what a plan does.

use std::collections::BTreeMap;

use aws_sdk_iam::types::{ContextEntry, ContextKeyTypeEnum, EvaluationResult, PolicyEvaluationDecisionType};
use aws_smithy_types::retry::RetryConfig;
use futures::future::try_join_all;
use topology::plan::{Note, Plan};
use topology::preflight::{self, Denial, Forbids};

use super::super::connection::Aws;
use super::super::error::AwsError;
use super::super::limits::Api;
use super::super::mark;
use super::rights;

pub(super) async fn check(aws: &Aws, plan: &Plan) -> Option<Note> {
    if aws.caller().ends_with(":root") {
        return Some(preflight::works_as_root());
    }
    match denials(aws, plan).await {
        Ok(denials) => preflight::denied(aws.caller(), &denials),
        Err(error) => Some(preflight::unchecked(&error.message)),
    }
}

async fn denials(aws: &Aws, plan: &Plan) -> Result<Vec<Denial>, AwsError> {
    let principal = principal(aws).await?;
    let context = context(aws, plan);
    let simulate = async |(resource, actions): (String, Vec<&'static str>)| {
        simulate(aws, &principal, &context, &resource, &actions).await
    };
    let mut rights = rights::of(aws, plan);
    let Some(first) = rights.pop_first() else { return Ok(Vec::new()) };
    // One alone at first: where the simulator does not answer, nothing more is asked.
    let mut denials = simulate(first).await?;
    denials.extend(try_join_all(rights.into_iter().map(simulate)).await?.into_iter().flatten());
    denials.sort();
    Ok(denials)
}

/// Whose policies count: a role's, where we are a session of one. The session's ARN leaves out the role's path, so the
/// role is asked for it.
async fn principal(aws: &Aws) -> Result<String, AwsError> {
    let Some(name) = role_of_session(aws.caller()) else { return Ok(aws.caller().to_owned()) };
    let request = aws.inner.iam.get_role().role_name(name);
    let answer = aws.call(Api::Iam, &format!("look up the role `{name}`"), request.send()).await?;
    answer.role.map(|role| role.arn).ok_or_else(|| mark::empty_answer("look up the role"))
}

/// `name` in `arn:aws:sts::123456789012:assumed-role/name/session`.
fn role_of_session(arn: &str) -> Option<&str> {
    arn.split_once(":assumed-role/")?.1.split('/').next()
}

async fn simulate(
    aws: &Aws,
    principal: &str,
    context: &[ContextEntry],
    resource: &str,
    actions: &[&str],
) -> Result<Vec<Denial>, AwsError> {
    let request = aws.inner.iam.simulate_principal_policy().policy_source_arn(principal);
    let request = request.set_action_names(Some(actions.iter().map(ToString::to_string).collect()));
    let request = request.resource_arns(resource).set_context_entries(Some(context.to_vec())).max_items(1000);
    // It is help only: rather none than late.
    let once = aws_sdk_iam::config::Builder::new().retry_config(RetryConfig::disabled());
    let request = request.customize().config_override(once);
    let answer = aws.call(Api::Iam, "ask AWS's policy simulator", request.send()).await?;
    Ok(answer.evaluation_results().iter().filter_map(denial).collect())
}

/// What a policy's conditions may be about. Everything that Slipway makes carries these tags.
fn context(aws: &Aws, plan: &Plan) -> Vec<ContextEntry> {
    let entries = BTreeMap::from([
        ("aws:RequestedRegion", aws.region().to_string()),
        ("aws:RequestTag/slipway:stack", plan.stack.to_string()),
        ("aws:ResourceTag/slipway:stack", plan.stack.to_string()),
        ("application-autoscaling:service-namespace", "ecs".to_owned()),
        // Tags are given with what is made; one of the calls that may do so stands for all.
        ("ec2:CreateAction", "CreateSecurityGroup".to_owned()),
        ("ecs:CreateAction", "CreateService".to_owned()),
        ("elasticloadbalancing:CreateAction", "CreateTargetGroup".to_owned()),
        ("iam:PassedToService", "ecs-tasks.amazonaws.com".to_owned()),
    ]);
    let entry = |(key, value): (&str, String)| {
        let entry = ContextEntry::builder().context_key_name(key).context_key_values(value);
        entry.context_key_type(ContextKeyTypeEnum::String).build()
    };
    entries.into_iter().map(entry).collect()
}

fn denial(result: &EvaluationResult) -> Option<Denial> {
    let organization = result.organizations_decision_detail();
    let boundary = result.permissions_boundary_decision_detail();
    let by = match result.eval_decision() {
        PolicyEvaluationDecisionType::Allowed => return None,
        _ if organization.is_some_and(|detail| !detail.allowed_by_organizations()) => Forbids::Organization,
        _ if boundary.is_some_and(|detail| !detail.allowed_by_permissions_boundary()) => Forbids::Boundary,
        PolicyEvaluationDecisionType::ExplicitDeny => Forbids::Deny,
        _ => Forbids::Nothing,
    };
    Some(Denial { action: result.eval_action_name().to_owned(), by })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_a_session_of_its_role_and_a_user_is_itself() {
        let session = "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Dev_0123/jane";
        assert_eq!(role_of_session(session), Some("AWSReservedSSO_Dev_0123"));
        assert_eq!(role_of_session("arn:aws:iam::123456789012:user/jane"), None);
    }
}
