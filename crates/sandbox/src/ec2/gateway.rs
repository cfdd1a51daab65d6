//! Internet gateways.

use serde_json::{Value, json};

use super::describe::{Described, pick, tag_set, tags_on_create};
use super::{Network, done};
use crate::ids::Ids;
use crate::refusal::{Refusal, refusal, refuse};
use crate::tags::Tags;
use crate::wire::Form;
use crate::world::World;

const NOT_FOUND: (&str, &str) = ("InvalidInternetGatewayID.NotFound", "internetGateway ID");

#[derive(Debug)]
pub(super) struct Gateway {
    pub(super) id: String,
    pub(super) vpc: Option<String>,
    pub(super) tags: Tags,
}

impl Described for Gateway {
    fn id(&self) -> &str {
        &self.id
    }

    fn tags(&self) -> &Tags {
        &self.tags
    }

    fn field(&self, name: &str) -> Option<Vec<String>> {
        Some(match name {
            "internet-gateway-id" => vec![self.id.clone()],
            "attachment.vpc-id" => self.vpc.clone().into_iter().collect(),
            "attachment.state" => self.vpc.iter().map(|_| "available".to_owned()).collect(),
            _ => return None,
        })
    }
}

impl Network {
    pub(super) fn add_gateway(&mut self, ids: &mut Ids) -> String {
        let id = ids.ec2("igw");
        self.gateways.push(Gateway { id: id.clone(), vpc: None, tags: Tags::new() });
        id
    }

    pub(super) fn attach(&mut self, gateway: &str, vpc: &str) {
        if let Some(gateway) = self.gateways.iter_mut().find(|g| g.id == gateway) {
            gateway.vpc = Some(vpc.to_owned());
        }
    }

    /// Whether the VPC reaches the internet at all.
    pub(crate) fn has_gateway(&self, vpc: &str) -> bool {
        self.gateways.iter().any(|gateway| gateway.vpc.as_deref() == Some(vpc))
    }

    fn gateway_mut(&mut self, id: &str) -> Result<&mut Gateway, Refusal> {
        let gateway = self.gateways.iter_mut().find(|gateway| gateway.id == id);
        gateway.ok_or_else(|| refusal(NOT_FOUND.0, format!("The internetGateway ID '{id}' does not exist")))
    }
}

fn tree(gateway: &Gateway, account: &str) -> Value {
    let attachments: Vec<Value> =
        gateway.vpc.iter().map(|vpc| json!({"vpcId": vpc, "state": "available"})).collect();
    json!({"internetGatewayId": gateway.id, "ownerId": account, "attachmentSet": attachments,
        "tagSet": tag_set(&gateway.tags)})
}

pub(super) fn create(world: &mut World, form: Form<'_>) -> Result<Value, Refusal> {
    let id = world.network.add_gateway(&mut world.ids);
    let gateway = world.network.gateway_mut(&id)?;
    gateway.tags = tags_on_create(form, "internet-gateway");
    Ok(json!({"internetGateway": tree(gateway, &world.account)}))
}

pub(super) fn describe(world: &mut World, form: Form<'_>) -> Result<Value, Refusal> {
    let picked = pick(&world.network.gateways, form, "InternetGatewayId", NOT_FOUND)?;
    let gateways: Vec<Value> = picked.iter().map(|g| tree(g, &world.account)).collect();
    Ok(json!({"internetGatewaySet": gateways}))
}

pub(super) fn attach(world: &mut World, form: Form<'_>) -> Result<Value, Refusal> {
    let (id, vpc) = (form.required("InternetGatewayId")?, form.required("VpcId")?);
    world.network.vpc(vpc)?;
    let gateway = world.network.gateway_mut(id)?;
    if gateway.vpc.is_some() {
        return refuse(
            "Resource.AlreadyAssociated",
            format!("resource {id} is already attached to network {vpc}"),
        );
    }
    if world.network.has_gateway(vpc) {
        return refuse(
            "InvalidParameterValue",
            format!("Network {vpc} already has an internet gateway attached"),
        );
    }
    world.network.attach(id, vpc);
    done()
}

pub(super) fn detach(world: &mut World, form: Form<'_>) -> Result<Value, Refusal> {
    let (id, vpc) = (form.required("InternetGatewayId")?, form.required("VpcId")?);
    let attached = world.network.gateway_mut(id)?.vpc.as_deref() == Some(vpc);
    if !attached {
        return refuse("Gateway.NotAttached", format!("resource {id} is not attached to network {vpc}"));
    }
    let interfaces = &world.network.interfaces;
    if interfaces.iter().any(|i| i.vpc == vpc && i.public_address.is_some()) {
        return refuse(
            "DependencyViolation",
            format!(
                "Network {vpc} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway."
            ),
        );
    }
    world.network.gateway_mut(id)?.vpc = None;
    done()
}

pub(super) fn delete(world: &mut World, form: Form<'_>) -> Result<Value, Refusal> {
    let id = form.required("InternetGatewayId")?;
    if world.network.gateway_mut(id)?.vpc.is_some() {
        return refuse(
            "DependencyViolation",
            format!("The internetGateway '{id}' has dependencies and cannot be deleted."),
        );
    }
    world.network.gateways.retain(|gateway| gateway.id != id);
    done()
}
