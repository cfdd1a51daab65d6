//! The address range of a dedicated network, and the subnets cut from it.

use std::net::Ipv4Addr;

use crate::stack::problem::{Fault, Report};
use crate::stack::{Network, Stack};

/// A VPC has at most this many addresses' bits.
const WIDEST: u8 = 16;
/// Two subnets of /27 each, the smallest that a load balancer takes.
const NARROWEST: u8 = 26;
/// Large enough for any stack, and small enough to leave room in the range.
const SUBNET: u8 = 20;
/// The ranges that are nobody's on the internet: RFC 1918, and RFC 6598's.
const PRIVATE: [(Ipv4Addr, u8); 4] = [
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
];

pub(super) fn check(stack: &Stack, report: &mut Report) {
    if let Network::Dedicated { cidr } = &stack.network
        && let Err(fault) = range(cidr)
    {
        report.wrong("network.cidr", fault);
    }
}

/// The two subnets, /20 or smaller, at the beginning of `cidr`; empty when `cidr` is no usable range.
pub fn subnets(cidr: &str) -> Vec<String> {
    let Ok((base, bits)) = range(cidr) else { return Vec::new() };
    let bits = (bits + 1).max(SUBNET);
    let size = 1u32 << (32 - bits);
    (0..2).map(|index| format!("{}/{bits}", Ipv4Addr::from_bits(base.to_bits() + index * size))).collect()
}

fn range(cidr: &str) -> Result<(Ipv4Addr, u8), Fault> {
    let right = "Write a private range from /16 to /26, such as `10.0.0.0/16`";
    let parsed = cidr.split_once('/').and_then(|(base, bits)| {
        Some((base.parse::<Ipv4Addr>().ok()?, bits.parse::<u8>().ok().filter(|bits| *bits <= 32)?))
    });
    let Some((base, bits)) = parsed else {
        return Err(Fault::new(format!("`{cidr}` is no range of addresses"), right));
    };
    if !(WIDEST..=NARROWEST).contains(&bits) {
        return Err(Fault::new(
            format!("`{cidr}` is too {}", if bits < WIDEST { "wide" } else { "narrow" }),
            right,
        ));
    }
    let first = masked(base, bits);
    if first != base {
        return Err(Fault::new(
            format!("`{cidr}` begins in the middle of its range"),
            format!("Write `{first}/{bits}`"),
        ));
    }
    if !PRIVATE.iter().any(|(private, width)| masked(base, *width) == *private) {
        return Err(Fault::new(
            format!("`{cidr}` is not private: its addresses are somebody's on the internet"),
            right,
        ));
    }
    Ok((base, bits))
}

fn masked(address: Ipv4Addr, bits: u8) -> Ipv4Addr {
    Ipv4Addr::from_bits(address.to_bits() & (u32::MAX << (32 - u32::from(bits))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_subnets_stand_at_the_beginning_of_the_range() {
        assert_eq!(subnets("10.0.0.0/16"), ["10.0.0.0/20", "10.0.16.0/20"]);
        assert_eq!(subnets("192.168.7.0/24"), ["192.168.7.0/25", "192.168.7.128/25"]);
        assert_eq!(subnets("172.31.255.192/26"), ["172.31.255.192/27", "172.31.255.224/27"]);
    }

    #[test]
    fn no_subnets_come_from_what_is_no_private_range() {
        for cidr in ["", "10.0.0.0", "10.0.0.0/8", "10.0.0.0/27", "10.0.0.1/16", "8.8.0.0/16", "10.0.0.0/99"]
        {
            assert!(subnets(cidr).is_empty(), "{cidr}");
        }
    }
}
