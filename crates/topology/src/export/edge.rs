//! The load balancer and its listeners. The rules stand with their services.

use super::hcl::{Block, Value};
use super::network;
use super::section::{Section, World, ignore_changes, snake};
use crate::node::{ListenerDefault, NodeId, NodeKind, Spec};

const HTTPS: u16 = 443;
const SSL_POLICY: &str = "ELBSecurityPolicy-TLS13-1-2-2021-06";
const NOT_FOUND: &str = "Nothing is served at this host.";

/// Attributes of the load balancer that Slipway never sets.
const LEFT_ALONE: [&str; 12] = [
    "client_keep_alive",
    "connection_logs",
    "desync_mitigation_mode",
    "drop_invalid_header_fields",
    "enable_http2",
    "enable_tls_version_and_cipher_suite_headers",
    "enable_waf_fail_open",
    "enable_xff_client_port",
    "enable_zonal_shift",
    "idle_timeout",
    "preserve_host_header",
    "xff_header_processing_mode",
];

pub(super) fn section(world: &World<'_>) -> Section {
    let mut section = Section::default();
    let id = NodeId::only(NodeKind::LoadBalancer);
    if let Some(Spec::LoadBalancer { name }) = world.spec(&id) {
        let balancer = Block::resource("aws_lb", "main")
            .set("name", name)
            .set("load_balancer_type", "application")
            .set("security_groups", vec![Value::reference("aws_security_group.load_balancer.id")])
            .set("subnets", network::subnets(world))
            .block(ignore_changes(&LEFT_ALONE).about(&["Slipway leaves these as AWS has them."]));
        section.resource(balancer, world.aws_id(&id));
    }
    for (id, spec) in world.wanted(NodeKind::Listener) {
        let Spec::Listener { port, default } = spec else { continue };
        section.resource(listener(&id.part, *port, default), world.aws_id(id));
    }
    section
}

/// What requests are sent on to `service` by.
pub(super) fn forward(kind: &'static str, service: &str) -> Block {
    let group = format!("aws_lb_target_group.{}.arn", snake(service));
    Block::new(kind).set("type", "forward").set("target_group_arn", Value::reference(group))
}

fn listener(name: &str, port: u16, default: &ListenerDefault) -> Block {
    let listener = Block::resource("aws_lb_listener", name)
        .set("load_balancer_arn", Value::reference("aws_lb.main.arn"))
        .set("port", port);
    let listener = match port {
        HTTPS => listener
            .set("protocol", "HTTPS")
            .set("ssl_policy", SSL_POLICY)
            .set("certificate_arn", Value::reference("aws_acm_certificate.main.arn")),
        _ => listener.set("protocol", "HTTP"),
    };
    listener.block(match default {
        ListenerDefault::RedirectToHttps => {
            let redirect = Block::new("redirect").set("protocol", "HTTPS").set("port", "443");
            Block::new("default_action")
                .set("type", "redirect")
                .block(redirect.set("status_code", "HTTP_301"))
        }
        ListenerDefault::Forward(service) => forward("default_action", service.as_str()),
        ListenerDefault::NotFound => {
            let answer = Block::new("fixed_response")
                .set("content_type", "text/plain")
                .set("message_body", NOT_FOUND)
                .set("status_code", "404");
            Block::new("default_action").set("type", "fixed-response").block(answer)
        }
    })
}
