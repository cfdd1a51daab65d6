//! The stack: one environment of one app, as its stack file describes it.
//!
//! A [`Stack`] value has passed every check of [`check`]; it is made by [`file::read`] alone.
//! [`edit`] writes it back into its text; [`seed`] is one to begin with.

pub mod check;
pub mod edit;
pub mod file;
pub mod level;
pub mod problem;
pub mod schedule;
pub mod seed;
mod timezone;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

pub use level::Level;
pub use problem::Problem;
pub use schedule::Schedule;

macro_rules! name_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}

name_type!(
    /// The name of a stack; every name on AWS starts with it.
    StackName
);
name_type!(
    /// The name of a service inside its stack.
    ServiceName
);
name_type!(
    /// A fully qualified host or domain name in lower case, without the dot at the end.
    HostName
);
name_type!(
    /// An AWS region, such as `us-east-1`.
    Region
);

/// One environment of one app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stack {
    pub name: StackName,
    pub region: Region,
    pub domain: HostName,
    pub network: Network,
    /// Repositories without a service, such as those of base images.
    pub base_images: Vec<String>,
    /// In the file's order.
    pub services: Vec<Service>,
    /// `None`: a first deploy is awake, a later one keeps the level that the stack has.
    pub level: Option<Level>,
    pub schedule: Option<Schedule>,
}

/// Where the stack's load balancer and tasks live.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Network {
    /// The account's default VPC and its public subnets; used, never changed.
    DefaultVpc,
    /// A VPC of the stack's own: two public subnets, internet gateway, route table, no NAT gateway.
    Dedicated { cidr: String },
}

/// One container image that runs as a Fargate service behind its own host name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    pub name: ServiceName,
    pub host: Host,
    pub image: Image,
    pub port: u16,
    /// Fargate CPU units; 1024 are one vCPU.
    pub cpu: u32,
    /// MiB.
    pub memory: u32,
    /// Tasks when awake.
    pub count: u32,
    pub health: Health,
    pub env: BTreeMap<String, String>,
    pub secrets: BTreeMap<String, SecretRef>,
}

/// Where a service answers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Host {
    /// `@` in the file: the domain itself.
    Root,
    Label(String),
}

/// An image reference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Image {
    /// A repository that Slipway makes in the account's own ECR.
    Own { repository: String, tag: String },
    /// A full reference whose first part names a registry.
    Public { reference: String },
}

/// How a service is known to be well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// The target group's check: a path that answers 200 to 399.
    pub path: String,
    /// The container's own check, such as `["CMD-SHELL", "curl -fsS localhost/ok"]`; empty: none.
    pub command: Vec<String>,
}

/// Where a secret's value stands; the value itself is never stored.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecretRef {
    /// `ssm:/path/NAME`: a parameter of Systems Manager, by name (with its leading `/` if it has one).
    Ssm(String),
    /// `secretsmanager:name`: a secret of Secrets Manager, by name or ARN.
    SecretsManager(String),
}

impl Stack {
    pub fn service(&self, name: &ServiceName) -> Option<&Service> {
        self.services.iter().find(|service| &service.name == name)
    }

    /// The service that answers at the domain itself and gets what no rule takes.
    pub fn root_service(&self) -> Option<&Service> {
        self.services.iter().find(|service| service.host == Host::Root)
    }

    /// The fully qualified host name of `service`.
    pub fn host_name(&self, service: &Service) -> HostName {
        match &service.host {
            Host::Root => self.domain.clone(),
            Host::Label(label) => HostName::new(format!("{label}.{}", self.domain)),
        }
    }

    /// Every own repository: the services' images first, then the base images, each once.
    pub fn repositories(&self) -> Vec<String> {
        let own = self.services.iter().filter_map(|service| match &service.image {
            Image::Own { repository, .. } => Some(repository.clone()),
            Image::Public { .. } => None,
        });
        let mut repositories = Vec::new();
        for repository in own.chain(self.base_images.iter().cloned()) {
            if !repositories.contains(&repository) {
                repositories.push(repository);
            }
        }
        repositories
    }
}

impl fmt::Display for Image {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Image::Own { repository, tag } => write!(formatter, "{repository}:{tag}"),
            Image::Public { reference } => formatter.write_str(reference),
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Host::Root => "@",
            Host::Label(label) => label,
        })
    }
}

impl fmt::Display for SecretRef {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SecretRef::Ssm(name) => write!(formatter, "ssm:{name}"),
            SecretRef::SecretsManager(name) => write!(formatter, "secretsmanager:{name}"),
        }
    }
}
