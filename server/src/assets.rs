//! The browser's files under `/pkg/`: inside the binary in a release build, on disk in a debug one.
//!
//! Every name holds a hash of its content, so a browser may keep a file for ever. This module does
//! not build, hash or compress anything: `cargo xtask build` has done that.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{env, fs, process};

use app::assets::AssetNames;
use axum::Router;
use axum::extract::{Path as UrlPath, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

include!(concat!(env!("OUT_DIR"), "/site.rs"));

/// Asks once a second whether server and files are those that the page came from, else reloads it.
const RELOAD_SCRIPT: &str = "\
const version = async () => (await fetch('/pkg/version', { cache: 'no-store' })).text();
const loaded = await version();
setInterval(async () => {
  const current = await version().catch(() => loaded);
  if (current !== loaded) location.reload();
}, 1000);
";

/// One file that the binary holds.
struct EmbeddedFile {
    name: &'static str,
    plain: &'static [u8],
    brotli: Option<&'static [u8]>,
    gzip: Option<&'static [u8]>,
}

/// Where the browser's files come from.
#[derive(Clone, Debug)]
pub enum Assets {
    /// The binary holds them.
    Embedded,
    /// A folder holds them: `manifest.json` beside `pkg/`. Read again at each request, so that a
    /// rebuilt style sheet shows at the next reload.
    Folder(Arc<Path>),
}

/// How a file's bytes are packed for the way to the browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Brotli,
    Gzip,
    Plain,
}

impl Assets {
    /// The embedded files when there are any, else the folder that `SLIPWAY_SITE` names, else the
    /// folder that `cargo xtask build` fills beside the binary's own.
    #[must_use]
    pub fn find() -> Self {
        if !EMBEDDED_FILES.is_empty() {
            return Self::Embedded;
        }
        let folder = env::var_os("SLIPWAY_SITE").map(PathBuf::from).or_else(folder_beside_binary);
        Self::Folder(folder.unwrap_or_default().into())
    }

    /// What each file is called today. Empty, with a warning in the log, when none was built.
    #[must_use]
    pub fn names(&self) -> AssetNames {
        let names = match self {
            Self::Embedded => serde_json::from_str(EMBEDDED_NAMES).ok(),
            Self::Folder(folder) => fs::read(folder.join("manifest.json"))
                .ok()
                .and_then(|manifest| serde_json::from_slice(&manifest).ok()),
        };
        let names: AssetNames = names.unwrap_or_else(|| {
            tracing::warn!("no built browser files: pages will not be interactive; run `cargo xtask build`");
            AssetNames::default()
        });
        if is_in_development() { names.with("reload.js", "reload.js") } else { names }
    }

    /// The routes under `/pkg/`.
    pub fn router<S: Clone + Send + Sync + 'static>(self) -> Router<S> {
        let router = Router::new().route("/pkg/{name}", get(serve));
        let router = if is_in_development() {
            router.route("/pkg/version", get(version)).route("/pkg/reload.js", get(reload_script))
        } else {
            router
        };
        router.with_state(self)
    }

    fn read(&self, name: &str, encoding: Encoding) -> Option<Vec<u8>> {
        match self {
            Self::Embedded => {
                let file = EMBEDDED_FILES.iter().find(|file| file.name == name)?;
                let bytes = match encoding {
                    Encoding::Brotli => file.brotli?,
                    Encoding::Gzip => file.gzip?,
                    Encoding::Plain => file.plain,
                };
                Some(bytes.to_vec())
            }
            Self::Folder(folder) => fs::read(folder.join("pkg").join(match encoding {
                Encoding::Brotli => format!("{name}.br"),
                Encoding::Gzip => format!("{name}.gz"),
                Encoding::Plain => name.to_owned(),
            }))
            .ok(),
        }
    }
}

/// Another process or another build is another version.
async fn version(State(assets): State<Assets>) -> String {
    format!("{} {:?}", process::id(), assets.names())
}

async fn reload_script() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, content_type("reload.js"))], RELOAD_SCRIPT)
}

/// `cargo xtask dev` says so.
fn is_in_development() -> bool {
    env::var_os("SLIPWAY_DEV").is_some()
}

async fn serve(State(assets): State<Assets>, UrlPath(name): UrlPath<String>, headers: HeaderMap) -> Response {
    // A folder is asked only for plain names, so that no request climbs out of it.
    if name.starts_with('.') || name.contains(['/', '\\']) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or("");
    let found = accepted_encodings(accepted)
        .find_map(|encoding| assets.read(&name, encoding).map(|content| (encoding, content)));
    let Some((encoding, content)) = found else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let entity_tag = entity_tag(&name, encoding);
    let common = [
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
        (header::VARY, HeaderValue::from_static("accept-encoding")),
        (header::ETAG, entity_tag.clone()),
    ];
    if headers.get(header::IF_NONE_MATCH) == Some(&entity_tag) {
        return (StatusCode::NOT_MODIFIED, common).into_response();
    }
    let content_type = [(header::CONTENT_TYPE, HeaderValue::from_static(content_type(&name)))];
    (common, content_type, content_encoding(encoding), content).into_response()
}

/// The encodings that the browser takes, smallest first; plain always stays possible.
fn accepted_encodings(header: &str) -> impl Iterator<Item = Encoding> {
    let accepts = |wanted: &str| {
        header.split(',').any(|part| {
            let (name, weight) = part.split_once(';').unwrap_or((part, ""));
            let refused = matches!(weight.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000");
            name.trim().eq_ignore_ascii_case(wanted) && !refused
        })
    };
    [(Encoding::Brotli, accepts("br")), (Encoding::Gzip, accepts("gzip")), (Encoding::Plain, true)]
        .into_iter()
        .filter_map(|(encoding, accepted)| accepted.then_some(encoding))
}

/// The name already holds the content's hash; each encoding is an entity of its own.
fn entity_tag(name: &str, encoding: Encoding) -> HeaderValue {
    let suffix = match encoding {
        Encoding::Brotli => "-br",
        Encoding::Gzip => "-gzip",
        Encoding::Plain => "",
    };
    let printable: String = name.chars().filter(char::is_ascii_graphic).filter(|&c| c != '"').collect();
    HeaderValue::try_from(format!("\"{printable}{suffix}\"")).expect("printable ASCII is a header value")
}

fn content_encoding(encoding: Encoding) -> Option<[(HeaderName, HeaderValue); 1]> {
    match encoding {
        Encoding::Brotli => Some([(header::CONTENT_ENCODING, HeaderValue::from_static("br"))]),
        Encoding::Gzip => Some([(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"))]),
        Encoding::Plain => None,
    }
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("wasm") => "application/wasm",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}

/// `target/debug/slipway` → `target/site/debug`, wherever the target folder is.
fn folder_beside_binary() -> Option<PathBuf> {
    let binary = env::current_exe().ok()?;
    let profile = binary.parent()?;
    Some(profile.parent()?.join("site").join(profile.file_name()?))
}
