//! What a plan needs more of, and whether the account may have it.

use std::collections::BTreeMap;

use crate::node::{NodeId, NodeKind, Spec};
use crate::plan::{Action, Change, Note, Plan, Severity};
use crate::stack::Region;

/// What an account may have only so many of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Limited {
    HostedZones,
    Vpcs,
    LoadBalancers,
    TargetGroups,
    /// Of one load balancer.
    Rules,
    Roles,
    /// vCPU that run on Fargate at once.
    Vcpus,
}

/// What AWS says of one quota.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quota {
    pub of: Limited,
    pub limit: f64,
    /// What is there already, as far as it counts.
    pub used: f64,
}

/// How much more the plan needs of what is limited; for [`Limited::Rules`] and [`Limited::Vcpus`] how much in all.
pub fn needs(plan: &Plan) -> BTreeMap<Limited, f64> {
    let made = |kind| {
        let is_made = |change: &&Change| change.id.kind == kind && change.action == Action::Create;
        plan.work().filter(is_made).filter(|change| !is_default_vpc(change)).count()
    };
    let rules =
        plan.changes.iter().filter(|change| change.id.kind == NodeKind::Rule && change.spec.is_some());
    let needs = [
        (Limited::HostedZones, made(NodeKind::HostedZone)),
        (Limited::Vpcs, made(NodeKind::Vpc)),
        (Limited::LoadBalancers, made(NodeKind::LoadBalancer)),
        (Limited::TargetGroups, made(NodeKind::TargetGroup)),
        (Limited::Rules, if made(NodeKind::Rule) > 0 { rules.count() } else { 0 }),
        (Limited::Roles, made(NodeKind::Role)),
    ];
    let mut needs: BTreeMap<Limited, f64> =
        needs.into_iter().filter(|(_, count)| *count > 0).map(|(of, count)| (of, as_number(count))).collect();
    let vcpus = vcpus(plan);
    if vcpus > 0.0 {
        needs.insert(Limited::Vcpus, vcpus);
    }
    needs
}

/// An error for each quota that does not let the plan come to its end.
pub fn exceeded(plan: &Plan, region: &Region, quotas: &[Quota]) -> Vec<Note> {
    let needs = needs(plan);
    let note = |quota: &Quota| {
        let needed = needs.get(&quota.of)?;
        (quota.used + needed > quota.limit).then(|| note(plan, region, quota, *needed))
    };
    quotas.iter().filter_map(note).collect()
}

/// It is used, and never made.
pub fn is_default_vpc(change: &Change) -> bool {
    matches!(change.spec, Some(Spec::Vpc { cidr: None, .. }))
}

/// What all of the stack's tasks take, where the plan starts any.
fn vcpus(plan: &Plan) -> f64 {
    let starts = |change: &&Change| change.id.kind == NodeKind::Service;
    if !plan.work().any(|change| starts(&change) && change.action != Action::Delete) {
        return 0.0;
    }
    let cpu = |service: &str| {
        let id = NodeId::part(NodeKind::TaskDefinition, service);
        match plan.changes.iter().find(|change| change.id == id)?.spec.as_ref()? {
            Spec::TaskDefinition(definition) => Some(f64::from(definition.cpu) / 1024.0),
            _ => None,
        }
    };
    let of = |change: &Change| match change.spec.as_ref()? {
        Spec::Service { count, .. } => Some(f64::from(*count) * cpu(&change.id.part)?),
        _ => None,
    };
    plan.changes.iter().filter(starts).filter_map(of).sum()
}

fn note(plan: &Plan, region: &Region, quota: &Quota, needed: f64) -> Note {
    let Quota { of, limit, used } = quota;
    let kind = of.kind();
    let node = plan.work().find(|change| Some(change.id.kind) == kind).map(|change| change.id.clone());
    let matter = match of {
        Limited::Vcpus => format!(
            "The stack's tasks take {needed} vCPU, and the account may run {limit} vCPU on Fargate at once in \
             `{region}`. Lower `cpu` or `count`, or ask"
        ),
        Limited::Rules => format!(
            "The load balancer needs {needed} rules, one for each host besides the root, and the account's quota is \
             {limit}. Ask"
        ),
        _ => format!(
            "The plan needs more {} than the account's quota allows{}: it makes {needed}, and {used} of {limit} are there. \
             Remove what nobody needs, or ask",
            of.words(),
            if of.is_of_a_region() { format!(" in `{region}`") } else { String::new() }
        ),
    };
    let text = format!("{matter} AWS for more ({}), then plan again.", of.found_under());
    Note { severity: Severity::Error, node, text, offer: None }
}

