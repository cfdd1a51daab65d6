//! Asks AWS's policy simulator whether we may do exactly what a plan does.

use aws_sdk_iam::types::{ContextEntry, ContextKeyTypeEnum, EvaluationResult, PolicyEvaluationDecisionType};
use aws_smithy_types::retry::RetryConfig;
use futures::future::join_all;
use topology::observation::Observation;
use topology::plan::collision::ECS_TASKS;
use topology::plan::{Note, Plan};
use topology::preflight::{self, Denial, Forbids};

use super::super::connection::Aws;
use super::super::error::AwsError;
use super::super::limits::Api;
use super::super::mark;
use super::rights;

pub(super) async fn check(aws: &Aws, plan: &Plan, seen: &Observation) -> Vec<Note> {
    if aws.caller().ends_with(":root") {
        return vec![preflight::works_as_root()];
    }
    let (denials, unanswered) = denials(aws, plan, seen).await;
    let unchecked = unanswered.map(|error| preflight::unchecked(&error.message));
    preflight::denied(aws.caller(), &denials).into_iter().chain(unchecked).collect()
}

/// What is denied, and the first question that was not answered.
async fn denials(aws: &Aws, plan: &Plan, seen: &Observation) -> (Vec<Denial>, Option<AwsError>) {
    let mut rights = rights::of(aws, plan, seen);
    let Some(first) = rights.pop_first() else { return (Vec::new(), None) };
    let principal = match principal(aws).await {
        Ok(principal) => principal,
        Err(error) => return (Vec::new(), Some(error)),
    };
    let simulate = async |(resource, actions): (String, Vec<&'static str>)| {
        simulate(aws, plan, &principal, &resource, &actions).await
    };
    // One alone at first: where the simulator does not answer, nothing more is asked.
    let mut denials = match simulate(first).await {
        Ok(denials) => denials,
        Err(error) => return (Vec::new(), Some(error)),
    };
    let mut unanswered = None;
    for answer in join_all(rights.into_iter().map(simulate)).await {
        match answer {
            Ok(more) => denials.extend(more),
            Err(error) => unanswered = unanswered.or(Some(error)),
        }
    }
    denials.sort();
    (denials, unanswered)
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
    plan: &Plan,
    principal: &str,
    resource: &str,
    actions: &[&str],
) -> Result<Vec<Denial>, AwsError> {
    let request = aws.inner.iam.simulate_principal_policy().policy_source_arn(principal);
    let request = request.set_action_names(Some(actions.iter().map(ToString::to_string).collect()));
    let is_global = actions.iter().any(|action| action.starts_with("iam:") || action.starts_with("route53:"));
    let context = context(aws, plan, is_global);
    let request = request.resource_arns(resource).set_context_entries(Some(context)).max_items(1000);
    // It is help only: rather none than late.
    let once = aws_sdk_iam::config::Builder::new().retry_config(RetryConfig::disabled());
    let request = request.customize().config_override(once);
    let answer = aws.call(Api::IamSimulator, "ask AWS's policy simulator", request.send()).await?;
    Ok(answer.evaluation_results().iter().filter_map(denial).collect())
}

/// What a policy's conditions may be about. Everything that Slipway makes carries these tags.
fn context(aws: &Aws, plan: &Plan, is_global: bool) -> Vec<ContextEntry> {
    // Calls to the services that stand in no region are made to this one.
    let region = if is_global { aws.home_region() } else { aws.region().as_str() };
    let stack = plan.stack.as_str();
    let entries = [
        ("aws:RequestedRegion", region),
        ("aws:RequestTag/slipway:stack", stack),
        ("aws:ResourceTag/slipway:stack", stack),
        ("application-autoscaling:service-namespace", "ecs"),
        // Tags are given with what is made; one of the calls that may do so stands for all.
        ("ec2:CreateAction", "CreateSecurityGroup"),
        ("ecs:CreateAction", "CreateService"),
        ("elasticloadbalancing:CreateAction", "CreateTargetGroup"),
        ("iam:PassedToService", ECS_TASKS),
    ];
    let entry = |key: &str, kind| ContextEntry::builder().context_key_name(key).context_key_type(kind);
    let tag_keys = entry("aws:TagKeys", ContextKeyTypeEnum::StringList);
    let tag_keys = tag_keys.context_key_values(mark::STACK).context_key_values(mark::ID).build();
    let texts =
        entries.map(|(key, value)| entry(key, ContextKeyTypeEnum::String).context_key_values(value).build());
    texts.into_iter().chain([tag_keys]).collect()
}

/// Where a condition is about something that only a real call has, such as how the caller signed in, the simulator cannot
/// tell, and nothing is said.
fn denial(result: &EvaluationResult) -> Option<Denial> {
    if !result.missing_context_values().is_empty() {
        return None;
    }
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
