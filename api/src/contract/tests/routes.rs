//! Nothing is served that the document does not tell, and nothing told that is not served.

use super::document;
use crate::{Api, ApiParts, Payments, ROUTES, Reconcile, Reconciled, StripeWebhooks, router};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Method, Request, Response, StatusCode, header},
};
use futures_util::future::BoxFuture;
use galley_content::order_link::{LinkSigner, OrderLinks};
use galley_integrations::gateway::Gateways;
use galley_store::{Clock, Letterhead, Store, StoreConfig};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};
use tower::ServiceExt as _;

/// The methods of each path in the document.
fn told() -> BTreeMap<String, BTreeSet<String>> {
    let document = document();
    let paths = document["paths"].as_object().unwrap();
    paths
        .iter()
        .map(|(path, item)| {
            (path.clone(), item.as_object().unwrap().keys().map(|method| method.to_uppercase()).collect())
        })
        .collect()
}

/// The whole router, over a database without tables: enough to see which handler is reached.
async fn served() -> Router {
    static OPENED: AtomicU32 = AtomicU32::new(0);
    let name =
        format!("galley-contract-{}-{}.sqlite", std::process::id(), OPENED.fetch_add(1, Ordering::Relaxed));
    let file = std::env::temp_dir().join(name);
    let links =
        OrderLinks { base: "http://localhost".parse().unwrap(), signer: LinkSigner::new(&["s"]).unwrap() };
    let config = StoreConfig {
        database_url: format!("sqlite://{}", file.display()),
        max_connections: 1,
        notify: false,
        letterhead: Letterhead { shop_name: "Shop".to_owned(), links, staff_email: None },
    };
    let store = Store::open(config, Clock::system()).await.unwrap();
    // The connections stay; nobody else needs the name.
    for end in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(format!("{}{end}", file.display()));
    }
    router(Api::new(ApiParts {
        store: Arc::new(store),
        links: Arc::new(LinkSigner::new(&["s"]).unwrap()),
        stripe: StripeWebhooks { secrets: Vec::new(), livemode: false },
        payments: Payments {
            gateways: Gateways::default(),
            sslcommerz: None,
            reconcile: Arc::new(Nobody),
            development: false,
            sandbox: false,
            shop_name: "Shop".to_owned(),
            public_url: "http://localhost".parse().unwrap(),
            frontend_url: "http://localhost".parse().unwrap(),
            checkout_per_minute: 0,
            other_origins: Vec::new(),
            live_streams_max: 1,
            trusted_proxies: Vec::new(),
        },
    }))
}

struct Nobody;

impl Reconcile for Nobody {
    fn run_now(&self) -> BoxFuture<'_, Reconciled> {
        Box::pin(async { Reconciled::default() })
    }
}

/// A path with something in place of each parameter.
fn filled_in(path: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with('{') { "0" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

async fn send(router: &Router, method: Method, path: &str) -> Response<Body> {
    let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
    router.clone().oneshot(request).await.unwrap()
}

#[test]
fn the_list_of_routes_and_the_document_are_the_same() {
    let mut listed: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (method, path) in ROUTES {
        assert!(listed.entry((*path).to_owned()).or_default().insert(method.to_uppercase()), "{path} twice");
    }
    assert_eq!(listed, told());
}

#[test]
fn operations_have_names_of_their_own() {
    let document = document();
    let items = document["paths"].as_object().unwrap().values();
    let operations: Vec<_> = items.flat_map(|item| item.as_object().unwrap().values()).collect();
    let names: BTreeSet<_> =
        operations.iter().map(|operation| operation["operationId"].as_str().unwrap()).collect();
    assert_eq!(names.len(), operations.len());
    assert_eq!(ROUTES.len(), operations.len());
}

/// TRACE is nobody's method: on a path that exists it is a 405 that names those which are.
#[tokio::test]
async fn the_router_serves_exactly_the_methods_that_are_told() {
    let router = served().await;
    for (path, mut methods) in told() {
        let path = filled_in(&path);
        for method in &methods {
            let answer = send(&router, method.parse().unwrap(), &path).await;
            assert_ne!(answer.status(), StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
        }
        if methods.contains("GET") {
            methods.insert("HEAD".to_owned());
        }
        let answer = send(&router, Method::TRACE, &path).await;
        assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED, "{path} is not served");
        let allowed = answer.headers()[header::ALLOW].to_str().unwrap().split(',');
        assert_eq!(allowed.map(str::to_owned).collect::<BTreeSet<_>>(), methods, "{path}");
    }
    let unknown = send(&router, Method::TRACE, "/api/v1/unknown").await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_document_is_served_as_it_is_checked_in() {
    let answer = send(&served().await, Method::GET, "/openapi.json").await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()[header::CONTENT_TYPE], "application/json");
    let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    assert_eq!(body, super::openapi_json().unwrap());
}

/// A route that did not stand in the list would be served and not told.
#[test]
fn nobody_registers_a_route_beside_the_list() {
    fn walk(directory: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let registrations = ["route", "route_service", "nest", "nest_service"];
            let here = registrations.iter().map(|name| text.matches(&format!(".{name}(")).count()).sum();
            found.extend(std::iter::repeat_n(path.display().to_string(), here));
        }
    }
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    walk(&sources, &mut found);
    assert_eq!(found, [sources.join("contract/mod.rs").display().to_string()]);
}
