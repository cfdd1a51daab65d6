//! Small texts: sums of money, counted things, backticked names as code.

use leptos::prelude::*;

/// `$12.34`; never a minus sign before a zero.
pub fn usd(sum: f64) -> String {
    format!("${:.2}", if sum.abs() < 0.005 { 0.0 } else { sum })
}

/// `1 node`, `2 nodes`.
pub fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// A sentence whose names in backticks are shown as code.
pub fn prose(sentence: &str) -> Vec<AnyView> {
    let part = |(place, part): (usize, &str)| match place % 2 {
        0 => part.to_owned().into_any(),
        _ => view! { <code>{part.to_owned()}</code> }.into_any(),
    };
    sentence.split('`').enumerate().map(part).collect()
}

/// The first letter in upper case.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_have_two_decimals_and_no_negative_zero() {
        assert_eq!(usd(-0.001), "$0.00");
        assert_eq!(usd(38.567), "$38.57");
    }
}
