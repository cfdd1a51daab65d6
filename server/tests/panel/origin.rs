//! Requests that come from elsewhere.

use axum::http::{Request, StatusCode, header};

use crate::harness::{TestPanel, assert_status};

#[tokio::test]
async fn only_the_panels_own_pages_call_its_functions() {
    let panel = TestPanel::signed_in().await;
    assert_status(&panel.call("stacks", Some(&panel.origin())).await, StatusCode::OK);
    for origin in [Some("https://evil.example"), Some("http://127.0.0.1:1"), Some("null"), None] {
        assert_status(&panel.call("stacks", origin).await, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn the_browsers_word_about_the_site_counts_too() {
    let panel = TestPanel::signed_in().await;
    for site in ["cross-site", "same-site", "none"] {
        let request = panel.request("POST", "/sign-out").header("sec-fetch-site", site);
        let request = request.header(header::ORIGIN, panel.origin());
        assert_status(&panel.send(request, "").await, StatusCode::FORBIDDEN);
    }
    let request = panel.request("POST", "/sign-out").header("sec-fetch-site", "same-origin");
    assert_status(&panel.send(request, "").await, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_foreign_name_that_points_at_loopback_is_refused() {
    let panel = TestPanel::start().await;
    let port = panel.panel.address.port();
    for (host, status) in [
        (format!("localhost:{port}"), StatusCode::OK),
        (format!("evil.example:{port}"), StatusCode::MISDIRECTED_REQUEST),
    ] {
        let request = Request::builder().uri("/healthz").header(header::HOST, host);
        assert_status(&panel.send(request, "").await, status);
    }
    assert_status(&panel.send(Request::builder().uri("/healthz"), "").await, StatusCode::MISDIRECTED_REQUEST);
}
