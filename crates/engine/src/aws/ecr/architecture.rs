//! For which processor an image is built.
//!
//! Docker pushes an index that names it, or a single manifest whose configuration, a small blob, names it. What cannot
//! be read is taken for right: an image is only ever held back for what it says of itself.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_sdk_ecr::types::ImageIdentifier;
use aws_smithy_types::retry::RetryConfig;
use http_body_util::{BodyExt, Empty, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde::Deserialize;

use super::super::Aws;
use super::super::limits::Api;

/// What tasks run on: a task definition that names no other runs on x86.
pub(super) const OURS: &str = "amd64";

const LARGEST_CONFIGURATION: usize = 1 << 20;
const PATIENCE: Duration = Duration::from_secs(3);

/// An image's manifest, of whichever form.
#[derive(Deserialize)]
struct Manifest {
    #[serde(default)]
    manifests: Vec<Entry>,
    config: Option<Blob>,
}

#[derive(Deserialize)]
struct Entry {
    platform: Option<Platform>,
}

#[derive(Deserialize)]
struct Platform {
    architecture: String,
    #[serde(default)]
    os: String,
}

#[derive(Deserialize)]
struct Blob {
    digest: String,
}

/// What is known of images, by their digest: an image never changes.
pub type Known = Mutex<BTreeMap<String, Option<String>>>;

/// The processor for which the image with this digest is built where that is not ours, such as `arm64`.
pub(super) async fn foreign(aws: &Aws, repository: &str, digest: &str) -> Option<String> {
    let known = |digest: &str| lock(&aws.inner.architectures).get(digest).cloned();
    if let Some(known) = known(digest) {
        return known;
    }
    let foreign = read(aws, repository, digest).await?;
    lock(&aws.inner.architectures).insert(digest.to_owned(), foreign.clone());
    foreign
}

/// `None`: it could not be read.
async fn read(aws: &Aws, repository: &str, digest: &str) -> Option<Option<String>> {
    let manifest: Manifest = serde_json::from_str(&manifest(aws, repository, digest).await?).ok()?;
    match &manifest.config {
        Some(config) => {
            let platform: Platform =
                serde_json::from_slice(&blob(aws, repository, &config.digest).await?).ok()?;
            Some(Some(platform.architecture).filter(|architecture| is_foreign(architecture)))
        }
        None => Some(foreign_index(&manifest.manifests)),
    }
}

/// An index without a manifest for us. Attestations stand in it as `unknown`.
fn foreign_index(entries: &[Entry]) -> Option<String> {
    let platforms = entries.iter().map(|entry| entry.platform.as_ref()).collect::<Option<Vec<_>>>()?;
    let for_linux = platforms.iter().filter(|platform| platform.os == "linux");
    let named: BTreeSet<&str> = for_linux.map(|platform| platform.architecture.as_str()).collect();
    let is_foreign = !named.is_empty() && named.iter().all(|architecture| is_foreign(architecture));
    is_foreign.then(|| named.into_iter().collect::<Vec<_>>().join(", "))
}

fn is_foreign(architecture: &str) -> bool {
    ![OURS, "", "unknown"].contains(&architecture)
}

async fn manifest(aws: &Aws, repository: &str, digest: &str) -> Option<String> {
    let identifier = ImageIdentifier::builder().image_digest(digest).build();
    let once = aws_sdk_ecr::config::Builder::new().retry_config(RetryConfig::disabled());
    let request = aws.inner.ecr.batch_get_image().repository_name(repository).image_ids(identifier);
    let doing = format!("read the manifest of an image of `{repository}`");
    let answer = aws.call(Api::Ecr, &doing, request.customize().config_override(once).send()).await.ok()?;
    answer.images?.into_iter().next()?.image_manifest
}

async fn blob(aws: &Aws, repository: &str, digest: &str) -> Option<Vec<u8>> {
    let once = aws_sdk_ecr::config::Builder::new().retry_config(RetryConfig::disabled());
    let request = aws.inner.ecr.get_download_url_for_layer().repository_name(repository).layer_digest(digest);
    let doing = format!("find what an image of `{repository}` is built for");
    let answer = aws.call(Api::Ecr, &doing, request.customize().config_override(once).send()).await.ok()?;
    let fetched = tokio::time::timeout(PATIENCE, fetch(&answer.download_url?)).await.ok()?;
    // The address is signed, and in no log.
    fetched.inspect_err(|error| tracing::debug!("could not {doing}: {error}")).ok()
}

async fn fetch(url: &str) -> Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>> {
    let provider = rustls::crypto::ring::default_provider();
    let connector = hyper_rustls::HttpsConnectorBuilder::new().with_provider_and_native_roots(provider)?;
    let connector = connector.https_or_http().enable_http1().build();
    let client = Client::builder(TokioExecutor::new()).build::<_, Empty<&[u8]>>(connector);
    let answer = client.get(url.parse()?).await?;
    Ok(Limited::new(answer.into_body(), LARGEST_CONFIGURATION).collect().await?.to_bytes().to_vec())
}

fn lock(known: &Known) -> MutexGuard<'_, BTreeMap<String, Option<String>>> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(platforms: &[(&str, &str)]) -> Option<String> {
        let entry = |(architecture, os): &(&str, &str)| Entry {
            platform: Some(Platform { architecture: (*architecture).into(), os: (*os).into() }),
        };
        foreign_index(&platforms.iter().map(entry).collect::<Vec<_>>())
    }

    #[test]
    fn an_index_is_foreign_where_nothing_in_it_is_for_us() {
        assert_eq!(index(&[("amd64", "linux"), ("unknown", "unknown")]), None);
        assert_eq!(index(&[("arm64", "linux"), ("amd64", "linux")]), None);
        assert_eq!(index(&[("arm64", "linux"), ("unknown", "unknown")]), Some("arm64".into()));
        assert_eq!(index(&[("", "linux")]), None, "it does not say");
        assert_eq!(foreign_index(&[Entry { platform: None }]), None, "it does not say");
    }
}
