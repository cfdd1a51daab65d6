//! The binary `slipway`. Provisional: it serves the panel's first page and nothing else.

mod assets;

use std::path::PathBuf;

use anyhow::Context as _;
use app::shell;
use assets::Assets;
use axum::Router;
use axum::response::Redirect;
use axum::routing::get;
use clap::{Parser, Subcommand};
use leptos::context::use_context;
use leptos::nonce::use_nonce;

#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Serve {
        #[arg(long, default_value = "127.0.0.1:3000")]
        listen: String,
        #[arg(long)]
        sandbox: bool,
        #[arg(long, default_value_t = 20.0)]
        speed: f64,
        #[arg(long)]
        data_dir: Option<PathBuf>,
    },
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let Command::Serve { listen, .. } = Arguments::parse().command;
    let assets = Assets::find();
    let names = assets.clone();
    let page = leptos_axum::render_app_to_stream_with_context(forbid_foreign_scripts, move || {
        shell(names.names())
    });
    let router = Router::new()
        .route("/", get(page))
        .route("/sign-in", get(async || Redirect::to("/")))
        .merge(assets.router());
    let listener = tokio::net::TcpListener::bind(&listen).await.with_context(|| format!("listen on `{listen}`"))?;
    eprintln!("Sign in: http://{}/sign-in?token=provisional", listener.local_addr()?);
    axum::serve(listener, router).await?;
    Ok(())
}

fn forbid_foreign_scripts() {
    let (Some(nonce), Some(response)) = (use_nonce(), use_context::<leptos_axum::ResponseOptions>()) else {
        return;
    };
    let policy = format!(
        "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; object-src 'none'; \
         base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
    );
    if let Ok(policy) = axum::http::HeaderValue::try_from(policy) {
        response.insert_header(axum::http::header::CONTENT_SECURITY_POLICY, policy);
    }
}
