//! Puts the browser's files into the binary when `SLIPWAY_EMBED` says where they are.
//!
//! `cargo xtask build --release` sets it. Without it nothing is embedded and the binary serves the
//! files from disk, which is what a debug build wants.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-env-changed=SLIPWAY_EMBED");
    println!("cargo::rerun-if-changed=build.rs");
    let generated = match env::var_os("SLIPWAY_EMBED") {
        Some(site) => embedded(Path::new(&site))?,
        None => render("", ""),
    };
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    fs::write(out.join("site.rs"), generated)
}

/// The table of every file in `site/pkg`, with its precompressed forms beside it.
fn embedded(site: &Path) -> io::Result<String> {
    let manifest = site.join("manifest.json");
    println!("cargo::rerun-if-changed={}", manifest.display());
    let mut names: Vec<String> = fs::read_dir(site.join("pkg"))?
        .map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()))
        .collect::<io::Result<_>>()?;
    names.sort();
    let mut files = String::new();
    for name in names.iter().filter(|name| !is_compressed(name)) {
        let path = site.join("pkg").join(name);
        let compressed = |extension: &str| {
            let path = site.join("pkg").join(format!("{name}.{extension}"));
            if path.exists() { format!("Some(include_bytes!({path:?}))") } else { "None".to_owned() }
        };
        writeln!(
            files,
            "EmbeddedFile {{ name: {name:?}, plain: include_bytes!({path:?}), brotli: {}, gzip: {} }},",
            compressed("br"),
            compressed("gz")
        )
        .expect("a string can be written to");
    }
    Ok(render(&files, &fs::read_to_string(manifest)?))
}

fn is_compressed(name: &str) -> bool {
    [".br", ".gz"].iter().any(|extension| name.ends_with(extension))
}

fn render(files: &str, manifest: &str) -> String {
    format!(
        "const EMBEDDED_FILES: &[EmbeddedFile] = &[\n{files}];\n\
         const EMBEDDED_NAMES: &str = {manifest:?};\n"
    )
}
