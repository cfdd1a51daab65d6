//! One-time links, the session's cookie, signing out.

use std::net::SocketAddr;

use axum::extract::{Request, State};
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};

use super::{host, pages};
use crate::panel::Panel;

/// The address of the link that trades `token` for a session.
pub fn link(address: SocketAddr, token: &str) -> String {
    format!("{}/sign-in?token={token}", root(address))
}

/// Where a browser on this machine finds the panel.
pub fn root(address: SocketAddr) -> String {
    match address {
        address if !address.ip().is_unspecified() => format!("http://{address}"),
        address => format!("http://127.0.0.1:{}", address.port()),
    }
}

/// `GET /sign-in`: with a token, trades it for a session; without one, the page that says what to do.
pub async fn sign_in(State(panel): State<Panel>, request: Request) -> Response {
    // Whatever only looks at a link (a preview, a checker) must not use it up.
    let token = token(&request).filter(|_| request.method() == Method::GET);
    let Some(token) = token else { return pages::page(&panel, StatusCode::OK, request).await };
    match panel.sessions.redeem(token).await {
        Ok(Some(session)) => welcome(&panel, &request, &session),
        Ok(None) => {
            tracing::warn!("somebody came with a sign-in link that was used, is too old or was never made");
            pages::page(&panel, StatusCode::FORBIDDEN, request).await
        }
        Err(error) => {
            tracing::error!("a sign-in link could not be redeemed: {}", engine::chain(&error));
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// `POST /sign-out`: ends the session.
pub async fn sign_out(State(panel): State<Panel>, request: Request) -> Response {
    if let Some(session) = cookie(request.headers(), panel.address)
        && let Err(error) = panel.sessions.sign_out(session).await
    {
        tracing::error!("a session could not be ended: {}", engine::chain(&error));
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let forget = set_cookie(&panel, &request, "", 0);
    ([(SET_COOKIE, forget)], Redirect::to("/sign-in")).into_response()
}

fn welcome(panel: &Panel, request: &Request, session: &str) -> Response {
    let life = store::SESSION_LIFE.as_secs();
    let cookie = [(SET_COOKIE, set_cookie(panel, request, session, life))];
    let site = request.headers().get("sec-fetch-site").and_then(|site| site.to_str().ok());
    if site == Some("cross-site") {
        // The link stood on another site, so that a redirect would not carry a strict cookie. A page of our
        // own that moves on does.
        let page = "<!DOCTYPE html><html lang=\"en\"><title>Signed in</title>\
                    <meta http-equiv=\"refresh\" content=\"0; url=/\">\
                    <p><a href=\"/\">You are signed in. Go on to the panel.</a>";
        return (cookie, Html(page)).into_response();
    }
    (cookie, Redirect::to("/")).into_response()
}

fn token(request: &Request) -> Option<&str> {
    let query = request.uri().query()?;
    query.split('&').find_map(|pair| pair.strip_prefix("token=")).filter(|token| !token.is_empty())
}

/// The session that the request carries.
pub fn cookie(headers: &HeaderMap, address: SocketAddr) -> Option<&str> {
    let name = cookie_name(address);
    let cookies = headers.get_all(COOKIE).iter().filter_map(|cookies| cookies.to_str().ok());
    let mut pairs = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.split_once('='));
    pairs.find(|(its_name, _)| its_name.trim() == name).map(|(_, value)| value.trim())
}

fn set_cookie(panel: &Panel, request: &Request, value: &str, life_s: u64) -> String {
    let name = cookie_name(panel.address);
    // On the way to loopback there is nobody to listen; anywhere else only TLS may carry it.
    let is_near = host::authority(request).is_some_and(host::is_loopback);
    let secure = if is_near { "" } else { "; Secure" };
    format!("{name}={value}; HttpOnly; SameSite=Strict; Path=/; Max-Age={life_s}{secure}")
}

/// Browsers share cookies between the ports of a host; two panels on one machine must not.
fn cookie_name(address: SocketAddr) -> String {
    format!("slipway-{}", address.port())
}
