//! The parts from the domain to the load balancer, each by itself: made twice, changed, seen, lost sight of,
//! deleted twice.
//!
//! Against the sandbox; with `AWS_ENDPOINT_URL` set, against whatever AWS stands there, one test at a time.

mod common;

use std::collections::BTreeMap;
use std::time::Duration;

use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_ec2::types::{IpPermission, IpRange, UserIdGroupPair};
use aws_sdk_route53::types::{
    Change, ChangeAction, ChangeBatch, ResourceRecord, ResourceRecordSet, RrType, TagResourceType,
};
use common::{SEED, cruddur};
use engine::aws::connection::{Connection, Sandbox as Endpoint};
use engine::aws::observe::{self, Look};
use engine::aws::{Aws, AwsError, Class, Probe, Task, Told, World, part, wait};
use tokio_util::sync::CancellationToken;
use topology::field::DEREGISTRATION_DELAY;
use topology::graph::Topology;
use topology::node::{Node, NodeId, NodeKind, Spec};
use topology::observation::{Ask, Condition, Found, Observation};
use topology::stack::{HostName, Level, StackName, file};

const DEDICATED: &str = "\n[network]\nmode = \"dedicated\"\ncidr = \"10.20.0.0/16\"\n";

/// What has an adapter under test, in the order of making.
const KINDS: [NodeKind; 14] = [
    NodeKind::HostedZone,
    NodeKind::Delegation,
    NodeKind::Vpc,
    NodeKind::Subnet,
    NodeKind::InternetGateway,
    NodeKind::RouteTable,
    NodeKind::SecurityGroup,
    NodeKind::Certificate,
    NodeKind::ValidationRecord,
    NodeKind::LoadBalancer,
    NodeKind::TargetGroup,
    NodeKind::Listener,
    NodeKind::Rule,
    NodeKind::Alias,
];

struct Yard {
    aws: Aws,
    sdk: SdkConfig,
    stack: StackName,
    world: World,
    cancel: CancellationToken,
    /// Held so that it lives.
    sandbox: Option<sandbox::Sandbox>,
}

impl Yard {
    async fn new() -> Self {
        let (sandbox, connection) = match std::env::var("AWS_ENDPOINT_URL") {
            Ok(_) => (None, Connection::default()),
            Err(_) => {
                let settings = sandbox::Settings { speed: common::SPEED, ..sandbox::Settings::default() };
                let started = sandbox::Sandbox::start(settings, ([127, 0, 0, 1], 0).into()).await;
                let sandbox = started.expect("the sandbox starts");
                let endpoint = Endpoint { endpoint: sandbox.endpoint(), speed: common::SPEED, door: None };
                let region = Some(topology::stack::Region::new("us-east-1"));
                (Some(sandbox), Connection { sandbox: Some(endpoint), region })
            }
        };
        let aws = Aws::connect(&connection).await.expect("it connects");
        let anyone = aws_credential_types::Credentials::new("anyone", "anyone", None, None, "test");
        let sdk = aws_config::defaults(BehaviorVersion::latest())
            .region(aws_config::Region::new(aws.region().to_string()))
            .credentials_provider(anyone)
            .endpoint_url(aws.endpoint().expect("an emulator"))
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .load()
            .await;
        Self {
            aws,
            sdk,
            stack: cruddur(),
            world: World::default(),
            cancel: CancellationToken::new(),
            sandbox,
        }
    }

    fn task<'a>(&'a self, node: &'a Node) -> Task<'a> {
        Task {
            aws: &self.aws,
            stack: &self.stack,
            id: &node.id,
            name: &node.name,
            world: &self.world,
            cancel: &self.cancel,
            teller: &|told| eprintln!("    {told:?}"),
        }
    }

    async fn try_make(&self, node: &Node, found: Option<&Found>) -> Result<Found, AwsError> {
        let task = self.task(node);
        let making = part::make(&task, &node.spec, found);
        let made = tokio::time::timeout(Duration::from_secs(20), making).await;
        let made = made.unwrap_or_else(|_| panic!("{}: making it takes for ever", node.id))?;
        self.world.put(&node.id, made.clone());
        Ok(made)
    }

