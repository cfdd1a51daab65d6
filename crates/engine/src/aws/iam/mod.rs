//! IAM: the roles.
//!
//! All roles of a stack stand under one path, so that one call lists them, and so that nobody else's are among
//! them. A role's description names its node and carries the fingerprint of what it may do; it is written
//! last, so that a role whose policy never came shows. Fresh roles cannot be assumed for some seconds: that is
//! waited for where they are used.
//!
//! What else somebody has given to a role stays and is no difference: containers need rights, and so does a secret with
//! a key of its own.
//!
//! | | |
//! | --- | --- |
//! | in | a name, and a purpose: execution (with the secrets it may read) or task |
//! | out | the role's ARN; fields `definition`, `used by`; read in full, `policy` |

mod documents;

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_iam::operation::list_roles::builders::ListRolesFluentBuilder;
use aws_sdk_iam::types::{Role, Tag};
use topology::field::{OWN_TASKS, POLICY as POLICY_FIELD, TRUST};
use topology::names::{self, fingerprint};
use topology::node::{NodeId, NodeKind, RolePurpose, Spec};
use topology::observation::{Condition, FINGERPRINT, Found};
use topology::plan::collision;
use topology::stack::{SecretRef, StackName};

use super::connection::Aws;
use super::limits::Api;
use super::mark::{self, Claim, Tags};
use super::observe::{Look, Seen};
use super::{AwsError, Class, Task, policy, wait};

use documents::{execution_policy, trust};

/// The name of the one inline policy that Slipway writes.
const POLICY: &str = "slipway";
/// For a role that was made a moment ago.
const CONSISTENCY_DEADLINE: Duration = Duration::from_secs(60);
const SEEN: &str = "IAM sees the role";

pub async fn make(task: &Task<'_>, spec: &Spec, found: Option<&Found>) -> Result<Found, AwsError> {
    let Spec::Role { name, purpose } = spec else { unreachable!("part::make knows the kind") };
    let wanted = spec.fields();
    let definition = wanted.get(FINGERPRINT).cloned().unwrap_or_default();
    let mut found = match found {
        Some(found) => found.clone(),
        None => create(task, name, purpose, &definition).await?,
    };
    if found.fields.get(TRUST).is_some_and(|trust| trust != OWN_TASKS) {
        entrust(task, name).await?;
    }
    if found.fields.get(FINGERPRINT) != Some(&definition) {
        if let RolePurpose::Execution { secrets } = purpose {
            allow(task, name, secrets).await?;
        }
        describe(task, name, &definition).await?;
    }
    found.fields.extend(wanted);
    Ok(found)
}

pub async fn delete(task: &Task<'_>, found: &Found) -> Result<(), AwsError> {
    let name = found.aws_id.rsplit('/').next().unwrap_or(&found.aws_id);
    let doing = format!("delete the role `{name}`");
    // A task role has no policy unless somebody has given it one, so that deleting it at once mostly works.
    if task.id.part == "execution" {
        strip_inline(task, &doing, name, POLICY).await?;
    }
    match remove(task, &doing, name).await {
        Err(error) if error.class == Class::InUse => {
            strip(task, &doing, name).await?;
            remove(task, &doing, name).await
        }
        other => other,
    }
}

/// All roles under the stack's path. Where one is missing, its name is looked for under every other path: an account has
/// a role's name but once.
pub async fn observe(look: &Look<'_>) -> Result<Seen, AwsError> {
    let mut seen = Seen::default();
    let iam = &look.aws.inner.iam;
    for role in list(look.aws, iam.list_roles().path_prefix(names::role_path(look.stack))).await? {
        if let Some(id) = Description::of(&role).id {
            seen.found.insert(id.clone(), found(look.aws, &role, &id));
        } else if let Some(id) = id_by_name(look, role.role_name()) {
            undescribed(look, &role, id, &mut seen).await?;
        }
    }
    let nodes = look.wanted.into_iter().flat_map(|wanted| wanted.nodes.keys());
    let mut roles = nodes.filter(|id| id.kind == NodeKind::Role);
    if roles.any(|id| !seen.found.contains_key(id) && !seen.foreign.contains_key(id)) {
        let everywhere = list(look.aws, iam.list_roles()).await?;
        let elsewhere = everywhere.iter().filter(|role| role.path() != names::role_path(look.stack));
        seen.foreign.extend(elsewhere.filter_map(|role| {
            let id = id_by_name(look, role.role_name())?;
            Some((id.clone(), found(look.aws, role, &id).fact(collision::PATH, role.path())))
        }));
    }
    Ok(seen)
}

