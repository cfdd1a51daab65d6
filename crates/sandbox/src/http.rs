//! The door: every request comes in here, and every answer leaves from here.
//!
//! [`Front::pass`] is the one place through which each call goes: counting and throttling happen
//! there, and whatever else must see all calls belongs there too.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderValue, Method, Response, StatusCode, Uri};
use axum::serve::ListenerExt;
use http::HeaderMap;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use winterbaume_core::{MockRequest, MockResponse};

use crate::Settings;
use crate::calls::Calls;
use crate::mounted::Mounted;
use crate::refusal::{Answer, refusal};
use crate::router::{Call, Protocol, Service};
use crate::throttle::Throttle;
use crate::world::World;

pub(crate) struct Front {
    world: Mutex<World>,
    mounted: Mounted,
    throttle: Throttle,
    pub(crate) calls: Calls,
}

impl Front {
    pub(crate) fn new(settings: Settings) -> Self {
        Self {
            world: Mutex::new(World::new(&settings)),
            mounted: Mounted::new(&settings),
            throttle: Throttle::default(),
            calls: Calls::default(),
        }
    }

    /// The world. A panic in an earlier call leaves it usable: each call checks before it changes.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Passes one call through to its service.
    async fn pass(&self, call: &Call, request_id: &str) -> MockResponse {
        let answer = self.answer(call).await;
        self.calls.count(call.service.name(), &call.operation);
        let response = answer.unwrap_or_else(|refusal| refusal.write(call.service.protocol(), request_id));
        tracing::debug!(
            aws.service = call.service.name(),
            aws.operation = call.operation,
            http.status = response.status,
            "answered a call"
        );
        response
    }

    async fn answer(&self, call: &Call) -> Answer {
        {
            let mut world = self.world();
            world.advance_to_now();
            self.throttle.admit(call, world.now)?;
        }
        match call.service {
            Service::Iam | Service::Logs | Service::Sts => self.mounted.answer(self, call).await,
            _ => self.world().answer(call),
        }
    }
}

/// Serves until told to stop.
pub(crate) async fn serve(listener: TcpListener, front: Arc<Front>, stop: oneshot::Receiver<()>) {
    let listener = listener.tap_io(|stream| {
        // Small answers must not wait for the next packet. A failure costs time only.
        let _ = stream.set_nodelay(true);
    });
    let router = Router::new().fallback(receive).layer(DefaultBodyLimit::max(16 << 20)).with_state(front);
    let served = axum::serve(listener, router)
        .with_graceful_shutdown(async {
            // An error means that the sandbox was dropped, which stops us as well.
            let _ = stop.await;
        })
        .await;
    if let Err(error) = served {
        tracing::warn!(%error, "the sandbox stopped serving");
    }
}

async fn receive(
    State(front): State<Arc<Front>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let request_id = front.world().ids.uuid();
    let request = MockRequest {
        method: method.to_string(),
        uri: uri.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
        headers,
        body,
    };
    let response = match Call::read(request) {
        Ok(call) => front.pass(&call, &request_id).await,
        Err(message) => refusal("UnrecognizedClientException", message)
            .with_status(403)
            .write(Protocol::Json, &request_id),
    };
    write(response, &request_id)
}

fn write(response: MockResponse, request_id: &str) -> Response<Body> {
    let status = StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut written = Response::new(Body::from(response.body));
    *written.status_mut() = status;
    *written.headers_mut() = response.headers;
    if let Ok(id) = HeaderValue::from_str(request_id) {
        written.headers_mut().insert("x-amzn-requestid", id);
    }
    written
}
