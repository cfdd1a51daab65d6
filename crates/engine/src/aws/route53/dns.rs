//! Public DNS: which name servers a domain is delegated to.
//!
//! The zone above is asked itself: resolvers remember an old delegation for up to two days, and Certificate
//! Manager does not wait for them.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{CLOUDFLARE, NameServerConfig, ResolverConfig};
use hickory_resolver::lookup::Lookup;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::rr::{RData, Record};

/// For one question to one server.
const TIMEOUT: Duration = Duration::from_secs(1);
/// Servers of the zone above that are asked; any of them knows.
const ASKED: usize = 3;

/// The name servers of `domain` in small letters, without the dot at the end; `None` where nobody answers.
pub async fn delegated_to(domain: &str) -> Option<BTreeSet<String>> {
    let resolver = resolver(ResolverConfig::udp_and_tcp(&CLOUDFLARE), true)?;
    let above = above(&resolver, domain).await;
    if !above.is_empty()
        && let Some(servers) = ask(above, domain).await
    {
        return Some(servers);
    }
    // Where one may not ask just any server, what a resolver remembers has to do.
    name_servers(resolver.ns_lookup(absolute(domain)).await, domain)
}

/// The same name, written one way.
pub fn normal(name: &str) -> String {
    name.trim().trim_end_matches('.').to_ascii_lowercase()
}

/// The addresses of some servers of the zone above `domain`.
async fn above(resolver: &TokioResolver, domain: &str) -> Vec<NameServerConfig> {
    let mut zone = domain;
    while let Some((_, parent)) = zone.split_once('.') {
        zone = parent;
        let names = name_servers(resolver.ns_lookup(absolute(zone)).await, zone).unwrap_or_default();
        // Not every dot is the border of a zone.
        if names.is_empty() {
            continue;
        }
        let addresses = names.iter().take(ASKED).map(|name| resolver.lookup_ip(absolute(name)));
        let addresses = futures::future::join_all(addresses).await;
        let first = addresses.into_iter().flatten().filter_map(|answer| answer.iter().find(IpAddr::is_ipv4));
        return first.map(NameServerConfig::udp_and_tcp).collect();
    }
    Vec::new()
}

/// What `servers`, which stand above, say of `domain`; `None` where they say nothing.
async fn ask(servers: Vec<NameServerConfig>, domain: &str) -> Option<BTreeSet<String>> {
    let resolver = resolver(ResolverConfig::from_name_servers(servers), false)?;
    name_servers(resolver.ns_lookup(absolute(domain)).await, domain)
}

fn resolver(config: ResolverConfig, recursion_desired: bool) -> Option<TokioResolver> {
    let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
    let options = builder.options_mut();
    options.timeout = TIMEOUT;
    options.attempts = 1;
    options.cache_size = 0;
    options.recursion_desired = recursion_desired;
    builder.build().ok()
}

/// With a dot at the end: a search list must not be tried.
fn absolute(name: &str) -> String {
    format!("{}.", name.trim_end_matches('.'))
}

/// The name servers in an answer, or in a referral, which names them without answering. `None`: no answer.
fn name_servers(answer: Result<Lookup, NetError>, zone: &str) -> Option<BTreeSet<String>> {
    let records: Vec<Record> = match answer {
        Ok(lookup) => lookup.answers().iter().chain(lookup.authorities()).cloned().collect(),
        Err(NetError::Dns(DnsError::NoRecordsFound(none))) => {
            none.ns.iter().flat_map(|servers| servers.iter()).map(|server| server.ns.clone()).collect()
        }
        Err(_) => return None,
    };
    let of_zone = records.iter().filter(|record| normal(&record.name.to_string()) == normal(zone));
    let names = of_zone.filter_map(|record| match &record.data {
        RData::NS(server) => Some(normal(&server.to_string())),
        _ => None,
    });
    Some(names.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::UdpSocket;

    /// A server above, which refers to two name servers, or says that there is no such name.
    async fn server_above(refers_to: &'static [&'static str]) -> NameServerConfig {
        let socket = UdpSocket::bind(("127.0.0.1", 0)).await.expect("a socket");
        let address = socket.local_addr().expect("an address");
        tokio::spawn(async move {
            let mut question = [0; 512];
            while let Ok((_, from)) = socket.recv_from(&mut question).await {
                let end = 12 + question[12..].iter().position(|byte| *byte == 0).expect("a name") + 5;
                let code = if refers_to.is_empty() { 3 } else { 0 };
                let count = u8::try_from(refers_to.len()).expect("few");
                let mut answer = vec![question[0], question[1], 0x80, code, 0, 1, 0, 0, 0, count, 0, 0];
                answer.extend(&question[12..end]);
                for server in refers_to {
                    let mut name: Vec<u8> = Vec::new();
                    for label in server.split('.') {
                        name.push(u8::try_from(label.len()).expect("short"));
                        name.extend(label.as_bytes());
                    }
                    name.push(0);
                    answer.extend([0xC0, 12, 0, 2, 0, 1, 0, 2, 0xA3, 0, 0]);
                    answer.push(u8::try_from(name.len()).expect("short"));
                    answer.extend(name);
                }
                socket.send_to(&answer, from).await.expect("it is sent");
            }
        });
        let mut config = NameServerConfig::udp(address.ip());
        for connection in &mut config.connections {
            connection.port = address.port();
        }
        config
    }

    #[tokio::test]
    async fn a_referral_names_the_servers_that_the_registrar_has_set() {
        let server = server_above(&["NS-1.awsdns-01.org", "ns-2.awsdns-02.com"]).await;
        let servers = ask(vec![server], "cruddur-dw.com").await.expect("an answer");
        assert_eq!(servers, ["ns-1.awsdns-01.org", "ns-2.awsdns-02.com"].map(str::to_owned).into());
    }

    #[tokio::test]
    async fn a_domain_that_nobody_has_registered_has_no_name_servers() {
        let server = server_above(&[]).await;
        assert_eq!(ask(vec![server], "cruddur-dw.com").await, Some(BTreeSet::new()));
    }
}
