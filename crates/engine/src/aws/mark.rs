//! Whose a part is: the tags of everything that Slipway makes, read back.

use std::collections::BTreeMap;

use topology::node::NodeId;
use topology::stack::StackName;

use super::error::{AwsError, Class};

/// The tag that names the stack.
pub const STACK: &str = "slipway:stack";
/// The tag that names the node.
pub const ID: &str = "slipway:id";
/// The tag that stands for all that no bulk call returns.
pub const DEFINITION: &str = "slipway:definition";

/// The tags of one part.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tags(BTreeMap<String, String>);

impl Tags {
    /// From any service's tags: each as its key and its value.
    pub fn of<'a>(pairs: impl IntoIterator<Item = (Option<&'a str>, Option<&'a str>)>) -> Self {
        let whole = |(key, value): (Option<&str>, Option<&str>)| Some((key?.to_owned(), value?.to_owned()));
        Self(pairs.into_iter().filter_map(whole).collect())
    }

    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// The node of `stack` that carries these tags; `None` if they are not of that stack.
    pub fn node_of(&self, stack: &StackName) -> Option<NodeId> {
        let ours = self.get(STACK) == Some(stack.as_str());
        ours.then(|| self.get(ID)?.parse().ok()).flatten()
    }
}

/// Something of this name is there, and the stack does not own it.
pub fn not_ours(doing: &str, aws_id: &str) -> AwsError {
    let message = format!("`{aws_id}` is there already and does not belong to this stack");
    AwsError::new(doing, Class::Exists, message)
}

/// Whoever made the call for all that waited was stopped in the middle of it.
pub fn cut_off(doing: &str) -> AwsError {
    AwsError::new(doing, Class::Server, "the call was not answered")
}

/// AWS has answered without what the answer is about.
pub fn empty_answer(doing: &str) -> AwsError {
    AwsError::new(doing, Class::Server, "AWS's answer is empty")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(pairs: &[(&str, &str)]) -> Tags {
        Tags::of(pairs.iter().map(|(key, value)| (Some(*key), Some(*value))))
    }

    #[test]
    fn the_tags_of_another_stack_are_not_ours() {
        let stack = StackName::new("cruddur");
        let ours = tags(&[(STACK, "cruddur"), (ID, "role/task/backend")]);
        let other = tags(&[(STACK, "cruddur-staging"), (ID, "role/task/backend")]);
        assert_eq!(ours.node_of(&stack), "role/task/backend".parse().ok());
        assert_eq!(other.node_of(&stack), None);
        assert_eq!(Tags::default().node_of(&stack), None);
    }
}
