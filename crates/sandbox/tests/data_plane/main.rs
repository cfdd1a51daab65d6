//! What a visitor gets: a small stack made with the real SDK, and asked over real HTTP.

mod stack;
mod visitor;

use aws_sdk_elasticloadbalancingv2::types::{Action, ActionTypeEnum, FixedResponseActionConfig};
use stack::{Made, Stack};

type Tested = Result<(), Box<dyn std::error::Error>>;

const ROOT: &str = "shop.example";
const API: &str = "api.shop.example";

#[tokio::test(flavor = "multi_thread")]
async fn port_80_redirects_and_port_443_routes_by_host() -> Tested {
    let stack = Stack::start().await?;
    let visitor = stack.visitor();
    let reply = visitor.port_80(ROOT, "/").await?;
    assert!(reply.body.contains("does not resolve"), "{reply:?}");
    let made = stack.make("web:1").await?;
    let reply = visitor.port_80(ROOT, "/").await?;
    // Unless this machine took longer than the load balancer.
    assert!(reply.status == 301 || reply.body.contains("is being provisioned"), "{reply:?}");

    let reply = visitor.until(ROOT, "/", 200).await?;
    assert!(reply.body.starts_with("web answers."), "{reply:?}");
    assert!(reply.body.contains("port     3000") && reply.body.contains("image    docker.io/shop/web:1"));
    let reply = visitor.until(API, "/orders", 200).await?;
    assert!(reply.body.starts_with("api answers."), "{reply:?}");

    let reply = visitor.port_80(ROOT, "/cart?item=1").await?;
    assert_eq!(reply.status, 301);
    assert_eq!(reply.header("location"), Some("https://shop.example:443/cart?item=1"));
    assert_eq!(reply.header("server"), Some("awselb/2.0"));

    let reply = visitor.port_443("other.shop.example", "/").await?;
    assert!(reply.status == 502 && reply.body.contains("does not resolve"), "{reply:?}");

    made.answer_at_once(&stack, "/closed*").await?;
    let reply = visitor.port_443(API, "/closed-for-today").await?;
    assert_eq!((reply.status, reply.body.as_str()), (418, "later"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parked_stack_answers_as_one() -> Tested {
    let stack = Stack::start().await?;
    let (visitor, made) = (stack.visitor(), stack.make("web:1").await?);
    visitor.until(ROOT, "/", 200).await?;
    visitor.until(API, "/", 200).await?;

    stack.scale("web", 0).await?;
    let reply = visitor.until(ROOT, "/", 503).await?;
    assert!(reply.body.contains("<h1>503 Service Temporarily Unavailable</h1>"), "{reply:?}");
    assert_eq!(visitor.port_443(API, "/").await?.status, 200, "the other service is up");
    assert_eq!(visitor.port_80(ROOT, "/").await?.status, 301);
    stack.scale("web", 1).await?;
    visitor.until(ROOT, "/", 200).await?;

    stack.unname(&made, ROOT).await?;
    let reply = visitor.port_443(ROOT, "/").await?;
    assert!(reply.status == 502 && reply.body.contains("`shop.example` does not resolve"), "{reply:?}");
    assert_eq!(visitor.port_443(API, "/").await?.status, 200);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_take_turns_and_broken_ones_fail() -> Tested {
    let stack = Stack::start().await?;
    let (visitor, _) = (stack.visitor(), stack.make("web:broken").await?);
    let reply = visitor.until(ROOT, "/", 500).await?;
    assert!(reply.body.starts_with("web is broken."), "{reply:?}");

    stack.scale("api", 2).await?;
    let mut tasks = std::collections::BTreeSet::new();
    let mut asked = 0;
    while tasks.len() < 2 {
        let reply = visitor.until(API, "/", 200).await?;
        tasks.extend(reply.body.lines().find(|line| line.starts_with("task")).map(str::to_owned));
        asked += 1;
        assert!(asked < 2000, "the second task is never asked: {tasks:?}");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_stays_on_this_machine() -> Tested {
    let stack = Stack::start().await?;
    let visitor = stack.visitor();
    stack.make("web:1").await?;
    visitor.until(ROOT, "/", 200).await?;
    let reply = visitor.port_80("shop.example.localhost:80", "/a").await?;
    let there = format!("http://shop.example.localhost:{}/a", visitor.doors.port_443.port());
    assert_eq!((reply.status, reply.header("location")), (301, Some(there.as_str())));
    let reply = visitor.port_443("shop.example.localhost", "/a").await?;
    assert!(reply.body.contains("request  GET shop.example/a"), "{reply:?}");

    let guide = visitor.port_80("127.0.0.1", "/").await?;
    assert!(guide.status == 404 && guide.body.contains("curl -H 'Host: api.shop.example'"), "{guide:?}");
    Ok(())
}

impl Made {
    /// A rule that comes before all others and answers by itself.
    async fn answer_at_once(&self, stack: &Stack, path: &str) -> Tested {
        let fixed = FixedResponseActionConfig::builder().status_code("418").message_body("later").build();
        let action = Action::builder().r#type(ActionTypeEnum::FixedResponse).fixed_response_config(fixed);
        let condition = stack::condition("path-pattern", path);
        let rule = stack.elb.create_rule().listener_arn(&self.listener_443).priority(1);
        rule.conditions(condition).actions(action.build()).send().await?;
        Ok(())
    }
}
