//! Which rights the changes of a plan need, as IAM writes them, and on what.
//!
//! One table, by kind and action; a test holds it against the calls that the adapters make. A right is asked for once,
//! on the first resource that needs it: policies tell kinds and names apart, and all of a stack's names are alike.

use std::collections::BTreeMap;

use topology::names;
use topology::node::{NodeKind, Spec};
use topology::plan::{Action, Change, Plan};
use topology::preflight::is_default_vpc;

use super::super::connection::Aws;

/// What stands for an id that AWS has yet to draw.
const NOUGHTS: &str = "00000000000000000";

/// Every right that the plan needs, by the resource that it is needed on; `*` where IAM knows no resource for it.
pub(super) fn of(aws: &Aws, plan: &Plan) -> BTreeMap<String, Vec<&'static str>> {
    let mut needed: BTreeMap<&'static str, String> = BTreeMap::new();
    for change in plan.work().filter(|change| !is_default_vpc(change)) {
        for action in rights(change.id.kind, change.action) {
            needed.entry(action).or_insert_with(|| resource(aws, plan, change, action));
        }
    }
    let mut by_resource: BTreeMap<String, Vec<&'static str>> = BTreeMap::new();
    for (action, resource) in needed {
        by_resource.entry(resource).or_default().push(action);
    }
    by_resource
}

/// What one change calls, beside what the look before it has called already.
fn rights(kind: NodeKind, action: Action) -> Vec<&'static str> {
    match action {
        Action::Create => creates(kind).to_vec(),
        Action::Update => updates(kind).to_vec(),
        Action::Delete => deletes(kind).to_vec(),
        Action::Replace => [creates(kind), deletes(kind)].concat(),
        Action::Keep | Action::WaitForYou => Vec::new(),
    }
}

fn creates(kind: NodeKind) -> &'static [&'static str] {
    match kind {
        NodeKind::HostedZone => &["route53:CreateHostedZone", "route53:ChangeTagsForResource"],
        NodeKind::Certificate => {
            &["acm:RequestCertificate", "acm:AddTagsToCertificate", "acm:DescribeCertificate"]
        }
        NodeKind::ValidationRecord | NodeKind::Alias => {
            &["route53:ChangeResourceRecordSets", "route53:GetChange"]
        }
        NodeKind::Vpc => {
            &["ec2:CreateVpc", "ec2:CreateTags", "ec2:ModifyVpcAttribute", "ec2:DescribeVpcAttribute"]
        }
        NodeKind::Subnet => &[
            "ec2:CreateSubnet",
            "ec2:CreateTags",
            "ec2:ModifySubnetAttribute",
            "ec2:DescribeAvailabilityZones",
        ],
        NodeKind::InternetGateway => {
            &["ec2:CreateInternetGateway", "ec2:CreateTags", "ec2:AttachInternetGateway"]
        }
        NodeKind::RouteTable => {
            &["ec2:CreateRouteTable", "ec2:CreateTags", "ec2:CreateRoute", "ec2:AssociateRouteTable"]
        }
        NodeKind::SecurityGroup => {
            &["ec2:CreateSecurityGroup", "ec2:CreateTags", "ec2:AuthorizeSecurityGroupIngress"]
        }
        NodeKind::LoadBalancer => {
            &["elasticloadbalancing:CreateLoadBalancer", "elasticloadbalancing:AddTags"]
        }
        NodeKind::TargetGroup => &[
            "elasticloadbalancing:CreateTargetGroup",
            "elasticloadbalancing:AddTags",
            "elasticloadbalancing:ModifyTargetGroupAttributes",
        ],
        NodeKind::Listener => &["elasticloadbalancing:CreateListener", "elasticloadbalancing:AddTags"],
        NodeKind::Rule => &["elasticloadbalancing:CreateRule", "elasticloadbalancing:AddTags"],
        NodeKind::Repository => &["ecr:CreateRepository", "ecr:TagResource", "ecr:PutLifecyclePolicy"],
        NodeKind::Cluster => &["ecs:CreateCluster", "ecs:TagResource"],
        NodeKind::LogGroup => &["logs:CreateLogGroup", "logs:TagResource", "logs:PutRetentionPolicy"],
        NodeKind::Role => &["iam:CreateRole", "iam:TagRole", "iam:PutRolePolicy", "iam:UpdateRole"],
        NodeKind::TaskDefinition => &["ecs:RegisterTaskDefinition", "ecs:TagResource", "iam:PassRole"],
        NodeKind::Service => &[
            "ecs:CreateService",
            "ecs:TagResource",
            "ecs:DescribeTasks",
            "elasticloadbalancing:DescribeTargetHealth",
        ],
        NodeKind::Schedule => SCHEDULES,
        NodeKind::Delegation | NodeKind::Image => &[],
    }
}

