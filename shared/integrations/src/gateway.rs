//! What every payment gateway can be asked, whatever its wire looks like.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use galley_domain::payment::{
    CheckoutIntent, Gateway, HostedCheckout, Observation, RefundAnswer, RefundIntent,
};
use std::{fmt, sync::Arc, time::Duration};

/// A payment gateway. It is asked, and never believed to have done something that it did not say.
#[async_trait]
pub trait PaymentGateway: fmt::Debug + Send + Sync {
    /// Which one it is.
    fn gateway(&self) -> Gateway;

    /// Whether [`list_complete`](Self::list_complete) answers.
    fn has_lists(&self) -> bool;

    /// Makes the page on which a checkout is paid. The same intent gives the same page.
    async fn create_checkout(&self, intent: &CheckoutIntent) -> Result<HostedCheckout, GatewayError>;

    /// The page that an earlier call for this checkout may have made, whatever its attempt.
    async fn find_checkout(&self, intent: &CheckoutIntent) -> Result<Option<HostedCheckout>, GatewayError>;

    /// How a session stands; several payments where it was paid more than once. `detail` is what
    /// the gateway named beside it (SSLCommerz's `val_id`).
    async fn fetch(&self, external_id: &str, detail: Option<&str>) -> Result<Vec<Observation>, GatewayError>;

    /// Sessions made in a window that were completed, whoever made them, newest first.
    async fn list_complete(&self, window: &Window, after: Option<&str>) -> Result<Page, GatewayError>;

    /// Refunds and disputes made since, whoever made them. Empty where a gateway has no such list.
    async fn list_money(&self, since: DateTime<Utc>) -> Result<Vec<Observation>, GatewayError>;

    /// Gives money back.
    async fn refund(&self, intent: &RefundIntent) -> Result<RefundAnswer, GatewayError>;

    /// How a refund stands that an earlier call may have made; `None` when there is no trace of it,
    /// and an error where a gateway cannot tell.
    async fn find_refund(&self, intent: &RefundIntent) -> Result<Option<RefundAnswer>, GatewayError>;
}

/// From `from` until just before `until`, in whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Inclusive.
    pub from: DateTime<Utc>,
    /// Exclusive.
    pub until: DateTime<Utc>,
}

/// One page of a list.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// What it holds; foreign sessions (other account, mode or kind) are left out.
    pub observations: Vec<Observation>,
    /// Where the next one begins; `None` on the last.
    pub next: Option<String>,
}

/// Why a gateway did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GatewayError {
    /// It surely did nothing: not reached, busy, too many requests. The same key again is right.
    #[error("not done: {detail}")]
    NotDone {
        /// For operators, without secrets.
        detail: String,
        /// What it asks us to wait.
        after: Option<Duration>,
    },
    /// It may have done it: no answer, a broken one, an error of its own.
    #[error("outcome unknown: {detail}")]
    Unknown {
        /// For operators, without secrets.
        detail: String,
    },
    /// It repeats an old failure under this key, and will for a day: look first, then a new key.
    #[error("an old failure was repeated: {detail}")]
    Replayed {
        /// For operators, without secrets.
        detail: String,
    },
    /// It says no, and will say so again.
    #[error("refused: {detail}")]
    Refused {
        /// For operators, without secrets.
        detail: String,
    },
}

impl GatewayError {
    /// What it asks us to wait.
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::NotDone { after, .. } => *after,
            _ => None,
        }
    }
}

/// The gateways that this shop takes money through.
#[derive(Clone, Debug, Default)]
pub struct Gateways(Vec<Arc<dyn PaymentGateway>>);

impl Gateways {
    /// The first one is what a checkout takes that names none.
    pub fn new(gateways: Vec<Arc<dyn PaymentGateway>>) -> Self {
        Self(gateways)
    }

    /// The one that a checkout takes that names none.
    pub fn first(&self) -> Option<&Arc<dyn PaymentGateway>> {
        self.0.first()
    }

    /// One of them.
    pub fn find(&self, gateway: Gateway) -> Option<&Arc<dyn PaymentGateway>> {
        self.0.iter().find(|one| one.gateway() == gateway)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<dyn PaymentGateway>> {
        self.0.iter()
    }
}
