//! Every check of a stack file that needs more than its grammar.

/// The two /20-or-smaller subnets at the beginning of `cidr`; empty when `cidr` is no usable range.
pub fn subnets(cidr: &str) -> Vec<String> {
    let _ = cidr;
    Vec::new()
}
