//! One door: an HTTP listener that stands for one port of every load balancer.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::Response;
use tokio::net::TcpListener;

use super::turns::Turns;
use super::visit::Visit;
use super::{Doors, answer};
use crate::http::Front;

#[derive(Clone)]
pub(super) struct Door {
    pub(super) port: i32,
    pub(super) front: Arc<Front>,
    pub(super) doors: Doors,
    pub(super) turns: Arc<Turns>,
}

/// Serves until it is aborted.
pub(super) async fn serve(listener: TcpListener, door: Door) {
    let router = Router::new().fallback(receive).with_state(door);
    let served = axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>()).await;
    if let Err(error) = served {
        tracing::warn!(%error, "the sandbox's data plane stopped serving");
    }
}

async fn receive(
    State(door): State<Door>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response<Body> {
    let (parts, _) = request.into_parts();
    let visit = Visit::read(&parts, door.port, from.ip());
    let reply = {
        let mut world = door.front.world();
        world.advance_to_now();
        answer::answer(&world, &visit, &door.turns, door.doors)
    };
    tracing::debug!(
        http.host = visit.host,
        http.path = visit.path,
        http.status = reply.status.as_u16(),
        sandbox.port = visit.port,
        "answered a visit"
    );
    reply.write()
}
