//! Names looked up as a resolver would, for the data plane.
//!
//! What the newest zone says counts at once; nobody caches.

use super::record::Record;
use super::zone::{Zones, full_name};

impl Zones {
    /// The name that a record leads this one on to, without the final dot.
    pub(crate) fn leads_to(&self, name: &str) -> Option<String> {
        let name = full_name(name);
        let zone = self.zone_of(&name)?;
        let at = |wanted: &str| {
            let mut records = zone.records.iter().filter(|record| record.name() == wanted);
            // A name that has records of its own is not answered for by a wildcard.
            let first = records.next()?;
            Some([first].into_iter().chain(records).find_map(Record::leads_to).map(str::to_owned))
        };
        let found = at(&name).or_else(|| wildcards(&name, &zone.name).iter().find_map(|star| at(star)));
        found.flatten().map(|target| target.trim_end_matches('.').to_owned())
    }

    /// Every name that a record leads on, without wildcards.
    pub(crate) fn leading(&self) -> Vec<String> {
        let records = self.zones.iter().flat_map(|zone| &zone.records);
        let leading = records.filter(|record| record.leads_to().is_some() && !record.name().starts_with('*'));
        let mut names: Vec<String> =
            leading.map(|record| record.name().trim_end_matches('.').to_owned()).collect();
        names.sort();
        names.dedup();
        names
    }
}

/// `*.b.x.` and `*.x.` for `a.b.x.` in the zone `x.`: the nearest first.
fn wildcards(name: &str, apex: &str) -> Vec<String> {
    let mut stars = Vec::new();
    let mut rest = name;
    while rest != apex
        && let Some((_, parent)) = rest.split_once('.')
    {
        stars.push(format!("*.{parent}"));
        rest = parent;
    }
    stars
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_stay_within_their_zone() {
        assert_eq!(wildcards("a.b.x.com.", "x.com."), ["*.b.x.com.", "*.x.com."]);
        assert!(wildcards("x.com.", "x.com.").is_empty());
    }
}