async fn list(aws: &Aws, request: ListRolesFluentBuilder) -> Result<Vec<Role>, AwsError> {
    let mut roles = Vec::new();
    let mut marker = None;
    loop {
        let request = request.clone().max_items(1000).set_marker(marker);
        let page = aws.call(Api::Iam, "list the roles", request.send()).await?;
        marker = page.marker.filter(|_| page.is_truncated);
        roles.extend(page.roles);
        if marker.is_none() {
            return Ok(roles);
        }
    }
}

/// The policy of the execution role, which no bulk call tells. `None`: the role has none to read.
pub async fn read(
    aws: &Aws,
    stack: &StackName,
    spec: &Spec,
) -> Result<Option<BTreeMap<String, String>>, AwsError> {
    let Spec::Role { name, purpose: RolePurpose::Execution { secrets } } = spec else { return Ok(None) };
    let doing = format!("read the policy of the role `{name}`");
    let request = aws.inner.iam.get_role_policy().role_name(name).policy_name(POLICY);
    let told = match aws.call(Api::Iam, &doing, request.send()).await {
        Ok(answer) => answer.policy_document,
        Err(error) if error.class == Class::NotFound => String::new(),
        Err(error) => return Err(error),
    };
    let deviation = match told.as_str() {
        "" => Some("its policy is missing".to_owned()),
        told => policy::deviation(&execution_policy(aws, stack, secrets), told),
    };
    let mut fields = spec.fields();
    fields.retain(|field, _| [FINGERPRINT, POLICY_FIELD].contains(&field.as_str()));
    if let Some(deviation) = deviation {
        fields.insert(FINGERPRINT.to_owned(), fingerprint(&told));
        fields.insert(POLICY_FIELD.to_owned(), deviation);
    }
    Ok(Some(fields))
}

/// Makes sure that the account has the linked role of an AWS service, such as `ecs.amazonaws.com`. Accounts that
/// never used the service lack it.
pub async fn ensure_linked_role(aws: &Aws, service: &str) -> Result<(), AwsError> {
    let doing = format!("create the service-linked role of `{service}`");
    let request = aws.inner.iam.create_service_linked_role().aws_service_name(service);
    match aws.call(Api::Iam, &doing, request.send()).await {
        // AWS answers so when the role is there.
        Err(error) if error.code.as_deref() == Some("InvalidInput") => Ok(()),
        Err(error) if error.class == Class::Exists => Ok(()),
        Err(error) => Err(error),
        Ok(_) => Ok(()),
    }
}

/// A role whose description is not Slipway's: somebody has overwritten it, or made the role. Its tags tell.
async fn undescribed(look: &Look<'_>, role: &Role, id: NodeId, seen: &mut Seen) -> Result<(), AwsError> {
    let tags = tags_of(look.aws, "list the roles", role.role_name()).await?;
    if tags.node_of(look.stack).as_ref() == Some(&id) {
        seen.found.insert(id.clone(), found(look.aws, role, &id));
    } else {
        let found = tags.whose(found(look.aws, role, &id)).fact(collision::TRUSTS, trusts(role));
        seen.foreign.insert(id, found);
    }
    Ok(())
}

pub async fn take_over(claim: &Claim<'_>, found: &Found) -> Result<(), AwsError> {
    let name = found.aws_id.rsplit('/').next().unwrap_or(&found.aws_id);
    let tags = claim.tags().map(|(key, value)| tag(key, value)).into();
    let request = claim.aws.inner.iam.tag_role().role_name(name).set_tags(Some(tags));
    claim.aws.call(Api::Iam, &claim.doing(), request.send()).await.map(drop)
}

