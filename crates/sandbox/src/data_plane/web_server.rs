//! The web server that each running task is.

use axum::http::StatusCode;

use super::reply::Reply;
use super::visit::Visit;
use crate::ecs::Inhabitant;

/// Every path is there; a broken image answers none of them, its health check's no more than others.
pub(super) fn answer(inhabitant: &Inhabitant, visit: &Visit) -> Reply {
    let Inhabitant { service, task, image, port, is_broken } = inhabitant;
    let service = service.as_deref().unwrap_or("(none)");
    let (status, verb) = match is_broken {
        true => (StatusCode::INTERNAL_SERVER_ERROR, "is broken"),
        false => (StatusCode::OK, "answers"),
    };
    let host = visit.host.as_deref().unwrap_or_default();
    let text = format!(
        "{service} {verb}.\n\nservice  {service}\ntask     {task}\nimage    {image}\nport     {port}\nrequest  {} {host}{}\n",
        visit.method, visit.path
    );
    Reply::from_task(status, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_who_it_is_and_a_broken_image_fails() {
        let mut inhabitant = Inhabitant {
            service: Some("shop-web".to_owned()),
            task: "0123".to_owned(),
            image: "web:2".to_owned(),
            port: 3000,
            is_broken: false,
        };
        let visit = Visit::to("shop.example.com", "/cart");
        let reply = answer(&inhabitant, &visit);
        assert_eq!(
            reply.body,
            "shop-web answers.\n\nservice  shop-web\ntask     0123\nimage    web:2\nport     3000\nrequest  GET shop.example.com/cart\n"
        );
        inhabitant.is_broken = true;
        assert_eq!(answer(&inhabitant, &visit).status, StatusCode::INTERNAL_SERVER_ERROR);
    }
}