fn updates(kind: NodeKind) -> &'static [&'static str] {
    match kind {
        NodeKind::HostedZone => &["route53:ChangeTagsForResource"],
        NodeKind::ValidationRecord | NodeKind::Alias => creates(kind),
        NodeKind::Vpc => &["ec2:ModifyVpcAttribute"],
        NodeKind::Subnet => &["ec2:ModifySubnetAttribute"],
        NodeKind::InternetGateway => &["ec2:AttachInternetGateway"],
        NodeKind::RouteTable => &["ec2:CreateRoute", "ec2:ReplaceRoute", "ec2:AssociateRouteTable"],
        NodeKind::SecurityGroup => &["ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress"],
        NodeKind::TargetGroup => &[
            "elasticloadbalancing:ModifyTargetGroup",
            "elasticloadbalancing:ModifyTargetGroupAttributes",
            "elasticloadbalancing:AddTags",
        ],
        NodeKind::Listener => &["elasticloadbalancing:ModifyListener"],
        NodeKind::Rule => &["elasticloadbalancing:ModifyRule"],
        NodeKind::Repository => &["ecr:PutLifecyclePolicy", "ecr:PutImageScanningConfiguration"],
        NodeKind::LogGroup => &["logs:PutRetentionPolicy"],
        NodeKind::Role => &["iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole"],
        NodeKind::TaskDefinition => creates(kind),
        NodeKind::Service => &[
            "ecs:UpdateService",
            "ecs:TagResource",
            "ecs:DescribeTasks",
            "elasticloadbalancing:DescribeTargetHealth",
        ],
        NodeKind::Schedule => SCHEDULES,
        NodeKind::Certificate
        | NodeKind::LoadBalancer
        | NodeKind::Cluster
        | NodeKind::Delegation
        | NodeKind::Image => &[],
    }
}

fn deletes(kind: NodeKind) -> &'static [&'static str] {
    match kind {
        NodeKind::HostedZone => &["route53:DeleteHostedZone", "route53:ChangeResourceRecordSets"],
        NodeKind::Certificate => &["acm:DeleteCertificate"],
        NodeKind::ValidationRecord | NodeKind::Alias => &["route53:ChangeResourceRecordSets"],
        NodeKind::Vpc => &["ec2:DeleteVpc"],
        NodeKind::Subnet => &["ec2:DeleteSubnet"],
        NodeKind::InternetGateway => &["ec2:DetachInternetGateway", "ec2:DeleteInternetGateway"],
        NodeKind::RouteTable => &["ec2:DisassociateRouteTable", "ec2:DeleteRouteTable"],
        NodeKind::SecurityGroup => &["ec2:RevokeSecurityGroupIngress", "ec2:DeleteSecurityGroup"],
        NodeKind::LoadBalancer => &[
            "elasticloadbalancing:DeleteLoadBalancer",
            "elasticloadbalancing:ModifyLoadBalancerAttributes",
            "ec2:DescribeNetworkInterfaces",
        ],
        NodeKind::TargetGroup => &["elasticloadbalancing:DeleteTargetGroup"],
        NodeKind::Listener => &["elasticloadbalancing:DeleteListener"],
        NodeKind::Rule => &["elasticloadbalancing:DeleteRule"],
        NodeKind::Repository => &["ecr:DeleteRepository"],
        NodeKind::Cluster => &["ecs:DeleteCluster"],
        NodeKind::LogGroup => &["logs:DeleteLogGroup"],
        NodeKind::Role => &[
            "iam:DeleteRole",
            "iam:DeleteRolePolicy",
            "iam:DetachRolePolicy",
            "iam:ListAttachedRolePolicies",
            "iam:ListRolePolicies",
        ],
        NodeKind::TaskDefinition => &["ecs:DeregisterTaskDefinition", "ecs:DeleteTaskDefinitions"],
        NodeKind::Service => &["ecs:UpdateService", "ecs:DeleteService", "ecs:ListTasks", "ecs:StopTask"],
        NodeKind::Schedule => &["application-autoscaling:DeregisterScalableTarget"],
        NodeKind::Delegation | NodeKind::Image => &[],
    }
}

const SCHEDULES: &[&str] = &[
    "application-autoscaling:RegisterScalableTarget",
    "application-autoscaling:PutScheduledAction",
    "application-autoscaling:TagResource",
];

