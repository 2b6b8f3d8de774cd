use crate::purchase::StatusCache;
use galley_content::order_link::LinkSigner;
use galley_integrations::secret::Secret;
use galley_store::Store;
use std::sync::Arc;

/// What every request handler shares. Cheap to clone.
#[derive(Clone)]
pub struct Api {
    pub(crate) store: Arc<Store>,
    pub(crate) links: Arc<LinkSigner>,
    pub(crate) stripe: Arc<StripeWebhooks>,
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
    pub fn new(store: Arc<Store>, links: Arc<LinkSigner>, stripe: StripeWebhooks) -> Self {
        Self { store, links, stripe: Arc::new(stripe), statuses: Arc::new(StatusCache::new()) }
    }
}
