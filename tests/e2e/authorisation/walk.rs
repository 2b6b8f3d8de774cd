//! What each of them must and must not get from a route.

use super::{
    Route,
    actors::{Actor, Ids, Reply, Scene, may, order_cookie},
    policy::Who,
};
use reqwest::header::{HeaderMap, HeaderValue, ORIGIN};

/// Another site, that a browser is at.
const EVIL: HeaderValue = HeaderValue::from_static("https://evil.example");

/// Everybody who may not is turned away, each in the same way whatever is there.
pub(super) async fn closed(scene: &Scene<'_>, route: &Route, who: Who) {
    match who {
        Who::Everybody => {}
        Who::Gateway => {
            let reply = scene.ask(route, Ids::Real, &HeaderMap::new()).await;
            expect(scene, route, "nobody's signature", &reply, 400);
        }
        Who::Payer => {
            for (name, headers) in scene.strangers.iter().filter(|(name, _)| *name != "the payer") {
                assert_silent(scene, route, name, &scene.ask(route, Ids::Real, headers).await);
            }
        }
        Who::Customer => closed_to_all_but_the_customer(scene, route).await,
        Who::Door => {
            if !route.method.is_safe() {
                let reply = scene.ask(route, Ids::Real, &from_elsewhere(&HeaderMap::new())).await;
                expect(scene, route, "another site", &reply, 403);
            }
        }
        Who::Staff(needed) => {
            for (name, headers) in &scene.strangers {
                let reply = scene.ask(route, Ids::Real, headers).await;
                expect(scene, route, name, &reply, 401);
                scene.holds(reply.body.contains("\"not_authenticated\""), || {
                    format!("{}: {reply:?}", route.name)
                });
            }
            closed_to_lesser(scene, route, needed, &scene.tokens).await;
            closed_to_lesser(scene, route, needed, &scene.sessions).await;
            closed_to_other_sites(scene, route).await;
        }
        Who::Desk(needed) => {
            for (name, headers) in scene.strangers.iter().chain(&scene.tokens) {
                let reply = scene.ask(route, Ids::Real, headers).await;
                expect(scene, route, name, &reply, 303);
                scene.holds(reply.location.starts_with("/admin/login?"), || {
                    format!("{} for {name}: {reply:?}", route.name)
                });
            }
            closed_to_lesser(scene, route, needed, &scene.sessions).await;
            closed_to_other_sites(scene, route).await;
        }
    }
}

/// Whoever may gets through.
pub(super) async fn open(scene: &Scene<'_>, route: &Route, who: Who) {
    match who {
        Who::Everybody | Who::Door => {
            let reply = scene.ask(route, Ids::Real, &HeaderMap::new()).await;
            let closed = matches!(reply.status, 401 | 403) || is_login(&reply);
            // Whoever logs out is at the login then.
            scene.holds(!closed || route.name == "POST /admin/logout", || {
                format!("{}: {reply:?}", route.name)
            });
        }
        Who::Gateway | Who::Payer => {}
        Who::Customer => {
            let cookie = order_cookie(&scene.order, &scene.origin());
            for (name, headers) in [("her token", scene.order.bearer()), ("her cookie", cookie)] {
                let reply = scene.ask(route, Ids::Real, &headers).await;
                let opened = !matches!(reply.status, 401 | 403 | 404);
                scene.holds(opened, || format!("{} with {name}: {reply:?}", route.name));
            }
        }
        Who::Staff(needed) => {
            open_from(scene, route, needed, &scene.tokens).await;
            open_from(scene, route, needed, &scene.sessions).await;
        }
        Who::Desk(needed) => open_from(scene, route, needed, &scene.sessions).await,
    }
}

/// To all others there is no such order.
async fn closed_to_all_but_the_customer(scene: &Scene<'_>, route: &Route) {
    let origin = scene.origin();
    let others = [
        ("the customer of another order", scene.other.bearer()),
        ("the same with her cookie", order_cookie(&scene.other, &origin)),
    ];
    let hers = ["the customer", "the customer with her cookie"];
    let strangers = scene.strangers.iter().filter(|(name, _)| !hers.contains(name));
    for (name, headers) in others.iter().chain(strangers).chain(&scene.tokens).chain(&scene.sessions) {
        let reply = scene.ask(route, Ids::Real, headers).await;
        expect(scene, route, name, &reply, 404);
        assert_silent(scene, route, name, &reply);
    }
    if !route.method.is_safe() {
        let cookie = from_elsewhere(&order_cookie(&scene.order, &origin));
        expect(
            scene,
            route,
            "another site, with her cookie",
            &scene.ask(route, Ids::Real, &cookie).await,
            403,
        );
    }
}

async fn closed_to_lesser(scene: &Scene<'_>, route: &Route, needed: &str, actors: &[Actor]) {
    for (role, headers) in actors.iter().filter(|(role, _)| !may(role, needed)) {
        expect(scene, route, role, &scene.ask(route, Ids::Real, headers).await, 403);
    }
}

/// A browser sends the session along whoever wants it to.
async fn closed_to_other_sites(scene: &Scene<'_>, route: &Route) {
    if route.method.is_safe() {
        return;
    }
    let (_, owner) = scene.sessions.last().unwrap();
    expect(scene, route, "another site", &scene.ask(route, Ids::Real, &from_elsewhere(owner)).await, 403);
}

/// Looking shows what there is, but never a key to somebody's order.
async fn open_from(scene: &Scene<'_>, route: &Route, needed: &str, actors: &[Actor]) {
    for (role, headers) in actors.iter().filter(|(role, _)| may(role, needed)) {
        let ids = if route.method.is_safe() { Ids::Real } else { Ids::Unknown };
        let reply = scene.ask(route, ids, headers).await;
        let closed = matches!(reply.status, 401 | 403) || is_login(&reply);
        scene.holds(!closed, || format!("{} is closed to {role}: {reply:?}", route.name));
        for token in [&scene.order.token, &scene.other.token, &scene.checkout.token] {
            let shown = reply.body.contains(token.as_str());
            scene.holds(!shown, || format!("{} shows {role} a customer's key", route.name));
        }
    }
}

fn from_elsewhere(headers: &HeaderMap) -> HeaderMap {
    let mut headers = headers.clone();
    headers.insert(ORIGIN, EVIL);
    headers
}

fn is_login(reply: &Reply) -> bool {
    reply.status == 303 && reply.location.starts_with("/admin/login")
}

fn expect(scene: &Scene<'_>, route: &Route, name: &str, reply: &Reply, status: u16) {
    scene.holds(reply.status == status, || format!("{} for {name} is no {status}: {reply:?}", route.name));
}

/// Nothing of the order gets out.
fn assert_silent(scene: &Scene<'_>, route: &Route, name: &str, reply: &Reply) {
    let order = &scene.order;
    for secret in [order.token.as_str(), order.email.as_str(), scene.checkout.token.as_str()] {
        let silent = !reply.body.contains(secret);
        scene.holds(silent, || format!("{} tells {name} too much: {reply:?}", route.name));
    }
    // Whoever asks for an order by its id knows that.
    if !route.path.contains("{orderId}") {
        let id = order.id.to_string();
        let silent = !reply.body.contains(&id);
        scene.holds(silent, || format!("{} tells {name} of the order: {reply:?}", route.name));
    }
}