impl Limited {
    fn kind(self) -> Option<NodeKind> {
        match self {
            Limited::HostedZones => Some(NodeKind::HostedZone),
            Limited::Vpcs => Some(NodeKind::Vpc),
            Limited::LoadBalancers => Some(NodeKind::LoadBalancer),
            Limited::TargetGroups => Some(NodeKind::TargetGroup),
            Limited::Rules => Some(NodeKind::Rule),
            Limited::Roles => Some(NodeKind::Role),
            Limited::Vcpus => None,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Limited::HostedZones => "hosted zones",
            Limited::Vpcs => "VPCs",
            Limited::LoadBalancers => "Application Load Balancers",
            Limited::TargetGroups => "target groups",
            Limited::Rules => "rules",
            Limited::Roles => "roles",
            Limited::Vcpus => "vCPU",
        }
    }

    fn is_of_a_region(self) -> bool {
        !matches!(self, Limited::HostedZones | Limited::Roles)
    }

    /// Where the quota stands in the Service Quotas console.
    fn found_under(self) -> &'static str {
        match self {
            Limited::HostedZones => "Service Quotas, Amazon Route 53, “Hosted zones”",
            Limited::Vpcs => "Service Quotas, Amazon VPC, “VPCs per Region”",
            Limited::LoadBalancers => {
                "Service Quotas, Elastic Load Balancing, “Application Load Balancers per Region”"
            }
            Limited::TargetGroups => "Service Quotas, Elastic Load Balancing, “Target Groups per Region”",
            Limited::Rules => "Service Quotas, Elastic Load Balancing, “Rules per Application Load Balancer”",
            Limited::Roles => "Service Quotas, IAM, “Roles per account”",
            Limited::Vcpus => "Service Quotas, AWS Fargate, “Fargate On-Demand vCPU resource count”",
        }
    }
}

fn as_number(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::Observation;
    use crate::plan::{PlanId, Wanted, make};
    use crate::samples::seed_stack;
    use crate::stack::seed::seed;

    fn first_deploy() -> Plan {
        let stack = seed_stack();
        let nothing = Observation {
            stack: stack.name.clone(),
            account: "123456789012".into(),
            region: stack.region.clone(),
            at: 0,
            after: crate::operation::EventId(0),
            calls: 0,
            found: BTreeMap::new(),
            note: None,
            foreign: BTreeMap::new(),
        };
        make(PlanId("1".into()), &Wanted::Deployed { stack: &stack, file: seed() }, &nothing)
    }

    #[test]
    fn a_first_deploy_of_the_seed_needs_half_a_vcpu_and_one_load_balancer() {
        let needs = needs(&first_deploy());
        assert_eq!(needs.get(&Limited::Vcpus), Some(&0.5));
        assert_eq!(needs.get(&Limited::LoadBalancers), Some(&1.0));
        assert_eq!(needs.get(&Limited::TargetGroups), Some(&2.0));
        assert_eq!(needs.get(&Limited::Rules), Some(&1.0));
        assert_eq!(needs.get(&Limited::Vpcs), None, "the default VPC is there");
    }

    #[test]
    fn a_quota_that_is_just_reached_is_none_of_our_business_and_one_more_is_an_error() {
        let plan = first_deploy();
        let region = Region::new("us-east-1");
        let notes =
            |used| exceeded(&plan, &region, &[Quota { of: Limited::LoadBalancers, limit: 50.0, used }]);
        assert_eq!(notes(49.0), Vec::new());
        let notes = notes(50.0);
        assert_eq!(notes.len(), 1);
        assert_eq!(notes[0].severity, Severity::Error);
        assert_eq!(notes[0].node, Some(NodeId::only(NodeKind::LoadBalancer)));
        insta::assert_snapshot!(notes[0].text, @"The plan needs more Application Load Balancers than the account's quota allows in `us-east-1`: it makes 1, and 50 of 50 are there. Remove what nobody needs, or ask AWS for more (Service Quotas, Elastic Load Balancing, “Application Load Balancers per Region”), then plan again.");
    }

    #[test]
    fn tasks_that_take_more_than_fargate_gives_are_told_in_vcpus() {
        let region = Region::new("us-east-1");
        let notes =
            exceeded(&first_deploy(), &region, &[Quota { of: Limited::Vcpus, limit: 0.25, used: 0.0 }]);
        insta::assert_snapshot!(notes[0].text, @"The stack's tasks take 0.5 vCPU, and the account may run 0.25 vCPU on Fargate at once in `us-east-1`. Lower `cpu` or `count`, or ask AWS for more (Service Quotas, AWS Fargate, “Fargate On-Demand vCPU resource count”), then plan again.");
    }
}
