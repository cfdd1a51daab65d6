//! What an image reference of a container means to the one who pulls it.

use super::manifest;
use crate::clock::Moment;
use crate::world::World;

/// What comes of pulling an image.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Pull {
    Ready,
    /// The reason as a stopped task gives it.
    Fails(String),
}

/// The digest of an image: the same for the same reference.
pub(crate) fn digest(reference: &str) -> String {
    let mut text = String::from("sha256:");
    for round in 0u64..4 {
        let hash =
            reference.bytes().fold(0xcbf2_9ce4_8422_2325 ^ (round << 32 | round), |hash: u64, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            });
        text.push_str(&format!("{hash:016x}"));
    }
    text
}

/// The repository and tag of a reference into the account's own registry.
fn own<'a>(image: &'a str, account: &str, region: &str) -> Option<(&'a str, &'a str)> {
    let host = format!("{account}.dkr.ecr.{region}.amazonaws.com/");
    let path = image.strip_prefix(&host)?;
    let path = path.split('@').next().unwrap_or(path);
    Some(path.rsplit_once(':').unwrap_or((path, "latest")))
}

impl World {
    /// Tells the user's CI that this image is wanted.
    pub(crate) fn want_image(&mut self, image: &str) {
        if let Some((repository, tag)) = own(image, &self.account, &self.region) {
            self.images.ask(repository, tag, self.now);
        }
    }

    /// Pulls an image at a moment. Public images are always there.
    pub(crate) fn pull(&self, image: &str, at: Moment) -> Pull {
        let Some((repository, tag)) = own(image, &self.account, &self.region) else {
            return Pull::Ready;
        };
        if !self.images.repositories.contains_key(repository) {
            return Pull::Fails(format!(
                "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref {image}: {image}: name unknown: The repository with name '{repository}' does not exist in the registry with id '{}'",
                self.account
            ));
        }
        if tag == manifest::FOREIGN {
            return Pull::Fails(format!(
                "CannotPullContainerError: pull image manifest has been retried 1 time(s): image Manifest does not contain descriptor matching platform 'linux/amd64': {image}"
            ));
        }
        match self.images.pushed_at(repository, tag) {
            Some(pushed) if pushed <= at => Pull::Ready,
            _ => Pull::Fails(format!(
                "CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref {image}: {image}: not found"
            )),
        }
    }
}

/// Whether containers of this image start, but answer nothing but errors.
pub(crate) fn is_broken(image: &str) -> bool {
    let path = image.rsplit('/').next().unwrap_or(image);
    path.split('@').next().is_some_and(|path| path.ends_with(":broken"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_references_have_a_repository_and_a_tag() {
        let image = "1.dkr.ecr.r.amazonaws.com/shop/web:2";
        assert_eq!(own(image, "1", "r"), Some(("shop/web", "2")));
        assert_eq!(own("1.dkr.ecr.r.amazonaws.com/web", "1", "r"), Some(("web", "latest")));
        assert_eq!(own("docker.io/library/nginx:1", "1", "r"), None);
    }

    #[test]
    fn only_the_broken_tag_is_broken() {
        assert!(is_broken("host:5000/web:broken"));
        assert!(!is_broken("host:5000/broken:latest"));
    }

    #[test]
    fn digests_have_the_length_of_sha256() {
        assert_eq!(digest("x").len(), "sha256:".len() + 64);
    }
}
