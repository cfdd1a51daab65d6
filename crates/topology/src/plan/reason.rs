//! Why a plan does something with a node.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::node::NodeId;
use crate::observation::{Ask, FILE, FINGERPRINT};
use crate::stack::Level;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// It is as it should be.
    UpToDate,
    /// It is used, not owned.
    NotOurs,
    /// It is not on AWS.
    Missing,
    Differs(Vec<Difference>),
    /// It is there but not yet ready; what it waits for.
    Unsettled(String),
    /// It is there, but broken in a way that doing it again may mend; why.
    Unwell(String),
    Replace(ReplaceBecause),
    /// Something that it is built on changes.
    Follows(NodeId),
    /// A person has to do something first.
    WaitsForYou(Ask),
    /// Nobody has looked yet, because what it stands on is not there.
    WaitsFor(NodeId),
    /// The stack file no longer asks for it.
    NotInStack,
    /// The level does without it.
    NotAtLevel(Level),
    TornDown,
    /// A tear down keeps the hosted zone: a new one would have other name servers.
    ZoneKept,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    pub field: String,
    /// As it is on AWS.
    pub from: Option<String>,
    /// As it should be.
    pub to: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReplaceBecause {
    /// A certificate that failed or timed out can never be issued.
    CertificateUnusable(String),
    /// A load balancer that failed stays failed.
    LoadBalancerFailed(String),
    /// AWS cannot change this field in place.
    Fixed(Difference),
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::UpToDate => formatter.write_str("as it should be"),
            Reason::NotOurs => formatter.write_str("used, not changed"),
            Reason::Missing => formatter.write_str("not on AWS yet"),
            Reason::Differs(differences) => {
                let texts: Vec<String> = differences.iter().map(ToString::to_string).collect();
                formatter.write_str(&texts.join("; "))
            }
            Reason::Unsettled(what) => write!(formatter, "not ready yet: {what}"),
            Reason::Unwell(why) => write!(formatter, "not well: {why}"),
            Reason::Replace(because) => because.fmt(formatter),
            Reason::Follows(id) => write!(formatter, "follows `{id}`"),
            Reason::WaitsForYou(ask) => write!(formatter, "waits for you: {}", ask.sentence()),
            Reason::WaitsFor(id) => write!(formatter, "seen once `{id}` is there"),
            Reason::NotInStack => formatter.write_str("no longer in the stack file"),
            Reason::NotAtLevel(level) => write!(formatter, "not needed at level `{level}`"),
            Reason::TornDown => formatter.write_str("the stack is torn down"),
            Reason::ZoneKept => formatter.write_str("kept: a new zone would get other name servers"),
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.field == FINGERPRINT {
            return formatter.write_str("its settings differ");
        }
        // The fingerprints of two files tell nobody anything.
        if self.field == FILE {
            return formatter.write_str("the stack file differs");
        }
        let show = |text: &str| if text.is_empty() { "nothing".to_owned() } else { format!("`{text}`") };
        match &self.from {
            Some(from) => write!(formatter, "{}: {} → {}", self.field, show(from), show(&self.to)),
            None => write!(formatter, "{}: {}", self.field, show(&self.to)),
        }
    }
}

impl fmt::Display for ReplaceBecause {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReplaceBecause::CertificateUnusable(why) => {
                write!(formatter, "the certificate can never be issued: {why}")
            }
            ReplaceBecause::LoadBalancerFailed(why) => write!(formatter, "the load balancer failed: {why}"),
            ReplaceBecause::Fixed(difference) => {
                write!(formatter, "AWS cannot change it in place: {difference}")
            }
        }
    }
}
