//! The IAM policies that Slipway needs, as small as they can be while names are chosen by stack files.
//!
//! What Slipway makes carries a tag from the moment it is made, so most rights end at that tag: it may make only
//! what it tags, and change only what is tagged. Roles and log groups stand under a path of their own instead. To tag
//! what somebody else has made, and so come to own it, is a right apart: [`Use::TakeOver`]. Registering domains is no
//! part of it.

use serde_json::{Value, json};

/// The tag that everything of Slipway's carries.
const TAG: &str = "slipway:stack";
/// Services that get a role of their own from AWS.
const LINKED: [&str; 3] =
    ["ecs.amazonaws.com", "ecs.application-autoscaling.amazonaws.com", "elasticloadbalancing.amazonaws.com"];

/// The calls that make what takes tags in the same call.
const EC2_MAKES: [&str; 5] =
    ["CreateInternetGateway", "CreateRouteTable", "CreateSecurityGroup", "CreateSubnet", "CreateVpc"];
const ECS_MAKES: [&str; 3] = ["CreateCluster", "CreateService", "RegisterTaskDefinition"];
const ELB_MAKES: [&str; 4] = ["CreateListener", "CreateLoadBalancer", "CreateRule", "CreateTargetGroup"];

/// What a policy is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// Everything: deploy, park, wake, tear down.
    Provision,
    /// The same, and taking over what is there already and nobody's.
    TakeOver,
    /// Doze and wake, on what is there.
    Operate,
    /// Plan and status.
    ReadOnly,
}

/// The policy for `purpose`, as IAM takes it.
pub fn policy(purpose: Use) -> Value {
    let mut statements = vec![look()];
    match purpose {
        Use::ReadOnly => {}
        Use::Operate => statements.extend([operate(), schedule(), note_level()]),
        Use::Provision => statements.extend(provision()),
        Use::TakeOver => statements.extend(provision().into_iter().chain([take_over()])),
    }
    json!({ "Version": "2012-10-17", "Statement": statements })
}

fn provision() -> Vec<Value> {
    vec![
        make_what_is_tagged(),
        tag_while_making("TagNetworks", "ec2:CreateTags", "ec2:CreateAction", &EC2_MAKES),
        tag_while_making("TagContainers", "ecs:TagResource", "ecs:CreateAction", &ECS_MAKES),
        tag_while_making(
            "TagEdge",
            "elasticloadbalancing:AddTags",
            "elasticloadbalancing:CreateAction",
            &ELB_MAKES,
        ),
        make_inside_networks(),
        change_what_is_tagged(),
        retire_task_definitions(),
        zones(),
        zone_changes(),
        read_images(),
        log_groups(),
        roles(),
        pass_roles(),
        linked_roles(),
        schedule(),
    ]
}

fn look() -> Value {
    allow(
        "Look",
        &[
            "acm:DescribeCertificate",
            "acm:ListCertificates",
            "acm:ListTagsForCertificate",
            "application-autoscaling:DescribeScalableTargets",
            "application-autoscaling:DescribeScheduledActions",
            "application-autoscaling:ListTagsForResource",
            "ec2:DescribeAvailabilityZones",
            "ec2:DescribeInternetGateways",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeRouteTables",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSubnets",
            "ec2:DescribeVpcAttribute",
            "ec2:DescribeVpcs",
            "ecr:DescribeImages",
            "ecr:DescribeRepositories",
            "ecr:GetLifecyclePolicy",
            "ecr:ListTagsForResource",
            "ecs:Describe*",
            "ecs:List*",
            "elasticloadbalancing:Describe*",
            "iam:GetAccountSummary",
            "iam:GetRole",
            "iam:GetRolePolicy",
            "iam:ListRoleTags",
            "iam:ListRoles",
            "iam:SimulatePrincipalPolicy",
            "logs:DescribeLogGroups",
            "logs:ListTagsForResource",
            "route53:GetAccountLimit",
            "route53:GetChange",
            "route53:GetHostedZone",
            "route53:ListHostedZones",
            "route53:ListHostedZonesByName",
            "route53:ListResourceRecordSets",
            "route53:ListTagsForResource",
            "route53:ListTagsForResources",
            "servicequotas:GetServiceQuota",
            "sts:GetCallerIdentity",
        ],
        &["*"],
    )
}

