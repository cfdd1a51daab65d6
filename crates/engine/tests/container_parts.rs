//! The parts that run containers, each by itself: made twice, changed, seen, lost sight of, deleted twice.
//!
//! Against the sandbox; with `AWS_ENDPOINT_URL` set, against whatever AWS stands there. For moto, start it with
//! `MOTO_ECS_SERVICE_RUNNING=1`: else its services never run a task.

mod common;

use std::collections::BTreeMap;

use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_elasticloadbalancingv2::types::{
    Action, ActionTypeEnum, LoadBalancerSchemeEnum, ProtocolEnum, TargetDescription, TargetTypeEnum,
};
use common::{SEED, cruddur};
use engine::aws::connection::{Connection, Sandbox as Endpoint};
use engine::aws::observe::{Look, Seen, containers};
use engine::aws::read;
use engine::aws::{Aws, AwsError, Class, Task, Told, World, part};
use tokio_util::sync::CancellationToken;
use topology::graph::Topology;
use topology::node::{NodeId, NodeKind, Spec};
use topology::observation::{Ask, Condition, Found, SHARED};
use topology::stack::{Level, StackName, file};

const SCHEDULE: &str = r#"
[uptime]
schedule = { timezone = "Europe/Berlin", awake = "Mon-Fri 09:00-18:00", otherwise = "doze" }
"#;

