//! What the hosted zone's tags note: the stack's name, its level, and its file.
//!
//! The file is compressed and cut into as many tags as it needs. A header with the count and a fingerprint is
//! written last, so that a note that was cut off in the middle is known for what it is.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use topology::names::fingerprint;
use topology::node::ZoneNote;
use topology::stack::Level;

use super::super::error::{AwsError, Class};

/// The level's tag.
pub const LEVEL: &str = "slipway:level";
/// The header's tag: `<count>:<fingerprint>`.
pub const HEADER: &str = "slipway:file";
/// On zones that Slipway has made itself; the fact of the same name tells of it.
pub const MADE: &str = topology::observation::MADE;
/// On zones that a tear down has kept: the stack's name. It claims nothing; another stack may take the zone up.
pub const KEPT_BY: &str = topology::observation::KEPT_BY;
/// Every tag of ours begins so.
pub const PREFIX: &str = "slipway:";

/// The longest value of a tag.
const PIECE: usize = 256;
/// A zone takes 50 tags; some are the user's own, some name the stack.
const MOST_PIECES: usize = 40;
/// Larger than any file that passes the checks.
const LARGEST_FILE: usize = 1 << 20;

/// The tags that note `note`, in the order in which they must be written.
pub fn tags(note: &ZoneNote) -> Result<Vec<(String, String)>, AwsError> {
    let packed = URL_SAFE_NO_PAD.encode(miniz_oxide::deflate::compress_to_vec_zlib(note.file.as_bytes(), 9));
    let pieces: Vec<&str> =
        packed.as_bytes().chunks(PIECE).map(|piece| std::str::from_utf8(piece).unwrap_or_default()).collect();
    if pieces.len() > MOST_PIECES {
        let message = format!(
            "compressed, it needs {} tags, and the hosted zone has room for {MOST_PIECES}; shorten its comments or \
             spread its services over two stacks",
            pieces.len()
        );
        return Err(AwsError::new("note the stack file in the hosted zone's tags", Class::Invalid, message));
    }
    let mut tags: Vec<(String, String)> = pieces
        .iter()
        .enumerate()
        .map(|(index, piece)| (format!("{HEADER}:{index}"), (*piece).to_owned()))
        .collect();
    tags.push((LEVEL.into(), note.level.to_string()));
    tags.push((HEADER.into(), format!("{}:{}", pieces.len(), fingerprint(&note.file))));
    Ok(tags)
}

/// The level, and the file if it is whole.
pub fn read(tags: &BTreeMap<String, String>) -> Option<(Level, Option<String>)> {
    let level = tags.get(LEVEL)?.parse().ok()?;
    Some((level, file(tags)))
}

fn file(tags: &BTreeMap<String, String>) -> Option<String> {
    let (count, expected) = tags.get(HEADER)?.split_once(':')?;
    let count: usize = count.parse().ok().filter(|count| *count <= MOST_PIECES)?;
    let pieces: Option<Vec<&str>> =
        (0..count).map(|index| tags.get(&format!("{HEADER}:{index}")).map(String::as_str)).collect();
    let packed = URL_SAFE_NO_PAD.decode(pieces?.concat()).ok()?;
    let bytes = miniz_oxide::inflate::decompress_to_vec_zlib_with_limit(&packed, LARGEST_FILE).ok()?;
    String::from_utf8(bytes).ok().filter(|file| fingerprint(file) == expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(file: &str) -> BTreeMap<String, String> {
        tags(&ZoneNote { level: Level::Doze, file: file.into() }).expect("it fits").into_iter().collect()
    }

    #[test]
    fn a_file_comes_back_as_it_was_noted() {
        let file = "name = \"cruddur\" # ünïcode\n".repeat(40);
        assert_eq!(read(&note(&file)), Some((Level::Doze, Some(file))));
    }

    #[test]
    fn a_note_that_was_cut_off_is_not_read_as_a_file() {
        let noise: String =
            (0..4000_u32).map(|number| format!("{:x}", number.wrapping_mul(2_654_435_761))).collect();
        let mut tags = note(&noise[..8000]);
        tags.insert(format!("{HEADER}:1"), "AAAA".into());
        assert_eq!(read(&tags), Some((Level::Doze, None)));
        tags.remove(&format!("{HEADER}:0"));
        assert_eq!(read(&tags), Some((Level::Doze, None)));
    }

    #[test]
    fn a_file_that_does_not_fit_says_so() {
        let noise: String =
            (0..9000_u32).map(|number| format!("{:x}", number.wrapping_mul(2_654_435_761))).collect();
        let error = tags(&ZoneNote { level: Level::Awake, file: noise }).expect_err("it is too long");
        assert_eq!(error.class, Class::Invalid);
    }
}
