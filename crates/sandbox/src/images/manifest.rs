//! What stands in an image's manifest: as Docker pushes it today, an index that names the processor; with the tag
//! `arm64` as the classic builder pushes it, a single manifest whose configuration names it.

use serde_json::json;

use super::digest;

/// The tag of an image that is built for another processor than tasks have.
pub(super) const FOREIGN: &str = "arm64";

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
const CONFIGURATION: &str = "application/vnd.docker.container.image.v1+json";

pub(super) fn media_type(tag: &str) -> &'static str {
    if tag == FOREIGN { MANIFEST } else { INDEX }
}

/// The manifest of `repository:tag`.
pub(super) fn manifest(repository: &str, tag: &str) -> String {
    let part = |what: &str| digest(&format!("{repository}:{tag} {what}"));
    let manifest = if tag == FOREIGN {
        let config = json!({"mediaType": CONFIGURATION, "size": 2, "digest": part("configuration")});
        json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": []})
    } else {
        let of = |what: &str, architecture: &str, os: &str| {
            json!({"mediaType": "application/vnd.oci.image.manifest.v1+json", "size": 2, "digest": part(what),
                "platform": {"architecture": architecture, "os": os}})
        };
        // The second is the attestation of how it was built, which Docker adds.
        let manifests = [of("image", "amd64", "linux"), of("attestation", "unknown", "unknown")];
        json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests})
    };
    manifest.to_string()
}

/// The blob to which a single manifest's configuration points.
pub(crate) fn configuration() -> String {
    json!({"architecture": FOREIGN, "os": "linux"}).to_string()
}
