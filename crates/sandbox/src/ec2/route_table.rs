//! Route tables, their routes and which subnets they serve.

use serde_json::{Value, json};

use super::describe::{Described, pick, tag_set, tags_on_create};
use super::{Network, done};
use crate::ids::Ids;
use crate::refusal::{Refusal, refusal, refuse};
use crate::tags::Tags;
use crate::wire::Form;
use crate::world::World;

const NOT_FOUND: (&str, &str) = ("InvalidRouteTableID.NotFound", "routeTable ID");

#[derive(Debug, Clone)]
struct Route {
    destination: String,
    gateway: String,
    origin: &'static str,
}

#[derive(Debug, Clone)]
struct Association {
    id: String,
    /// `None`: the main association, for every subnet without one of its own.
    subnet: Option<String>,
}

#[derive(Debug)]
pub(super) struct RouteTable {
    pub(super) id: String,
    pub(super) vpc: String,
    routes: Vec<Route>,
    associations: Vec<Association>,
    pub(super) tags: Tags,
}

impl RouteTable {
    pub(super) fn is_main(&self) -> bool {
        self.associations.iter().any(|association| association.subnet.is_none())
    }

    pub(super) fn forget_subnet(&mut self, subnet: &str) {
        self.associations.retain(|a| a.subnet.as_deref() != Some(subnet));
    }

    fn tree(&self, account: &str) -> Value {
        let routes: Vec<Value> = self
            .routes
            .iter()
            .map(|route| {
                json!({"destinationCidrBlock": route.destination, "gatewayId": route.gateway,
                    "state": "active", "origin": route.origin})
            })
            .collect();
        let associations: Vec<Value> = self
            .associations
            .iter()
            .map(|association| {
                json!({"routeTableAssociationId": association.id, "routeTableId": self.id,
                    "subnetId": association.subnet, "main": association.subnet.is_none(),
                    "associationState": {"state": "associated"}})
            })
            .collect();
        json!({"routeTableId": self.id, "vpcId": self.vpc, "ownerId": account, "routeSet": routes,
            "associationSet": associations, "propagatingVgwSet": [], "tagSet": tag_set(&self.tags)})
    }
}

impl Described for RouteTable {
    fn id(&self) -> &str {
        &self.id
    }

    fn tags(&self) -> &Tags {
        &self.tags
    }

    fn field(&self, name: &str) -> Option<Vec<String>> {
        let associations = self.associations.iter();
        Some(match name {
            "route-table-id" => vec![self.id.clone()],
            "vpc-id" => vec![self.vpc.clone()],
            "association.main" => associations.map(|a| a.subnet.is_none().to_string()).collect(),
            "association.subnet-id" => associations.filter_map(|a| a.subnet.clone()).collect(),
            "association.route-table-association-id" => associations.map(|a| a.id.clone()).collect(),
            "route.gateway-id" => self.routes.iter().map(|r| r.gateway.clone()).collect(),
            "route.destination-cidr-block" => self.routes.iter().map(|r| r.destination.clone()).collect(),
            _ => return None,
        })
    }
}

impl Network {
    fn add_route_table(&mut self, ids: &mut Ids, vpc: &str, cidr: &str) -> String {
        let id = ids.ec2("rtb");
        self.route_tables.push(RouteTable {
            id: id.clone(),
            vpc: vpc.to_owned(),
            routes: vec![Route {
                destination: cidr.to_owned(),
                gateway: "local".to_owned(),
                origin: "CreateRouteTable",
            }],
            associations: Vec::new(),
            tags: Tags::new(),
        });
        id
    }

    pub(super) fn add_main_route_table(&mut self, ids: &mut Ids, vpc: &str, cidr: &str) {
        let id = self.add_route_table(ids, vpc, cidr);
        let association = ids.ec2("rtbassoc");
        if let Ok(table) = self.route_table_mut(&id) {
            table.associations.push(Association { id: association, subnet: None });
        }
    }

    /// Sends the main table's traffic for the world to the gateway, as in the default VPC.
    pub(super) fn route_to_gateway(&mut self, vpc: &str, gateway: &str) {
        let main = self.route_tables.iter_mut().find(|table| table.vpc == vpc && table.is_main());
        if let Some(table) = main {
            table.routes.push(Route {
                destination: "0.0.0.0/0".to_owned(),
                gateway: gateway.to_owned(),
                origin: "CreateRoute",
            });
        }
    }

    fn route_table_mut(&mut self, id: &str) -> Result<&mut RouteTable, Refusal> {
        let table = self.route_tables.iter_mut().find(|table| table.id == id);
        table.ok_or_else(|| refusal(NOT_FOUND.0, format!("The routeTable ID '{id}' does not exist")))
    }
}

pub(super) fn create(world: &mut World, form: Form<'_>) -> Result<Value, Refusal> {
    let vpc = form.required("VpcId")?;
    let cidr = world.network.vpc_cidr(vpc)?;
    let id = world.network.add_route_table(&mut world.ids, vpc, &cidr);
    let table = world.network.route_table_mut(&id)?;
    table.tags = tags_on_create(form, "route-table");
    Ok(json!({"routeTable": table.tree(&world.account)}))
}

