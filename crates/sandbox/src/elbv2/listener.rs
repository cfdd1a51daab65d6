//! Listeners and their certificates.

use std::collections::{BTreeMap, HashMap};

use winterbaume_elasticloadbalancingv2::{model as m, wire};

use super::rule::Rule;
use super::{Balancing, action, form, not_found, tag_pairs};
use crate::clock::Moment;
use crate::refusal::{Answer, Refusal, refuse};
use crate::tags::{Tags, merge};
use crate::wire::{page, read};
use crate::world::World;

const DEFAULT_POLICY: &str = "ELBSecurityPolicy-2016-08";

#[derive(Debug)]
pub(crate) struct Listener {
    pub(super) arn: String,
    pub(super) load_balancer: String,
    pub(crate) port: i32,
    pub(crate) protocol: String,
    policy: Option<String>,
    /// The first one is the default certificate.
    pub(super) certificates: Vec<String>,
    pub(super) default_actions: m::Actions,
    pub(super) default_rule_arn: String,
    pub(super) rules: Vec<Rule>,
    pub(super) attributes: BTreeMap<String, String>,
    pub(super) tags: Tags,
}

impl Listener {
    fn tree(&self) -> m::Listener {
        m::Listener {
            listener_arn: Some(self.arn.clone()),
            load_balancer_arn: Some(self.load_balancer.clone()),
            port: Some(self.port),
            protocol: Some(self.protocol.clone()),
            ssl_policy: self.policy.clone(),
            certificates: self.certificates.first().map(|arn| m::CertificateList {
                items: vec![m::Certificate { certificate_arn: Some(arn.clone()), is_default: None }],
            }),
            default_actions: Some(self.default_actions.clone()),
            ..m::Listener::default()
        }
    }
}

impl Balancing {
    pub(super) fn listener(&self, arn: &str) -> Result<&Listener, Refusal> {
        let found = self.listeners.iter().find(|listener| listener.arn == arn);
        found.ok_or_else(|| not_found("ListenerNotFound", "listeners"))
    }

    pub(super) fn listener_mut(&mut self, arn: &str) -> Result<&mut Listener, Refusal> {
        let found = self.listeners.iter_mut().find(|listener| listener.arn == arn);
        found.ok_or_else(|| not_found("ListenerNotFound", "listeners"))
    }

    /// Drops listeners with all they held.
    pub(super) fn drop_listeners(&mut self, goes: impl Fn(&Listener) -> bool, now: Moment) {
        let (gone, kept): (Vec<Listener>, Vec<Listener>) =
            std::mem::take(&mut self.listeners).into_iter().partition(|listener| goes(listener));
        self.listeners = kept;
        for listener in gone {
            self.release_certificates(&listener.certificates, &listener.load_balancer, now);
        }
        self.note_attachments(now);
    }
}

fn certificate_arns(list: Option<m::CertificateList>) -> Vec<String> {
    let items = list.map(|list| list.items).unwrap_or_default();
    items.into_iter().filter_map(|certificate| certificate.certificate_arn).collect()
}

fn check_certificates(world: &World, arns: &[String]) -> Result<(), Refusal> {
    for arn in arns {
        match world.certificates.is_issued(arn) {
            Some(true) => {}
            Some(false) => {
                return refuse(
                    "UnsupportedCertificate",
                    format!(
                        "The certificate '{arn}' must have a fully-qualified domain name, a supported signature, and a supported key size."
                    ),
                );
            }
            None => return refuse("CertificateNotFound", format!("Certificate '{arn}' not found")),
        }
    }
    Ok(())
}

fn check_protocol(protocol: &str, certificates: &[String]) -> Result<(), Refusal> {
    match (protocol, certificates) {
        ("HTTP", []) => Ok(()),
        ("HTTP", _) => refuse("ValidationError", "A certificate cannot be specified for HTTP listeners"),
        ("HTTPS", []) => refuse("CertificateNotFound", "A certificate must be specified for HTTPS listeners"),
        ("HTTPS", [_]) => Ok(()),
        ("HTTPS", _) => refuse(
            "ValidationError",
            "Up to one certificate can be specified when a listener is created; add others with AddListenerCertificates",
        ),
        _ => {
            refuse("ValidationError", format!("Listener protocol '{protocol}' must be one of 'HTTPS, HTTP'"))
        }
    }
}

