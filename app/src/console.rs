//! Where a part stands in the AWS console, and where a host answers in the sandbox.

use topology::node::{NodeId, NodeKind};
use topology::observation::Found;
use topology::stack::HostName;

/// Who pushes an image of this tag in the sandbox; `None`: nothing runs from the repository.
pub fn who_pushes(tag: Option<&str>) -> &'static str {
    match tag {
        Some("missing") => {
            "The sandbox plays your CI, and never pushes the tag `missing`: it is there to rehearse the wait. Choose \
             another tag to go on."
        }
        Some("arm64") => {
            "The sandbox plays your CI, and builds the tag `arm64` for another processor: it is there to rehearse the wait. \
             Choose another tag to go on."
        }
        Some(_) => "The sandbox plays your CI: it pushes the image by itself, in a few seconds.",
        None => {
            "The sandbox plays your CI, and pushes only what a service runs: this repository stays empty."
        }
    }
}

/// Where a browser on this machine reaches `host` in the embedded AWS, whose load balancers answer at `door`.
pub fn sandbox_address(host: &HostName, door: u16) -> String {
    format!("http://{host}.localhost:{door}/")
}

/// The console's page of a part; `None` where it has none of its own.
pub fn link(id: &NodeId, found: &Found, region: &str, account: &str) -> Option<String> {
    let aws_id = found.aws_id.as_str();
    let last = aws_id.rsplit(['/', ':']).next().unwrap_or(aws_id);
    let home = |service: &str, place: String| {
        format!("https://{region}.console.aws.amazon.com/{service}/home?region={region}#{place}")
    };
    let ecs =
        |place: String| format!("https://{region}.console.aws.amazon.com/ecs/v2/{place}?region={region}");
    let link = match id.kind {
        NodeKind::HostedZone | NodeKind::Delegation | NodeKind::ValidationRecord | NodeKind::Alias => {
            let zone = if id.kind == NodeKind::HostedZone { last } else { "" };
            format!("https://console.aws.amazon.com/route53/v2/hostedzones#ListRecordSets/{zone}")
        }
        NodeKind::Vpc => home("vpcconsole", format!("VpcDetails:VpcId={last}")),
        NodeKind::Subnet => home("vpcconsole", format!("SubnetDetails:subnetId={last}")),
        NodeKind::InternetGateway => home("vpcconsole", format!("InternetGateway:internetGatewayId={last}")),
        NodeKind::RouteTable => home("vpcconsole", format!("RouteTableDetails:RouteTableId={last}")),
        NodeKind::SecurityGroup => home("ec2", format!("SecurityGroup:groupId={last}")),
        NodeKind::Certificate => home("acm", format!("/certificates/{last}")),
        NodeKind::LoadBalancer => home("ec2", format!("LoadBalancer:loadBalancerArn={aws_id}")),
        NodeKind::TargetGroup => home("ec2", format!("TargetGroup:targetGroupArn={aws_id}")),
        NodeKind::Listener => home("ec2", format!("ListenerDetails:listenerArn={aws_id}")),
        NodeKind::Rule => home("ec2", format!("ListenerRuleDetails:ruleArn={aws_id}")),
        NodeKind::Repository | NodeKind::Image => {
            let repository = found.facts.get("name").map_or(id.part.as_str(), String::as_str);
            format!(
                "https://{region}.console.aws.amazon.com/ecr/repositories/private/{account}/{repository}?region={region}"
            )
        }
        NodeKind::Cluster => ecs(format!("clusters/{last}/services")),
        NodeKind::Service | NodeKind::Schedule => {
            let cluster = aws_id.rsplit('/').nth(1)?;
            ecs(format!("clusters/{cluster}/services/{last}/health"))
        }
        NodeKind::TaskDefinition => {
            let family = aws_id.rsplit('/').next()?.split(':').next()?;
            ecs(format!("task-definitions/{family}"))
        }
        NodeKind::LogGroup => {
            let name = aws_id.split(":log-group:").nth(1)?.trim_end_matches(":*");
            home("cloudwatch", format!("logsV2:log-groups/log-group/{}", name.replace('/', "$252F")))
        }
        NodeKind::Role => format!("https://console.aws.amazon.com/iam/home#/roles/details/{last}"),
    };
    Some(link)
}

#[cfg(test)]
mod tests {
    use topology::observation::Condition;

    use super::*;

    #[test]
    fn a_service_is_found_in_its_cluster() {
        let found = Found::new("arn:aws:ecs:us-east-1:1:service/cruddur/cruddur-backend", Condition::Ready);
        let link = link(&NodeId::part(NodeKind::Service, "backend"), &found, "us-east-1", "1")
            .expect("it has a page");
        assert!(link.contains("clusters/cruddur/services/cruddur-backend/health"), "{link}");
    }
}
