use crate::{limit::Limit, payments::Payments, purchase::StatusCache};
use galley_content::order_link::{LinkSigner, OrderLinks};
use galley_integrations::secret::Secret;
use galley_store::Store;
use std::sync::Arc;

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
    pub(crate) checkouts: Arc<Limit>,
    pub(crate) statuses: Arc<StatusCache>,
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
            store,
            links: Arc::new(links),
            stripe: Arc::new(stripe),
            checkouts: Arc::new(Limit::new(payments.checkout_per_minute)),
            payments: Arc::new(payments),
            statuses: Arc::new(StatusCache::new()),
        }
    }
}