pub(super) fn create(world: &mut World, params: &HashMap<String, String>) -> Answer {
    let request = read(wire::deserialize_create_listener_request(params))?;
    let default_actions = form::actions(params, "DefaultActions")?.unwrap_or_default();
    let balancer = world.balancing.load_balancer(&request.load_balancer_arn)?;
    let path = balancer.path().to_owned();
    let (Some(port), Some(protocol)) = (request.port, request.protocol) else {
        return refuse("ValidationError", "A listener's port and protocol must be specified");
    };
    if !(1..=65_535).contains(&port) {
        return refuse("ValidationError", format!("Listener port '{port}' must be between 1 and 65535"));
    }
    let certificates = certificate_arns(request.certificates);
    check_protocol(&protocol, &certificates)?;
    check_certificates(world, &certificates)?;
    world.balancing.check_actions(&default_actions, &request.load_balancer_arn)?;
    let default_actions = action::complete(default_actions);
    let mut listeners = world.balancing.listeners.iter();
    let same_port = listeners.find(|l| l.load_balancer == request.load_balancer_arn && l.port == port);
    if let Some(existing) = same_port {
        let same = existing.protocol == protocol
            && existing.certificates.first() == certificates.first()
            && format!("{:?}", existing.default_actions) == format!("{default_actions:?}");
        if same {
            return Ok(wire::serialize_create_listener_response(&m::CreateListenerOutput {
                listeners: Some(m::Listeners { items: vec![existing.tree()] }),
            }));
        }
        return refuse(
            "DuplicateListener",
            format!(
                "A listener already exists on this port for this load balancer '{}'",
                request.load_balancer_arn
            ),
        );
    }
    let mut tags = Tags::new();
    merge(&mut tags, tag_pairs(request.tags), "TooManyTags")?;
    let (id, rule_id) = (world.ids.hex(16), world.ids.hex(16));
    let policy = request.ssl_policy.unwrap_or_else(|| DEFAULT_POLICY.to_owned());
    let listener = Listener {
        arn: world.arn("elasticloadbalancing", &format!("listener/{path}/{id}")),
        default_rule_arn: world.arn("elasticloadbalancing", &format!("listener-rule/{path}/{id}/{rule_id}")),
        load_balancer: request.load_balancer_arn,
        port,
        policy: (protocol == "HTTPS").then_some(policy),
        protocol,
        certificates,
        default_actions,
        rules: Vec::new(),
        attributes: BTreeMap::new(),
        tags,
    };
    let output = m::CreateListenerOutput { listeners: Some(m::Listeners { items: vec![listener.tree()] }) };
    world.balancing.listeners.push(listener);
    world.balancing.note_attachments(world.now);
    Ok(wire::serialize_create_listener_response(&output))
}

pub(super) fn describe(world: &mut World, params: &HashMap<String, String>) -> Answer {
    let request = read(wire::deserialize_describe_listeners_request(params))?;
    let arns = request.listener_arns.map(|arns| arns.items).unwrap_or_default();
    for arn in &arns {
        world.balancing.listener(arn)?;
    }
    if let Some(balancer) = &request.load_balancer_arn {
        world.balancing.load_balancer(balancer)?;
    } else if arns.is_empty() {
        return refuse("ValidationError", "You must specify either listener ARNs or a load balancer ARN");
    }
    let picked: Vec<m::Listener> = world
        .balancing
        .listeners
        .iter()
        .filter(|listener| arns.is_empty() || arns.contains(&listener.arn))
        .filter(|listener| {
            request.load_balancer_arn.as_ref().is_none_or(|arn| *arn == listener.load_balancer)
        })
        .map(Listener::tree)
        .collect();
    let size = request.page_size.unwrap_or(400).clamp(1, 400) as usize;
    let (items, next_marker) = page(&picked, request.marker.as_deref(), size);
    Ok(wire::serialize_describe_listeners_response(&m::DescribeListenersOutput {
        listeners: Some(m::Listeners { items }),
        next_marker,
    }))
}

