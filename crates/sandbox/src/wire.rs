//! The parts of the wire that winterbaume does not write, or does not write as AWS does.
//!
//! Its EC2 request readers look for `Filters.Filter.1` where every SDK sends `Filter.1`, so EC2 is
//! read and written here: requests through [`Form`], answers from a JSON tree through [`ec2_xml`].

use std::collections::HashMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use winterbaume_core::{MockResponse, xml_escape};

use crate::refusal::{Answer, Refusal, refusal};

/// Reads `a=b&c=d`, as UTF-8.
pub(crate) fn form(text: &str) -> HashMap<String, String> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(key, value)| (decode(key), decode(value)))
        .collect()
}

/// Undoes percent-encoding. What is not well-formed stays as it is.
pub(crate) fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = bytes
            .get(at + 1..at + 3)
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match (bytes[at], hex) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 3;
            }
            (b'+', _) => {
                out.push(b' ');
                at += 1;
            }
            (byte, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Reads the body of a JSON service.
pub(crate) fn read_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| refusal("SerializationException", error.to_string()))
}

/// Answers a JSON service.
pub(crate) fn json<T: Serialize>(value: &T) -> Answer {
    serde_json::to_vec(value)
        .map(|body| MockResponse::json(200, body))
        .map_err(|error| refusal("InternalFailure", error.to_string()).with_status(500))
}

/// Turns the text errors of winterbaume's readers into AWS's.
pub(crate) fn read<T>(result: Result<T, String>) -> Result<T, Refusal> {
    result.map_err(|message| refusal("ValidationError", message))
}

/// The form of a query request, read by dotted names.
#[derive(Clone, Copy)]
pub(crate) struct Form<'a>(pub(crate) &'a HashMap<String, String>);

impl<'a> Form<'a> {
    pub(crate) fn get(self, name: &str) -> Option<&'a str> {
        self.0.get(name).map(String::as_str)
    }

    pub(crate) fn required(self, name: &str) -> Result<&'a str, Refusal> {
        self.get(name).filter(|text| !text.is_empty()).ok_or_else(|| {
            refusal("MissingParameter", format!("The request must contain the parameter {name}"))
        })
    }

    pub(crate) fn number(self, name: &str) -> Result<Option<i64>, Refusal> {
        self.get(name)
            .map(|text| {
                text.parse().map_err(|_| {
                    refusal(
                        "InvalidParameterValue",
                        format!("Value ({text}) for parameter {name} is invalid."),
                    )
                })
            })
            .transpose()
    }

    pub(crate) fn flag(self, name: &str) -> Option<bool> {
        self.get(name).map(|text| text.eq_ignore_ascii_case("true"))
    }

    /// The values of `Name.1`, `Name.2`, …
    pub(crate) fn list(self, name: &str) -> Vec<&'a str> {
        (1..).map_while(|index| self.get(&format!("{name}.{index}"))).collect()
    }

    /// The prefixes `Name.1`, `Name.2`, … for which any field was sent.
    pub(crate) fn items(self, name: &str) -> Vec<String> {
        (1..)
            .map(|index| format!("{name}.{index}"))
            .take_while(|prefix| {
                let dotted = format!("{prefix}.");
                self.0.keys().any(|key| key == prefix || key.starts_with(&dotted))
            })
            .collect()
    }

    /// The tags at `Name.1.Key`, `Name.1.Value`, …
    pub(crate) fn tags(self, name: &str) -> Vec<(String, String)> {
        self.items(name)
            .iter()
            .filter_map(|item| {
                let key = self.get(&format!("{item}.Key"))?;
                let value = self.get(&format!("{item}.Value")).unwrap_or_default();
                Some((key.to_owned(), value.to_owned()))
            })
            .collect()
    }
}

/// An EC2 answer: the tree's fields below the response element, lists as `<item>`s.
pub(crate) fn ec2_xml(action: &str, request_id: &str, tree: &Value) -> MockResponse {
    let mut inner = String::new();
    write_xml(&mut inner, tree);
    MockResponse::xml(
        200,
        format!(
            "<{action}Response xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>{request_id}</requestId>{inner}</{action}Response>"
        ),
    )
}

fn write_xml(out: &mut String, tree: &Value) {
    match tree {
        Value::Object(fields) => {
            for (name, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
                out.push_str(&format!("<{name}>"));
                write_xml(out, value);
                out.push_str(&format!("</{name}>"));
            }
        }
        Value::Array(items) => {
            for item in items {
                out.push_str("<item>");
                write_xml(out, item);
                out.push_str("</item>");
            }
        }
        Value::String(text) => out.push_str(&xml_escape(text)),
        Value::Null => {}
        Value::Bool(_) | Value::Number(_) => out.push_str(&tree.to_string()),
    }
}

/// One page of a list and the token of the next; tokens are plain offsets.
pub(crate) fn page<T: Clone>(all: &[T], token: Option<&str>, size: usize) -> (Vec<T>, Option<String>) {
    let start = token.and_then(|token| token.parse::<usize>().ok()).unwrap_or(0).min(all.len());
    let end = (start + size.max(1)).min(all.len());
    let next = (end < all.len()).then(|| end.to_string());
    (all[start..end].to_vec(), next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_read_as_utf8() {
        let form = form("Name=caf%C3%A9+x&Empty=&Odd=%zz");
        assert_eq!(form["Name"], "café x");
        assert_eq!(form["Empty"], "");
        assert_eq!(form["Odd"], "%zz");
    }

    #[test]
    fn lists_end_at_the_first_gap() {
        let params = form("VpcId.1=a&VpcId.2=b&VpcId.4=d&Tag.1.Key=k&Tag.1.Value=v");
        assert_eq!(Form(&params).list("VpcId"), ["a", "b"]);
        assert_eq!(Form(&params).tags("Tag"), [("k".to_owned(), "v".to_owned())]);
    }

    #[test]
    fn trees_become_xml_with_items() {
        let mut out = String::new();
        write_xml(&mut out, &serde_json::json!({"set": [{"a": "<"}, {"a": true}], "none": null}));
        assert_eq!(out, "<set><item><a>&lt;</a></item><item><a>true</a></item></set>");
    }

    #[test]
    fn pages_follow_each_other() {
        let (first, next) = page(&[1, 2, 3], None, 2);
        assert_eq!((first, next.as_deref()), (vec![1, 2], Some("2")));
        assert_eq!(page(&[1, 2, 3], Some("2"), 2), (vec![3], None));
    }
}
