//! Reading one part in full: what no bulk call returns.
//!
//! A bulk look knows such settings by the fingerprint that Slipway wrote into a tag, which a change by other means
//! leaves as it is. What is read here is laid over such a look ([`FullRead::lay_over`]), as long as the tag says the
//! same as when it was read.

use std::collections::BTreeMap;

use topology::node::{Node, NodeKind, RolePurpose, Spec};
use topology::observation::{FINGERPRINT, Found, SHARED};

use super::error::{AwsError, Class};
use super::observe::Look;
use super::{ecr, ecs, elbv2, iam};

/// What one part really has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FullRead {
    aws_id: String,
    /// The fingerprint in the tag at that time.
    noted: Option<String>,
    /// Empty where all is as the tag says: then a look is as good without them.
    fields: BTreeMap<String, String>,
    /// Whether the fields are all that the part has, so that others do not stay.
    is_whole: bool,
}

impl FullRead {
    /// Puts what was read in the place of what the tag says, unless the part has changed its tag since.
    pub fn lay_over(&self, found: &mut Found) {
        if found.aws_id != self.aws_id || found.fields.get(FINGERPRINT) != self.noted.as_ref() {
            return;
        }
        if self.is_whole {
            found.fields.clear();
        }
        found.fields.extend(self.fields.clone());
    }
}

/// Whether there is more to know of a part than a bulk look has told. Where its tag differs from what is wanted there
/// is not: it is written anew whatever it has.
pub fn is_worth_it(node: &Node, found: &Found) -> bool {
    let has_more = match &node.spec {
        Spec::TargetGroup { .. } | Spec::TaskDefinition(_) | Spec::Repository { .. } => true,
        Spec::Role { purpose, .. } => matches!(purpose, RolePurpose::Execution { .. }),
        _ => false,
    };
    has_more
        && !found.facts.contains_key(SHARED)
        && found.fields.get(FINGERPRINT) == node.spec.fields().get(FINGERPRINT)
}

/// Reads it; `None` where there is nothing to read any more.
pub async fn read(look: &Look<'_>, node: &Node, found: &Found) -> Result<Option<FullRead>, AwsError> {
    let fields = match fields(look, node, found).await {
        Err(error) if error.class == Class::NotFound => return Ok(None),
        fields => fields?,
    };
    let Some(fields) = fields else { return Ok(None) };
    let wanted = node.spec.fields();
    let is_as_wanted = fields.iter().all(|(field, value)| wanted.get(field) == Some(value));
    Ok(Some(FullRead {
        aws_id: found.aws_id.clone(),
        noted: found.fields.get(FINGERPRINT).cloned(),
        fields: if is_as_wanted { BTreeMap::new() } else { fields },
        is_whole: node.id.kind == NodeKind::TaskDefinition && !is_as_wanted,
    }))
}

async fn fields(
    look: &Look<'_>,
    node: &Node,
    found: &Found,
) -> Result<Option<BTreeMap<String, String>>, AwsError> {
    Ok(match &node.spec {
        Spec::TargetGroup { .. } => {
            Some(elbv2::target_group::read(look.aws, &node.name, &found.aws_id).await?)
        }
        Spec::Repository { name } => Some(ecr::repository::read(look.aws, name).await?),
        Spec::TaskDefinition(wanted) => {
            let home = ecs::Home { aws: look.aws, stack: look.stack, service: &node.id.part };
            let there = ecs::task_definition::read(home, &found.aws_id, wanted).await?;
            there.map(|found| found.fields)
        }
        role => iam::read(look.aws, look.stack, role).await?,
    })
}