pub(super) fn modify(world: &mut World, params: &HashMap<String, String>) -> Answer {
    let request = read(wire::deserialize_modify_listener_request(params))?;
    let default_actions = form::actions(params, "DefaultActions")?;
    let listener = world.balancing.listener(&request.listener_arn)?;
    let balancer = listener.load_balancer.clone();
    let (port, protocol) =
        (request.port.unwrap_or(listener.port), request.protocol.unwrap_or(listener.protocol.clone()));
    let mut certificates = listener.certificates.clone();
    let old = certificates.clone();
    let new = certificate_arns(request.certificates);
    if let Some(first) = new.first() {
        check_certificates(world, &new)?;
        certificates.retain(|arn| arn != first);
        if !certificates.is_empty() {
            certificates.remove(0);
        }
        certificates.insert(0, first.clone());
    }
    if protocol == "HTTP" {
        certificates.clear();
    }
    check_protocol(&protocol, &certificates[..certificates.len().min(1)])?;
    let taken = world.balancing.listeners.iter().any(|other| {
        other.load_balancer == balancer && other.port == port && other.arn != request.listener_arn
    });
    if taken {
        return refuse(
            "DuplicateListener",
            format!("A listener already exists on this port for this load balancer '{balancer}'"),
        );
    }
    if let Some(actions) = &default_actions {
        world.balancing.check_actions(actions, &balancer)?;
    }
    let dropped: Vec<String> = old.into_iter().filter(|arn| !certificates.contains(arn)).collect();
    world.balancing.release_certificates(&dropped, &balancer, world.now);
    let listener = world.balancing.listener_mut(&request.listener_arn)?;
    listener.port = port;
    let policy = request.ssl_policy.or(listener.policy.take());
    listener.policy = (protocol == "HTTPS").then(|| policy.unwrap_or_else(|| DEFAULT_POLICY.to_owned()));
    listener.protocol = protocol;
    listener.certificates = certificates;
    if let Some(actions) = default_actions {
        listener.default_actions = action::complete(actions);
    }
    let output = m::ModifyListenerOutput { listeners: Some(m::Listeners { items: vec![listener.tree()] }) };
    world.balancing.note_attachments(world.now);
    Ok(wire::serialize_modify_listener_response(&output))
}

pub(super) fn delete(world: &mut World, params: &HashMap<String, String>) -> Answer {
    let request = read(wire::deserialize_delete_listener_request(params))?;
    world.balancing.listener(&request.listener_arn)?;
    world.balancing.drop_listeners(|listener| listener.arn == request.listener_arn, world.now);
    Ok(wire::serialize_delete_listener_response(&Default::default()))
}

pub(super) fn add_certificates(world: &mut World, params: &HashMap<String, String>) -> Answer {
    let request = read(wire::deserialize_add_listener_certificates_request(params))?;
    let arns = certificate_arns(Some(request.certificates.clone()));
    check_certificates(world, &arns)?;
    let listener = world.balancing.listener_mut(&request.listener_arn)?;
    let new: Vec<String> = arns.into_iter().filter(|arn| !listener.certificates.contains(arn)).collect();
    if listener.certificates.len() + new.len() > 26 {
        return refuse("TooManyCertificates", "A listener can have 25 certificates beside its default one");
    }
    listener.certificates.extend(new);
    Ok(wire::serialize_add_listener_certificates_response(&m::AddListenerCertificatesOutput {
        certificates: Some(request.certificates),
    }))
}

pub(super) fn remove_certificates(world: &mut World, params: &HashMap<String, String>) -> Answer {
    let request = read(wire::deserialize_remove_listener_certificates_request(params))?;
    let arns = certificate_arns(Some(request.certificates));
    let listener = world.balancing.listener_mut(&request.listener_arn)?;
    if listener.certificates.first().is_some_and(|default| arns.contains(default)) {
        return refuse("OperationNotPermitted", "The default certificate of a listener cannot be removed");
    }
    let balancer = listener.load_balancer.clone();
    listener.certificates.retain(|arn| !arns.contains(arn));
    world.balancing.release_certificates(&arns, &balancer, world.now);
    Ok(wire::serialize_remove_listener_certificates_response(&Default::default()))
}

pub(super) fn describe_certificates(world: &mut World, params: &HashMap<String, String>) -> Answer {
    let request = read(wire::deserialize_describe_listener_certificates_request(params))?;
    let listener = world.balancing.listener(&request.listener_arn)?;
    let items = listener
        .certificates
        .iter()
        .enumerate()
        .map(|(index, arn)| m::Certificate {
            certificate_arn: Some(arn.clone()),
            is_default: Some(index == 0),
        })
        .collect();
    Ok(wire::serialize_describe_listener_certificates_response(&m::DescribeListenerCertificatesOutput {
        certificates: Some(m::CertificateList { items }),
        next_marker: None,
    }))
}
