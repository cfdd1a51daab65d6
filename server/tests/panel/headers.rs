//! What every answer carries.

use axum::http::StatusCode;

use crate::harness::{TestPanel, assert_status, text, text_header};

#[tokio::test]
async fn a_page_runs_only_its_own_scripts() {
    let panel = TestPanel::signed_in().await;
    let page = panel.get("/").await;
    let policy = text_header(&page, "content-security-policy");
    for part in ["default-src 'none'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe-inline"), "{policy}");
    let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).expect("a nonce");
    let html = text(page).await;
    for tag in html.split("<script").skip(1).map(|rest| rest.split('>').next().unwrap_or_default()) {
        assert!(tag.contains(&format!("nonce=\"{nonce}\"")), "a script without the nonce: <script{tag}>");
    }
    for forbidden in [" style=\"", " onclick=\"", "<style"] {
        assert!(!html.contains(forbidden), "the policy forbids `{forbidden}`");
    }
}

#[tokio::test]
async fn each_page_has_a_nonce_of_its_own() {
    let panel = TestPanel::signed_in().await;
    let one = text_header(&panel.get("/").await, "content-security-policy");
    let other = text_header(&panel.get("/").await, "content-security-policy");
    assert_ne!(one, other);
}

#[tokio::test]
async fn refusals_carry_the_headers_as_well() {
    let panel = TestPanel::start().await;
    let refused = panel.call("stacks", Some("https://evil.example")).await;
    assert_status(&refused, StatusCode::FORBIDDEN);
    for response in [refused, panel.get("/").await, panel.get("/events").await, panel.get("/sign-in").await] {
        assert_eq!(text_header(&response, "x-content-type-options"), "nosniff");
        assert_eq!(text_header(&response, "cache-control"), "no-store");
        assert!(text_header(&response, "content-security-policy").contains("frame-ancestors 'none'"));
    }
}
