//! A small stack by hand: two services behind a load balancer, one at the root and one at `api.`.

use std::error::Error;
use std::time::Duration;

use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use aws_sdk_acm::types::{CertificateStatus, ValidationMethod};
use aws_sdk_ecs::types as ecs;
use aws_sdk_elasticloadbalancingv2::types::{
    Action, ActionTypeEnum, Certificate, ProtocolEnum, RedirectActionConfig, RedirectActionStatusCodeEnum,
    RuleCondition, TargetTypeEnum,
};
use aws_sdk_route53::types as dns;
use sandbox::{DataPlane, Doors, Sandbox, Settings};

use super::visitor::Visitor;
use super::{API, ROOT};

const SPEED: f64 = 1000.0;

pub struct Stack {
    /// Kept for its life.
    _sandbox: Sandbox,
    data_plane: DataPlane,
    acm: aws_sdk_acm::Client,
    dns: aws_sdk_route53::Client,
    ec2: aws_sdk_ec2::Client,
    ecs: aws_sdk_ecs::Client,
    pub elb: aws_sdk_elasticloadbalancingv2::Client,
}

/// What was made, as far as it is needed again.
pub struct Made {
    zone: String,
    balancer_dns: String,
    pub listener_443: String,
}

impl Stack {
    pub async fn start() -> Result<Self, Box<dyn Error>> {
        let settings = Settings { speed: SPEED, ..Settings::default() };
        let sandbox = Sandbox::start(settings, ([127, 0, 0, 1], 0).into()).await?;
        let data_plane = sandbox.open_data_plane(Doors::default()).await?;
        let config = aws_config::defaults(BehaviorVersion::latest())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .credentials_provider(Credentials::new("sandbox", "sandbox", None, None, "sandbox"))
            .region(Region::new("us-east-1"))
            .endpoint_url(sandbox.endpoint())
            .load()
            .await;
        Ok(Self {
            _sandbox: sandbox,
            data_plane,
            acm: aws_sdk_acm::Client::new(&config),
            dns: aws_sdk_route53::Client::new(&config),
            ec2: aws_sdk_ec2::Client::new(&config),
            ecs: aws_sdk_ecs::Client::new(&config),
            elb: aws_sdk_elasticloadbalancingv2::Client::new(&config),
        })
    }

    pub fn visitor(&self) -> Visitor {
        Visitor { doors: self.data_plane.doors() }
    }

    /// Makes everything; `image` is that of the service at the root.
    pub async fn make(&self, image: &str) -> Result<Made, Box<dyn Error>> {
        let zone = self.dns.create_hosted_zone().name(ROOT).caller_reference("once").send().await?;
        let zone = zone.hosted_zone.map(|zone| zone.id).unwrap_or_default();
        let certificate = self.certificate(&zone).await?;
        let subnets = self.ec2.describe_subnets().send().await?.subnets.unwrap_or_default();
        let vpc = subnets.first().and_then(|subnet| subnet.vpc_id.clone()).unwrap_or_default();
        let subnets: Vec<String> = subnets.into_iter().filter_map(|subnet| subnet.subnet_id).collect();
        let create = self.elb.create_load_balancer().name("shop").set_subnets(Some(subnets.clone()));
        let balancer = create.send().await?.load_balancers.unwrap_or_default().remove(0);
        let (arn, balancer_dns) =
            (balancer.load_balancer_arn.unwrap_or_default(), balancer.dns_name.unwrap_or_default());
        let (web, api) =
            (self.target_group("web", 3000, &vpc).await?, self.target_group("api", 4567, &vpc).await?);
        self.listener_80(&arn).await?;
        let listen =
            self.elb.create_listener().load_balancer_arn(&arn).port(443).protocol(ProtocolEnum::Https);
        let listen = listen.certificates(Certificate::builder().certificate_arn(certificate).build());
        let listener =
            listen.default_actions(forward(&web)).send().await?.listeners.unwrap_or_default().remove(0);
        let listener_443 = listener.listener_arn.unwrap_or_default();
        let rule = self.elb.create_rule().listener_arn(&listener_443).priority(10);
        rule.conditions(condition("host-header", API)).actions(forward(&api)).send().await?;
        let made = Made { zone, balancer_dns, listener_443 };
        self.change(&made.zone, dns::ChangeAction::Create, alias(ROOT, &made.balancer_dns)?).await?;
        self.change(&made.zone, dns::ChangeAction::Create, alias(API, &made.balancer_dns)?).await?;
        self.ecs.create_cluster().cluster_name("shop").send().await?;
        self.service("web", &format!("docker.io/shop/{image}"), 3000, &web, &subnets).await?;
        self.service("api", "docker.io/shop/api:1", 4567, &api, &subnets).await?;
        Ok(made)
    }

    pub async fn scale(&self, service: &str, count: i32) -> Result<(), Box<dyn Error>> {
        self.ecs.update_service().cluster("shop").service(service).desired_count(count).send().await?;
        Ok(())
    }