async fn create(task: &Task<'_>, name: &str, purpose: &RolePurpose, wanted: &str) -> Result<Found, AwsError> {
    let doing = format!("create the role `{name}`");
    // Without a policy to follow, the role is whole as soon as it is there.
    let definition = matches!(purpose, RolePurpose::Task).then(|| wanted.to_owned());
    let description = Description { id: Some(task.id.clone()), definition };
    let tags = task.tags().map(|(key, value)| tag(key, value)).into();
    let request = task.aws.inner.iam.create_role().role_name(name).path(names::role_path(task.stack));
    let request = request.assume_role_policy_document(trust(task.aws)).set_tags(Some(tags));
    let request = request.description(description.text(task));
    match task.aws.call(Api::Iam, &doing, request.send()).await {
        Ok(answer) => {
            let role = answer.role.ok_or_else(|| mark::empty_answer(&doing))?;
            Ok(found(task.aws, &role, task.id))
        }
        Err(error) if error.class == Class::Exists => adopt(task, &doing, name).await,
        Err(error) => Err(error),
    }
}

async fn adopt(task: &Task<'_>, doing: &str, name: &str) -> Result<Found, AwsError> {
    let request = task.aws.inner.iam.get_role().role_name(name);
    let answer = task.aws.call(Api::Iam, doing, request.send()).await?;
    let role = answer.role.ok_or_else(|| mark::empty_answer(doing))?;
    match tags_of(task.aws, doing, name).await?.node_of(task.stack) {
        Some(id) if id == *task.id => Ok(found(task.aws, &role, task.id)),
        _ => Err(mark::not_ours(doing, role.arn())),
    }
}

async fn tags_of(aws: &Aws, doing: &str, name: &str) -> Result<Tags, AwsError> {
    let request = aws.inner.iam.list_role_tags().role_name(name);
    let tags = aws.call(Api::Iam, doing, request.send()).await?.tags;
    Ok(Tags::of(tags.iter().map(|tag| (Some(tag.key()), Some(tag.value())))))
}

async fn allow(task: &Task<'_>, name: &str, secrets: &[SecretRef]) -> Result<(), AwsError> {
    let doing = format!("write the policy of the role `{name}`");
    let request = task.aws.inner.iam.put_role_policy().role_name(name).policy_name(POLICY);
    let request = request.policy_document(execution_policy(task.aws, task.stack, secrets));
    wait::through(task, SEEN, CONSISTENCY_DEADLINE, async || {
        task.aws.call(Api::Iam, &doing, request.clone().send()).await.map_err(yet_unseen)
    })
    .await?;
    Ok(())
}

/// Lets ECS tasks use the role, and nobody else.
async fn entrust(task: &Task<'_>, name: &str) -> Result<(), AwsError> {
    let doing = format!("say who may use the role `{name}`");
    let request = task.aws.inner.iam.update_assume_role_policy().role_name(name);
    let request = request.policy_document(trust(task.aws));
    task.aws.call(Api::Iam, &doing, request.send()).await.map(drop)
}

async fn describe(task: &Task<'_>, name: &str, definition: &str) -> Result<(), AwsError> {
    let doing = format!("describe the role `{name}`");
    let description = Description { id: Some(task.id.clone()), definition: Some(definition.to_owned()) };
    let request = task.aws.inner.iam.update_role().role_name(name).description(description.text(task));
    wait::through(task, SEEN, CONSISTENCY_DEADLINE, async || {
        task.aws.call(Api::Iam, &doing, request.clone().send()).await.map_err(yet_unseen)
    })
    .await?;
    Ok(())
}

async fn remove(task: &Task<'_>, doing: &str, name: &str) -> Result<(), AwsError> {
    let request = task.aws.inner.iam.delete_role().role_name(name);
    gone(task.aws.call(Api::Iam, doing, request.send()).await)
}

