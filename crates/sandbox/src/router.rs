//! Which service and which operation a request means.
//!
//! The service is the one that the request was signed for (the credential scope of SigV4); the
//! operation stands in a header, in the body or in the path, as the service's protocol has it.

use std::collections::HashMap;

use winterbaume_core::MockRequest;

use crate::wire;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Service {
    Acm,
    AutoScaling,
    Ec2,
    Ecr,
    Ecs,
    Elbv2,
    Iam,
    Logs,
    Route53,
    Quotas,
    Sts,
}

/// How a service's errors are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    Json,
    Query,
    Ec2,
    RestXml,
}

impl Service {
    /// The name in a credential scope, which is also the name in logs and counts.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Service::Acm => "acm",
            Service::AutoScaling => "application-autoscaling",
            Service::Ec2 => "ec2",
            Service::Ecr => "ecr",
            Service::Ecs => "ecs",
            Service::Elbv2 => "elasticloadbalancing",
            Service::Iam => "iam",
            Service::Logs => "logs",
            Service::Route53 => "route53",
            Service::Quotas => "servicequotas",
            Service::Sts => "sts",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Service> {
        const ALL: [Service; 11] = [
            Service::Acm,
            Service::AutoScaling,
            Service::Ec2,
            Service::Ecr,
            Service::Ecs,
            Service::Elbv2,
            Service::Iam,
            Service::Logs,
            Service::Route53,
            Service::Quotas,
            Service::Sts,
        ];
        ALL.into_iter().find(|service| service.name() == name)
    }

    pub(crate) fn protocol(self) -> Protocol {
        match self {
            Service::Acm
            | Service::AutoScaling
            | Service::Ecr
            | Service::Ecs
            | Service::Logs
            | Service::Quotas => Protocol::Json,
            Service::Elbv2 | Service::Iam | Service::Sts => Protocol::Query,
            Service::Ec2 => Protocol::Ec2,
            Service::Route53 => Protocol::RestXml,
        }
    }
}

/// One request, understood as far as its operation.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) service: Service,
    pub(crate) operation: String,
    /// The form of a query protocol, or the query string of a REST one.
    pub(crate) params: HashMap<String, String>,
    pub(crate) request: MockRequest,
}

impl Call {
    pub(crate) fn read(request: MockRequest) -> Result<Call, String> {
        let (path, query) = split(&request.uri);
        let service = service(&request, path)?;
        let (operation, params) = match service.protocol() {
            Protocol::Json => (target(&request).unwrap_or_default(), HashMap::new()),
            Protocol::Query | Protocol::Ec2 => {
                let body = String::from_utf8_lossy(&request.body);
                let params = wire::form(if body.is_empty() { query } else { &body });
                let action = params.get("Action").cloned().unwrap_or_default();
                (action, params)
            }
            Protocol::RestXml => {
                (crate::route53::operation(&request.method, path, query).to_owned(), wire::form(query))
            }
        };
        Ok(Call { service, operation, params, request })
    }

    pub(crate) fn path(&self) -> &str {
        split(&self.request.uri).0
    }

    pub(crate) fn body(&self) -> &[u8] {
        &self.request.body
    }
}

fn split(uri: &str) -> (&str, &str) {
    uri.split_once('?').unwrap_or((uri, ""))
}

/// The operation in `X-Amz-Target: AmazonEC2ContainerServiceV20141113.CreateCluster`.
fn target(request: &MockRequest) -> Option<String> {
    let target = request.headers.get("x-amz-target")?.to_str().ok()?;
    Some(target.rsplit('.').next().unwrap_or(target).to_owned())
}

fn service(request: &MockRequest, path: &str) -> Result<Service, String> {
    if path.starts_with("/2013-04-01/") {
        return Ok(Service::Route53);
    }
    let scope =
        request.headers.get("authorization").and_then(|value| value.to_str().ok()).and_then(scope_service);
    match scope {
        Some(name) => {
            Service::from_name(name).ok_or_else(|| format!("The sandbox has no service named '{name}'."))
        }
        None => Err("The request carries no AWS signature, so no service can be told.".to_owned()),
    }
}

/// The service in `Credential=AKID/20261123/us-east-1/ecs/aws4_request`.
fn scope_service(authorization: &str) -> Option<&str> {
    let (_, credential) = authorization.split_once("Credential=")?;
    let scope = credential.split([',', ' ']).next()?;
    scope.rsplit('/').nth(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_credential_scope_names_the_service() {
        let header = "AWS4-HMAC-SHA256 Credential=AK/ID/20261123/us-east-1/ecs/aws4_request, SignedHeaders=host, Signature=0";
        assert_eq!(scope_service(header), Some("ecs"));
        assert_eq!(scope_service("Bearer x"), None);
    }
}
