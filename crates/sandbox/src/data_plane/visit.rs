//! One request, as a load balancer sees it.

use std::net::IpAddr;

use axum::http::request::Parts;
use http::HeaderMap;
use http::header::HOST;

/// What a browser's names end in: every name below it is this machine.
const LOCAL: &str = ".localhost";

#[derive(Debug, Clone)]
pub(super) struct Visit {
    /// The load balancer's port that the door stands for.
    pub(super) port: i32,
    pub(super) method: String,
    /// Lower case, without port; `None` when the request names this machine and nobody else.
    pub(super) host: Option<String>,
    /// Whether the host was written with `.localhost`, which `host` no longer has.
    pub(super) is_local: bool,
    pub(super) path: String,
    /// Without its question mark.
    pub(super) query: String,
    pub(super) headers: HeaderMap,
    pub(super) from: IpAddr,
}

impl Visit {
    pub(super) fn read(request: &Parts, port: i32, from: IpAddr) -> Self {
        // A client that takes the door for its proxy writes the host before the path.
        let named = request.uri.host().or_else(|| {
            let host = request.headers.get(HOST)?.to_str().ok()?;
            Some(without_port(host))
        });
        let named = named.unwrap_or_default().trim_end_matches('.').to_ascii_lowercase();
        let bare = named.strip_suffix(LOCAL);
        let host = bare.unwrap_or(&named);
        let is_here =
            host.is_empty() || host == "localhost" || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
        Self {
            port,
            method: request.method.to_string(),
            host: (!is_here).then(|| host.to_owned()),
            is_local: bare.is_some(),
            path: request.uri.path().to_owned(),
            query: request.uri.query().unwrap_or_default().to_owned(),
            headers: request.headers.clone(),
            from,
        }
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    }
}

#[cfg(test)]
impl Visit {
    /// A visit that names this host and asks for this path and query.
    pub(super) fn to(host: &str, path_and_query: &str) -> Self {
        let request = http::Request::builder().uri(path_and_query).header(HOST, host).body(());
        let (parts, ()) = request.unwrap_or_default().into_parts();
        Self::read(&parts, 443, IpAddr::from([127, 0, 0, 1]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_loses_port_case_and_localhost() {
        let visit = Visit::to("API.Example.com.localhost:4580", "/a?b=c");
        assert_eq!(visit.host.as_deref(), Some("api.example.com"));
        assert!(visit.is_local);
        assert_eq!((visit.path.as_str(), visit.query.as_str()), ("/a", "b=c"));
        assert!(!Visit::to("example.com:443", "/").is_local);
    }

    #[test]
    fn an_address_names_nobody() {
        for here in ["127.0.0.1:4580", "localhost:4580", "[::1]:4580", "[::1]"] {
            assert_eq!(Visit::to(here, "/").host, None, "{here}");
        }
    }
}
