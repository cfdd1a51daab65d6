//! Requests that other sites send in the owner's name.
//!
//! The cookie's `SameSite=Strict` holds them off already; this is the second lock, and it also covers sites
//! that differ by their port alone, which a cookie does not tell apart.

use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body_util::Limited;

use super::host;

/// The longest body that is read: a stack file is far shorter.
const LONGEST_BODY: usize = 1024 * 1024;

/// Lets requests that may change something pass only when they say that they come from the panel itself.
pub async fn check(request: Request, next: Next) -> Response {
    let authority = host::authority(&request).unwrap_or_default();
    if !request.method().is_safe() && !is_own(request.headers(), authority) {
        let text = "This request does not come from the panel's own pages. \
                    A script sends `Origin: http://<host>` with it.\n";
        return (StatusCode::FORBIDDEN, text).into_response();
    }
    let request = request.map(|body| axum::body::Body::new(Limited::new(body, LONGEST_BODY)));
    next.run(request).await
}

/// Every word about where it comes from must be right, and there must be one.
fn is_own(headers: &HeaderMap, authority: &str) -> bool {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let by_site = text(header::HeaderName::from_static("sec-fetch-site")).map(|site| site == "same-origin");
    let by_origin = match text(header::ORIGIN) {
        // Says nothing, such as for a form's request that must not tell its page.
        Some("null") | None => None,
        Some(origin) => Some(authority_of(origin).is_some_and(|own| own.eq_ignore_ascii_case(authority))),
    };
    match (by_site, by_origin) {
        (None, None) => false,
        (site, origin) => site.unwrap_or(true) && origin.unwrap_or(true),
    }
}

/// A proxy in front may speak TLS, so the scheme does not count.
fn authority_of(origin: &str) -> Option<&str> {
    origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_let_in(headers: &[(&'static str, &'static str)]) -> bool {
        let headers = headers.iter().map(|(name, value)| {
            (header::HeaderName::from_static(name), header::HeaderValue::from_static(value))
        });
        is_own(&headers.collect(), "127.0.0.1:3000")
    }

    #[test]
    fn the_panels_own_pages_are_let_in() {
        assert!(is_let_in(&[("sec-fetch-site", "same-origin"), ("origin", "http://127.0.0.1:3000")]));
        assert!(is_let_in(&[("sec-fetch-site", "same-origin"), ("origin", "null")]));
        assert!(is_let_in(&[("origin", "http://127.0.0.1:3000")]));
    }

    #[test]
    fn everyone_else_is_not() {
        assert!(!is_let_in(&[]));
        assert!(!is_let_in(&[("origin", "null")]));
        assert!(!is_let_in(&[("origin", "http://127.0.0.1:4000")]));
        assert!(!is_let_in(&[("origin", "https://evil.example")]));
        assert!(!is_let_in(&[("sec-fetch-site", "same-site"), ("origin", "http://127.0.0.1:3000")]));
        assert!(!is_let_in(&[("sec-fetch-site", "same-origin"), ("origin", "https://evil.example")]));
        assert!(!is_let_in(&[("sec-fetch-site", "none")]));
    }
}
