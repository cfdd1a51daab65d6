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
const CONDITION: &str = "the registrar names the zone's name servers";
/// A look at everything does not wait longer for DNS.
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
        if may_ask() && is_delegated(task.aws, domain, &wanted).await {
            return Ok(Probe::Done(()));
        }
        Ok(Probe::Ask(ask(domain, &wanted)))
    })
    .await?;
    Ok(Found { condition: Condition::Ready, ..made })
}

/// How the delegation is now, next to a zone with these name servers.
pub async fn observe(aws: &Aws, domain: &HostName, zone: &Found) -> Found {
    let wanted = name_servers(zone.facts.get("name servers").map(String::as_str).unwrap_or_default());
    let delegated = tokio::time::timeout(PATIENCE, is_delegated(aws, domain, &wanted)).await.unwrap_or(false);
    let condition = if delegated { Condition::Ready } else { Condition::WaitingForYou(ask(domain, &wanted)) };
    Found::new(domain.as_str(), condition).fact("name", domain.as_str())
}

fn ask(domain: &HostName, name_servers: &BTreeSet<String>) -> Ask {
    Ask::Delegate { domain: domain.clone(), name_servers: name_servers.iter().cloned().collect() }
}

fn name_servers(text: &str) -> BTreeSet<String> {
    text.split(',').map(dns::normal).filter(|name| !name.is_empty()).collect()
}

/// What cannot be looked up counts as not delegated: it is asked again.
async fn is_delegated(aws: &Aws, domain: &HostName, wanted: &BTreeSet<String>) -> bool {
    if aws.delegations() == Delegations::Assumed {
        return true;
    }
    let named = dns::delegated_to(domain.as_str()).await;
    // A registrar may take fewer of them than there are.
    !named.is_empty() && named.is_subset(wanted)
}