/// What the right is needed on.
fn resource(aws: &Aws, plan: &Plan, change: &Change, action: &str) -> String {
    let name = |kind| named(plan, kind);
    match action {
        // IAM knows no resource for these. Source: the service authorization reference of each service.
        "route53:CreateHostedZone"
        | "acm:RequestCertificate"
        | "ecs:DeregisterTaskDefinition"
        | "iam:ListRolePolicies" => "*".to_owned(),
        _ if is_read(action) => "*".to_owned(),
        "iam:PassRole" => role(aws, plan, &name(NodeKind::Role)),
        "elasticloadbalancing:CreateListener" => {
            balancer(aws, "loadbalancer", &name(NodeKind::LoadBalancer), 1)
        }
        "elasticloadbalancing:CreateRule" => balancer(aws, "listener", &name(NodeKind::LoadBalancer), 2),
        "ecs:StopTask" => aws.arn("ecs", &format!("task/{}/{NOUGHTS}", name(NodeKind::Cluster))),
        "ecs:DeleteTaskDefinitions" | "ecs:RegisterTaskDefinition" => {
            aws.arn("ecs", &format!("task-definition/{}:1", change_name(change)))
        }
        _ => own(aws, plan, change),
    }
}

fn own(aws: &Aws, plan: &Plan, change: &Change) -> String {
    let name = change_name(change);
    match change.id.kind {
        NodeKind::HostedZone | NodeKind::ValidationRecord | NodeKind::Alias | NodeKind::Delegation => {
            aws.global_arn("route53", "hostedzone/Z00000000000000000000")
        }
        NodeKind::Certificate => aws.arn("acm", "certificate/00000000-0000-0000-0000-000000000000"),
        NodeKind::Vpc => aws.arn("ec2", &format!("vpc/vpc-{NOUGHTS}")),
        NodeKind::Subnet => aws.arn("ec2", &format!("subnet/subnet-{NOUGHTS}")),
        NodeKind::InternetGateway => aws.arn("ec2", &format!("internet-gateway/igw-{NOUGHTS}")),
        NodeKind::RouteTable => aws.arn("ec2", &format!("route-table/rtb-{NOUGHTS}")),
        NodeKind::SecurityGroup => aws.arn("ec2", &format!("security-group/sg-{NOUGHTS}")),
        NodeKind::LoadBalancer => balancer(aws, "loadbalancer", &name, 1),
        NodeKind::TargetGroup => aws.arn("elasticloadbalancing", &format!("targetgroup/{name}/{NOUGHTS}")),
        NodeKind::Listener => balancer(aws, "listener", &named(plan, NodeKind::LoadBalancer), 2),
        NodeKind::Rule => balancer(aws, "listener-rule", &named(plan, NodeKind::LoadBalancer), 3),
        NodeKind::Repository | NodeKind::Image => aws.arn("ecr", &format!("repository/{name}")),
        NodeKind::Cluster => aws.arn("ecs", &format!("cluster/{name}")),
        NodeKind::LogGroup => aws.arn("logs", &format!("log-group:{name}")),
        NodeKind::Role => role(aws, plan, &name),
        NodeKind::TaskDefinition => aws.arn("ecs", &format!("task-definition/{name}:1")),
        NodeKind::Service => aws.arn("ecs", &format!("service/{}/{name}", named(plan, NodeKind::Cluster))),
        NodeKind::Schedule => aws.arn("application-autoscaling", &format!("scalable-target/{NOUGHTS}")),
    }
}

fn role(aws: &Aws, plan: &Plan, name: &str) -> String {
    aws.global_arn("iam", &format!("role{}{name}", names::role_path(&plan.stack)))
}

/// An ARN that hangs on a load balancer; each `depth` adds an id.
fn balancer(aws: &Aws, kind: &str, name: &str, depth: usize) -> String {
    let ids = format!("/{}", &NOUGHTS[1..]).repeat(depth);
    aws.arn("elasticloadbalancing", &format!("{kind}/app/{name}{ids}"))
}

/// The name on AWS of the plan's first node of a kind; of the stack where it has none.
fn named(plan: &Plan, kind: NodeKind) -> String {
    let first = plan.changes.iter().find(|change| change.id.kind == kind);
    first.map_or_else(|| plan.stack.to_string(), change_name)
}

/// The name on AWS. What goes has no spec any more, and is called by what a person calls it.
fn change_name(change: &Change) -> String {
    match &change.spec {
        Some(
            Spec::LoadBalancer { name }
            | Spec::TargetGroup { name, .. }
            | Spec::Repository { name }
            | Spec::Cluster { name }
            | Spec::LogGroup { name, .. }
            | Spec::Role { name, .. }
            | Spec::Service { name, .. },
        ) => name.clone(),
        Some(Spec::TaskDefinition(definition)) => definition.family.clone(),
        _ => change.name.clone(),
    }
}

fn is_read(action: &str) -> bool {
    let verb = action.split(':').nth(1).unwrap_or_default();
    ["Describe", "List", "Get"].iter().any(|reads| verb.starts_with(reads))
}