/// What has an adapter under test, in the order of making.
const KINDS: [NodeKind; 8] = [
    NodeKind::Repository,
    NodeKind::Image,
    NodeKind::Cluster,
    NodeKind::LogGroup,
    NodeKind::Role,
    NodeKind::TaskDefinition,
    NodeKind::Service,
    NodeKind::Schedule,
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
        let (world, cancel) = (World::default(), CancellationToken::new());
        let yard = Self { aws, sdk, stack: cruddur(), world, cancel, sandbox };
        yard.lay_ground().await;
        yard
    }

    /// What other adapters make: target groups on a listener, a security group.
    async fn lay_ground(&self) {
        let (ec2, elb) =
            (aws_sdk_ec2::Client::new(&self.sdk), aws_sdk_elasticloadbalancingv2::Client::new(&self.sdk));
        let subnets = ec2.describe_subnets().send().await.expect("subnets").subnets.expect("a default VPC");
        let vpc = subnets[0].vpc_id().expect("an id").to_owned();
        let ids: Vec<String> = subnets.iter().take(2).filter_map(|subnet| subnet.subnet_id.clone()).collect();
        let group =
            ec2.create_security_group().group_name("cruddur-services").description("services").vpc_id(&vpc);
        let group = group.send().await.expect("a group").group_id.expect("an id");
        self.put(NodeId::part(NodeKind::SecurityGroup, "services"), Found::new(group, Condition::Ready));
        self.put(
            NodeId::only(NodeKind::Vpc),
            Found::new(&vpc, Condition::Ready).fact("subnets", ids.join(",")).fact(SHARED, "yes"),
        );
        let balancer = elb.create_load_balancer().name("ground").set_subnets(Some(ids));
        let balancer =
            balancer.scheme(LoadBalancerSchemeEnum::InternetFacing).send().await.expect("a balancer");
        let balancer = balancer.load_balancers()[0].load_balancer_arn().expect("an ARN").to_owned();
        for (service, port) in [("frontend", 3000), ("backend", 4567)] {
            let group = elb.create_target_group().name(format!("cruddur-{service}")).port(port).vpc_id(&vpc);
            let group = group.protocol(ProtocolEnum::Http).target_type(TargetTypeEnum::Ip).send().await;
            let group = group.expect("a target group").target_groups()[0]
                .target_group_arn()
                .expect("an ARN")
                .to_owned();
            let forward = Action::builder().r#type(ActionTypeEnum::Forward).target_group_arn(&group).build();
            let listener =
                elb.create_listener().load_balancer_arn(&balancer).port(port).protocol(ProtocolEnum::Http);
            listener.default_actions(forward).send().await.expect("a listener");
            if self.sandbox.is_none() {
                // Moto's tasks never come to their target group.
                let targets = ["172.31.0.11", "172.31.0.12"]
                    .map(|address| TargetDescription::builder().id(address).build());
                elb.register_targets()
                    .target_group_arn(&group)
                    .set_targets(Some(targets.into()))
                    .send()
                    .await
                    .expect("targets");
            }
            self.put(NodeId::part(NodeKind::TargetGroup, service), Found::new(group, Condition::Ready));
        }
    }

    fn put(&self, id: NodeId, found: Found) {
        self.world.put(&id, found);
    }

    /// What the service's load balancer part looks like to its node.
    fn with_listener(&self) {
        self.put(NodeId::part(NodeKind::Listener, "https"), Found::new("listener", Condition::Ready));
    }

    async fn make(&self, id: &NodeId, spec: &Spec, found: Option<&Found>) -> Result<Found, AwsError> {
        let made = part::make(&self.task(id), spec, found).await?;
        self.put(id.clone(), made.clone());
        Ok(made)
    }

    async fn settle(&self, id: &NodeId, spec: &Spec, made: Found) -> Result<Found, AwsError> {
        let settled = part::settle(&self.task(id), spec, made).await?;
        self.put(id.clone(), settled.clone());
        Ok(settled)
    }

    async fn delete(&self, id: &NodeId, found: &Found) -> Result<(), AwsError> {
        part::delete(&self.task(id), found).await
    }

    fn task<'a>(&'a self, id: &'a NodeId) -> Task<'a> {
        let name = id.part.strip_prefix("task/").unwrap_or(&id.part);
        Task {
            aws: &self.aws,
            stack: &self.stack,
            id,
            name,
            world: &self.world,
            cancel: &self.cancel,
            teller: &tell,
        }
    }

    async fn look(&self, wanted: &Topology) -> Seen {
        let look = Look { aws: &self.aws, stack: &self.stack, wanted: Some(wanted) };
        containers(&look).await.expect("a look")
    }

    /// What was seen of a part, with what a bulk look does not tell.
    async fn read_in_full(&self, wanted: &Topology, id: &NodeId, seen: &Found) -> Found {
        let look = Look { aws: &self.aws, stack: &self.stack, wanted: Some(wanted) };
        let node = &wanted.nodes[id];
        let mut found = seen.clone();
        if read::is_worth_it(node, seen) {
            let read = read::read(&look, node, seen).await.unwrap_or_else(|error| panic!("{id}: {error}"));
            read.unwrap_or_else(|| panic!("{id} is gone")).lay_over(&mut found);
        }
        found
    }

    /// Whatever the user's CI does.
    async fn push(&self, repository: &str, tag: &str) {
        let manifest = r#"{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json","config":{"mediaType":"application/vnd.docker.container.image.v1+json","size":2,"digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"},"layers":[]}"#;
        let image = aws_sdk_ecr::Client::new(&self.sdk).put_image().repository_name(repository);
        // The sandbox plays the CI by itself, and may be faster.
        let _ = image.image_tag(tag).image_manifest(manifest).send().await;
    }

    async fn make_all(&self, topology: &Topology) {
        for (id, spec) in parts(topology) {
            let made = self.make(id, spec, None).await.unwrap_or_else(|error| panic!("{id}: {error}"));
            if let Spec::Image { repository, tag } = spec {
                self.push(repository, tag).await;
            }
            self.settle(id, spec, made).await.unwrap_or_else(|error| panic!("{id}: {error}"));
        }
    }

    async fn delete_all(&self, topology: &Topology) {
        for (id, _) in parts(topology).into_iter().rev() {
            let Some(found) = self.world.get(id) else { continue };
            for time in ["once", "twice"] {
                self.delete(id, &found).await.unwrap_or_else(|error| panic!("{id}, {time}: {error}"));
            }
            self.world.remove(id);
        }
    }
}

