//! Serves a sandbox until interrupted: `cargo run -p sandbox --example serve -- 127.0.0.1:4566 20`.

use std::error::Error;
use std::io::Write;

use sandbox::{Sandbox, Settings};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let listen = arguments.next().unwrap_or_else(|| "127.0.0.1:4566".to_owned());
    let speed = arguments.next().map_or(Ok(20.0), |speed| speed.parse())?;
    let settings = Settings { speed, ..Settings::default() };
    let sandbox = Sandbox::start(settings, listen.parse()?).await?;
    writeln!(std::io::stdout(), "AWS_ENDPOINT_URL={}", sandbox.endpoint())?;
    tokio::signal::ctrl_c().await?;
    sandbox.stop().await;
    Ok(())
}
