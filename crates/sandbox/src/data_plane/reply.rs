//! What comes back, and from whom: a load balancer, a task, or the sandbox itself where on AWS nobody would answer.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION, SERVER, X_CONTENT_TYPE_OPTIONS};

/// Who speaks in the `Server` header.
const LOAD_BALANCER: &str = "awselb/2.0";
const TASK: &str = "sandbox-task";
const SANDBOX: &str = "sandbox";

const PLAIN: &str = "text/plain; charset=utf-8";

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    server: &'static str,
    content_type: String,
    location: Option<String>,
    pub(super) body: String,
}

impl Reply {
    /// The sandbox's own word.
    pub(super) fn from_sandbox(status: StatusCode, text: String) -> Self {
        Self { status, server: SANDBOX, content_type: PLAIN.to_owned(), location: None, body: text }
    }

    pub(super) fn from_task(status: StatusCode, text: String) -> Self {
        Self { server: TASK, ..Self::from_sandbox(status, text) }
    }

    /// The page that a load balancer has for a status.
    pub(super) fn from_load_balancer(status: StatusCode) -> Self {
        // AWS's words where they differ from the standard's.
        let reason = match status {
            StatusCode::SERVICE_UNAVAILABLE => "Service Temporarily Unavailable",
            _ => status.canonical_reason().unwrap_or_default(),
        };
        let title = format!("{} {reason}", status.as_u16());
        let body = format!(
            "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
        );
        Self { status, server: LOAD_BALANCER, content_type: "text/html".to_owned(), location: None, body }
    }

    /// What a rule says must be answered.
    pub(super) fn fixed(status: StatusCode, content_type: Option<&str>, body: Option<&str>) -> Self {
        Self {
            status,
            server: LOAD_BALANCER,
            content_type: content_type.unwrap_or(PLAIN).to_owned(),
            location: None,
            body: body.unwrap_or_default().to_owned(),
        }
    }

    pub(super) fn towards(self, location: String) -> Self {
        Self { location: Some(location), ..self }
    }

    pub(super) fn write(self) -> Response<Body> {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        let mut set = |name: HeaderName, text: &str| {
            // What cannot stand in a header came from a caller's rule; the rest of the answer still helps.
            if let Ok(value) = HeaderValue::from_str(text) {
                response.headers_mut().insert(name, value);
            }
        };
        set(SERVER, self.server);
        set(CONTENT_TYPE, &self.content_type);
        // A browser must not remember what the next level of the stack changes.
        set(CACHE_CONTROL, "no-store");
        set(X_CONTENT_TYPE_OPTIONS, "nosniff");
        if let Some(location) = &self.location {
            set(LOCATION, location);
        }
        response
    }
}
