//! Whose a part is: the tags of everything that Slipway makes, read back.

use std::collections::BTreeMap;

use topology::node::NodeId;
use topology::observation::Found;
use topology::plan::collision::{MANAGERS, OWNER};
use topology::stack::StackName;

use super::connection::Aws;
use super::error::{AwsError, Class};

/// The tag that names the stack.
pub const STACK: &str = "slipway:stack";
/// The tag that names the node.
pub const ID: &str = "slipway:id";
/// The tag that stands for all that no bulk call returns.
pub const DEFINITION: &str = "slipway:definition";

/// What is there and somebody else's, and is to become this part of the stack.
pub struct Claim<'a> {
    pub aws: &'a Aws,
    pub stack: &'a StackName,
    pub id: &'a NodeId,
}

impl Claim<'_> {
    /// The tags that make it the stack's.
    pub fn tags(&self) -> [(&'static str, String); 2] {
        own(self.stack, self.id)
    }

    pub fn doing(&self) -> String {
        format!("take over `{}`", self.id)
    }
}

/// The tags of everything that Slipway makes.
pub fn own(stack: &StackName, id: &NodeId) -> [(&'static str, String); 2] {
    [(STACK, stack.to_string()), (ID, id.to_string())]
}

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

    /// Marks something that is not the stack's with whose it is, as far as its tags tell.
    pub fn whose(&self, found: Found) -> Found {
        let keys = MANAGERS.iter().map(|(key, _)| *key).chain([OWNER]);
        keys.fold(found, |found, key| match self.get(key) {
            Some(value) => found.fact(key, value),
            None => found,
        })
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