    async fn make(&self, node: &Node, found: Option<&Found>) -> Found {
        self.try_make(node, found).await.unwrap_or_else(|error| panic!("{}: {error}", node.id))
    }

    async fn settle(&self, node: &Node) -> Found {
        let made = self.world.get(&node.id).expect("it was made");
        let settled = part::settle(&self.task(node), &node.spec, made).await;
        let settled = settled.unwrap_or_else(|error| panic!("{}: {error}", node.id));
        self.world.put(&node.id, settled.clone());
        settled
    }

    async fn make_all(&self, topology: &Topology) {
        for node in parts(topology) {
            self.make(node, None).await;
            // It is issued once its record is there.
            match node.id.kind {
                NodeKind::Certificate => {}
                NodeKind::ValidationRecord => {
                    self.settle(node).await;
                    self.settle(&topology.nodes[&NodeId::only(NodeKind::Certificate)]).await;
                }
                _ => {
                    self.settle(node).await;
                }
            }
        }
    }

    async fn delete_all(&self, topology: &Topology) {
        for node in parts(topology).into_iter().rev() {
            let Some(found) = self.world.get(&node.id) else { continue };
            for time in ["once", "twice"] {
                let deleted = part::delete(&self.task(node), &found).await;
                deleted.unwrap_or_else(|error| panic!("{}, {time}: {error}", node.id));
            }
            // What stands on a zone finds its zone until it goes itself.
            if node.id.kind != NodeKind::HostedZone {
                self.world.remove(&node.id);
            }
        }
    }

    async fn look(&self, wanted: &Topology) -> Observation {
        let look = Look { aws: &self.aws, stack: &self.stack, wanted: Some(wanted) };
        observe::observe(&look, 0, topology::operation::EventId(0))
            .await
            .unwrap_or_else(|error| panic!("a look: {error}"))
    }

