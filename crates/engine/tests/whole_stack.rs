//! The life of the seed stack on the sandbox: deploy, change, every level, tear down.

mod common;

use common::{SEED, Shipyard, cruddur, shape};
use topology::node::{NodeId, NodeKind};
use topology::observation::Condition;
use topology::operation::{Event, Happened, Outcome};
use topology::plan::{Action, Reason};
use topology::stack::{Level, StackName};
use topology::view::Request;

fn service(name: &str) -> NodeId {
    NodeId::part(NodeKind::Service, name)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployed_stack_is_ready_in_every_part_and_plans_to_nothing() {
    let yard = Shipyard::new().await;
    let ended = yard.deploy(SEED).await.expect_done();
    assert!(ended.calls <= 400, "{} calls", ended.calls);
    let observation = yard.look().await;
    for (id, found) in &observation.found {
        assert_eq!(found.condition, Condition::Ready, "{id}");
    }
    let again = yard.plan(&Request::Deploy { file: SEED.into() }).await;
    let work: Vec<String> =
        again.work().map(|change| format!("{} {}", change.id, again.why(change))).collect();
    assert!(again.is_empty(), "{work:?}");
    assert!(yard.look().await.calls <= 20, "a look took {} calls", yard.look().await.calls);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unusable_certificate_that_is_served_is_replaced_before_it_goes() {
    let yard = Shipyard::new().await;
    yard.deploy(SEED).await.expect_done();
    let (id, https) = (NodeId::only(NodeKind::Certificate), NodeId::part(NodeKind::Listener, "https"));
    let old = yard.look().await.found[&id].aws_id.clone();
    yard.revoke(&old).await;
    let plan = yard.plan(&Request::Deploy { file: SEED.into() }).await;
    let action =
        |id: &NodeId| plan.changes.iter().find(|change| change.id == *id).map(|change| change.action);
    assert_eq!((action(&id), action(&https)), (Some(Action::Replace), Some(Action::Update)));
    yard.apply(&plan).await.expect_done();

    let found = yard.look().await.found;
    let new = &found[&id];
    assert_eq!(new.condition, Condition::Ready);
    assert_ne!(new.aws_id, old);
    assert_eq!(found[&https].facts["certificate"], new.aws_id);
    let second = |observation: &topology::observation::Observation| {
        observation.found.iter().any(|(_, found)| found.aws_id == old)
    };
    assert!(second(&yard.look().await), "the old one is not seen");
    yard.deploy(SEED).await.expect_done();
    assert!(!second(&yard.look().await), "the old one is still there");
    assert!(yard.plan(&Request::Deploy { file: SEED.into() }).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_that_did_not_follow_its_new_certificate_follows_with_the_next_run() {
    let yard = Shipyard::new().await;
    yard.deploy(SEED).await.expect_done();
    let (id, https) = (NodeId::only(NodeKind::Certificate), NodeId::part(NodeKind::Listener, "https"));
    let old = yard.look().await.found[&id].aws_id.clone();
    yard.revoke(&old).await;
    let refusal = "refuse=AccessDenied elasticloadbalancing:ModifyListener";
    yard.sandbox.rehearse(refusal.parse().unwrap_or_else(|error| panic!("{error}")));
    let ended = yard.deploy(SEED).await;
    assert!(matches!(ended.outcome, Outcome::Failed(_)), "{}", ended.story());
    yard.sandbox.calm();

    let new = yard.look().await.found[&id].aws_id.clone();
    assert_ne!(new, old);
    yard.deploy(SEED).await.expect_done();
    let found = yard.look().await.found;
    assert_eq!((&found[&id].aws_id, &found[&https].facts["certificate"]), (&new, &new));
    assert!(found.values().all(|found| found.aws_id != old), "the old one is still there");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_stack_changes_what_it_names_and_nothing_else() {
    let yard = Shipyard::new().await;
    yard.deploy(SEED).await.expect_done();

    let newer = SEED.replace("backend-flask:latest", "backend-flask:v2");
    let plan = yard.plan(&Request::Deploy { file: newer.clone() }).await;
    let touched: Vec<String> = plan.work().map(|change| change.id.to_string()).collect();
    assert_eq!(touched, ["hosted-zone", "image/backend", "task-definition/backend", "service/backend"]);
    let definition = plan.work().find(|change| change.id.kind == NodeKind::TaskDefinition).expect("a change");
    assert!(
        plan.why(definition).contains("`backend-flask:latest` → `backend-flask:v2`"),
        "{}",
        plan.why(definition)
    );
    yard.apply(&plan).await.expect_done();

    let larger = newer.replace(
        "cpu    = 256\nmemory = 512\ncount  = 1\nhealth = { path = \"/\" }",
        "cpu = 512\nmemory = 1024\ncount = 2\nhealth = { path = \"/ok\" }",
    );
    assert_ne!(larger, newer);
    yard.deploy(&larger).await.expect_done();
    let found = yard.look().await.found;
    assert_eq!(found[&service("frontend")].fields["tasks"], "2");

    let with_worker = format!(
        "{larger}\n[services.admin]\nhost = \"admin\"\nimage = \"admin:1\"\nport = 8080\ncpu = 256\nmemory = 512\n"
    );
    yard.deploy(&with_worker).await.expect_done();
    assert!(yard.look().await.found.contains_key(&service("admin")));

    yard.deploy(&larger).await.expect_done();
    let left = yard.look().await.found;
    let of_admin: Vec<&NodeId> =
        left.keys().filter(|id| id.part.contains("admin") && id.kind != NodeKind::Repository).collect();
    assert!(of_admin.is_empty(), "{of_admin:?}");
    yard.tear_down(true).await.expect_done();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_level_leads_to_every_other_and_each_is_whole() {
    use Level::{Awake, Doze, Off, Sleep};
    let yard = Shipyard::new().await;
    yard.deploy(SEED).await.expect_done();
    let mut shapes = std::collections::BTreeMap::from([(Awake, shape(&yard.look().await))]);
    for level in [Doze, Awake, Sleep, Awake, Off, Awake, Doze, Sleep, Off, Sleep, Doze, Off, Doze, Awake] {
        yard.level(level).await.expect_done();
        yard.engine.resume().await.expect("nothing is unfinished");
        let observation = yard.look().await;
        assert_eq!(observation.note.as_ref().map(|note| note.level), Some(level));
        let mut now = shape(&observation);
        if level == Sleep {
            // Those that stand keep standing, without tasks; AWS makes no new ones without a load balancer.
            now.retain(|id, _| id.kind != NodeKind::Service);
        }
        assert_eq!(shapes.entry(level).or_insert_with(|| now.clone()), &now, "at level {level}");
        let again = yard.plan(&Request::Level { stack: cruddur(), level }).await;
        assert!(
            again.is_empty(),
            "at {level}: {:?}",
            again.work().map(|change| &change.id).collect::<Vec<_>>()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tear_down_keeps_the_zone_and_proves_that_nothing_else_is_left() {
    let yard = Shipyard::new().await;
    yard.deploy(SEED).await.expect_done();
    let ended = yard.tear_down(false).await.expect_done();
    let receipt = ended.receipt.expect("a tear down ends with a receipt");
    assert!(receipt.left.is_empty(), "{:?}", receipt.left);
    assert_eq!(receipt.per_day_usd, 0.0);
    assert_eq!(receipt.kept.len(), 1);

    // The zone is taken up again, not made a second time.
    let plan = yard.plan(&Request::Deploy { file: SEED.into() }).await;
    let zone = plan.changes.iter().find(|change| change.id.kind == NodeKind::HostedZone).expect("the zone");
    assert_eq!(zone.action, Action::Update);
    yard.apply(&plan).await.expect_done();
    let receipt = yard.tear_down(true).await.expect_done().receipt.expect("a receipt");
    assert!(receipt.left.is_empty() && receipt.kept.is_empty(), "{receipt:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_image_is_rolled_back_and_the_cause_is_told() {
    let yard = Shipyard::new().await;
    yard.deploy(SEED).await.expect_done();
    let broken = SEED.replace("backend-flask:latest", "backend-flask:broken");
    let ended = yard.deploy(&broken).await;
    assert_eq!(ended.outcome, Outcome::Failed(vec![service("backend")]), "{}", ended.story());
    let failure = ended.events.iter().find_map(|event| match &event.what {
        Happened::NodeFailed { failure, .. } => Some(failure.clone()),
        _ => None,
    });
    assert!(failure.is_some_and(|failure| failure.cause.contains("health")), "{}", ended.story());
    // The old version still runs, and the next plan knows what differs.
    let plan = yard.plan(&Request::Deploy { file: broken }).await;
    let definition = plan.work().find(|change| change.id.kind == NodeKind::TaskDefinition).expect("a change");
    assert!(matches!(definition.reason, Reason::Differs(_)), "{}", plan.why(definition));
    yard.deploy(SEED).await.expect_done();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_is_no_longer_true_is_refused_with_the_new_one() {
    let yard = Shipyard::new().await;
    let plan = yard.plan(&Request::Deploy { file: SEED.into() }).await;
    yard.deploy(SEED).await.expect_done();
    // The plan is older than the moment for which it is trusted by now.
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    let refused = yard.engine.apply(&plan.id, engine::Patience::Healthy).await;
    assert!(matches!(refused, Err(engine::Error::WorldChanged(new)) if new.is_empty()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_operation_on_a_stack_is_told_about_the_first() {
    let yard = Shipyard::new().await;
    let one = yard.plan(&Request::Deploy { file: SEED.into() }).await;
    let two = yard.plan(&Request::Deploy { file: SEED.into() }).await;
    let first = yard.engine.apply(&one.id, engine::Patience::Healthy).await.expect("it starts");
    let refused = yard.engine.apply(&two.id, engine::Patience::Healthy).await;
    assert!(matches!(refused, Err(engine::Error::Busy(other)) if other.id == first));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_stacks_come_up_and_go_side_by_side_and_leave_each_other_alone() {
    let yard = Shipyard::new().await;
    let shop = SEED
        .replace("cruddur-python", "shop-python")
        .replace("frontend-react-js", "shop-frontend")
        .replace("backend-flask", "shop-backend")
        .replace("cruddur", "shop");
    let (cruddur_up, shop_up) = tokio::join!(yard.deploy(SEED), yard.deploy(&shop));
    let (cruddur_up, shop_up) = (cruddur_up.expect_done(), shop_up.expect_done());
    let (first, last) = (|events: &[Event]| events[0].id, |events: &[Event]| events[events.len() - 1].id);
    assert!(first(&shop_up.events) < last(&cruddur_up.events), "one waited for the other");
    assert!(first(&cruddur_up.events) < last(&shop_up.events), "one waited for the other");
    let before = shape(&yard.look().await);

    let shop_goes = Request::TearDown { stack: StackName::new("shop"), delete_zone: true };
    let receipt = yard.run(&shop_goes).await.expect_done().receipt.expect("a receipt");
    assert!(receipt.left.is_empty(), "{receipt:?}");
    assert_eq!(shape(&yard.look().await), before);
    assert!(yard.plan(&Request::Deploy { file: SEED.into() }).await.is_empty());
}
