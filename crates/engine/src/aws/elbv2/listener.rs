//! A listener: port 80 redirects to HTTPS, port 443 forwards by rule, or else to the root service.
//!
//! | | |
//! | --- | --- |
//! | in | a port and a default; the load balancer; for 443 the certificate and the target groups |
//! | out | the ARN; field `by default` |

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_elasticloadbalancingv2::types::{
    Action, ActionTypeEnum, Certificate, FixedResponseActionConfig, Listener, ProtocolEnum,
    RedirectActionConfig, RedirectActionStatusCodeEnum,
};
use topology::node::{ListenerDefault, NodeId, NodeKind, Spec};
use topology::observation::{Condition, Found};
use topology::stack::ServiceName;

use super::super::limits::Api;
use super::super::mark;
use super::super::observe::Look;
use super::super::{Aws, AwsError, Class, Task, wait};

const HTTPS: u16 = 443;
/// TLS 1.2 and 1.3, without weak ciphers.
const SSL_POLICY: &str = "ELBSecurityPolicy-TLS13-1-2-2021-06";
/// A certificate is refused while it is fresh, and until it is issued.
const CERTIFICATE_TAKEN: Duration = Duration::from_secs(72 * 3600);

pub async fn make(task: &Task<'_>, spec: &Spec, found: Option<&Found>) -> Result<Found, AwsError> {
    let Spec::Listener { port, default } = spec else { unreachable!("part::make knows the kind") };
    let arn = match found {
        Some(found) if is_as_wanted(task, *port, spec, found) => return Ok(found.clone()),
        Some(found) => {
            modify(task, &found.aws_id, *port, default).await?;
            found.aws_id.clone()
        }
        None => create(task, *port, default).await?,
    };
    let mut made = Found::new(arn, Condition::Ready).fact("name", label(*port));
    if *port == HTTPS {
        made = made.fact("certificate", task.aws_id(&NodeId::only(NodeKind::Certificate))?);
    }
    made.fields = spec.fields();
    Ok(made)
}

pub async fn delete(task: &Task<'_>, found: &Found) -> Result<(), AwsError> {
    let doing = format!("delete the listener {}", task.name);
    let request = task.aws.inner.elb.delete_listener().listener_arn(&found.aws_id);
    super::or_gone(task.aws.call(Api::ElbWrite, &doing, request.send()).await)
}

/// The listeners of our load balancer. `services` names the service of each target group.
pub(super) async fn observe(
    look: &Look<'_>,
    balancer: &str,
    services: &BTreeMap<String, String>,
) -> Result<BTreeMap<NodeId, Found>, AwsError> {
    let mut found = BTreeMap::new();
    for listener in list(look.aws, balancer).await? {
        let port = u16::try_from(listener.port().unwrap_or_default()).unwrap_or_default();
        let part = match port {
            80 => "http",
            HTTPS => "https",
            // Somebody's own; it goes with the load balancer.
            _ => continue,
        };
        found.insert(NodeId::part(NodeKind::Listener, part), as_found(&listener, port, services));
    }
    Ok(found)
}

fn is_as_wanted(task: &Task<'_>, port: u16, spec: &Spec, found: &Found) -> bool {
    let certificate = task.aws_id(&NodeId::only(NodeKind::Certificate)).ok();
    let same_certificate = port != HTTPS || found.facts.get("certificate") == certificate.as_ref();
    found.fields == spec.fields() && same_certificate
}

async fn create(task: &Task<'_>, port: u16, default: &ListenerDefault) -> Result<String, AwsError> {
    let doing = format!("create the listener {}", label(port));
    let balancer = task.aws_id(&NodeId::only(NodeKind::LoadBalancer))?;
    let request = task.aws.inner.elb.create_listener().load_balancer_arn(&balancer).port(i32::from(port));
    let request = request.default_actions(action(task, default)?).set_tags(Some(super::tags(task)));
    let request = match port {
        HTTPS => {
            request.protocol(ProtocolEnum::Https).ssl_policy(SSL_POLICY).certificates(certificate(task)?)
        }
        _ => request.protocol(ProtocolEnum::Http),
    };
    let made = wait::through(task, "the certificate is issued and taken", CERTIFICATE_TAKEN, async || {
        task.aws.call(Api::ElbWrite, &doing, request.clone().send()).await
    });
    match made.await {
        Ok(answer) => {
            let listener = answer.listeners.unwrap_or_default().into_iter().next();
            listener.and_then(|listener| listener.listener_arn).ok_or_else(|| mark::empty_answer(&doing))
        }
        // A listener on our own load balancer is ours.
        Err(error) if error.class == Class::Exists => {
            let there = list(task.aws, &balancer).await?.into_iter();
            let same = there.into_iter().find(|listener| listener.port() == Some(i32::from(port)));
            let arn = same.and_then(|listener| listener.listener_arn).ok_or(error)?;
            modify(task, &arn, port, default).await?;
            Ok(arn)
        }
        Err(error) => Err(error),
    }
}

