//! The door: every request comes in here, and every answer leaves from here.
//!
//! [`Front::pass`] is the one place through which each call goes: counting, throttling and faults happen
//! there, and whatever else must see all calls belongs there too.
//!
//! At `/_faults` stand the fault rules: `GET` lists them, `POST` adds those of its body, one a line, `DELETE`
//! ends them all. Below `/_layers/` stand the layers of images.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, DefaultBodyLimit, State};
use axum::http::{HeaderValue, Method, Response, StatusCode, Uri};
use axum::response::IntoResponse;
use axum::routing::get;
use http::HeaderMap;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use winterbaume_core::{MockRequest, MockResponse};

use crate::Settings;
use crate::calls::Calls;
use crate::fault::{Fate, Fault, Faults};
use crate::line::{Lines, Scissors};
use crate::mounted::Mounted;
use crate::refusal::{Answer, refusal};
use crate::router::{Call, Protocol, Service};
use crate::throttle::Throttle;
use crate::world::World;

/// Where the layers of images can be fetched, by their digest.
pub(crate) const LAYERS: &str = "/_layers/";

pub(crate) struct Front {
    world: Mutex<World>,
    mounted: Mounted,
    throttle: Throttle,
    pub(crate) faults: Faults,
    pub(crate) calls: Calls,
}

impl Front {
    pub(crate) fn new(settings: Settings) -> Self {
        Self {
            world: Mutex::new(World::new(&settings)),
            mounted: Mounted::new(&settings),
            throttle: Throttle::default(),
            faults: Faults::new(settings.seed),
            calls: Calls::default(),
        }
    }

    /// The world. A panic in an earlier call leaves it usable: each call checks before it changes.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Passes one call through to its service; `None` if no answer comes.
    async fn pass(&self, call: &Call, request_id: &str) -> Option<MockResponse> {
        let fate = self.faults.fate(call);
        let answer = match &fate {
            Some(Fate::Refused(refusal)) => Err(refusal.clone()),
            Some(Fate::Cut) => return None,
            Some(Fate::Slowed(pause)) => {
                tokio::time::sleep(*pause).await;
                self.answer(call).await
            }
            Some(Fate::Dropped) | None => self.answer(call).await,
        };
        self.calls.count(call.service.name(), &call.operation);
        let response = answer.unwrap_or_else(|refusal| refusal.write(call.service.protocol(), request_id));
        tracing::debug!(
            aws.service = call.service.name(),
            aws.operation = call.operation,
            http.status = response.status,
            "answered a call"
        );
        (fate != Some(Fate::Dropped)).then_some(response)
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
    let faults = get(list_faults).post(add_faults).delete(end_faults);
    let layer = get(async || crate::images::configuration());
    let router = Router::new().route("/_faults", faults).route(&format!("{LAYERS}{{digest}}"), layer);
    let router = router.fallback(receive);
    let router = router.layer(DefaultBodyLimit::max(16 << 20)).with_state(front);
    let served = axum::serve(Lines(listener), router.into_make_service_with_connect_info::<Scissors>())
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
    ConnectInfo(scissors): ConnectInfo<Scissors>,
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
        Ok(call) => front.pass(&call, &request_id).await.unwrap_or_else(|| {
            scissors.cut();
            MockResponse::xml(500, "")
        }),
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

async fn list_faults(State(front): State<Arc<Front>>) -> String {
    front.faults.list().into_iter().map(|rule| rule + "\n").collect()
}

async fn add_faults(State(front): State<Arc<Front>>, rules: String) -> axum::response::Response {
    let lines = rules.lines().map(str::trim).filter(|line| !line.is_empty());
    match lines.map(str::parse).collect::<Result<Vec<Fault>, _>>() {
        Ok(faults) => {
            faults.into_iter().for_each(|fault| front.faults.add(fault));
            list_faults(State(front)).await.into_response()
        }
        Err(error) => (StatusCode::BAD_REQUEST, format!("{error}\n")).into_response(),
    }
}

async fn end_faults(State(front): State<Arc<Front>>) -> StatusCode {
    front.faults.clear();
    StatusCode::NO_CONTENT
}
