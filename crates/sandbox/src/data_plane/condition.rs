//! Whether a rule's condition holds for a request.
//!
//! Regular expressions are not known: a condition that has nothing else never holds.

use std::net::IpAddr;

use winterbaume_elasticloadbalancingv2::model as m;

use super::visit::Visit;
use crate::wire::form;

pub(super) fn holds(condition: &m::RuleCondition, visit: &Visit) -> bool {
    match condition.field.as_deref().unwrap_or_default() {
        "host-header" => {
            let host = visit.host.as_deref().unwrap_or_default();
            any(&condition.values, |value| is_like_in_any_case(value, host))
        }
        "path-pattern" => any(&condition.values, |value| is_like(value, &visit.path)),
        "http-request-method" => {
            let config = condition.http_request_method_config.as_ref();
            config.is_some_and(|config| any(&config.values, |value| value == visit.method))
        }
        "http-header" => {
            condition.http_header_config.as_ref().is_some_and(|config| has_header(config, visit))
        }
        "query-string" => {
            condition.query_string_config.as_ref().is_some_and(|config| has_query(config, visit))
        }
        "source-ip" => {
            let config = condition.source_ip_config.as_ref();
            config.is_some_and(|config| any(&config.values, |value| is_within(visit.from, value)))
        }
        _ => false,
    }
}

fn any(values: &Option<m::ListOfString>, holds: impl Fn(&str) -> bool) -> bool {
    values.iter().flat_map(|values| &values.items).any(|value| holds(value))
}

fn has_header(config: &m::HttpHeaderConditionConfig, visit: &Visit) -> bool {
    let Some(name) = config.http_header_name.as_deref() else {
        return false;
    };
    let mut sent = visit.headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    sent.any(|sent| any(&config.values, |value| is_like_in_any_case(value, sent)))
}

fn has_query(config: &m::QueryStringConditionConfig, visit: &Visit) -> bool {
    let sent = form(&visit.query);
    config.values.iter().flat_map(|pairs| &pairs.items).any(|pair| {
        let wanted = pair.value.as_deref().unwrap_or_default();
        sent.iter().any(|(key, value)| {
            pair.key.as_ref().is_none_or(|wanted| is_like_in_any_case(wanted, key))
                && is_like_in_any_case(wanted, value)
        })
    })
}

fn is_like_in_any_case(pattern: &str, text: &str) -> bool {
    is_like(&pattern.to_ascii_lowercase(), &text.to_ascii_lowercase())
}

/// Whether a text is like a pattern in which `*` is any text and `?` any one character.
fn is_like(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    // Where the last star was, and how far the text had come then: to go back to when what follows fails.
    let mut star = None;
    while let Some(byte) = text.get(t) {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(wanted) if *wanted == b'?' || wanted == byte => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, taken)) => {
                    star = Some((at, taken + 1));
                    p = at + 1;
                    t = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|byte| *byte == b'*')
}

/// Whether an address lies in a block such as `10.0.0.0/8`.
fn is_within(address: IpAddr, block: &str) -> bool {
    let Some((base, length)) = block.split_once('/') else {
        return false;
    };
    let (Ok(base), Ok(length)) = (base.parse::<IpAddr>(), length.parse::<u32>()) else {
        return false;
    };
    let same = |a: u128, b: u128, width: u32| {
        length <= width && (a ^ b).checked_shr(width - length).unwrap_or_default() == 0
    };
    match (address, base) {
        (IpAddr::V4(a), IpAddr::V4(b)) => same(a.to_bits().into(), b.to_bits().into(), 32),
        (IpAddr::V6(a), IpAddr::V6(b)) => same(a.to_bits(), b.to_bits(), 128),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(values: &[&str]) -> Option<m::ListOfString> {
        Some(m::ListOfString { items: values.iter().map(|value| (*value).to_owned()).collect() })
    }

    fn plain(field: &str, wanted: &[&str]) -> m::RuleCondition {
        m::RuleCondition { field: Some(field.to_owned()), values: values(wanted), ..Default::default() }
    }

    #[test]
    fn stars_and_question_marks_stand_for_text() {
        assert!(is_like("*.example.com", "api.example.com"));
        assert!(!is_like("*.example.com", "example.com"));
        assert!(is_like("/img/*/x?.png", "/img/a/b/x1.png"));
        assert!(is_like("*a*b", "xaxbxab") && is_like("*", "") && is_like("", ""));
        assert!(!is_like("/api/*", "/api") && !is_like("a?", "a"));
    }

    #[test]
    fn hosts_match_in_any_case_and_paths_do_not() {
        let visit = Visit::to("API.example.com", "/Img/1");
        assert!(holds(&plain("host-header", &["x.com", "Api.Example.*"]), &visit));
        assert!(holds(&plain("path-pattern", &["/Img/*"]), &visit));
        assert!(!holds(&plain("path-pattern", &["/img/*"]), &visit));
    }

    #[test]
    fn a_query_may_be_asked_for_by_its_value_alone() {
        let wanted = |key: Option<&str>| m::RuleCondition {
            field: Some("query-string".to_owned()),
            query_string_config: Some(m::QueryStringConditionConfig {
                values: Some(m::QueryStringKeyValuePairList {
                    items: vec![m::QueryStringKeyValuePair {
                        key: key.map(str::to_owned),
                        value: Some("be*".to_owned()),
                    }],
                }),
            }),
            ..Default::default()
        };
        let visit = Visit::to("x.com", "/?version=Beta");
        assert!(holds(&wanted(None), &visit) && holds(&wanted(Some("version")), &visit));
        assert!(!holds(&wanted(Some("release")), &visit));
    }

    #[test]
    fn a_block_holds_the_addresses_that_begin_with_it() {
        let here = IpAddr::from([127, 0, 0, 1]);
        assert!(
            is_within(here, "127.0.0.0/8") && is_within(here, "0.0.0.0/0") && is_within(here, "127.0.0.1/32")
        );
        assert!(!is_within(here, "10.0.0.0/8") && !is_within(here, "::/0") && !is_within(here, "x"));
    }
}
