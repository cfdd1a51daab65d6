//! A request's way: from its name to a load balancer, by a listener's rules to an action.

use axum::http::StatusCode;

use super::Doors;
use super::reply::Reply;
use super::turns::Turns;
use super::visit::Visit;
use super::{action, condition};
use crate::elbv2::{Listener, Port, Way};
use crate::world::World;

/// How many CNAMEs and aliases a name is followed through.
const HOPS: usize = 8;

pub(super) fn answer(world: &World, visit: &Visit, turns: &Turns, doors: Doors) -> Reply {
    let Some(host) = &visit.host else {
        return guide(world, doors);
    };
    match load_balancer(world, host).and_then(|name| world.balancing.port(&name, visit.port, world.now)) {
        Some(Port::Open(listener)) => by_rules(listener, world, visit, turns, doors),
        Some(Port::Closed(name)) => unreachable(format!(
            "The load balancer `{name}` does not listen on port {}: the connection would be refused.",
            visit.port
        )),
        Some(Port::Provisioning(name)) => {
            unreachable(format!("The load balancer `{name}` is being provisioned and does not answer yet."))
        }
        None => unreachable(format!(
            "`{host}` does not resolve: no record in the sandbox's hosted zones leads it to a load balancer."
        )),
    }
}

/// The DNS name of the load balancer that a name leads to.
fn load_balancer(world: &World, host: &str) -> Option<String> {
    let mut name = host.to_owned();
    for _ in 0..HOPS {
        if world.balancing.answers_to(&name) {
            return Some(name);
        }
        name = world.zones.leads_to(&name)?;
    }
    None
}

/// What stands for an answer where on AWS there would be none.
fn unreachable(sentence: String) -> Reply {
    Reply::from_sandbox(StatusCode::BAD_GATEWAY, sentence + "\n")
}

fn by_rules(listener: &Listener, world: &World, visit: &Visit, turns: &Turns, doors: Doors) -> Reply {
    let applies = |way: &Way<'_>| way.conditions.iter().all(|condition| condition::holds(condition, visit));
    let actions = listener.ways().find(applies).map(|way| way.actions).unwrap_or_default();
    let answered = actions.iter().find_map(|action| match action.r#type.as_str() {
        "forward" => Some(action::forward(action, world, visit, turns)),
        "redirect" => {
            action.redirect_config.as_ref().map(|config| action::redirect(config, listener, visit, doors))
        }
        "fixed-response" => action.fixed_response_config.as_ref().map(action::fixed_response),
        _ => None,
    });
    // Every rule ends in one of these three; what else there may be is not kept by the sandbox.
    answered.unwrap_or_else(|| Reply::from_load_balancer(StatusCode::INTERNAL_SERVER_ERROR))
}

/// For whoever opens the door's bare address: where to go from here.
fn guide(world: &World, doors: Doors) -> Reply {
    let Doors { port_80, port_443 } = doors;
    let mut text = format!(
        "Here answer the sandbox's load balancers: as on port 80 at {port_80}, as on port 443 at {port_443} (in plain HTTP).\nThe host says which one is meant.\n"
    );
    let names: Vec<String> =
        world.zones.leading().into_iter().filter(|name| load_balancer(world, name).is_some()).collect();
    if names.is_empty() {
        text.push_str("\nNo name leads to a load balancer now.\n");
    }
    for name in names {
        text.push_str(&format!(
            "\n{name}\n  curl -H 'Host: {name}' http://{port_443}/\n  in a browser: http://{name}.localhost:{}/\n",
            port_443.port()
        ));
    }
    Reply::from_sandbox(StatusCode::NOT_FOUND, text)
}
