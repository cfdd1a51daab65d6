//! Which rights the changes of a plan need, as IAM writes them, and on what.
//!
//! One table, by kind and action; a test holds it against the calls that the adapters make. A right is asked for once,
//! on the first resource that needs it: policies tell kinds and names apart, and all of a stack's names are alike.

use std::collections::BTreeMap;

use topology::names;
use topology::node::{NodeId, NodeKind, Spec};
use topology::observation::Observation;
use topology::plan::{Action, Change, Plan};
use topology::preflight::is_default_vpc;
use topology::stack::ServiceName;

use super::super::connection::Aws;

/// What stands for an id that AWS has yet to draw.
const NOUGHTS: &str = "00000000000000000";

/// Every right that the plan needs, by the resource that it is needed on; `*` where IAM knows no resource for it. Not those
/// to service-linked roles: only an account that never used a service lacks its own.
pub(super) fn of(aws: &Aws, plan: &Plan, seen: &Observation) -> BTreeMap<String, Vec<&'static str>> {
    let place = Place { aws, plan, seen };
    let mut needed: BTreeMap<&'static str, String> = BTreeMap::new();
    for change in plan.work().filter(|change| !is_default_vpc(change)) {
        for action in rights(change.id.kind, change.action) {
            needed.entry(action).or_insert_with(|| place.resource(change, action));
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

/// Where resources get their ARNs from: what was seen has one, of the rest the names are known.
struct Place<'a> {
    aws: &'a Aws,
    plan: &'a Plan,
    seen: &'a Observation,
}

impl Place<'_> {
    /// What the right is needed on. Sources: the service authorization reference of each service.
    fn resource(&self, change: &Change, action: &str) -> String {
        let name = |kind| self.named(kind);
        match action {
            "route53:CreateHostedZone"
            | "acm:RequestCertificate"
            | "ecs:DeregisterTaskDefinition"
            | "ecs:ListTasks"
            | "elasticloadbalancing:DescribeTargetHealth"
            | "ec2:DescribeNetworkInterfaces"
            | "ec2:DescribeAvailabilityZones" => "*".to_owned(),
            "route53:GetChange" => self.aws.global_arn("route53", "change/C00000000000000000000"),
            "iam:PassRole" => self.role(&name(NodeKind::Role)),
            "elasticloadbalancing:CreateListener" => self.balancer("loadbalancer", 1),
            "elasticloadbalancing:CreateRule" => self.balancer("listener", 2),
            "ecs:StopTask" | "ecs:DescribeTasks" => {
                self.aws.arn("ecs", &format!("task/{}/{NOUGHTS}", name(NodeKind::Cluster)))
            }
            "logs:TagResource" => self.log_group(change),
            _ => self.own(change),
        }
    }

    fn own(&self, change: &Change) -> String {
        let (aws, id) = (self.aws, &change.id);
        let seen = self.seen.found.get(id).map(|found| found.aws_id.as_str());
        if let Some(arn) = seen.filter(|aws_id| aws_id.starts_with("arn:") && id.kind != NodeKind::LogGroup) {
            return arn.to_owned();
        }
        let name = change_name(change);
        let ec2 = |kind: &str, prefix: &str| {
            let made_up = format!("{prefix}-{NOUGHTS}");
            aws.arn("ec2", &format!("{kind}/{}", seen.unwrap_or(&made_up)))
        };
        match id.kind {
            NodeKind::HostedZone | NodeKind::ValidationRecord | NodeKind::Alias | NodeKind::Delegation => {
                self.zone()
            }
            NodeKind::Certificate => aws.arn("acm", "certificate/00000000-0000-0000-0000-000000000000"),
            NodeKind::Vpc => ec2("vpc", "vpc"),
            NodeKind::Subnet => ec2("subnet", "subnet"),
            NodeKind::InternetGateway => ec2("internet-gateway", "igw"),
            NodeKind::RouteTable => ec2("route-table", "rtb"),
            NodeKind::SecurityGroup => ec2("security-group", "sg"),
            NodeKind::LoadBalancer => self.balancer("loadbalancer", 1),
            NodeKind::TargetGroup => {
                aws.arn("elasticloadbalancing", &format!("targetgroup/{name}/{}", &NOUGHTS[1..]))
            }
            NodeKind::Listener => self.balancer("listener", 2),
            NodeKind::Rule => self.balancer("listener-rule", 3),
            NodeKind::Repository | NodeKind::Image => aws.arn("ecr", &format!("repository/{name}")),
            NodeKind::Cluster => aws.arn("ecs", &format!("cluster/{name}")),
            // All but tagging is asked about the group with everything in it.
            NodeKind::LogGroup => format!("{}:*", self.log_group(change)),
            NodeKind::Role => self.role(&name),
            NodeKind::TaskDefinition => aws.arn("ecs", &format!("task-definition/{name}:1")),
            NodeKind::Service => aws.arn("ecs", &format!("service/{}/{name}", self.named(NodeKind::Cluster))),
            NodeKind::Schedule => aws.arn("application-autoscaling", &format!("scalable-target/{NOUGHTS}")),
        }
    }

    fn zone(&self) -> String {
        let zone = self.seen.found.get(&NodeId::only(NodeKind::HostedZone));
        let id = zone.and_then(|zone| zone.aws_id.rsplit('/').next()).unwrap_or("Z00000000000000000000");
        self.aws.global_arn("route53", &format!("hostedzone/{id}"))
    }

    fn log_group(&self, change: &Change) -> String {
        let name = names::log_group(&self.plan.stack, &ServiceName::new(&change.id.part));
        self.aws.arn("logs", &format!("log-group:{name}"))
    }

    fn role(&self, name: &str) -> String {
        self.aws.global_arn("iam", &format!("role{}{name}", names::role_path(&self.plan.stack)))
    }

    /// An ARN that hangs on the load balancer; each `depth` adds an id.
    fn balancer(&self, kind: &str, depth: usize) -> String {
        let ids = format!("/{}", &NOUGHTS[1..]).repeat(depth);
        let name = self.named(NodeKind::LoadBalancer);
        self.aws.arn("elasticloadbalancing", &format!("{kind}/app/{name}{ids}"))
    }

    /// The name on AWS of the plan's first node of a kind; of the stack where it has none.
    fn named(&self, kind: NodeKind) -> String {
        let first = self.plan.changes.iter().find(|change| change.id.kind == kind);
        first.map_or_else(|| self.plan.stack.to_string(), change_name)
    }
}

/// The name on AWS. What goes has no spec any more, and is called by what a person calls it.
fn change_name(change: &Change) -> String {
    match &change.spec {
        Some(
            Spec::LoadBalancer { name }
            | Spec::TargetGroup { name, .. }
            | Spec::Repository { name }
            | Spec::Cluster { name }
            | Spec::Role { name, .. }
            | Spec::Service { name, .. },
        ) => name.clone(),
        Some(Spec::TaskDefinition(definition)) => definition.family.clone(),
        _ => change.name.clone(),
    }
}
