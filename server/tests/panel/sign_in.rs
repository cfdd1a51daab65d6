//! One-time links and sessions.

use std::sync::Arc;

use axum::http::{StatusCode, header};
use tokio::task::JoinSet;

use crate::harness::{TestPanel, assert_status, text, text_header};

#[tokio::test]
async fn a_link_signs_in_and_leads_to_the_panel() {
    let panel = TestPanel::start().await;
    let token = panel.new_token().await;
    let response = panel.get(&format!("/sign-in?token={token}")).await;
    assert_status(&response, StatusCode::SEE_OTHER);
    assert_eq!(text_header(&response, "location"), "/");
    let cookie = text_header(&response, "set-cookie");
    for part in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age="] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("Secure"), "loopback has no TLS: {cookie}");
    assert!(!cookie.contains(&token), "the session is not the link: {cookie}");
}

#[tokio::test]
async fn a_link_works_once() {
    let panel = TestPanel::start().await;
    let link = format!("/sign-in?token={}", panel.new_token().await);
    assert_status(&panel.get(&link).await, StatusCode::SEE_OTHER);
    let again = panel.get(&link).await;
    assert_status(&again, StatusCode::FORBIDDEN);
    assert!(again.headers().get(header::SET_COOKIE).is_none());
    assert!(text(again).await.contains("<h1"), "a page for people");
}

#[tokio::test]
async fn who_only_looks_at_a_link_does_not_use_it_up() {
    let panel = TestPanel::start().await;
    let link = format!("/sign-in?token={}", panel.new_token().await);
    let looked = panel.send(panel.request("HEAD", &link), "").await;
    assert!(looked.headers().get(header::SET_COOKIE).is_none());
    assert_status(&panel.get(&link).await, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_link_on_another_site_leads_in_as_well() {
    let panel = TestPanel::start().await;
    let link = format!("/sign-in?token={}", panel.new_token().await);
    let response = panel.send(panel.request("GET", &link).header("sec-fetch-site", "cross-site"), "").await;
    assert_status(&response, StatusCode::OK);
    assert!(response.headers().contains_key(header::SET_COOKIE));
    assert!(text(response).await.contains("url=/"));
}

#[tokio::test]
async fn without_a_session_nothing_is_shown() {
    let panel = TestPanel::start().await;
    for page in ["/", "/stacks/cruddur", "/nowhere"] {
        let response = panel.get(page).await;
        assert_status(&response, StatusCode::SEE_OTHER);
        assert_eq!(text_header(&response, "location"), "/sign-in");
    }
    assert_status(&panel.get("/events").await, StatusCode::UNAUTHORIZED);
    let refused = panel.call("stacks", Some(&panel.origin())).await;
    assert_status(&refused, StatusCode::UNAUTHORIZED);
    assert!(text(refused).await.contains("NotSignedIn"));
}

#[tokio::test]
async fn a_made_up_session_is_none() {
    let panel = TestPanel::start().await;
    let name = format!("slipway-{}", panel.panel.address.port());
    let request = panel.request("GET", "/").header(header::COOKIE, format!("{name}=0123456789abcdef"));
    assert_status(&panel.send(request, "").await, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn everybody_may_see_the_sign_in_page_and_that_the_panel_lives() {
    let panel = TestPanel::start().await;
    assert_status(&panel.get("/sign-in").await, StatusCode::OK);
    assert_eq!(text(panel.get("/healthz").await).await, "ok\n");
    assert_status(&panel.get("/pkg/no-such-file.js").await, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_owner_sees_the_seed_stack() {
    let panel = TestPanel::signed_in().await;
    let page = panel.get("/").await;
    assert_status(&page, StatusCode::OK);
    assert!(text(page).await.contains("cruddur"));
    let stacks = panel.call("stacks", Some(&panel.origin())).await;
    assert_status(&stacks, StatusCode::OK);
    assert!(text(stacks).await.contains("cruddur"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn pages_that_are_asked_for_all_at_once_are_all_answered() {
    let panel = Arc::new(TestPanel::signed_in().await);
    let mut browsers = JoinSet::new();
    for _ in 0..8 {
        let panel = panel.clone();
        browsers.spawn(async move {
            for _ in 0..50 {
                let page = panel.get("/stacks/cruddur").await;
                assert_status(&page, StatusCode::OK);
                assert!(text(page).await.contains("frontend"));
            }
        });
    }
    browsers.join_all().await;
}

#[tokio::test]
async fn an_address_that_leads_nowhere_says_so() {
    let panel = TestPanel::signed_in().await;
    assert_status(&panel.get("/nowhere/at/all").await, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn signing_out_ends_the_session() {
    let panel = TestPanel::signed_in().await;
    let request = panel.request("POST", "/sign-out").header(header::ORIGIN, panel.origin());
    let response = panel.send(request, "").await;
    assert_status(&response, StatusCode::SEE_OTHER);
    assert!(text_header(&response, "set-cookie").contains("Max-Age=0"));
    assert_status(&panel.get("/").await, StatusCode::SEE_OTHER);
}