pub(super) fn describe(world: &mut World, form: Form<'_>) -> Result<Value, Refusal> {
    let picked = pick(&world.network.route_tables, form, "RouteTableId", NOT_FOUND)?;
    let tables: Vec<Value> = picked.iter().map(|table| table.tree(&world.account)).collect();
    Ok(json!({"routeTableSet": tables}))
}

pub(super) fn delete(world: &mut World, form: Form<'_>) -> Result<Value, Refusal> {
    let id = form.required("RouteTableId")?;
    if !world.network.route_table_mut(id)?.associations.is_empty() {
        return refuse(
            "DependencyViolation",
            format!("The routeTable '{id}' has dependencies and cannot be deleted."),
        );
    }
    world.network.route_tables.retain(|table| table.id != id);
    done()
}

pub(super) fn put_route(world: &mut World, form: Form<'_>, operation: &str) -> Result<Value, Refusal> {
    let table = form.required("RouteTableId")?;
    let destination =
        form.get("DestinationCidrBlock").or(form.get("DestinationIpv6CidrBlock")).ok_or_else(|| {
            refusal("MissingParameter", "The request must contain the parameter DestinationCidrBlock")
        })?;
    let gateway = form.required("GatewayId")?;
    if gateway != "local" && !world.network.gateways.iter().any(|g| g.id == gateway) {
        return refuse("InvalidGatewayID.NotFound", format!("The gateway ID '{gateway}' does not exist"));
    }
    let vpc = world.network.route_table_mut(table)?.vpc.clone();
    let attached = world.network.gateways.iter().any(|g| g.id == gateway && g.vpc.as_ref() == Some(&vpc));
    if gateway != "local" && !attached {
        return refuse(
            "InvalidParameterValue",
            format!("route table {table} and network gateway {gateway} belong to different networks"),
        );
    }
    let table = world.network.route_table_mut(table)?;
    let existing = table.routes.iter_mut().find(|route| route.destination == destination);
    match existing {
        Some(route) if operation == "ReplaceRoute" || route.gateway == gateway => {
            route.gateway = gateway.to_owned();
        }
        Some(_) => {
            return refuse(
                "RouteAlreadyExists",
                format!("The route identified by {destination} already exists."),
            );
        }
        None => table.routes.push(Route {
            destination: destination.to_owned(),
            gateway: gateway.to_owned(),
            origin: "CreateRoute",
        }),
    }
    done()
}

pub(super) fn delete_route(world: &mut World, form: Form<'_>) -> Result<Value, Refusal> {
    let id = form.required("RouteTableId")?;
    let destination = form.required("DestinationCidrBlock")?;
    let table = world.network.route_table_mut(id)?;
    let before = table.routes.len();
    table.routes.retain(|route| route.destination != destination || route.gateway == "local");
    if table.routes.len() == before {
        return refuse(
            "InvalidRoute.NotFound",
            format!("no route with destination-cidr-block {destination} in route table {id}"),
        );
    }
    done()
}

pub(super) fn associate(world: &mut World, form: Form<'_>) -> Result<Value, Refusal> {
    let (id, subnet) = (form.required("RouteTableId")?, form.required("SubnetId")?);
    if world.network.subnet(subnet).is_none() {
        return refuse("InvalidSubnetID.NotFound", format!("The subnet ID '{subnet}' does not exist"));
    }
    world.network.route_table_mut(id)?;
    let others = world.network.route_tables.iter().filter(|table| table.id != id);
    let elsewhere = others
        .flat_map(|table| &table.associations)
        .any(|association| association.subnet.as_deref() == Some(subnet));
    if elsewhere {
        return refuse(
            "Resource.AlreadyAssociated",
            format!("the specified association for route table {id} conflicts with an existing association"),
        );
    }
    let new = world.ids.ec2("rtbassoc");
    let associations = &mut world.network.route_table_mut(id)?.associations;
    let known = associations.iter().find(|a| a.subnet.as_deref() == Some(subnet));
    let association = known.map(|a| a.id.clone());
    let association = association.unwrap_or_else(|| {
        associations.push(Association { id: new.clone(), subnet: Some(subnet.to_owned()) });
        new
    });
    Ok(json!({"associationId": association, "associationState": {"state": "associated"}}))
}

pub(super) fn disassociate(world: &mut World, form: Form<'_>) -> Result<Value, Refusal> {
    let id = form.required("AssociationId")?;
    for table in &mut world.network.route_tables {
        if let Some(at) = table.associations.iter().position(|a| a.id == id) {
            if table.associations[at].subnet.is_none() {
                return refuse(
                    "InvalidParameterValue",
                    format!("cannot disassociate the main route table association {id}"),
                );
            }
            table.associations.remove(at);
            return done();
        }
    }
    refuse("InvalidAssociationID.NotFound", format!("The association ID '{id}' does not exist"))
}
