//! Names under which a panel on loopback answers.
//!
//! A foreign site can let its own name point at 127.0.0.1 and so talk to the panel as if it were that site (DNS
//! rebinding). Who listens on another address chooses its names at the proxy; there every name is taken.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::HOST;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::panel::Panel;

/// Refuses requests that come to a panel on loopback under a name that is not loopback's.
pub async fn check(State(panel): State<Panel>, request: Request, next: Next) -> Response {
    if panel.address.ip().is_loopback() && !authority(&request).is_some_and(is_loopback) {
        let text = "This panel listens on loopback: open it as http://127.0.0.1 or http://localhost.\n";
        return (StatusCode::MISDIRECTED_REQUEST, text).into_response();
    }
    next.run(request).await
}

/// The host and port that the request asks for.
pub fn authority(request: &Request) -> Option<&str> {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    host.or_else(|| request.uri().authority().map(|authority| authority.as_str()))
}

/// Whether `authority`, with or without a port, is this machine by a name that nobody else can point at it.
pub fn is_loopback(authority: &str) -> bool {
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_has_few_names() {
        for name in ["127.0.0.1:3000", "localhost", "LocalHost:3000", "[::1]:3000", "127.1.2.3"] {
            assert!(is_loopback(name), "{name}");
        }
        for name in
            ["evil.example:3000", "localhost.evil.example", "10.0.0.1:3000", "", "127.0.0.1.evil.example"]
        {
            assert!(!is_loopback(name), "{name}");
        }
    }
}
