use crate::{
    console::{FirstLink, Passwords, Tries},
    cors,
    limit::{Address, Limit},
    live::Hub,
    payments::Payments,
    purchase::StatusCache,
};
use chrono::TimeDelta;
use galley_content::order_link::{LinkSigner, OrderLinks};
use galley_integrations::secret::Secret;
use galley_store::Store;
use std::sync::Arc;
use tower_http::cors::CorsLayer;

/// What the HTTP face is made of.
#[derive(Debug)]
pub struct ApiParts {
    /// The database.
    pub store: Arc<Store>,
    /// Signs and checks the tokens of orders and checkouts.
    pub links: Arc<LinkSigner>,
    /// How Stripe's webhooks are judged.
    pub stripe: StripeWebhooks,
    /// How the shop takes money.
    pub payments: Payments,
}

/// What every request handler shares. Cheap to clone.
#[derive(Clone)]
pub struct Api {
    pub(crate) store: Arc<Store>,
    pub(crate) links: Arc<OrderLinks>,
    pub(crate) stripe: Arc<StripeWebhooks>,
    pub(crate) payments: Arc<Payments>,
    pub(crate) cors: CorsLayer,
    pub(crate) checkouts: Arc<Limit<Address>>,
    pub(crate) statuses: Arc<StatusCache>,
    pub(crate) passwords: Arc<Passwords>,
    pub(crate) tries: Arc<Tries>,
    pub(crate) first: Option<Arc<FirstLink>>,
    pub(crate) live: Arc<Hub>,
}

/// How Stripe's webhooks are judged.
#[derive(Debug)]
pub struct StripeWebhooks {
    /// Signing secrets; several while one is being rotated.
    pub secrets: Vec<Secret>,
    /// Whether our key is for real money.
    pub livemode: bool,
}

impl Api {
    /// The handlers over this store.
    pub fn new(parts: ApiParts) -> Self {
        let ApiParts { store, links, stripe, payments } = parts;
        let links = OrderLinks { base: payments.frontend_url.clone(), signer: LinkSigner::clone(&links) };
        Self {
            live: Hub::new(Arc::clone(&store), payments.live_streams_max),
            store,
            links: Arc::new(links),
            cors: cors::layer(&payments.other_origins),
            stripe: Arc::new(stripe),
            checkouts: Arc::new(Limit::new(payments.checkout_per_minute, TimeDelta::minutes(1))),
            payments: Arc::new(payments),
            statuses: Arc::new(StatusCache::new()),
            passwords: Arc::new(Passwords::new()),
            tries: Arc::new(Tries::new()),
            first: None,
        }
    }

    /// For 15 minutes, while there is no member of staff, whoever has this code may become the first
    /// owner at `/admin/first?code=…`. Not for production.
    #[must_use]
    pub fn with_first_link(mut self, code: &str) -> Self {
        self.first = Some(Arc::new(FirstLink::new(code, self.store.clock().now())));
        self
    }
}
