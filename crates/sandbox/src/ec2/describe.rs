//! Finding things by id and by filter, the same way for every kind.

use serde_json::{Value, json};

use crate::refusal::{Refusal, refuse};
use crate::tags::Tags;
use crate::wire::Form;

/// A thing that Describe calls can find.
pub(super) trait Described {
    fn id(&self) -> &str;
    fn tags(&self) -> &Tags;
    /// The values of a filter field; `None` when there is no such filter.
    fn field(&self, name: &str) -> Option<Vec<String>>;
}

/// The things that the request's ids and filters pick. Unknown ids are refused with `not_found`.
pub(super) fn pick<'a, T: Described>(
    all: &'a [T],
    form: Form<'_>,
    id_parameter: &str,
    not_found: (&str, &str),
) -> Result<Vec<&'a T>, Refusal> {
    let ids = form.list(id_parameter);
    for id in &ids {
        if !all.iter().any(|thing| thing.id() == *id) {
            return refuse(not_found.0, format!("The {} '{id}' does not exist", not_found.1));
        }
    }
    let filters = read_filters(form);
    let mut picked = Vec::new();
    for thing in all {
        let by_id = ids.is_empty() || ids.contains(&thing.id());
        if by_id && matches_all(thing, &filters)? {
            picked.push(thing);
        }
    }
    Ok(picked)
}

struct Filter<'a> {
    name: &'a str,
    values: Vec<&'a str>,
}

fn read_filters(form: Form<'_>) -> Vec<Filter<'_>> {
    form.items("Filter")
        .iter()
        .filter_map(|item| {
            Some(Filter {
                name: form.get(&format!("{item}.Name"))?,
                values: form.list(&format!("{item}.Value")),
            })
        })
        .collect()
}

fn matches_all<T: Described>(thing: &T, filters: &[Filter<'_>]) -> Result<bool, Refusal> {
    for filter in filters {
        let found = match filter.name.strip_prefix("tag:") {
            Some(key) => thing.tags().get(key).cloned().into_iter().collect(),
            None if filter.name == "tag-key" => thing.tags().keys().cloned().collect(),
            None => match thing.field(filter.name) {
                Some(values) => values,
                None => {
                    return refuse(
                        "InvalidParameterValue",
                        format!("The filter '{}' is invalid", filter.name),
                    );
                }
            },
        };
        let matches = |value: &String| filter.values.iter().any(|wanted| like(wanted, value));
        if !found.iter().any(matches) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// EC2's wildcards: `*` for any run of characters, `?` for one.
fn like(pattern: &str, text: &str) -> bool {
    let Some(first) = pattern.chars().next() else {
        return text.is_empty();
    };
    let rest = &pattern[first.len_utf8()..];
    match first {
        '*' => like(rest, text) || text.char_indices().any(|(at, c)| like(rest, &text[at + c.len_utf8()..])),
        _ => match text.chars().next() {
            Some(c) if first == '?' || c == first => like(rest, &text[c.len_utf8()..]),
            _ => false,
        },
    }
}

/// Tags as answers carry them.
pub(super) fn tag_set(tags: &Tags) -> Value {
    tags.iter().map(|(key, value)| json!({"key": key, "value": value})).collect()
}

/// The tags that a create call gives to the thing it makes.
pub(super) fn tags_on_create(form: Form<'_>, kind: &str) -> Tags {
    form.items("TagSpecification")
        .iter()
        .filter(|item| form.get(&format!("{item}.ResourceType")) == Some(kind))
        .flat_map(|item| form.tags(&format!("{item}.Tag")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_match_as_in_ec2() {
        assert!(like("ELB app/*", "ELB app/web/1"));
        assert!(like("a?c", "abc"));
        assert!(!like("a?c", "ac"));
        assert!(like("*", ""));
    }
}
