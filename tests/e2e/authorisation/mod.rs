//! Who may do what, asked of every route that there is.
//!
//! The routes are those of `GET /openapi.json`, which is made from the list that the router is made
//! from. Each stands in [`policy::POLICY`] with who may; a route that does not fails the test.

mod actors;
mod policy;
mod walk;

use crate::shop::{Plan, Setup, Shop, on_sqlite};
use policy::{POLICY, Who};
use reqwest::{Method, header::HeaderMap};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

on_sqlite! {
    every_route_has_a_line_that_says_who_may
    nothing_opens_to_whoever_may_not
}

/// A route of the document.
#[derive(Clone, Debug)]
struct Route {
    /// `GET /api/…/{orderId}`, as in the policy.
    name: String,
    method: Method,
    path: String,
    /// What the document says about it.
    operation: Value,
}

/// All routes, as the server tells them.
async fn routes(shop: &Shop) -> Vec<Route> {
    let document = shop.ask(Method::GET, "/openapi.json", HeaderMap::new()).await.json();
    let mut routes = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let method: Method = method.to_uppercase().parse().unwrap();
            let (name, operation) = (format!("{method} {path}"), operation.clone());
            routes.push(Route { name, method, path: path.clone(), operation });
        }
    }
    assert!(routes.len() > 50, "{routes:?}");
    routes
}

fn policy() -> BTreeMap<&'static str, Who> {
    let lines = POLICY.iter().flat_map(|(who, names)| names.iter().map(|name| (*name, *who)));
    let policy: BTreeMap<_, _> = lines.clone().collect();
    assert_eq!(policy.len(), lines.count(), "a route stands in the policy twice");
    policy
}

async fn every_route_has_a_line_that_says_who_may(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    let (routes, policy) = (routes(&shop).await, policy());
    let known: BTreeSet<&str> = policy.keys().copied().collect();
    let served: BTreeSet<&str> = routes.iter().map(|route| route.name.as_str()).collect();
    let missing: Vec<_> = served.difference(&known).collect();
    assert!(missing.is_empty(), "say in tests/e2e/authorisation/policy.rs who may: {missing:#?}");
    let gone: Vec<_> = known.difference(&served).collect();
    assert!(gone.is_empty(), "these routes are gone: {gone:#?}");
    for route in &routes {
        assert_told(route, policy[route.name.as_str()]);
    }
}

/// The document says the same to whoever reads it.
fn assert_told(route: &Route, who: Who) {
    let text = |field: &str| route.operation[field].as_str().unwrap_or_default();
    let (summary, description) = (text("summary"), text("description"));
    let role = format!("{summary} {description}")
        .split_once("Needs the role `")
        .map(|(_, rest)| rest.split('`').next().unwrap().to_owned());
    let schemes: BTreeSet<String> = route.operation["security"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|scheme| scheme.as_object().unwrap().keys().cloned().collect::<Vec<_>>())
        .collect();
    let has = |name: &str| schemes.contains(name);
    match who {
        Who::Staff(needed) => {
            assert_eq!(role.as_deref(), Some(needed), "{}", route.name);
            assert!(has("staffToken") && has("staffSession"), "{}: {schemes:?}", route.name);
            assert!(route.path.starts_with("/api/v1/admin/"), "{}", route.name);
        }
        Who::Desk(needed) => {
            assert!(role.as_deref().is_none_or(|role| role == needed), "{}", route.name);
            assert!(role.is_some() || needed == "read-only", "{} says no role", route.name);
            assert!(has("staffSession") && !has("staffToken"), "{}: {schemes:?}", route.name);
            assert!(route.path.starts_with("/admin"), "{}", route.name);
        }
        Who::Customer => assert!(!has("staffToken") && !has("staffSession"), "{}", route.name),
        _ => assert!(!has("staffToken") && !has("orderToken") && role.is_none(), "{}", route.name),
    }
}

async fn nothing_opens_to_whoever_may_not(setup: Setup) {
    let shop = Plan::new(setup).with_sslcommerz().open().await;
    let policy = policy();
    let routes: Vec<(Route, Who)> = routes(&shop)
        .await
        .into_iter()
        .filter_map(|route| {
            // The other test tells of those that are missing.
            let who = *policy.get(route.name.as_str())?;
            Some((route, who))
        })
        .collect();
    let scene = actors::Scene::set(&shop).await;
    let before = scene.written().await;
    for (route, who) in &routes {
        walk::closed(&scene, route, *who).await;
    }
    assert_eq!(scene.written().await, before, "somebody who may not has changed something");
    for (route, who) in &routes {
        walk::open(&scene, route, *who).await;
    }
    scene.judge();
}
