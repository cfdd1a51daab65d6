//! The style sheet, and the files that it and the pages show: fonts and icons.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use grass::OutputStyle;

use super::PlainFile;
use super::site::Site;
use crate::build::Profile;
use crate::setup::node::NodePackages;
use crate::workspace::Workspace;

/// The fonts that npm brings, and what the style sheet calls them.
const FONTS: [(&str, &str); 4] = [
    ("inter.woff2", "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2"),
    ("inter-ext.woff2", "@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2"),
    ("mono.woff2", "@fontsource-variable/jetbrains-mono/files/jetbrains-mono-latin-wght-normal.woff2"),
    (
        "mono-ext.woff2",
        "@fontsource-variable/jetbrains-mono/files/jetbrains-mono-latin-ext-wght-normal.woff2",
    ),
];

/// The fonts, and everything in `style/static`.
pub fn static_files(workspace: &Workspace, packages: &NodePackages) -> Result<Vec<PlainFile>> {
    let mut files = Vec::new();
    for (name, path) in FONTS {
        files.push(read(name, &packages.file(path))?);
    }
    let folder = workspace.root().join("style/static");
    for entry in fs::read_dir(&folder).with_context(|| format!("list `{}`", folder.display()))? {
        let path = entry.with_context(|| format!("list `{}`", folder.display()))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        files.push(read(&name, &path)?);
    }
    Ok(files)
}

/// `style/main.scss` as `slipway.css`, with each `url("plain name")` naming its file's hashed name.
pub fn sheet(workspace: &Workspace, profile: Profile, site: &Site) -> Result<PlainFile> {
    let style = match profile {
        Profile::Debug => OutputStyle::Expanded,
        Profile::Release => OutputStyle::Compressed,
    };
    let source = workspace.root().join("style/main.scss");
    let css = grass::from_path(&source, &grass::Options::default().style(style))
        .map_err(|error| anyhow::anyhow!("{error}"))
        .context("compile `style/main.scss`")?;
    Ok(PlainFile { name: "slipway.css".to_owned(), content: with_hashed_names(&css, site)?.into_bytes() })
}

fn with_hashed_names(css: &str, site: &Site) -> Result<String> {
    let mut pieces = css.split("url(");
    let mut hashed = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (target, rest) = piece.split_once(')').context("a `url(` in the style sheet has no end")?;
        let plain = target.trim_matches(['"', '\'']);
        // Small pictures may stand in the sheet itself, and fragments point into the page.
        let target = if plain.starts_with("data:") || plain.starts_with('#') {
            target.to_owned()
        } else if let Some(name) = site.hashed_name(plain) {
            format!("\"{name}\"")
        } else {
            bail!("the style sheet names `{plain}`, but there are only: {}", site.plain_names().join(", "));
        };
        hashed.push_str(&format!("url({target}){rest}"));
    }
    Ok(hashed)
}

fn read(name: &str, path: &Path) -> Result<PlainFile> {
    let content = fs::read(path).with_context(|| format!("read `{}`", path.display()))?;
    Ok(PlainFile { name: name.to_owned(), content })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_names_its_files_by_their_hashed_names() {
        let mut site = Site::default();
        site.add(PlainFile { name: "inter.woff2".to_owned(), content: b"font".to_vec() });
        let name = site.hashed_name("inter.woff2").expect("it was added").to_owned();
        let css = with_hashed_names("a{b:url(inter.woff2)}c{d:url(\"data:x\")}", &site).expect("all known");
        assert_eq!(css, format!("a{{b:url(\"{name}\")}}c{{d:url(\"data:x\")}}"));
    }

    #[test]
    fn a_sheet_that_names_an_unknown_file_is_an_error() {
        let error = with_hashed_names("a{b:url(nowhere.svg)}", &Site::default()).expect_err("it is unknown");
        assert!(error.to_string().contains("`nowhere.svg`"));
    }
}
