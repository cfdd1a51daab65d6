//! Image references and the names of own repositories.

use super::counted;
use crate::stack::problem::{Fault, Report};
use crate::stack::{Image, Stack};

const REPOSITORY_RULE: &str =
    "Use lower-case letters and digits, in parts joined by single `.`, `_`, `-` or `/`";
/// A node's id is a tag of 256 characters: `repository/` and the name.
const REPOSITORY_LIMIT: usize = 245;
const TAG_LIMIT: usize = 128;

/// Repositories without a service.
pub(super) fn base(stack: &Stack, report: &mut Report) {
    for (index, name) in stack.base_images.iter().enumerate() {
        let field = format!("images.base[{index}]");
        if let Some((repository, _)) = name.split_once(':') {
            let wrong = format!("`{name}` has a tag, and a repository holds images of every tag");
            report.wrong(&field, Fault::new(wrong, format!("Write `{repository}`")));
        } else if let Some(fault) = repository(name) {
            report.wrong(&field, fault);
        } else if stack.base_images[..index].contains(name) {
            report.wrong(&field, Fault::new(format!("`{name}` is there twice"), "Write it once"));
        }
    }
}

pub(super) fn image(image: &Image) -> Option<Fault> {
    match image {
        Image::Own { repository: name, .. } if name.contains('@') => Some(Fault::new(
            format!("`{image}` names an image by its digest, which a new image does not keep"),
            "Name it by a tag, such as `web:latest`",
        )),
        Image::Own { repository: name, tag } => repository(name).or_else(|| self::tag(tag)),
        Image::Public { reference } => public(reference),
    }
}

/// ECR's own rule.
fn repository(name: &str) -> Option<Fault> {
    let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let joint = |byte: u8| matches!(byte, b'.' | b'_' | b'-' | b'/');
    let bytes = name.as_bytes();
    let ends =
        bytes.first().is_some_and(|byte| letter(*byte)) && bytes.last().is_some_and(|byte| letter(*byte));
    let inside = bytes.iter().all(|byte| letter(*byte) || joint(*byte));
    let single = bytes.windows(2).all(|two| !(joint(two[0]) && joint(two[1])));
    if !(ends && inside && single) {
        return Some(Fault::new(format!("`{name}` is no name for a repository"), REPOSITORY_RULE));
    }
    (!(2..=REPOSITORY_LIMIT).contains(&name.len())).then(|| {
        let wrong = format!("the repository's name has {}", counted(name.len(), "character"));
        Fault::new(wrong, format!("Use 2 to {REPOSITORY_LIMIT}"))
    })
}

fn tag(tag: &str) -> Option<Fault> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let first = tag.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (!(first && tag.bytes().all(allowed) && tag.len() <= TAG_LIMIT)).then(|| {
        Fault::new(
            format!("`{tag}` is no tag"),
            "Use at most 128 letters, digits, `.`, `_` and `-`, with a letter, a digit or `_` first",
        )
    })
}

/// `registry[:port]/path[:tag][@sha256:digest]`.
fn public(reference: &str) -> Option<Fault> {
    let right = "Write a full reference, such as `docker.io/library/nginx:1.29`";
    let bad = |what: String| Some(Fault::new(what, right));
    let (registry, rest) = reference.split_once('/').unwrap_or((reference, ""));
    let (host, port) = registry.split_once(':').unwrap_or((registry, "443"));
    if !host.split('.').all(super::name::is_label) || port.parse::<u16>().is_err() {
        return bad(format!("`{registry}` is no registry"));
    }
    let (rest, digest) = rest.split_once('@').map_or((rest, None), |(rest, digest)| (rest, Some(digest)));
    let (path, tag) = rest.rsplit_once(':').map_or((rest, None), |(path, tag)| (path, Some(tag)));
    if let Some(digest) = digest {
        let hash = digest.strip_prefix("sha256:").unwrap_or_default();
        if hash.len() != 64 || !hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            return bad(format!("`{digest}` is no digest: `sha256:` and 64 hexadecimal digits"));
        }
    }
    if let Some(fault) = tag.and_then(self::tag) {
        return Some(fault);
    }
    // Other registries allow `__` and `--` where ECR does not.
    let allowed =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'_' | b'-');
    let is_part = |part: &str| {
        !part.is_empty()
            && part.bytes().all(allowed)
            && !part.starts_with(['.', '-'])
            && !part.ends_with(['.', '-'])
    };
    if !path.split('/').all(is_part) {
        return bad(format!("`{path}` is no path of an image at `{registry}`"));
    }
    None
}
