//! What an operation waits for, said again when nothing else has been said for a while.

use std::collections::BTreeMap;

use topology::node::NodeId;
use topology::operation::Happened;
use topology::words;

/// The waits that have begun and not ended, each as its sentence.
#[derive(Debug, Default)]
pub struct Waits(BTreeMap<NodeId, String>);

impl Waits {
    /// `names`: what a person calls each node.
    pub fn heard(&mut self, what: &Happened, names: &BTreeMap<NodeId, String>) {
        match what {
            Happened::NodeWaited { node, .. } | Happened::NodeWaitedForYou { node, .. } => {
                self.0.insert(node.clone(), words::sentence(what, names));
            }
            Happened::NodeMade { node, .. }
            | Happened::NodeSettled { node, .. }
            | Happened::NodeFailed { node, .. }
            | Happened::NodeSkipped { node, .. }
            | Happened::NodeCancelled { node } => {
                self.0.remove(node);
            }
            _ => {}
        }
    }

    pub fn reminder(&self) -> Option<String> {
        let sentences: Vec<&str> = self.0.values().map(String::as_str).collect();
        (!sentences.is_empty()).then(|| format!("Still: {}", sentences.join("; ")))
    }
}

#[cfg(test)]
mod tests {
    use topology::node::NodeKind;

    use super::*;

    #[test]
    fn a_wait_is_said_again_until_it_has_ended() {
        let node = NodeId::only(NodeKind::Certificate);
        let names = BTreeMap::from([(node.clone(), "cruddur-dw.com".to_owned())]);
        let mut waits = Waits::default();
        assert_eq!(waits.reminder(), None);
        let begun =
            Happened::NodeWaited { node: node.clone(), waits_for: "the certificate is issued".into() };
        waits.heard(&begun, &names);
        let told = waits.reminder().expect("it waits");
        assert!(
            told.starts_with("Still: Certificate cruddur-dw.com") && told.contains("is issued"),
            "{told}"
        );
        waits.heard(&Happened::NodeSettled { node, found: None }, &names);
        assert_eq!(waits.reminder(), None);
    }
}
