//! boto3, which nobody here wrote, does the whole seed topology on the sandbox by hand.

use std::error::Error;
use std::process::Stdio;

use sandbox::{Sandbox, Settings};
use tokio::process::Command;

#[tokio::test(flavor = "multi_thread")]
async fn boto3_makes_and_removes_the_seed_topology() -> Result<(), Box<dyn Error>> {
    let python = std::env::var("SLIPWAY_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let found = Command::new(&python)
        .args(["-c", "import boto3"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .await;
    assert!(
        found.is_ok_and(|status| status.success()),
        "`{python}` cannot import boto3: run `{python} -m pip install boto3`, or name another Python in SLIPWAY_PYTHON"
    );
    let settings = Settings { speed: 200.0, ..Settings::default() };
    let sandbox = Sandbox::start(settings, "127.0.0.1:0".parse()?).await?;
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/boto3_seed_topology.py");
    let output = Command::new(&python)
        .args([script, &sandbox.endpoint()])
        // What the environment says about AWS must not decide where the calls go.
        .env_remove("AWS_PROFILE")
        .env_remove("AWS_ENDPOINT_URL")
        .output()
        .await?;
    let calls: u64 = sandbox.calls().iter().map(|(_, _, count)| count).sum();
    sandbox.stop().await;
    assert!(
        output.status.success(),
        "the script failed:\n{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(calls > 100, "only {calls} calls reached the sandbox");
    Ok(())
}