/// ECR and Certificate Manager know no condition that tells tags given while making from others, so that what is theirs
/// may always be tagged.
fn make_what_is_tagged() -> Value {
    let statement = allow(
        "MakeWhatIsTagged",
        &[
            "acm:AddTagsToCertificate",
            "acm:RequestCertificate",
            "ec2:CreateInternetGateway",
            "ec2:CreateRouteTable",
            "ec2:CreateSecurityGroup",
            "ec2:CreateSubnet",
            "ec2:CreateVpc",
            "ecr:CreateRepository",
            "ecr:TagResource",
            "ecs:CreateCluster",
            "ecs:CreateService",
            "ecs:RegisterTaskDefinition",
            "elasticloadbalancing:CreateListener",
            "elasticloadbalancing:CreateLoadBalancer",
            "elasticloadbalancing:CreateRule",
            "elasticloadbalancing:CreateTargetGroup",
        ],
        &["*"],
    );
    when(statement, json!({ "Null": { format!("aws:RequestTag/{TAG}"): "false" } }))
}

/// Tags given in the call that makes something, and no others.
fn tag_while_making(sid: &str, action: &str, condition: &str, makes: &[&str]) -> Value {
    let statement = allow(sid, &[action], &["*"]);
    when(statement, json!({ "StringEquals": { condition: makes } }))
}

/// What carries no tag of a stack's may get one. Log groups and roles are not here: those under Slipway's own path and
/// prefix may be tagged anyway.
fn take_over() -> Value {
    let actions = ["ec2:CreateTags", "ecr:TagResource", "ecs:TagResource", "elasticloadbalancing:AddTags"];
    let (request, resource) = (format!("aws:RequestTag/{TAG}"), format!("aws:ResourceTag/{TAG}"));
    when(allow("TakeOver", &actions, &["*"]), json!({ "Null": { request: "false", resource: "true" } }))
}

/// The network that something is made in is asked about as well, and the default one carries no tag.
fn make_inside_networks() -> Value {
    allow(
        "MakeInsideNetworks",
        &["ec2:CreateRouteTable", "ec2:CreateSecurityGroup", "ec2:CreateSubnet"],
        &["arn:aws:ec2:*:*:vpc/*"],
    )
}

fn change_what_is_tagged() -> Value {
    let statement = allow(
        "ChangeWhatIsTagged",
        &[
            "acm:DeleteCertificate",
            "ec2:AssociateRouteTable",
            "ec2:AttachInternetGateway",
            "ec2:AuthorizeSecurityGroupIngress",
            "ec2:CreateRoute",
            "ec2:DeleteInternetGateway",
            "ec2:DeleteRoute",
            "ec2:DeleteRouteTable",
            "ec2:DeleteSecurityGroup",
            "ec2:DeleteSubnet",
            "ec2:DeleteVpc",
            "ec2:DetachInternetGateway",
            "ec2:DisassociateRouteTable",
            "ec2:ModifySubnetAttribute",
            "ec2:ModifyVpcAttribute",
            "ec2:ReplaceRoute",
            "ec2:RevokeSecurityGroupIngress",
            "ecr:BatchDeleteImage",
            "ecr:DeleteRepository",
            "ecr:PutImageScanningConfiguration",
            "ecr:PutLifecyclePolicy",
            "ecs:DeleteCluster",
            "ecs:DeleteService",
            "ecs:DeleteTaskDefinitions",
            "ecs:StopTask",
            "ecs:TagResource",
            "ecs:UpdateService",
            "elasticloadbalancing:AddTags",
            "elasticloadbalancing:DeleteListener",
            "elasticloadbalancing:DeleteLoadBalancer",
            "elasticloadbalancing:DeleteRule",
            "elasticloadbalancing:DeleteTargetGroup",
            "elasticloadbalancing:ModifyListener",
            "elasticloadbalancing:ModifyLoadBalancerAttributes",
            "elasticloadbalancing:ModifyRule",
            "elasticloadbalancing:ModifyTargetGroup",
            "elasticloadbalancing:ModifyTargetGroupAttributes",
            "elasticloadbalancing:SetRulePriorities",
            "elasticloadbalancing:SetSecurityGroups",
        ],
        &["*"],
    );
    when(statement, json!({ "Null": { format!("aws:ResourceTag/{TAG}"): "false" } }))
}

