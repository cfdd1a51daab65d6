//! The names of the world's timezones, so that a wrong one is found before AWS is asked.
//!
//! Only names: when a zone changes its clocks is AWS's business, which carries the schedule out.

/// One area a line, then its places: the names of IANA's database 2025b with an area, and `Etc/UTC`.
const NAMES: &str = include_str!("timezones.txt");

/// Whether `name` is a timezone, such as `Europe/Berlin` or `UTC`.
pub fn is_known(name: &str) -> bool {
    name == "UTC" || all().any(|(area, place)| name.strip_prefix(area).is_some_and(|rest| is(rest, place)))
}

/// The timezone whose name is most like `name`.
pub fn nearest(name: &str) -> Option<String> {
    let wanted = name.to_lowercase();
    all()
        .map(|(area, place)| format!("{area}/{place}"))
        .map(|known| (likeness(&wanted, &known.to_lowercase()), known))
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .filter(|(likeness, _)| *likeness > 0.6)
        .map(|(_, known)| known)
}

/// A place without its area, such as `Berlin`, is as good as the whole name.
fn likeness(wanted: &str, known: &str) -> f64 {
    let place = known.rsplit('/').next().unwrap_or(known);
    strsim::normalized_damerau_levenshtein(wanted, known)
        .max(strsim::normalized_damerau_levenshtein(wanted, place))
}

fn is(rest: &str, place: &str) -> bool {
    rest.strip_prefix('/') == Some(place)
}

fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    NAMES.lines().flat_map(|line| {
        let (area, places) = line.split_once(' ').unwrap_or((line, ""));
        places.split(' ').map(move |place| (area, place))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timezone_is_known_by_its_full_name_alone() {
        assert!(is_known("Europe/Berlin") && is_known("America/Argentina/Salta") && is_known("UTC"));
        assert!(!is_known("Berlin") && !is_known("Europe/") && !is_known("Europe/Berlin "));
    }

    #[test]
    fn a_timezone_that_is_no_timezone_has_a_nearest_one() {
        assert_eq!(nearest("Europe/Brelin").as_deref(), Some("Europe/Berlin"));
        assert_eq!(nearest("zurich").as_deref(), Some("Europe/Zurich"));
        assert_eq!(nearest("x"), None);
    }
}
