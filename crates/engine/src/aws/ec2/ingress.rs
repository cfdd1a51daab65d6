//! What a security group lets in, one source and one range of ports at a time, so that it can be compared.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types::{IpPermission, IpRange, Ipv6Range, PrefixListId, UserIdGroupPair};
use topology::node::NodeId;
use topology::words::called;

const EVERYWHERE: &str = "0.0.0.0/0";
const EVERYWHERE_V6: &str = "::/0";

/// One source that may come in through some ports.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Opening {
    /// As AWS writes it: `tcp`, or `-1` for all.
    protocol: String,
    from_port: Option<i32>,
    to_port: Option<i32>,
    source: Source,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    Range(String),
    RangeV6(String),
    Group(String),
    PrefixList(String),
}

impl Opening {
    /// Everybody, by both versions of IP.
    pub fn world(port: u16) -> [Self; 2] {
        [Source::Range(EVERYWHERE.into()), Source::RangeV6(EVERYWHERE_V6.into())]
            .map(|source| Self::tcp(source, port))
    }

    pub fn group(id: String, port: u16) -> Self {
        Self::tcp(Source::Group(id), port)
    }

    pub fn is_to(&self, group: &str) -> bool {
        self.source == Source::Group(group.to_owned())
    }

    fn tcp(source: Source, port: u16) -> Self {
        let port = Some(i32::from(port));
        Self { protocol: "tcp".into(), from_port: port, to_port: port, source }
    }

    fn ports(&self) -> String {
        let range = match (self.from_port, self.to_port) {
            (Some(from), Some(to)) if from == to => from.to_string(),
            (Some(from), Some(to)) => format!("{from}-{to}"),
            _ => "every port".to_owned(),
        };
        match self.protocol.as_str() {
            "tcp" => range,
            "-1" => "every port".to_owned(),
            other => format!("{other} {range}"),
        }
    }
}

pub fn read(permissions: &[IpPermission]) -> BTreeSet<Opening> {
    let mut openings = BTreeSet::new();
    for permission in permissions {
        let ranges = permission.ip_ranges().iter().filter_map(|range| range.cidr_ip());
        let ranges_v6 = permission.ipv6_ranges().iter().filter_map(|range| range.cidr_ipv6());
        let groups = permission.user_id_group_pairs().iter().filter_map(|pair| pair.group_id());
        let lists = permission.prefix_list_ids().iter().filter_map(|list| list.prefix_list_id());
        let sources = ranges
            .map(|range| Source::Range(range.into()))
            .chain(ranges_v6.map(|range| Source::RangeV6(range.into())))
            .chain(groups.map(|group| Source::Group(group.into())))
            .chain(lists.map(|list| Source::PrefixList(list.into())));
        openings.extend(sources.map(|source| Opening {
            protocol: permission.ip_protocol().unwrap_or_default().to_owned(),
            from_port: permission.from_port(),
            to_port: permission.to_port(),
            source,
        }));
    }
    openings
}

/// One permission for each range of ports, as AWS groups them too.
pub fn write(openings: &BTreeSet<Opening>) -> Vec<IpPermission> {
    let mut by_ports: BTreeMap<_, Vec<&Source>> = BTreeMap::new();
    for opening in openings {
        let ports = (&opening.protocol, opening.from_port, opening.to_port);
        by_ports.entry(ports).or_default().push(&opening.source);
    }
    by_ports.into_iter().map(|(ports, sources)| permission(ports, &sources)).collect()
}

/// As `topology::observation::ingress_text` would write it; `groups` are the stack's, by their AWS ids.
pub fn text(openings: &BTreeSet<Opening>, groups: &BTreeMap<String, NodeId>) -> String {
    let world = |opening: &Opening| {
        let both = [Source::Range(EVERYWHERE.into()), Source::RangeV6(EVERYWHERE_V6.into())];
        both.contains(&opening.source)
            && both.into_iter().all(|source| openings.contains(&Opening { source, ..opening.clone() }))
    };
    let from = |opening: &Opening| match &opening.source {
        _ if world(opening) => "world".to_owned(),
        Source::Group(id) => groups.get(id).map_or_else(|| id.clone(), |group| called(group, &group.part)),
        Source::Range(text) | Source::RangeV6(text) | Source::PrefixList(text) => text.clone(),
    };
    let mut texts: Vec<String> =
        openings.iter().map(|opening| format!("{} on {}", from(opening), opening.ports())).collect();
    texts.sort();
    texts.dedup();
    texts.join(", ")
}

/// The address ranges in `permissions`, such as `0.0.0.0/0, ::/0`.
pub fn ranges(permissions: &[IpPermission]) -> String {
    let openings = read(permissions);
    let range = |opening: &Opening| match &opening.source {
        Source::Range(text) | Source::RangeV6(text) => Some(text.clone()),
        Source::Group(_) | Source::PrefixList(_) => None,
    };
    let ranges: BTreeSet<String> = openings.iter().filter_map(range).collect();
    ranges.into_iter().collect::<Vec<_>>().join(", ")
}

fn permission(ports: (&String, Option<i32>, Option<i32>), sources: &[&Source]) -> IpPermission {
    let (protocol, from_port, to_port) = ports;
    let mut permission =
        IpPermission::builder().ip_protocol(protocol).set_from_port(from_port).set_to_port(to_port);
    for source in sources {
        permission = match source {
            Source::Range(text) => permission.ip_ranges(IpRange::builder().cidr_ip(text).build()),
            Source::RangeV6(text) => permission.ipv6_ranges(Ipv6Range::builder().cidr_ipv6(text).build()),
            Source::Group(id) => {
                permission.user_id_group_pairs(UserIdGroupPair::builder().group_id(id).build())
            }
            Source::PrefixList(id) => {
                permission.prefix_list_ids(PrefixListId::builder().prefix_list_id(id).build())
            }
        };
    }
    permission.build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use topology::node::{Ingress, IngressSource, NodeKind};
    use topology::observation::ingress_text;

    #[test]
    fn what_is_wanted_reads_back_as_the_topology_writes_it() {
        let balancer = NodeId::part(NodeKind::SecurityGroup, "load-balancer");
        let wanted = [
            Ingress { from: IngressSource::World, port: 80 },
            Ingress { from: IngressSource::Group(balancer.clone()), port: 3000 },
        ];
        let mut openings = BTreeSet::from(Opening::world(80));
        openings.insert(Opening::group("sg-1".into(), 3000));
        let there = read(&write(&openings));
        let groups = BTreeMap::from([("sg-1".to_owned(), balancer)]);
        assert_eq!(there, openings);
        assert_eq!(text(&there, &groups), ingress_text(&wanted));
    }

    #[test]
    fn half_of_the_world_is_not_the_world() {
        let [v4, _] = Opening::world(443);
        assert_eq!(text(&BTreeSet::from([v4]), &BTreeMap::new()), "0.0.0.0/0 on 443");
    }
}
