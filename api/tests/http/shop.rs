//! A shop of a test's own: database, gateways, router; and how tests ask it.

use crate::gateway::Scripted;
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{HeaderMap, Request, Response, StatusCode, header},
};
use futures_util::future::BoxFuture;
use galley_api::{Api, ApiParts, Payments, Reconcile, Reconciled, SslcommerzIpn, StripeWebhooks, router};
use galley_content::order_link::{LinkSigner, OrderLinks};
use galley_domain::payment::Gateway;
use galley_integrations::gateway::Gateways;
use galley_store::{Clock, Letterhead, Store, StoreConfig};
use serde_json::Value;
use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};
use tower::ServiceExt as _;

/// Where links to orders lead in these tests.
pub(crate) const FRONTEND: &str = "https://shop.example/app";
/// What the reconciler says in these tests.
pub(crate) const RECONCILED: Reconciled = Reconciled { checked: 3, settled: 2, errors: 1, duration_ms: 4 };

pub(crate) struct Shop {
    pub(crate) store: Arc<Store>,
    pub(crate) signer: Arc<LinkSigner>,
    pub(crate) stripe: Arc<Scripted>,
    pub(crate) api: Api,
    router: Router,
    directory: PathBuf,
}

struct Pass;

impl Reconcile for Pass {
    fn run_now(&self) -> BoxFuture<'_, Reconciled> {
        Box::pin(async { RECONCILED })
    }
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// `data` of a success.
    pub(crate) fn data(&self) -> Value {
        assert_eq!(self.json()["success"], true, "{}", self.text);
        self.json()["data"].clone()
    }

    pub(crate) fn code(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
    }

    /// The fields that are complained about.
    pub(crate) fn fields(&self) -> Vec<String> {
        let details = self.json()["error"]["details"].as_array().cloned().unwrap_or_default();
        details.iter().map(|detail| detail["field"].as_str().unwrap().to_owned()).collect()
    }

    pub(crate) fn header(&self, name: impl header::AsHeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// `name=value` of the cookie that is set.
    pub(crate) fn cookie(&self) -> String {
        self.header(header::SET_COOKIE).split(';').next().unwrap().to_owned()
    }
}

impl Shop {
    pub(crate) async fn open() -> Self {
        Self::open_with(|_| {}).await
    }

    pub(crate) async fn open_with(change: impl FnOnce(&mut Payments)) -> Self {
        static OPENED: AtomicU32 = AtomicU32::new(0);
        let number = OPENED.fetch_add(1, Ordering::Relaxed);
        let directory = std::env::temp_dir().join(format!("galley-api-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        let signer = LinkSigner::new(&["a secret of these tests"]).unwrap();
        let links = OrderLinks { base: FRONTEND.parse().unwrap(), signer: signer.clone() };
        let config = StoreConfig {
            database_url: format!("sqlite://{}", directory.join("galley.db").display()),
            max_connections: 4,
            notify: false,
            letterhead: Letterhead { shop_name: "Shop".to_owned(), links, staff_email: None },
        };
        let store = Arc::new(Store::open(config, Clock::system()).await.unwrap());
        store.migrate().await.unwrap();
        let stripe = Arc::new(Scripted::new(Gateway::Stripe));
        let signer = Arc::new(signer);
        let mut payments = Payments {
            gateways: Gateways::new(vec![Arc::clone(&stripe) as _]),
            sslcommerz: Some(SslcommerzIpn { store_id: "testbox".to_owned(), password: "qwerty".into() }),
            reconcile: Arc::new(Pass),
            development: false,
            sandbox: false,
            shop_name: "Ann’s <b>Articles</b>".to_owned(),
            public_url: "https://galley.example".parse().unwrap(),
            frontend_url: FRONTEND.parse().unwrap(),
            other_origins: vec![FRONTEND.parse::<url::Url>().unwrap().origin()],
            checkout_per_minute: 0,
            live_streams_max: 100,
            trusted_proxies: Vec::new(),
        };
        change(&mut payments);
        let api = Api::new(ApiParts {
            store: Arc::clone(&store),
            links: Arc::clone(&signer),
            stripe: StripeWebhooks { secrets: vec!["whsec_test".into()], livemode: false },
            payments,
        });
        Self { store, signer, stripe, router: router(api.clone()), api, directory }
    }

    /// The answer, whose body is still to come.
    pub(crate) async fn begin(&self, request: Request<Body>) -> Response<Body> {
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// As a server that has printed a link for the first owner.
    pub(crate) fn print_first_link(&mut self, code: &str) {
        self.router = router(self.api.clone().with_first_link(code));
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.begin(request).await;
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        let text = String::from_utf8(body.to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, text }
    }

    pub(crate) async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send(request("GET", path, headers, String::new())).await
    }

    pub(crate) async fn put(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        self.send(request("PUT", path, headers, body.to_owned())).await
    }

    pub(crate) async fn post(&self, path: &str, headers: &[(&str, &str)], body: impl Into<String>) -> Answer {
        self.send(request("POST", path, headers, body.into())).await
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

pub(crate) fn request(method: &str, path: &str, headers: &[(&str, &str)], body: String) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut request = request.body(Body::from(body)).unwrap();
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 7], 4_000))));
    request
}

/// A form as browsers write it.
pub(crate) fn form(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}