    async fn nothing_is_left(&self, topology: &Topology) {
        let left = self.look(topology).await.found;
        let left: Vec<&NodeId> = left.keys().filter(|id| !is_shared(topology, id)).collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

fn is_shared(topology: &Topology, id: &NodeId) -> bool {
    topology.nodes.get(id).is_some_and(|node| matches!(node.spec, Spec::Vpc { cidr: None, .. }))
}

fn topology(text: &str) -> Topology {
    let stack = file::read(text).unwrap_or_else(|problems| panic!("{problems:?}"));
    Topology::of(&stack, text, Level::Awake)
}

fn parts(topology: &Topology) -> Vec<&Node> {
    let of_kind = |kind| topology.nodes.values().filter(move |node| node.id.kind == kind);
    KINDS.into_iter().flat_map(of_kind).collect()
}

fn only(kind: NodeKind) -> NodeId {
    NodeId::only(kind)
}

/// What differs between what is wanted and what was read.
fn differences(spec: &Spec, found: &Found) -> BTreeMap<String, (String, String)> {
    let wanted = spec.fields().into_iter();
    wanted
        // Only a reading in full tells it.
        .filter(|(name, _)| name != DEREGISTRATION_DELAY)
        .filter_map(|(name, to)| {
            let from = found.fields.get(&name).cloned().unwrap_or_else(|| "not read".into());
            (from != to).then_some((name, (from, to)))
        })
        .collect()
}

async fn every_part_has_its_life(text: &str, most_calls_a_look: u64) {
    let yard = Yard::new().await;
    let topology = topology(text);
    yard.nothing_is_left(&topology).await;
    let mut all = 0;
    for node in parts(&topology) {
        let before = yard.aws.calls();
        let made = yard.make(node, None).await;
        let calls = yard.aws.calls() - before;
        all += calls;
        eprintln!("{}: made in {calls} calls", node.id);
        assert_eq!(differences(&node.spec, &made), BTreeMap::new(), "{}", node.id);
        let before = yard.aws.calls();
        let again = yard.make(node, Some(&made)).await;
        // A record is written again, as a change of what it carries asks for.
        let rewritten = matches!(node.id.kind, NodeKind::ValidationRecord | NodeKind::Alias);
        // A VPC is told again to name its hosts.
        let allowed = u64::from(rewritten || node.id.kind == NodeKind::Vpc);
        assert!(yard.aws.calls() - before <= allowed, "{}", node.id);
        assert_eq!((again.aws_id, again.fields), (made.aws_id, made.fields), "{}", node.id);
        if node.id.kind == NodeKind::ValidationRecord {
            yard.settle(&topology.nodes[&only(NodeKind::Certificate)]).await;
        }
        if node.id.kind != NodeKind::Certificate {
            assert_eq!(yard.settle(node).await.condition, Condition::Ready, "{}", node.id);
        }
    }
    eprintln!("all made in {all} calls");

    let seen = yard.look(&topology).await;
    assert!(seen.foreign.is_empty(), "{:?}", seen.foreign);
    for node in parts(&topology) {
        let id = &node.id;
        let found = seen.found.get(id).unwrap_or_else(|| panic!("{id} is not seen"));
        let made = yard.world.get(id).expect("it was made");
        assert_eq!(found.condition, Condition::Ready, "{id}");
        assert_eq!(found.aws_id, made.aws_id, "{id}");
        assert_eq!(differences(&node.spec, found), BTreeMap::new(), "{id}");
        let told = |name: &String| made.fields.get(name) == Some(&found.fields[name]);
        assert!(found.fields.keys().all(told), "{id}: {:?} {:?}", found.fields, made.fields);
        assert_eq!(found.facts.get("name"), Some(&node.name), "{id}");
        assert_eq!(made.facts.get("name"), Some(&node.name), "{id}");
    }
    let note = seen.note.expect("the zone notes the stack");
    assert_eq!((note.level, note.file.as_str()), (Level::Awake, text));
    let told = observe::stacks(&yard.aws).await.expect("stacks");
    assert_eq!(told.get(&yard.stack), Some(&observe::ZoneTells::Deployed(note)));
    // The other adapters look too, and find nothing.
    eprintln!("seen in {} calls", seen.calls);
    assert!(seen.calls <= most_calls_a_look, "{} calls", seen.calls);

    yard.delete_all(&topology).await;
    yard.world.remove(&only(NodeKind::HostedZone));
    yard.nothing_is_left(&topology).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_part_in_the_default_network_is_made_seen_and_deleted_and_each_of_it_twice() {
    every_part_has_its_life(SEED, 23).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_part_in_a_network_of_its_own_is_made_seen_and_deleted_and_each_of_it_twice() {
    every_part_has_its_life(&format!("{SEED}{DEDICATED}"), 26).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_whose_making_was_lost_sight_of_is_taken_up_again() {
    let yard = Yard::new().await;
    let topology = topology(&format!("{SEED}{DEDICATED}"));
    yard.make_all(&topology).await;
    // Those that AWS lets stand beside another of the same name or none are found by looking.
    let unnamed = [
        NodeKind::HostedZone,
        NodeKind::Vpc,
        NodeKind::InternetGateway,
        NodeKind::RouteTable,
        NodeKind::Certificate,
    ];
    for node in parts(&topology).into_iter().filter(|node| !unnamed.contains(&node.id.kind)) {
        let made = yard.world.get(&node.id).expect("it was made");
        let again = yard.make(node, None).await;
        assert_eq!(again.aws_id, made.aws_id, "{}", node.id);
        assert_eq!(again.fields, made.fields, "{}", node.id);
    }
    yard.delete_all(&topology).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_in_the_stack_or_on_aws_is_seen_and_mended() {
    let yard = Yard::new().await;
    let old = topology(SEED);
    yard.make_all(&old).await;
    let (groups, group) =
        (aws_sdk_ec2::Client::new(&yard.sdk), NodeId::part(NodeKind::SecurityGroup, "services"));
    let ssh = IpPermission::builder().ip_protocol("tcp").from_port(22).to_port(22);
    let ssh = ssh.ip_ranges(IpRange::builder().cidr_ip("10.0.0.0/8").build()).build();
    let id = yard.world.get(&group).expect("it was made").aws_id;
    groups.authorize_security_group_ingress().group_id(id).ip_permissions(ssh).send().await.expect("by hand");
    let text = SEED
        .replace("host   = \"api\"", "host   = \"backend\"")
        .replace("path = \"/\"", "path = \"/ok\"")
        .replace("host   = \"@\"", "host   = \"www\"")
        .replace("port   = 4567", "port   = 4568");
    let new = topology(&text);
    let seen = yard.look(&new).await.found;
    assert!(seen[&group].fields["lets in"].contains("10.0.0.0/8 on 22"), "{:?}", seen[&group]);
    for id in [
        group,
        NodeId::only(NodeKind::HostedZone),
        NodeId::part(NodeKind::TargetGroup, "frontend"),
        NodeId::part(NodeKind::Listener, "https"),
        NodeId::part(NodeKind::Rule, "backend"),
    ] {
        let node = &new.nodes[&id];
        assert_ne!(differences(&node.spec, &seen[&id]), BTreeMap::new(), "{id}");
        yard.make(node, seen.get(&id)).await;
        let now = yard.look(&new).await.found;
        assert_eq!(differences(&node.spec, &now[&id]), BTreeMap::new(), "{id}");
    }
    // The old hosts are still aliases of the load balancer, and no longer asked for.
    let aliases: Vec<&str> = seen
        .iter()
        .filter(|(id, _)| id.kind == NodeKind::Alias)
        .map(|(_, found)| found.aws_id.as_str())
        .collect();
    assert_eq!(aliases.len(), 2, "{aliases:?}");
    yard.delete_all(&old).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_somebody_else_has_is_told_and_not_touched() {
    let yard = Yard::new().await;
    let topology = topology(SEED);
    let vpc = &topology.nodes[&only(NodeKind::Vpc)];
    let default = yard.make(vpc, None).await;
    let ec2 = aws_sdk_ec2::Client::new(&yard.sdk);
    let group = ec2.create_security_group().group_name("cruddur-services").description("somebody's");
    let theirs = group.vpc_id(&default.aws_id).send().await.expect("a group").group_id.expect("an id");
    let id = NodeId::part(NodeKind::SecurityGroup, "services");
    let seen = yard.look(&topology).await;
    assert_eq!(seen.foreign[&id].aws_id, theirs);
    assert!(!seen.found.contains_key(&id));
    let balancer = NodeId::part(NodeKind::SecurityGroup, "load-balancer");
    let made = yard.make(&topology.nodes[&balancer], None).await;
    let refused = yard.try_make(&topology.nodes[&id], None).await.expect_err("it is not ours");
    assert_eq!(refused.class, Class::Exists);
    assert!(refused.message.contains(&theirs), "{refused}");
    part::delete(&yard.task(&topology.nodes[&balancer]), &made).await.expect("it goes");
    ec2.delete_security_group().group_id(theirs).send().await.expect("it was left alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_of_somebody_elses_group_are_told_and_not_touched() {
    let yard = Yard::new().await;
    let topology = topology(SEED);
    let default = yard.make(&topology.nodes[&only(NodeKind::Vpc)], None).await;
    let [balancer, services] = ["load-balancer", "services"]
        .map(|part| &topology.nodes[&NodeId::part(NodeKind::SecurityGroup, part)]);
    yard.make(balancer, None).await;
    let made = yard.make(services, None).await;
    let ec2 = aws_sdk_ec2::Client::new(&yard.sdk);
    let group = ec2.create_security_group().group_name("database").description("somebody's");
    let theirs = group.vpc_id(&default.aws_id).send().await.expect("a group").group_id.expect("an id");
    let pair = UserIdGroupPair::builder().group_id(&made.aws_id).build();
    let rule = IpPermission::builder().ip_protocol("tcp").from_port(5432).to_port(5432);
    let rule = rule.user_id_group_pairs(pair).build();
    let open = ec2.authorize_security_group_ingress().group_id(&theirs).ip_permissions(rule.clone());
    open.send().await.expect("a rule");

    let (sender, mut told) = tokio::sync::mpsc::unbounded_channel();
    let teller = move |word| sender.send(word).expect("somebody listens");
    let task = Task { teller: &teller, ..yard.task(services) };
    let by_hand = async {
        let Some(Told::WaitsFor(word)) = told.recv().await else { panic!("it waits") };
        assert!(word.contains(&format!("`database` ({theirs})")), "{word}");
        let there = ec2.describe_security_groups().group_ids(&theirs).send().await.expect("it is there");
        assert_eq!(there.security_groups()[0].ip_permissions().len(), 1);
        let close = ec2.revoke_security_group_ingress().group_id(&theirs).ip_permissions(rule);
        close.send().await.expect("somebody lets go");
    };
    let (deleted, ()) = tokio::join!(part::delete(&task, &made), by_hand);
    deleted.expect("it goes");
}

/// A trouble of AWS's that the SDK has given up on.
fn throttled() -> AwsError {
    AwsError::new("look", Class::Throttled, "Rate exceeded")
}

#[tokio::test]
async fn a_wait_outlives_trouble_until_its_deadline() {
    let yard = Yard::new().await;
    let topology = topology(SEED);
    let task = yard.task(&topology.nodes[&only(NodeKind::Vpc)]);
    tokio::time::pause();
    let mut answers = vec![Ok(Probe::Done(1)), Err(throttled()), Ok(Probe::NotYet(None)), Err(throttled())];
    let minute = Duration::from_secs(60);
    let done =
        wait::until(&task, "it holds", minute, || std::future::ready(answers.pop().expect("one"))).await;
    assert_eq!(done.expect("it goes on"), 1);
    let never = async || Err::<Probe<()>, _>(throttled());
    let error = wait::until(&task, "it holds", minute, never).await.expect_err("it has a deadline");
    assert_eq!(error.class, Class::Throttled);
    let denied = async || Err::<Probe<()>, _>(AwsError::new("look", Class::Denied, "no"));
    let error = wait::until(&task, "it holds", minute, denied).await.expect_err("it does not pass by itself");
    assert_eq!(error.class, Class::Denied);

    let mut attempts = vec![Ok(2), Err(throttled())];
    let through =
        wait::through(&task, "it is free", minute, || std::future::ready(attempts.pop().expect("one")));
    assert_eq!(through.await.expect("it tries again"), 2);
}

#[tokio::test]
async fn who_waits_for_a_person_bears_ten_minutes_without_an_answer() {
    let yard = Yard::new().await;
    let topology = topology(SEED);
    let task = yard.task(&topology.nodes[&only(NodeKind::Vpc)]);
    tokio::time::pause();
    let start = tokio::time::Instant::now();
    let hour = Duration::from_secs(3600);
    let ask = Ask::Delegate { domain: HostName::new("cruddur-dw.com"), name_servers: Vec::new() };
    let probe = async || match start.elapsed() > hour {
        true => Err::<Probe<()>, _>(throttled()),
        false => Ok(Probe::Ask(ask.clone())),
    };
    let error = wait::until(&task, "a person acts", Duration::from_secs(60), probe).await;
    assert_eq!(error.expect_err("nobody answers").class, Class::Throttled);
    let minutes = start.elapsed().as_secs() / 60;
    assert!((69..=71).contains(&minutes), "{minutes}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_zone_that_came_with_the_domain_is_taken_up_and_let_go() {
    let yard = Yard::new().await;
    let topology = topology(SEED);
    let node = &topology.nodes[&only(NodeKind::HostedZone)];
    let route53 = aws_sdk_route53::Client::new(&yard.sdk);
    let made = route53.create_hosted_zone().name("cruddur-dw.com").caller_reference(reference()).send().await;
    let id = made.expect("a zone").hosted_zone.expect("a zone").id.replace("/hostedzone/", "");
    let found = yard.look(&topology).await.found.remove(&node.id).expect("it is taken up");
    assert_eq!(found.fields["noted"], "no");
    yard.make(node, Some(&found)).await;
    let noted = yard.look(&topology).await.found.remove(&node.id).expect("it is there");
    assert_eq!(differences(&node.spec, &noted), BTreeMap::new());

    let Spec::HostedZone { domain, .. } = &node.spec else { panic!("{:?}", node.spec) };
    let spec = Spec::HostedZone { domain: domain.clone(), note: None };
    let let_go = Node { spec, ..node.clone() };
    yard.make(&let_go, Some(&noted)).await;
    let tags = route53.list_tags_for_resource().resource_type(TagResourceType::Hostedzone).resource_id(&id);
    let tags = tags.send().await.expect("tags").resource_tag_set.expect("tags");
    let tags: Vec<_> = tags.tags().iter().map(|tag| (tag.key(), tag.value())).collect();
    assert_eq!(tags, [(Some("slipway:kept-by"), Some(yard.stack.as_str()))]);

    change(&route53, &id, ChangeAction::Create).await;
    let refused = part::delete(&yard.task(node), &found).await.expect_err("it is not empty");
    assert_eq!(refused.class, Class::InUse);
    assert!(refused.message.contains("mail.cruddur-dw.com"), "{refused}");
    change(&route53, &id, ChangeAction::Delete).await;
    part::delete(&yard.task(node), &found).await.expect("it is empty");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_zone_keeps_notes_of_every_length() {
    let yard = Yard::new().await;
    let topology = topology(SEED);
    let mut node = topology.nodes[&only(NodeKind::HostedZone)].clone();
    let noise: String =
        (0..600_u64).map(|number| format!("# {:x}\n", number.wrapping_mul(0x9E37_79B9_7F4A_7C15))).collect();
    let mut found = None;
    for extra in ["", noise.as_str(), "# short\n"] {
        let Spec::HostedZone { note: Some(note), .. } = &mut node.spec else { panic!("a note") };
        note.file = format!("{SEED}{extra}");
        let text = note.file.clone();
        yard.make(&node, found.as_ref()).await;
        let look = Look { aws: &yard.aws, stack: &yard.stack, wanted: Some(&topology) };
        let seen = observe::observe(&look, 0, topology::operation::EventId(0)).await.expect("a look");
        assert_eq!(seen.note.expect("a note").file, text);
        found = seen.found.get(&node.id).cloned();
        assert_eq!(differences(&node.spec, found.as_ref().expect("a zone")), BTreeMap::new());
    }
    part::delete(&yard.task(&node), &found.expect("a zone")).await.expect("it goes");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_aliases_take_few_calls() {
    let yard = Yard::new().await;
    let more: String = (0..30)
        .map(|number| {
            format!(
                "\n[services.more{number}]\nhost = \"more{number}\"\nimage = \"more:1\"\nport = 8080\ncpu = 256\nmemory = 512\n"
            )
        })
        .collect();
    let topology = topology(&format!("{SEED}{more}"));
    let (aliases, ground): (Vec<&Node>, Vec<&Node>) =
        parts(&topology).into_iter().partition(|node| node.id.kind == NodeKind::Alias);
    let needed = [NodeKind::HostedZone, NodeKind::Vpc, NodeKind::SecurityGroup, NodeKind::LoadBalancer];
    for node in ground.into_iter().filter(|node| needed.contains(&node.id.kind)) {
        yard.make(node, None).await;
    }
    let before = yard.aws.calls();
    futures::future::join_all(aliases.iter().map(async |node| {
        yard.make(node, None).await;
        yard.settle(node).await;
    }))
    .await;
    let made = yard.aws.calls() - before;
    let before = yard.aws.calls();
    futures::future::join_all(aliases.iter().map(async |node| {
        let found = yard.world.get(&node.id).expect("it was made");
        part::delete(&yard.task(node), &found).await.expect("it goes");
    }))
    .await;
    let deleted = yard.aws.calls() - before;
    eprintln!("{} aliases: made in {made} calls, deleted in {deleted}", aliases.len());
    assert!(made <= 40, "{made} calls");
    assert!(deleted <= 10, "{deleted} calls");
    yard.delete_all(&topology).await;
    if let Some(sandbox) = yard.sandbox {
        sandbox.stop().await;
    }
}

fn reference() -> String {
    format!("{:?}", std::time::SystemTime::now())
}

async fn change(route53: &aws_sdk_route53::Client, zone: &str, action: ChangeAction) {
    let value = ResourceRecord::builder().value("192.0.2.7").build().expect("a value");
    let set = ResourceRecordSet::builder().name("mail.cruddur-dw.com").r#type(RrType::A).ttl(60);
    let set = set.resource_records(value).build().expect("a record");
    let change = Change::builder().action(action).resource_record_set(set).build().expect("a change");
    let batch = ChangeBatch::builder().changes(change).build().expect("a batch");
    let changed = route53.change_resource_record_sets().hosted_zone_id(zone).change_batch(batch).send().await;
    changed.expect("it changes");
}