/// IAM knows no resource for it.
fn retire_task_definitions() -> Value {
    allow("RetireTaskDefinitions", &["ecs:DeregisterTaskDefinition"], &["*"])
}

/// A zone is made without tags and gets them in a second call.
fn zones() -> Value {
    allow("Zones", &["route53:CreateHostedZone"], &["*"])
}

/// What an image is built for stands in its manifest. Whoever may read that may pull the image, so only who deploys it may.
fn read_images() -> Value {
    let actions = &["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];
    allow("ReadImages", actions, &["arn:aws:ecr:*:*:repository/*"])
}

fn zone_changes() -> Value {
    allow(
        "ZoneChanges",
        &["route53:ChangeResourceRecordSets", "route53:ChangeTagsForResource", "route53:DeleteHostedZone"],
        &["arn:aws:route53:::hostedzone/*"],
    )
}

fn log_groups() -> Value {
    allow(
        "LogGroups",
        &["logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:PutRetentionPolicy", "logs:TagResource"],
        &["arn:aws:logs:*:*:log-group:/slipway/*"],
    )
}

fn roles() -> Value {
    allow(
        "Roles",
        &[
            "iam:CreateRole",
            "iam:DeleteRole",
            "iam:DeleteRolePolicy",
            "iam:DetachRolePolicy",
            "iam:ListAttachedRolePolicies",
            "iam:ListRolePolicies",
            "iam:PutRolePolicy",
            "iam:TagRole",
            "iam:UpdateAssumeRolePolicy",
            "iam:UpdateRole",
        ],
        &["arn:aws:iam::*:role/slipway/*"],
    )
}

fn pass_roles() -> Value {
    let statement = allow("PassRoles", &["iam:PassRole"], &["arn:aws:iam::*:role/slipway/*"]);
    when(statement, json!({ "StringEquals": { "iam:PassedToService": "ecs-tasks.amazonaws.com" } }))
}

fn linked_roles() -> Value {
    let actions = &["iam:CreateServiceLinkedRole"];
    let statement = allow("LinkedRoles", actions, &["arn:aws:iam::*:role/aws-service-role/*"]);
    when(statement, json!({ "StringEquals": { "iam:AWSServiceName": LINKED } }))
}

/// The uptime schedule; parks and wakes services that have one.
fn schedule() -> Value {
    let statement = allow(
        "Schedule",
        &[
            "application-autoscaling:DeleteScheduledAction",
            "application-autoscaling:DeregisterScalableTarget",
            "application-autoscaling:PutScheduledAction",
            "application-autoscaling:RegisterScalableTarget",
            "application-autoscaling:TagResource",
        ],
        &["arn:aws:application-autoscaling:*:*:scalable-target/*"],
    );
    when(statement, json!({ "StringEqualsIfExists": { "application-autoscaling:service-namespace": "ecs" } }))
}

fn operate() -> Value {
    let statement = allow("Operate", &["ecs:TagResource", "ecs:UpdateService"], &["*"]);
    when(statement, json!({ "Null": { format!("aws:ResourceTag/{TAG}"): "false" } }))
}

/// A stack's level is noted in a tag of its hosted zone.
fn note_level() -> Value {
    allow("NoteLevel", &["route53:ChangeTagsForResource"], &["arn:aws:route53:::hostedzone/*"])
}

fn allow(sid: &str, actions: &[&str], resources: &[&str]) -> Value {
    json!({ "Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources })
}

fn when(mut statement: Value, condition: Value) -> Value {
    statement["Condition"] = condition;
    statement
}

#[cfg(test)]
mod tests;
