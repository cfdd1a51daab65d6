//! The delegation: the registrar names the zone's name servers. Only a person can make it true.
//!
//! | | |
//! | --- | --- |
//! | in | the hosted zone's name servers |
//! | out | ready, or what to set at the registrar |

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;
use topology::node::{NodeId, NodeKind, Spec};
use topology::observation::{Ask, Condition, Found};
use topology::stack::HostName;

use super::super::connection::Delegations;
use super::super::error::AwsError;
use super::super::{Aws, Probe, Task, wait};
use super::dns;

/// Public DNS need not be asked more often: a change at the registrar takes hours.
const PAUSE: Duration = Duration::from_secs(30);
/// The fact that marks a delegation that could not be looked up.
const UNANSWERED: &str = "public DNS did not answer";
const CONDITION: &str = "the registrar names the zone's name servers";
/// Nobody waits longer for DNS.
const PATIENCE: Duration = Duration::from_secs(2);

pub async fn make(task: &Task<'_>, spec: &Spec, _found: Option<&Found>) -> Result<Found, AwsError> {
    let Spec::Delegation { domain } = spec else { unreachable!("part::make knows the kind") };
    let condition = match task.aws.delegations() {
        Delegations::Assumed => Condition::Ready,
        Delegations::Public => Condition::Settling(CONDITION.into()),
    };
    Ok(Found::new(domain.as_str(), condition).fact("name", domain.as_str()))
}

pub async fn settle(task: &Task<'_>, spec: &Spec, made: Found) -> Result<Found, AwsError> {
    let Spec::Delegation { domain } = spec else { unreachable!("part::settle knows the kind") };
    let zone = NodeId::only(NodeKind::HostedZone);
    let wanted = name_servers(&task.fact(&zone, "name servers")?);
    let asked_at: Mutex<Option<Instant>> = Mutex::new(None);
    let may_ask = || {
        let mut asked_at = asked_at.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let may = asked_at.is_none_or(|at| at.elapsed() >= PAUSE);
        if may {
            *asked_at = Some(Instant::now());
        }
        may
    };
    wait::until(task, CONDITION, Duration::MAX, async || {
        if may_ask() && delegated_to(task.aws, domain).await.is_to(&wanted) {
            return Ok(Probe::Done(()));
        }
        Ok(Probe::Ask(ask(domain, &wanted)))
    })
    .await?;
    Ok(Found { condition: Condition::Ready, ..made })
}

/// What the registrar has set.
pub enum Delegated {
    To(BTreeSet<String>),
    /// Nobody answers in time.
    Unknown,
    /// To whatever it should be.
    Assumed,
}

/// How the delegation is now.
pub async fn delegated_to(aws: &Aws, domain: &HostName) -> Delegated {
    match aws.delegations() {
        Delegations::Assumed => Delegated::Assumed,
        Delegations::Public => {
            let named = tokio::time::timeout(PATIENCE, dns::delegated_to(domain.as_str())).await;
            named.ok().flatten().map_or(Delegated::Unknown, Delegated::To)
        }
    }
}

/// The delegation, next to a zone with its name servers.
pub fn as_found(domain: &HostName, zone: &Found, delegated: &Delegated) -> Found {
    let wanted = name_servers(zone.facts.get("name servers").map(String::as_str).unwrap_or_default());
    let condition = match delegated.is_to(&wanted) {
        true => Condition::Ready,
        false => Condition::WaitingForYou(ask(domain, &wanted)),
    };
    let found = Found::new(domain.as_str(), condition).fact("name", domain.as_str());
    match delegated {
        Delegated::Unknown => found.fact(UNANSWERED, "yes"),
        _ => found,
    }
}

/// A delegation that could not be looked up, beside an issued certificate, which proves that there is one. A lost
/// answer, or a network where public DNS cannot be asked, troubles nobody then.
pub fn proven(delegation: &Found, certificate: &Found) -> Option<Found> {
    let is_proven = delegation.facts.contains_key(UNANSWERED) && certificate.condition == Condition::Ready;
    is_proven.then(|| Found { condition: Condition::Ready, ..delegation.clone() })
}

fn ask(domain: &HostName, name_servers: &BTreeSet<String>) -> Ask {
    Ask::Delegate { domain: domain.clone(), name_servers: name_servers.iter().cloned().collect() }
}

pub(super) fn name_servers(text: &str) -> BTreeSet<String> {
    text.split(',').map(dns::normal).filter(|name| !name.is_empty()).collect()
}

impl Delegated {
    /// What cannot be looked up counts as not delegated: it is asked again.
    pub(super) fn is_to(&self, wanted: &BTreeSet<String>) -> bool {
        match self {
            Delegated::Assumed => true,
            Delegated::Unknown => false,
            // A registrar may take fewer of them than there are.
            Delegated::To(named) => !named.is_empty() && named.is_subset(wanted),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_answer_troubles_nobody_once_the_certificate_is_issued() {
        let zone =
            Found::new("/hostedzone/Z1", Condition::Ready).fact("name servers", "ns-1.example,ns-2.example");
        let unknown = as_found(&HostName::new("example.org"), &zone, &Delegated::Unknown);
        let certificate = |condition| Found::new("arn", condition);
        let issued = proven(&unknown, &certificate(Condition::Ready)).expect("it is proven");
        assert_eq!(issued.condition, Condition::Ready);
        assert_eq!(proven(&unknown, &certificate(Condition::Settling("validation".into()))), None);
        // An answer that names others is no lost one.
        let elsewhere = Delegated::To(BTreeSet::from(["ns.other.example".to_owned()]));
        let elsewhere = as_found(&HostName::new("example.org"), &zone, &elsewhere);
        assert_eq!(proven(&elsewhere, &certificate(Condition::Ready)), None);
    }
}
