//! Policy documents: compared by what they say, however they are written down.

use std::collections::BTreeSet;

use serde_json::Value;

/// The most that a clause tells one by one.
const MOST_TOLD: usize = 2;

/// How the document that AWS tells of differs from the one that was written, as a clause on it; `None`: not at all.
pub fn deviation(written: &str, told: &str) -> Option<String> {
    let (Some(written), Some(there)) = (statements(written), statements(told)) else {
        return Some("its policy cannot be understood".into());
    };
    let clause = |said: Vec<&Said>, allows: &str, denies: &str| {
        let is_denied = said.first()?.effect == "Deny";
        Some(format!("its policy {} {}", if is_denied { denies } else { allows }, listed(&said)))
    };
    let of = |one: &BTreeSet<Said>, other: &BTreeSet<Said>, denies: bool| -> Vec<Said> {
        let only = one.difference(other);
        only.filter(|said| (said.effect == "Deny") == denies).cloned().collect()
    };
    let clauses = [false, true].into_iter().flat_map(|denies| {
        let (more, less) = (of(&there, &written, denies), of(&written, &there, denies));
        [
            clause(more.iter().collect(), "also allows", "denies"),
            clause(less.iter().collect(), "no longer allows", "no longer denies"),
        ]
    });
    let clauses: Vec<String> = clauses.flatten().collect();
    (!clauses.is_empty()).then(|| clauses.join(", and "))
}

/// Whether both documents say the same.
pub fn is_same(written: &str, told: &str) -> bool {
    deviation(written, told).is_none()
}

/// One action on one resource, and under which conditions, for whom.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Said {
    effect: String,
    action: String,
    resource: String,
    rest: String,
}

fn statements(document: &str) -> Option<BTreeSet<Said>> {
    let document: Value = serde_json::from_str(&decoded(document)).ok()?;
    let mut all = BTreeSet::new();
    for statement in several(document.get("Statement")?) {
        let rest: Vec<String> = statement.as_object()?.iter().filter_map(rest).collect();
        let effect = statement.get("Effect")?.as_str()?;
        for action in words(statement.get("Action")) {
            for resource in words(statement.get("Resource")) {
                all.insert(Said {
                    effect: effect.to_owned(),
                    action: action.clone(),
                    resource,
                    rest: rest.join(" "),
                });
            }
        }
    }
    Some(all)
}

/// What a statement says beside effect, action and resource; its own name says nothing.
fn rest((key, value): (&String, &Value)) -> Option<String> {
    let is_rest = !matches!(key.as_str(), "Effect" | "Action" | "Resource" | "Sid");
    is_rest.then(|| format!("{key} {value}"))
}

fn several(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(values) => values.iter().collect(),
        one => vec![one],
    }
}

/// At least one: a statement on a role's trust names no resource.
fn words(value: Option<&Value>) -> Vec<String> {
    let all: Vec<String> = value
        .map(several)
        .into_iter()
        .flatten()
        .filter_map(|word| word.as_str().map(str::to_owned))
        .collect();
    if all.is_empty() { vec!["-".into()] } else { all }
}

fn listed(all: &[&Said]) -> String {
    let told = all.iter().take(MOST_TOLD).map(|said| {
        let condition = if said.rest.is_empty() { "" } else { " under a condition" };
        format!("`{}` on `{}`{condition}", said.action, said.resource)
    });
    let told = told.collect::<Vec<_>>().join(" and ");
    match all.len().saturating_sub(MOST_TOLD) {
        0 => told,
        more => format!("{told}, and {more} more"),
    }
}

/// AWS gives a document back as it stands in an address: `%7B` is a brace.
fn decoded(document: &str) -> String {
    if document.trim_start().starts_with('{') {
        return document.to_owned();
    }
    let mut bytes = Vec::with_capacity(document.len());
    let mut rest = document.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        match coded(rest) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The byte that three letters such as `%7B` stand for.
fn coded(text: &[u8]) -> Option<u8> {
    let digits = text.get(..3)?.strip_prefix(b"%")?;
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WRITTEN: &str = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":["a:One","a:Two"],"Resource":"x"},
        {"Effect":"Allow","Action":"b:Read","Resource":["y"]}]}"#;

    #[test]
    fn order_white_space_names_and_the_way_to_write_one_word_do_not_matter() {
        let same = r#"{"Statement":[{"Sid":"Second","Resource":"y","Effect":"Allow","Action":["b:Read"]},
            {"Effect":"Allow","Resource":["x"],"Action":["a:Two","a:One"]}]}"#;
        assert_eq!(deviation(WRITTEN, same), None);
    }

    #[test]
    fn a_document_comes_as_it_stands_in_an_address() {
        let address: String = WRITTEN.bytes().map(|byte| format!("%{byte:02X}")).collect();
        assert_eq!(deviation(WRITTEN, &address), None);
        assert_eq!(decoded("100%"), "100%");
    }

    #[test]
    fn what_came_and_what_went_is_told() {
        let changed = WRITTEN.replace("a:Two", "a:Three");
        let told = deviation(WRITTEN, &changed).expect("it differs");
        assert_eq!(
            told,
            "its policy also allows `a:Three` on `x`, and its policy no longer allows `a:Two` on `x`"
        );
        let denied = WRITTEN.replace("\"Allow\",\"Action\":\"b", "\"Deny\",\"Action\":\"b");
        let told = deviation(WRITTEN, &denied).expect("it differs");
        assert_eq!(
            told,
            "its policy no longer allows `b:Read` on `y`, and its policy denies `b:Read` on `y`"
        );
    }

    #[test]
    fn a_long_list_is_cut_and_a_document_of_another_kind_is_told() {
        let more = WRITTEN.replace("\"a:Two\"", "\"a:Two\",\"c:1\",\"c:2\",\"c:3\"");
        let told = deviation(WRITTEN, &more).expect("it differs");
        assert_eq!(told, "its policy also allows `c:1` on `x` and `c:2` on `x`, and 1 more");
        assert_eq!(deviation(WRITTEN, "nonsense").as_deref(), Some("its policy cannot be understood"));
    }
}
