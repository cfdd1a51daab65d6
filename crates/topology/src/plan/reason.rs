//! Why a plan does something with a node.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::field;
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

impl Reason {
    /// As a person reads it; `called` is what a person calls a node.
    pub(super) fn text(&self, called: impl Fn(&NodeId) -> String) -> String {
        match self {
            Reason::UpToDate => "as it should be".into(),
            Reason::NotOurs => "used, not changed".into(),
            Reason::Missing => "not on AWS yet".into(),
            Reason::Differs(differences) => {
                let texts: Vec<String> = differences.iter().map(ToString::to_string).collect();
                texts.join("; ")
            }
            Reason::Unsettled(what) => format!("not ready yet: {what}"),
            Reason::Unwell(why) => format!("not well: {why}"),
            Reason::Replace(because) => because.to_string(),
            Reason::Follows(id) => format!("follows {}", called(id)),
            Reason::WaitsForYou(ask) => format!("waits for you: {}", ask.sentence()),
            Reason::WaitsFor(id) => format!("seen once {} is there", called(id)),
            Reason::NotInStack => "no longer in the stack file".into(),
            Reason::NotAtLevel(level) => format!("not needed at level `{level}`"),
            Reason::TornDown => "the stack is torn down".into(),
            Reason::ZoneKept => "kept: a new zone would get other name servers".into(),
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
        if let Some(from) = self.from.as_ref().filter(|_| field::is_clause(&self.field)) {
            return formatter.write_str(from);
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
