//! What a rule's action makes of a request.

use axum::http::StatusCode;
use winterbaume_elasticloadbalancingv2::model as m;

use super::Doors;
use super::reply::Reply;
use super::turns::Turns;
use super::visit::Visit;
use super::web_server;
use crate::elbv2::Listener;
use crate::world::World;

/// The address that a redirect sends the visitor to.
pub(super) fn redirect(
    config: &m::RedirectActionConfig,
    listener: &Listener,
    visit: &Visit,
    doors: Doors,
) -> Reply {
    let host = visit.host.as_deref().unwrap_or_default();
    let fill = |field: &Option<String>| {
        let text = field.as_deref().unwrap_or_default();
        text.replace("#{protocol}", &listener.protocol)
            .replace("#{port}", &listener.port.to_string())
            .replace("#{host}", host)
            .replace("#{path}", visit.path.trim_start_matches('/'))
            .replace("#{query}", &visit.query)
    };
    let (protocol, port, host) = (fill(&config.protocol), fill(&config.port), fill(&config.host));
    let query = Some(fill(&config.query)).filter(|query| !query.is_empty());
    let rest = fill(&config.path) + &query.map(|query| format!("?{query}")).unwrap_or_default();
    // Whoever came by a local name stays on this machine.
    let door = match port.as_str() {
        "80" if visit.is_local => Some(doors.port_80),
        "443" if visit.is_local => Some(doors.port_443),
        _ => None,
    };
    let location = match door {
        Some(door) => format!("http://{host}.localhost:{}{rest}", door.port()),
        None => format!("{}://{host}:{port}{rest}", protocol.to_ascii_lowercase()),
    };
    let status =
        if config.status_code == "HTTP_302" { StatusCode::FOUND } else { StatusCode::MOVED_PERMANENTLY };
    Reply::from_load_balancer(status).towards(location)
}

pub(super) fn fixed_response(config: &m::FixedResponseActionConfig) -> Reply {
    let status = config.status_code.parse().unwrap_or(StatusCode::OK);
    Reply::fixed(status, config.content_type.as_deref(), config.message_body.as_deref())
}

/// Passes the request on to the target whose turn it is.
pub(super) fn forward(action: &m::Action, world: &World, visit: &Visit, turns: &Turns) -> Reply {
    let taken = group(action, turns).and_then(|group| {
        let takers = world.balancing.takers(group, world.now);
        let turn = turns.take(group).checked_rem(takers.len())?;
        takers.get(turn).copied()
    });
    let Some((address, port)) = taken else {
        return Reply::from_load_balancer(StatusCode::SERVICE_UNAVAILABLE);
    };
    match world.containers.inhabitant(address, port, world.now) {
        Some(inhabitant) => web_server::answer(&inhabitant, visit),
        None => Reply::from_load_balancer(StatusCode::BAD_GATEWAY),
    }
}

/// The target group whose turn it is, by weight. Where it has no target, no other one helps out.
fn group<'a>(action: &'a m::Action, turns: &Turns) -> Option<&'a str> {
    let weighed = action.forward_config.iter().filter_map(|config| config.target_groups.as_ref());
    let weighed: Vec<(&str, usize)> = weighed
        .flat_map(|groups| &groups.items)
        .filter_map(|group| {
            let weight = usize::try_from(group.weight.unwrap_or(1)).unwrap_or_default();
            Some((group.target_group_arn.as_deref()?, weight))
        })
        .collect();
    let (arns, weights): (Vec<&str>, Vec<usize>) = weighed.iter().copied().unzip();
    if arns.len() < 2 {
        return arns.first().copied().or(action.target_group_arn.as_deref());
    }
    let mut turn = turns.take(&arns.join(" ")).checked_rem(weights.iter().sum())?;
    weighed.into_iter().find_map(|(arn, weight)| match turn.checked_sub(weight) {
        Some(rest) => {
            turn = rest;
            None
        }
        None => Some(arn),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_take_turns_by_their_weight() {
        let tuple = |arn: &str, weight| m::TargetGroupTuple {
            target_group_arn: Some(arn.to_owned()),
            weight: Some(weight),
        };
        let action = m::Action {
            forward_config: Some(m::ForwardActionConfig {
                target_groups: Some(m::TargetGroupList {
                    items: vec![tuple("old", 2), tuple("none", 0), tuple("new", 1)],
                }),
                target_group_stickiness_config: None,
            }),
            ..m::Action::default()
        };
        let turns = Turns::default();
        let taken: Vec<Option<&str>> = (0..4).map(|_| group(&action, &turns)).collect();
        assert_eq!(taken, [Some("old"), Some("old"), Some("new"), Some("old")]);
    }
}