fn tell(told: Told) {
    eprintln!("    {told:?}");
}

fn topology(text: &str, level: Level) -> Topology {
    let stack = file::read(text).expect("a good stack file");
    Topology::of(&stack, text, level)
}

fn parts(topology: &Topology) -> Vec<(&NodeId, &Spec)> {
    let of_kind = |kind| topology.nodes.values().filter(move |node| node.id.kind == kind);
    KINDS.into_iter().flat_map(of_kind).map(|node| (&node.id, &node.spec)).collect()
}

fn scheduled() -> String {
    format!("{SEED}{SCHEDULE}")
}

/// What differs between what is wanted and what was read.
fn differences(spec: &Spec, found: &Found) -> BTreeMap<String, (String, String)> {
    let read = |name: &str| found.fields.get(name).cloned();
    let fields = spec.fields().into_iter();
    fields
        .filter_map(|(name, to)| read(&name).filter(|from| *from != to).map(|from| (name, (from, to))))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_part_is_made_seen_and_deleted_and_each_of_it_twice() {
    let yard = Yard::new().await;
    yard.with_listener();
    let text = scheduled();
    let topology = topology(&text, Level::Awake);
    assert!(yard.look(&topology).await.found.is_empty());

    for (id, spec) in parts(&topology) {
        let before = yard.aws.calls();
        let made = yard.make(id, spec, None).await.unwrap_or_else(|error| panic!("{id}: {error}"));
        let calls = yard.aws.calls() - before;
        eprintln!("{id}: made in {calls} calls");
        assert_eq!(differences(spec, &made), BTreeMap::new(), "{id}");
        let before = yard.aws.calls();
        let again = yard.make(id, spec, Some(&made)).await.unwrap_or_else(|error| panic!("{id}: {error}"));
        assert_eq!(again, made, "{id}");
        // Whose a repository is, and its lifecycle policy, is what no look shows.
        assert!(yard.aws.calls() - before <= 2 * u64::from(id.kind == NodeKind::Repository), "{id}");
        if let Spec::Image { repository, tag } = spec {
            yard.push(repository, tag).await;
        }
        let settled = yard.settle(id, spec, made).await.unwrap_or_else(|error| panic!("{id}: {error}"));
        assert_eq!(settled.condition, Condition::Ready, "{id}");
    }

    let before = yard.aws.calls();
    let seen = yard.look(&topology).await;
    let calls = yard.aws.calls() - before;
    eprintln!("seen in {calls} calls");
    assert!(calls <= 9, "{calls} calls");
    assert!(seen.foreign.is_empty(), "{:?}", seen.foreign);
    for (id, spec) in parts(&topology) {
        let found = seen.found.get(id).unwrap_or_else(|| panic!("{id} is not seen"));
        let made = yard.world.get(id).expect("it was made");
        assert_eq!(found.condition, Condition::Ready, "{id}");
        assert_eq!(found.aws_id, made.aws_id, "{id}");
        let told = |name: &String| made.fields.get(name).is_none_or(|value| found.fields[name] == *value);
        assert!(found.fields.keys().all(told), "{id}: {:?} {:?}", found.fields, made.fields);
        assert_eq!(found.facts.get("name"), made.facts.get("name").or(found.facts.get("name")), "{id}");
        assert_eq!(differences(spec, found), BTreeMap::new(), "{id}");
        let in_full = yard.read_in_full(&topology, id, found).await;
        assert_eq!(differences(spec, &in_full), BTreeMap::new(), "{id}");
        let before = yard.aws.calls();
        yard.make(id, spec, Some(found)).await.unwrap_or_else(|error| panic!("{id}: {error}"));
        assert!(yard.aws.calls() - before <= 2 * u64::from(id.kind == NodeKind::Repository), "{id}");
    }

    yard.delete_all(&topology).await;
    let left = yard.look(&topology).await.found;
    assert!(left.is_empty(), "{:?}", left.keys());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_whose_making_was_lost_sight_of_is_taken_up_again() {
    let yard = Yard::new().await;
    yard.with_listener();
    let text = scheduled();
    let topology = topology(&text, Level::Awake);
    yard.make_all(&topology).await;
    for (id, spec) in parts(&topology) {
        // Each registration is a new revision; its family is seen before.
        if id.kind != NodeKind::TaskDefinition {
            let made = yard.world.get(id).expect("it was made");
            let again = yard.make(id, spec, None).await.unwrap_or_else(|error| panic!("{id}: {error}"));
            assert_eq!(again.aws_id, made.aws_id, "{id}");
        }
    }
    yard.delete_all(&topology).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_definition_is_read_in_full_rolled_out_and_noted() {
    let yard = Yard::new().await;
    yard.with_listener();
    let old = topology(SEED, Level::Awake);
    yard.make_all(&old).await;
    let text = SEED
        .replace("FRONTEND_URL = \"https://cruddur-dw.com\"", "COLOUR = \"blue\"")
        .replace("count  = 1", "count  = 2");
    let new = topology(&text, Level::Awake);
    let definition = NodeId::part(NodeKind::TaskDefinition, "backend");
    let service = NodeId::part(NodeKind::Service, "backend");

    let seen = yard.look(&new).await.found;
    assert!(seen[&definition].fields.contains_key("env FRONTEND_URL"), "{:?}", seen[&definition]);
    for id in [&definition, &service] {
        let spec = &new.nodes[id].spec;
        let made = yard.make(id, spec, seen.get(id)).await.unwrap_or_else(|error| panic!("{id}: {error}"));
        assert_ne!(Some(&made), seen.get(id), "{id}");
        yard.settle(id, spec, made).await.unwrap_or_else(|error| panic!("{id}: {error}"));
    }
    let seen = yard.look(&new).await.found;
    assert_eq!(differences(&new.nodes[&definition].spec, &seen[&definition]), BTreeMap::new());
    assert_eq!(seen[&service].fields["tasks"], "2");
    assert_eq!(seen[&service].condition, Condition::Ready);
    yard.delete_all(&old).await;
    assert!(yard.look(&old).await.found.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revision_that_no_service_was_told_of_is_not_made_twice() {
    let yard = Yard::new().await;
    yard.with_listener();
    let old = topology(SEED, Level::Awake);
    yard.make_all(&old).await;
    let text = SEED.replace("backend-flask:latest", "backend-flask:v2");
    let new = topology(&text, Level::Awake);
    let id = NodeId::part(NodeKind::TaskDefinition, "backend");
    let found = yard.look(&new).await.found.remove(&id).expect("the old one");
    let made = yard.make(&id, &new.nodes[&id].spec, Some(&found)).await.expect("a new revision");
    let again = yard.make(&id, &new.nodes[&id].spec, Some(&found)).await.expect("the same revision");
    assert_eq!(again, made);
    yard.delete_all(&old).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_elses_repository_is_used_and_never_deleted() {
    let yard = Yard::new().await;
    let ecr = aws_sdk_ecr::Client::new(&yard.sdk);
    ecr.create_repository().repository_name("cruddur-python").send().await.expect("a repository");
    let topology = topology(SEED, Level::Off);
    let id = NodeId::part(NodeKind::Repository, "cruddur-python");
    let made = yard.make(&id, &topology.nodes[&id].spec, None).await.expect("it is used");
    assert_eq!(made.facts.get(SHARED).map(String::as_str), Some("yes"));
    assert!(yard.look(&topology).await.found[&id].facts.contains_key(SHARED));
    let refused = yard.delete(&id, &made).await.expect_err("it stays");
    assert_eq!(refused.class, Class::Exists);
    ecr.delete_repository().repository_name("cruddur-python").send().await.expect("it was there");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_comes_later_with_somebody_elses_repository_makes_it_no_ones() {
    let yard = Yard::new().await;
    yard.with_listener();
    let old = topology(SEED, Level::Awake);
    yard.make_all(&old).await;
    let ecr = aws_sdk_ecr::Client::new(&yard.sdk);
    ecr.create_repository().repository_name("theirs").send().await.expect("a repository");
    let text = format!(
        "{SEED}\n[services.worker]\nhost = \"worker\"\nimage = \"theirs:latest\"\nport = 9000\ncpu = 256\nmemory = 512\ncount = 1\n"
    );
    let new = topology(&text, Level::Awake);
    let id = NodeId::part(NodeKind::Repository, "theirs");
    let mut seen = yard.look(&new).await.found;
    let found = seen.remove(&id).expect("it is seen");
    assert_eq!(found.condition, Condition::Ready);
    assert!(found.facts.contains_key(SHARED), "{found:?}");
    let own = NodeId::part(NodeKind::Repository, "backend-flask");
    assert!(!seen[&own].facts.contains_key(SHARED), "{:?}", seen[&own]);

    // Not even a look that takes it for the stack's own lets anything be written on it.
    let taken =
        Found { facts: found.facts.into_iter().filter(|(fact, _)| fact != SHARED).collect(), ..found };
    let made = yard.make(&id, &new.nodes[&id].spec, Some(&taken)).await.expect("it is used");
    assert!(made.facts.contains_key(SHARED), "{made:?}");
    ecr.get_lifecycle_policy().repository_name("theirs").send().await.expect_err("no policy is written");
    yard.world.remove(&id);
    yard.delete_all(&old).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_is_asked_for_with_the_commands_that_push_it() {
    let yard = Yard::new().await;
    let text = SEED.replace("backend-flask:latest", "backend-flask:missing");
    let topology = topology(&text, Level::Awake);
    let repository = NodeId::part(NodeKind::Repository, "backend-flask");
    let found = yard.make(&repository, &topology.nodes[&repository].spec, None).await.expect("a repository");
    let seen = yard.look(&topology).await.found;
    let image = &seen[&NodeId::part(NodeKind::Image, "backend")];
    let Condition::WaitingForYou(Ask::PushImage { registry, .. }) = &image.condition else {
        panic!("{:?}", image.condition)
    };
    assert_eq!(*registry, format!("{}.dkr.ecr.us-east-1.amazonaws.com", yard.aws.account()));
    yard.delete(&repository, &found).await.expect("it goes with its images");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parked_schedule_sleeps_and_a_woken_one_raises_its_service() {
    let yard = Yard::new().await;
    yard.with_listener();
    let text = scheduled();
    let (awake, doze) = (topology(&text, Level::Awake), topology(&text, Level::Doze));
    yard.make_all(&awake).await;
    let ids = ["backend", "frontend"]
        .map(|name| [NodeId::part(NodeKind::Service, name), NodeId::part(NodeKind::Schedule, name)]);
    for (level, tasks) in [(&doze, "0"), (&awake, "1")] {
        for id in ids.as_flattened() {
            let seen = yard.look(level).await.found;
            let spec = &level.nodes[id].spec;
            let made =
                yard.make(id, spec, seen.get(id)).await.unwrap_or_else(|error| panic!("{id}: {error}"));
            yard.settle(id, spec, made).await.unwrap_or_else(|error| panic!("{id}: {error}"));
        }
        let seen = yard.look(level).await.found;
        for id in ids.as_flattened() {
            assert_eq!(differences(&level.nodes[id].spec, &seen[id]), BTreeMap::new(), "{id}");
        }
        // Moto registers targets and moves nothing.
        if yard.sandbox.is_some() {
            assert_eq!(seen[&ids[0][0]].fields["tasks"], tasks);
        }
    }
    yard.delete_all(&awake).await;
}
