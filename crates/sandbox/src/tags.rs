//! Tags in the one form that all services here share.

use std::collections::BTreeMap;

use crate::refusal::{Refusal, refuse};

pub(crate) type Tags = BTreeMap<String, String>;

/// Merges new tags into old ones under AWS's general limits: 50 tags, key 128, value 256.
pub(crate) fn merge(
    tags: &mut Tags,
    new: impl IntoIterator<Item = (String, String)>,
    code: &str,
) -> Result<(), Refusal> {
    let mut merged = tags.clone();
    for (key, value) in new {
        if key.is_empty() || key.chars().count() > 128 {
            return refuse(code, format!("The tag key '{key}' must have 1 to 128 characters"));
        }
        if value.chars().count() > 256 {
            return refuse(code, format!("The value of the tag '{key}' must have at most 256 characters"));
        }
        merged.insert(key, value);
    }
    if merged.len() > 50 {
        return refuse(code, "A resource can have at most 50 tags");
    }
    *tags = merged;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_merge_changes_nothing() {
        let mut tags = Tags::from([("a".to_owned(), "1".to_owned())]);
        let long = "x".repeat(257);
        let new = vec![("b".to_owned(), "2".to_owned()), ("c".to_owned(), long)];
        assert!(merge(&mut tags, new, "InvalidTag").is_err());
        assert_eq!(tags.len(), 1);
    }
}