async fn modify(task: &Task<'_>, arn: &str, port: u16, default: &ListenerDefault) -> Result<(), AwsError> {
    let doing = format!("change the listener {}", label(port));
    let mut request =
        task.aws.inner.elb.modify_listener().listener_arn(arn).default_actions(action(task, default)?);
    if port == HTTPS {
        request = request.certificates(certificate(task)?);
    }
    wait::through(task, "the certificate is issued and taken", CERTIFICATE_TAKEN, async || {
        task.aws.call(Api::ElbWrite, &doing, request.clone().send()).await
    })
    .await
    .map(drop)
}

async fn list(aws: &Aws, balancer: &str) -> Result<Vec<Listener>, AwsError> {
    let request = aws.inner.elb.describe_listeners().load_balancer_arn(balancer);
    match aws.call(Api::ElbRead, "list the listeners", request.send()).await {
        Ok(answer) => Ok(answer.listeners.unwrap_or_default()),
        Err(error) if error.class == Class::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn certificate(task: &Task<'_>) -> Result<Certificate, AwsError> {
    let arn = task.aws_id(&NodeId::only(NodeKind::Certificate))?;
    Ok(Certificate::builder().certificate_arn(arn).build())
}

fn action(task: &Task<'_>, default: &ListenerDefault) -> Result<Action, AwsError> {
    let action = match default {
        ListenerDefault::RedirectToHttps => {
            let redirect = RedirectActionConfig::builder().protocol("HTTPS").port("443");
            // AWS's own words for "as it was", said aloud: not every AWS fills them in.
            let redirect = redirect.host("#{host}").path("/#{path}").query("#{query}");
            let redirect = redirect.status_code(RedirectActionStatusCodeEnum::Http301).build();
            Action::builder().r#type(ActionTypeEnum::Redirect).redirect_config(redirect)
        }
        ListenerDefault::Forward(service) => {
            let group = task.aws_id(&NodeId::part(NodeKind::TargetGroup, service))?;
            Action::builder().r#type(ActionTypeEnum::Forward).target_group_arn(group)
        }
        ListenerDefault::NotFound => {
            let answer = FixedResponseActionConfig::builder().status_code("404").content_type("text/plain");
            let answer = answer.message_body("Nothing is served at this host.").build();
            Action::builder().r#type(ActionTypeEnum::FixedResponse).fixed_response_config(answer)
        }
    };
    Ok(action.build())
}

fn as_found(listener: &Listener, port: u16, services: &BTreeMap<String, String>) -> Found {
    let action = listener.default_actions().first();
    let default = match action.and_then(|action| action.r#type()) {
        Some(ActionTypeEnum::Redirect) => ListenerDefault::RedirectToHttps.to_string(),
        Some(ActionTypeEnum::FixedResponse) => ListenerDefault::NotFound.to_string(),
        Some(ActionTypeEnum::Forward) => {
            let group = action.and_then(forwards_to).unwrap_or_default();
            let service = services.get(&group).cloned().unwrap_or(group);
            ListenerDefault::Forward(ServiceName::new(service)).to_string()
        }
        _ => "does something else".to_owned(),
    };
    let mut found = Found::new(listener.listener_arn().unwrap_or_default(), Condition::Ready)
        .field("by default", default)
        .fact("name", label(port));
    if let Some(arn) = listener.certificates().first().and_then(|certificate| certificate.certificate_arn()) {
        found = found.fact("certificate", arn);
    }
    found
}

/// The one target group of a forward, however AWS writes it.
pub(super) fn forwards_to(action: &Action) -> Option<String> {
    let by_config = || action.forward_config()?.target_groups().first()?.target_group_arn();
    action.target_group_arn().or_else(by_config).map(str::to_owned)
}

fn label(port: u16) -> &'static str {
    if port == HTTPS { "HTTPS 443" } else { "HTTP 80" }
}