/// Takes away every policy, also what somebody else has added: else the role cannot go.
async fn strip(task: &Task<'_>, doing: &str, name: &str) -> Result<(), AwsError> {
    let iam = &task.aws.inner.iam;
    let inline = task.aws.call(Api::Iam, doing, iam.list_role_policies().role_name(name).send()).await?;
    for policy in inline.policy_names() {
        strip_inline(task, doing, name, policy).await?;
    }
    let attached = iam.list_attached_role_policies().role_name(name).send();
    let attached = task.aws.call(Api::Iam, doing, attached).await?;
    for policy in attached.attached_policies() {
        let request = iam.detach_role_policy().role_name(name).set_policy_arn(policy.policy_arn.clone());
        gone(task.aws.call(Api::Iam, doing, request.send()).await)?;
    }
    Ok(())
}

async fn strip_inline(task: &Task<'_>, doing: &str, name: &str, policy: &str) -> Result<(), AwsError> {
    let request = task.aws.inner.iam.delete_role_policy().role_name(name).policy_name(policy);
    gone(task.aws.call(Api::Iam, doing, request.send()).await)
}

/// What was made a moment ago is there, even where IAM does not see it yet.
fn yet_unseen(mut error: AwsError) -> AwsError {
    if error.class == Class::NotFound {
        error.class = Class::NotYet;
    }
    error
}

fn gone<T>(answer: Result<T, AwsError>) -> Result<(), AwsError> {
    match answer {
        Err(error) if error.class == Class::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(_) => Ok(()),
    }
}

fn found(aws: &Aws, role: &Role, id: &NodeId) -> Found {
    let definition = Description::of(role).definition.unwrap_or_else(|| "unfinished".into());
    let name = id.part.strip_prefix("task/").unwrap_or(&id.part);
    let found = Found::new(role.arn(), Condition::Ready).field(FINGERPRINT, definition).fact("name", name);
    match role.assume_role_policy_document() {
        Some(told) if policy::is_same(&trust(aws), told) => found.field(TRUST, OWN_TASKS),
        Some(_) => found.field(TRUST, "not only ECS tasks of this account may use it, or not all of them"),
        None => found,
    }
}

/// For a role whose description is not Slipway's. AWS tells no two names apart that differ in case alone.
fn id_by_name(look: &Look<'_>, name: &str) -> Option<NodeId> {
    let nodes = look.wanted?.nodes.values();
    let roles = nodes.filter(|node| node.id.kind == NodeKind::Role);
    let mut same = roles.filter(
        |node| matches!(&node.spec, Spec::Role { name: wanted, .. } if wanted.eq_ignore_ascii_case(name)),
    );
    same.next().map(|node| node.id.clone())
}

/// What a role's description says.
struct Description {
    id: Option<NodeId>,
    /// The fingerprint; missing while the role is not whole yet.
    definition: Option<String>,
}

impl Description {
    fn text(&self, task: &Task<'_>) -> String {
        names::role_description(task.stack, task.id, self.definition.as_deref())
    }

    fn of(role: &Role) -> Self {
        Self::read(role.description().unwrap_or_default())
    }

    fn read(text: &str) -> Self {
        let id = text.split_once(" of the stack ").and_then(|(id, _)| id.parse().ok());
        let definition = text.split_once("[definition:").and_then(|(_, rest)| rest.strip_suffix(']'));
        Self { id, definition: definition.map(str::to_owned) }
    }
}

/// Whether the trust policy of `role` names ECS tasks. AWS gives it back percent-encoded, which leaves a service's name as
/// it is; a condition in it is not judged: a service whose role cannot be taken says so.
fn trusts(role: &Role) -> &'static str {
    let policy = role.assume_role_policy_document().unwrap_or_default();
    if policy.contains(collision::ECS_TASKS) { collision::ECS_TASKS } else { "others" }
}

fn tag(key: &str, value: String) -> Tag {
    Tag::builder().key(key).value(value).build().expect("key and value are set")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_without_a_fingerprint_is_of_a_role_that_is_not_whole() {
        let text = "role/task/backend of the stack cruddur, made by Slipway";
        let torn = Description::read(text);
        assert_eq!(torn.id, "role/task/backend".parse().ok());
        assert_eq!(torn.definition, None);
        let whole = Description::read(&format!("{text} [definition:0123456789abcdef]"));
        assert_eq!(whole.definition.as_deref(), Some("0123456789abcdef"));
    }
}