    /// Takes a name's alias away.
    pub async fn unname(&self, made: &Made, name: &str) -> Result<(), Box<dyn Error>> {
        self.change(&made.zone, dns::ChangeAction::Delete, alias(name, &made.balancer_dns)?).await
    }

    async fn certificate(&self, zone: &str) -> Result<String, Box<dyn Error>> {
        let request =
            self.acm.request_certificate().domain_name(ROOT).validation_method(ValidationMethod::Dns);
        let arn = request.subject_alternative_names(format!("*.{ROOT}")).send().await?.certificate_arn;
        let arn = arn.unwrap_or_default();
        let mut is_proven = false;
        loop {
            let described = self.acm.describe_certificate().certificate_arn(&arn).send().await?;
            let certificate = described.certificate.unwrap_or_else(|| panic!("{arn} is not there"));
            if certificate.status == Some(CertificateStatus::Issued) {
                return Ok(arn);
            }
            let options = certificate.domain_validation_options.unwrap_or_default();
            let record = options.into_iter().find_map(|option| option.resource_record);
            if let Some(record) = record.filter(|_| !is_proven) {
                let value = dns::ResourceRecord::builder().value(record.value).build()?;
                let set = dns::ResourceRecordSet::builder().name(record.name).r#type(dns::RrType::Cname);
                self.change(zone, dns::ChangeAction::Create, set.ttl(60).resource_records(value).build()?)
                    .await?;
                is_proven = true;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn change(
        &self,
        zone: &str,
        action: dns::ChangeAction,
        set: dns::ResourceRecordSet,
    ) -> Result<(), Box<dyn Error>> {
        let change = dns::Change::builder().action(action).resource_record_set(set).build()?;
        let batch = dns::ChangeBatch::builder().changes(change).build()?;
        self.dns.change_resource_record_sets().hosted_zone_id(zone).change_batch(batch).send().await?;
        Ok(())
    }

    async fn target_group(&self, name: &str, port: i32, vpc: &str) -> Result<String, Box<dyn Error>> {
        let create = self.elb.create_target_group().name(name).port(port).vpc_id(vpc);
        let create = create.protocol(ProtocolEnum::Http).target_type(TargetTypeEnum::Ip);
        let group = create.health_check_path("/").send().await?.target_groups.unwrap_or_default().remove(0);
        Ok(group.target_group_arn.unwrap_or_default())
    }

    async fn listener_80(&self, balancer: &str) -> Result<(), Box<dyn Error>> {
        let redirect = RedirectActionConfig::builder()
            .protocol("HTTPS")
            .port("443")
            .status_code(RedirectActionStatusCodeEnum::Http301)
            .build();
        let action = Action::builder().r#type(ActionTypeEnum::Redirect).redirect_config(redirect).build();
        let listen = self.elb.create_listener().load_balancer_arn(balancer).port(80);
        listen.protocol(ProtocolEnum::Http).default_actions(action).send().await?;
        Ok(())
    }

    async fn service(
        &self,
        name: &str,
        image: &str,
        port: i32,
        group: &str,
        subnets: &[String],
    ) -> Result<(), Box<dyn Error>> {
        let mapping = ecs::PortMapping::builder().container_port(port).build();
        let container =
            ecs::ContainerDefinition::builder().name(name).image(image).port_mappings(mapping).build();
        let register = self.ecs.register_task_definition().family(name).cpu("256").memory("512");
        let register = register.network_mode(ecs::NetworkMode::Awsvpc);
        let register = register.requires_compatibilities(ecs::Compatibility::Fargate);
        register.container_definitions(container).send().await?;
        let network = ecs::AwsVpcConfiguration::builder().set_subnets(Some(subnets.to_vec())).build()?;
        let target = ecs::LoadBalancer::builder().target_group_arn(group).container_name(name);
        let create = self.ecs.create_service().cluster("shop").service_name(name).task_definition(name);
        create
            .desired_count(1)
            // Long enough to meet a broken task before it is replaced.
            .health_check_grace_period_seconds(2000)
            .launch_type(ecs::LaunchType::Fargate)
            .network_configuration(ecs::NetworkConfiguration::builder().awsvpc_configuration(network).build())
            .load_balancers(target.container_port(port).build())
            .send()
            .await?;
        Ok(())
    }
}

fn forward(group: &str) -> Action {
    Action::builder().r#type(ActionTypeEnum::Forward).target_group_arn(group).build()
}

pub fn condition(field: &str, value: &str) -> RuleCondition {
    RuleCondition::builder().field(field).values(value).build()
}

fn alias(name: &str, balancer_dns: &str) -> Result<dns::ResourceRecordSet, Box<dyn Error>> {
    let target = dns::AliasTarget::builder()
        .hosted_zone_id("Z35SXDOTRQ7X7K")
        .dns_name(format!("dualstack.{balancer_dns}"))
        .evaluate_target_health(false)
        .build()?;
    let set = dns::ResourceRecordSet::builder().name(name).r#type(dns::RrType::A).alias_target(target);
    Ok(set.build()?)
}
