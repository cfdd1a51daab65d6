//! The names of parts on AWS, computed from the stack alone: `<stack>-<part>`.
//!
//! Where a limit bites, the name is cut and ends with a hash of the whole, so that it stays the same and
//! stays apart from its neighbours.

use sha2::{Digest, Sha256};

use crate::node::NodeId;
use crate::stack::{ServiceName, StackName};

/// The longest name of a load balancer or target group.
pub const LOAD_BALANCING_LIMIT: usize = 32;
/// The longest name of an IAM role.
pub const ROLE_LIMIT: usize = 64;
/// The longest name of an ECS cluster, service or family, or a security group.
pub const LONG_LIMIT: usize = 255;

const HASH_LENGTH: usize = 6;

pub fn load_balancer(stack: &StackName) -> String {
    fitted(&format!("{stack}-alb"), LOAD_BALANCING_LIMIT)
}

pub fn target_group(stack: &StackName, service: &ServiceName) -> String {
    fitted(&format!("{stack}-{service}"), LOAD_BALANCING_LIMIT)
}

pub fn security_group(stack: &StackName, part: &str) -> String {
    fitted(&format!("{stack}-{part}"), LONG_LIMIT)
}

/// A part of a dedicated network; its name is a tag.
pub fn network(stack: &StackName, part: &str) -> String {
    fitted(&format!("{stack}-{part}"), LONG_LIMIT)
}

pub fn cluster(stack: &StackName) -> String {
    stack.to_string()
}

pub fn service(stack: &StackName, service: &ServiceName) -> String {
    fitted(&format!("{stack}-{service}"), LONG_LIMIT)
}

pub fn family(stack: &StackName, service: &ServiceName) -> String {
    fitted(&format!("{stack}-{service}"), LONG_LIMIT)
}

/// All roles of a stack stand under one path, so that one call lists them.
pub fn role_path(stack: &StackName) -> String {
    format!("/slipway/{stack}/")
}

pub fn execution_role(stack: &StackName) -> String {
    fitted(&format!("{stack}-execution"), ROLE_LIMIT)
}

pub fn task_role(stack: &StackName, service: &ServiceName) -> String {
    fitted(&format!("{stack}-task-{service}"), ROLE_LIMIT)
}

/// A role's description: roles are listed without their tags, and with this. `definition` is the fingerprint of what
/// was wanted when the role became whole.
pub fn role_description(stack: &StackName, id: &NodeId, definition: Option<&str>) -> String {
    let text = format!("{id} of the stack {stack}, made by Slipway");
    match definition {
        Some(definition) => format!("{text} [definition:{definition}]"),
        None => text,
    }
}

/// All log groups of a stack share this prefix, so that one call lists them.
pub fn log_group_prefix(stack: &StackName) -> String {
    format!("/slipway/{stack}/")
}

pub fn log_group(stack: &StackName, service: &ServiceName) -> String {
    format!("/slipway/{stack}/{service}")
}

/// `name`, or, when it is longer than `limit`, its beginning and a hash of the whole.
pub fn fitted(name: &str, limit: usize) -> String {
    if name.len() <= limit {
        return name.to_owned();
    }
    let hash = fingerprint(name);
    let mut end = limit - HASH_LENGTH - 1;
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}-{}", name[..end].trim_end_matches('-'), &hash[..HASH_LENGTH])
}

/// A short stable hash of `text`, in hexadecimal: 16 characters.
pub fn fingerprint(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_fits_is_left_alone() {
        assert_eq!(target_group(&StackName::new("cruddur"), &ServiceName::new("backend")), "cruddur-backend");
    }

    #[test]
    fn a_long_name_is_cut_and_stays_apart_from_its_neighbour() {
        let stack = StackName::new("a-stack-with-a-long-name");
        let one = target_group(&stack, &ServiceName::new("notifications-one"));
        let two = target_group(&stack, &ServiceName::new("notifications-two"));
        assert!(one.len() <= LOAD_BALANCING_LIMIT && two.len() <= LOAD_BALANCING_LIMIT);
        assert_ne!(one, two);
    }
}
