//! The site folder: files under hashed names, packed for the way, and a manifest that names them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};

use super::PlainFile;
use crate::build::Profile;
use crate::shell;
use crate::workspace::short_hex;

/// The files by plain name.
#[derive(Debug, Default)]
pub struct Site {
    files: BTreeMap<String, HashedFile>,
}

#[derive(Debug)]
struct HashedFile {
    name: String,
    content: Vec<u8>,
}

impl Site {
    pub fn add(&mut self, file: PlainFile) {
        let hash = short_hex(&Sha256::digest(&file.content));
        let (stem, extension) = file.name.rsplit_once('.').unwrap_or((&file.name, "bin"));
        let name = format!("{stem}-{hash}.{extension}");
        self.files.insert(file.name, HashedFile { name, content: file.content });
    }

    pub fn hashed_name(&self, plain_name: &str) -> Option<&str> {
        self.files.get(plain_name).map(|file| file.name.as_str())
    }

    pub fn plain_names(&self) -> Vec<&str> {
        self.files.keys().map(String::as_str).collect()
    }

    /// Writes what isn't there yet, then the manifest, then removes what nothing names any more: a
    /// server that reads the folder meanwhile finds every file that its manifest names.
    pub fn write(&self, folder: &Path, profile: Profile) -> Result<()> {
        let files = folder.join("pkg");
        fs::create_dir_all(&files).with_context(|| format!("make `{}`", files.display()))?;
        let mut kept = BTreeSet::new();
        for file in self.files.values() {
            write_if_missing(&files, &file.name, || Ok(file.content.clone()))?;
            kept.insert(file.name.clone());
            if profile == Profile::Release && is_worth_packing(&file.name) {
                let (brotli, gzip) = (format!("{}.br", file.name), format!("{}.gz", file.name));
                write_if_missing(&files, &brotli, || {
                    shell::step(&format!("pack {}", file.name), || pack_with_brotli(&file.content))
                })?;
                write_if_missing(&files, &gzip, || pack_with_gzip(&file.content))?;
                kept.extend([brotli, gzip]);
            }
        }
        let names: BTreeMap<_, _> = self.files.iter().map(|(plain, file)| (plain, &file.name)).collect();
        let manifest = serde_json::to_vec_pretty(&names).context("write the manifest")?;
        write_if_changed(&folder.join("manifest.json"), &manifest)?;
        for entry in fs::read_dir(&files).with_context(|| format!("list `{}`", files.display()))? {
            let entry = entry.context("list the site")?;
            if !kept.contains(entry.file_name().to_string_lossy().as_ref()) {
                fs::remove_file(entry.path())
                    .with_context(|| format!("remove `{}`", entry.path().display()))?;
            }
        }
        self.report(&files, profile)
    }

    fn report(&self, files: &Path, profile: Profile) -> Result<()> {
        let (Profile::Release, Some(wasm)) = (profile, self.files.get("slipway.wasm")) else {
            return Ok(());
        };
        let packed =
            fs::metadata(files.join(format!("{}.br", wasm.name))).context("look at the packed WASM")?;
        let kibibytes = |bytes: u64| bytes.div_ceil(1024);
        println!(
            "  WASM: {} KiB, {} KiB in brotli",
            kibibytes(wasm.content.len() as u64),
            kibibytes(packed.len())
        );
        Ok(())
    }
}

/// A name holds its content's hash, so a file that is there is right.
fn write_if_missing(folder: &Path, name: &str, content: impl FnOnce() -> Result<Vec<u8>>) -> Result<()> {
    let path = folder.join(name);
    if path.exists() {
        return Ok(());
    }
    write_whole(&path, &content()?)
}

/// An untouched manifest keeps its time, so the binary that embeds the site isn't built again.
fn write_if_changed(path: &Path, content: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|current| current == content) { Ok(()) } else { write_whole(path, content) }
}

/// Under another name until it is whole, so that nobody ever reads half a file.
fn write_whole(path: &Path, content: &[u8]) -> Result<()> {
    let unfinished = path.with_extension("unfinished");
    fs::write(&unfinished, content)
        .and_then(|()| fs::rename(&unfinished, path))
        .with_context(|| format!("write `{}`", path.display()))
}

/// Fonts are packed already.
fn is_worth_packing(name: &str) -> bool {
    !name.ends_with(".woff2")
}

fn pack_with_brotli(content: &[u8]) -> Result<Vec<u8>> {
    let mut packed = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams {
        quality: 11,
        lgwin: 24,
        size_hint: content.len(),
        ..Default::default()
    };
    brotli::BrotliCompress(&mut &content[..], &mut packed, &parameters).context("pack with brotli")?;
    Ok(packed)
}

fn pack_with_gzip(content: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content).and_then(|()| encoder.finish()).context("pack with gzip")
}
