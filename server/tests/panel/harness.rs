//! A panel of its own for each test: own database, port 0, a fast sandbox of its own.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::request::Builder;
use axum::http::{Request, Response, StatusCode, header};
use http_body_util::BodyExt as _;
use sandbox::Doors;
use server::cli::serve::{Cloud, Ready, Settings};
use server::panel::Panel;
use server::web;
use tempfile::TempDir;
use tower::ServiceExt as _;

const SPEED: f64 = 1000.0;
/// No page takes longer; a test that waits for ever says nothing.
const PATIENCE: Duration = Duration::from_secs(20);

pub struct TestPanel {
    pub panel: Panel,
    router: Router,
    host: String,
    cookie: Option<String>,
    // The database and the sandbox live as long as the panel.
    _ready: Ready,
    _data_dir: TempDir,
}

impl TestPanel {
    /// Nobody is signed in.
    pub async fn start() -> Self {
        let data_dir = tempfile::tempdir().expect("there is room for a folder");
        let settings = Settings {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            cloud: Cloud::Sandbox { speed: SPEED, doors: Doors::default() },
            data_dir: data_dir.path().to_owned(),
        };
        let ready = Ready::start(&settings).await.expect("starts");
        let panel = ready.panel.clone();
        Self {
            router: web::router(panel.clone()),
            host: panel.address.to_string(),
            cookie: None,
            panel,
            _ready: ready,
            _data_dir: data_dir,
        }
    }

    /// The owner is signed in.
    pub async fn signed_in() -> Self {
        let mut panel = Self::start().await;
        let token = panel.new_token().await;
        let response = panel.get(&format!("/sign-in?token={token}")).await;
        let cookie = text_header(&response, header::SET_COOKIE.as_str());
        panel.cookie = cookie.split(';').next().map(str::to_owned);
        panel
    }

    pub async fn new_token(&self) -> String {
        self.panel.sessions.create_link().await.expect("made")
    }

    pub fn origin(&self) -> String {
        format!("http://{}", self.host)
    }

    pub async fn get(&self, path: &str) -> Response<Body> {
        self.send(self.request("GET", path), "").await
    }

    /// A request as the panel's own page sends it; the caller adds to it.
    pub fn request(&self, method: &str, path: &str) -> Builder {
        let request = Request::builder().method(method).uri(path).header(header::HOST, &self.host);
        match &self.cookie {
            Some(cookie) => request.header(header::COOKIE, cookie),
            None => request,
        }
    }

    pub async fn send(&self, request: Builder, body: &'static str) -> Response<Body> {
        let request = request.body(Body::from(body)).expect("a request");
        let path = request.uri().to_string();
        let answer = tokio::time::timeout(PATIENCE, self.router.clone().oneshot(request)).await;
        answer.unwrap_or_else(|_| panic!("no answer to `{path}`")).expect("a router always answers")
    }

    /// Calls a server function without arguments, as a browser on `origin` would.
    pub async fn call(&self, function: &str, origin: Option<&str>) -> Response<Body> {
        let request = self.request("POST", &format!("/api/{function}"));
        let request = request.header(header::CONTENT_TYPE, "application/json");
        let request = match origin {
            Some(origin) => request.header(header::ORIGIN, origin),
            None => request,
        };
        self.send(request, "{}").await
    }
}

pub fn text_header(response: &Response<Body>, name: &str) -> String {
    let value = response.headers().get(name).unwrap_or_else(|| panic!("no `{name}`: {response:?}"));
    value.to_str().expect("text").to_owned()
}

pub async fn text(response: Response<Body>) -> String {
    let body = response.into_body().collect().await.expect("a whole body").to_bytes();
    String::from_utf8(body.to_vec()).expect("text")
}

pub fn assert_status(response: &Response<Body>, status: StatusCode) {
    assert_eq!(response.status(), status, "{response:?}");
}
