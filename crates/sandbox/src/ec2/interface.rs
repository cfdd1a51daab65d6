//! Network interfaces that AWS makes for load balancers and tasks, and that outlive them a while.

use serde_json::{Value, json};

use super::Network;
use super::describe::{Described, pick};
use crate::clock::Moment;
use crate::ids::Ids;
use crate::refusal::Refusal;
use crate::tags::Tags;
use crate::wire::Form;
use crate::world::World;

const NOT_FOUND: (&str, &str) = ("InvalidNetworkInterfaceID.NotFound", "networkInterface ID");

/// Who an interface works for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Owner {
    LoadBalancer,
    Task,
}

#[derive(Debug, Clone)]
pub(crate) struct Interface {
    pub(crate) id: String,
    pub(crate) subnet: String,
    pub(crate) vpc: String,
    pub(crate) zone: String,
    pub(crate) groups: Vec<String>,
    pub(crate) private_address: String,
    pub(crate) public_address: Option<String>,
    pub(crate) description: String,
    owner: Owner,
    attachment: String,
    /// Set when its owner went: from then on it only lingers.
    pub(crate) gone_at: Option<Moment>,
    tags: Tags,
}

impl Interface {
    fn owner_id(&self) -> &'static str {
        match self.owner {
            Owner::LoadBalancer => "amazon-elb",
            Owner::Task => "578734482556",
        }
    }

    pub(crate) fn mac(&self) -> String {
        let digits: Vec<char> = self.id.chars().rev().filter(char::is_ascii_hexdigit).take(10).collect();
        let pairs: Vec<String> = digits.chunks(2).map(|pair| pair.iter().collect()).collect();
        format!("0a:{}", pairs.join(":"))
    }

    fn tree(&self, world: &World) -> Value {
        let groups: Vec<Value> = self
            .groups
            .iter()
            .map(|id| {
                let name = world.network.groups.iter().find(|g| g.id == *id).map(|g| g.name.clone());
                json!({"groupId": id, "groupName": name})
            })
            .collect();
        let association = self.public_address.as_ref().map(|address| {
            json!({"publicIp": address, "ipOwnerId": "amazon",
                "publicDnsName": format!("ec2-{}.compute-1.amazonaws.com", address.replace('.', "-"))})
        });
        let requester = match self.owner {
            Owner::LoadBalancer => "amazon-elb".to_owned(),
            Owner::Task => format!("AROASANDBOXECS:{}", &self.attachment),
        };
        json!({"networkInterfaceId": self.id, "subnetId": self.subnet, "vpcId": self.vpc,
            "availabilityZone": self.zone, "description": self.description,
            "ownerId": world.account, "requesterId": requester, "requesterManaged": true,
            "status": "in-use", "macAddress": self.mac(), "privateIpAddress": self.private_address,
            "sourceDestCheck": true, "interfaceType": "interface", "groupSet": groups,
            "attachment": {"attachmentId": self.attachment, "instanceOwnerId": self.owner_id(),
                "deviceIndex": 1, "status": "attached", "deleteOnTermination": false},
            "association": association, "tagSet": [],
            "privateIpAddressesSet": [{"privateIpAddress": self.private_address, "primary": true,
                "association": association}]})
    }
}

impl Described for Interface {
    fn id(&self) -> &str {
        &self.id
    }

    fn tags(&self) -> &Tags {
        &self.tags
    }

    fn field(&self, name: &str) -> Option<Vec<String>> {
        Some(vec![match name {
            "network-interface-id" => self.id.clone(),
            "vpc-id" => self.vpc.clone(),
            "subnet-id" => self.subnet.clone(),
            "availability-zone" => self.zone.clone(),
            "description" => self.description.clone(),
            "attachment.instance-owner-id" => self.owner_id().to_owned(),
            "attachment.status" => "attached".to_owned(),
            "attachment.attachment-id" => self.attachment.clone(),
            "requester-managed" => "true".to_owned(),
            "requester-id" => "amazon-elb".to_owned(),
            "status" => "in-use".to_owned(),
            "interface-type" => "interface".to_owned(),
            "private-ip-address" | "addresses.private-ip-address" => self.private_address.clone(),
            "group-id" => return Some(self.groups.clone()),
            "association.public-ip" | "addresses.association.public-ip" => {
                return Some(self.public_address.clone().into_iter().collect());
            }
            _ => return None,
        }])
    }
}

impl Network {
    /// Makes an interface in a subnet that exists, and returns its id.
    pub(crate) fn add_interface(
        &mut self,
        ids: &mut Ids,
        owner: Owner,
        subnet: &str,
        groups: &[String],
        description: String,
        public: bool,
    ) -> Option<Interface> {
        let public_address = public.then(|| {
            self.public_addresses += 1;
            std::net::Ipv4Addr::from(0x3651_0000 + self.public_addresses).to_string()
        });
        let subnet = self.subnets.iter_mut().find(|candidate| candidate.id == subnet)?;
        let interface = Interface {
            id: ids.ec2("eni"),
            subnet: subnet.id.clone(),
            vpc: subnet.vpc.clone(),
            zone: subnet.zone.clone(),
            groups: groups.to_vec(),
            private_address: subnet.next_address(),
            public_address,
            description,
            owner,
            attachment: match owner {
                Owner::LoadBalancer => format!("ela-attach-{}", ids.hex(17)),
                Owner::Task => ids.ec2("eni-attach"),
            },
            gone_at: None,
            tags: Tags::new(),
        };
        self.interfaces.push(interface.clone());
        Some(interface)
    }

    /// The owner is gone; the interface lingers until `gone_at`.
    pub(crate) fn release_interface(&mut self, id: &str, gone_at: Moment) {
        if let Some(interface) = self.interfaces.iter_mut().find(|interface| interface.id == id) {
            interface.gone_at = Some(gone_at);
        }
    }

    pub(crate) fn set_interface_groups(&mut self, id: &str, groups: &[String]) {
        if let Some(interface) = self.interfaces.iter_mut().find(|interface| interface.id == id) {
            interface.groups = groups.to_vec();
        }
    }
}

pub(super) fn describe(world: &mut World, form: Form<'_>) -> Result<Value, Refusal> {
    let picked = pick(&world.network.interfaces, form, "NetworkInterfaceId", NOT_FOUND)?;
    let interfaces: Vec<Value> = picked.iter().map(|interface| interface.tree(world)).collect();
    Ok(json!({"networkInterfaceSet": interfaces}))
}
