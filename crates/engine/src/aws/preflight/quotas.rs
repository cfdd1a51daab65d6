//! Asks AWS how much of what a plan makes the account may have, and how much it has.
//!
//! Sources: `DescribeAccountLimits` of Elastic Load Balancing, `GetAccountLimit` of Route 53, `GetAccountSummary` of
//! IAM; for the rest Service Quotas, by the codes below (AWS's pages on VPC and Fargate quotas).

use std::future::Future;

use aws_smithy_types::retry::RetryConfig;
use topology::plan::{Note, Plan};
use topology::preflight::{Limited, Quota, exceeded, needs};

use super::super::connection::Aws;
use super::super::error::AwsError;
use super::super::limits::Api;
use super::super::{ec2, elbv2};

/// Service and code of the quota on VPCs in a region.
const VPCS: (&str, &str) = ("vpc", "L-F678F1CE");
/// Service and code of the quota on vCPU that run on Fargate at once.
const VCPUS: (&str, &str) = ("fargate", "L-3032A538");

pub(super) async fn check(aws: &Aws, plan: &Plan) -> Vec<Note> {
    let needs = needs(plan);
    let is_needed = |of: &[Limited]| of.iter().any(|of| needs.contains_key(of));
    let (zones, vpcs, balancing, roles, vcpus) = tokio::join!(
        asked(is_needed(&[Limited::HostedZones]), Box::pin(zones(aws))),
        asked(is_needed(&[Limited::Vpcs]), Box::pin(vpcs(aws))),
        asked(
            is_needed(&[Limited::LoadBalancers, Limited::TargetGroups, Limited::Rules]),
            Box::pin(balancing(aws))
        ),
        asked(is_needed(&[Limited::Roles]), Box::pin(roles(aws))),
        asked(is_needed(&[Limited::Vcpus]), Box::pin(vcpus(aws))),
    );
    exceeded(plan, aws.region(), &[zones, vpcs, balancing, roles, vcpus].concat())
}

/// The answer, if the question arises. A quota that cannot be read is none that is known to be exceeded.
async fn asked<Told: IntoIterator<Item = Quota>>(
    is_needed: bool,
    question: impl Future<Output = Result<Told, AwsError>>,
) -> Vec<Quota> {
    if !is_needed {
        return Vec::new();
    }
    match question.await {
        Ok(told) => told.into_iter().collect(),
        Err(error) => {
            tracing::debug!("a quota is not known: {error}");
            Vec::new()
        }
    }
}

async fn zones(aws: &Aws) -> Result<Option<Quota>, AwsError> {
    let kind = aws_sdk_route53::types::AccountLimitType::MaxHostedZonesByOwner;
    let once = aws_sdk_route53::config::Builder::new().retry_config(RetryConfig::disabled());
    let request = aws.inner.route53.get_account_limit().r#type(kind).customize().config_override(once);
    let answer = aws.call(Api::Route53, "ask how many hosted zones there may be", request.send()).await?;
    let limit = answer.limit().map(|limit| limit.value());
    Ok(limit.map(|limit| quota(Limited::HostedZones, limit as f64, answer.count() as f64)))
}

async fn vpcs(aws: &Aws) -> Result<Option<Quota>, AwsError> {
    let (limit, vpcs) = tokio::try_join!(service_quota(aws, VPCS), ec2::vpc::list(aws))?;
    Ok(limit.map(|limit| quota(Limited::Vpcs, limit, vpcs.len() as f64)))
}

async fn balancing(aws: &Aws) -> Result<Vec<Quota>, AwsError> {
    let request = aws.inner.elb.describe_account_limits().page_size(400);
    let once = aws_sdk_elasticloadbalancingv2::config::Builder::new().retry_config(RetryConfig::disabled());
    let doing = "ask how many load balancers there may be";
    let (limits, balancers, groups) = tokio::try_join!(
        aws.call(Api::ElbRead, doing, request.customize().config_override(once).send()),
        elbv2::load_balancer::list(aws),
        elbv2::target_group::list(aws),
    )?;
    let limit = |name: &str| {
        let limit = limits.limits().iter().find(|limit| limit.name() == Some(name))?;
        limit.max()?.parse::<f64>().ok()
    };
    let application = aws_sdk_elasticloadbalancingv2::types::LoadBalancerTypeEnum::Application;
    let balancers = balancers.iter().filter(|balancer| balancer.r#type() == Some(&application)).count();
    let counts = [
        (Limited::LoadBalancers, "application-load-balancers", balancers),
        (Limited::TargetGroups, "target-groups", groups.len()),
        (Limited::Rules, "rules-per-application-load-balancer", 0),
    ];
    Ok(counts.into_iter().filter_map(|(of, name, used)| Some(quota(of, limit(name)?, used as f64))).collect())
}

async fn roles(aws: &Aws) -> Result<Option<Quota>, AwsError> {
    let once = aws_sdk_iam::config::Builder::new().retry_config(RetryConfig::disabled());
    let request = aws.inner.iam.get_account_summary().customize().config_override(once);
    let answer = aws.call(Api::Iam, "ask how many roles there may be", request.send()).await?;
    let count = |key: &str| {
        answer.summary_map()?.iter().find(|(name, _)| name.as_str() == key).map(|(_, count)| *count)
    };
    let quota = count("RolesQuota").zip(count("Roles"));
    Ok(quota.map(|(limit, used)| self::quota(Limited::Roles, limit.into(), used.into())))
}

/// What other tasks of the account take is not known, so that only a stack that is too large by itself is told.
async fn vcpus(aws: &Aws) -> Result<Option<Quota>, AwsError> {
    let limit = service_quota(aws, VCPUS).await?;
    Ok(limit.map(|limit| quota(Limited::Vcpus, limit, 0.0)))
}

async fn service_quota(aws: &Aws, (service, code): (&str, &str)) -> Result<Option<f64>, AwsError> {
    let once = aws_sdk_servicequotas::config::Builder::new().retry_config(RetryConfig::disabled());
    let request = aws.inner.quotas.get_service_quota().service_code(service).quota_code(code);
    let request = request.customize().config_override(once);
    let doing = format!("look up the quota {code} of {service}");
    let answer = aws.call(Api::ServiceQuotas, &doing, request.send()).await?;
    Ok(answer.quota.and_then(|quota| quota.value))
}

fn quota(of: Limited, limit: f64, used: f64) -> Quota {
    Quota { of, limit, used }
}
