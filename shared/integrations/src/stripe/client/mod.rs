//! Asking Stripe: checkouts, refunds, and how everything stands.
//!
//! Each call is one request. Trying again is the job's business, under the intent's key; a
//! [`GatewayError`] says whether the request may have done something.

mod ask;
mod bucket;
mod failure;
mod find;
mod transport;

#[cfg(test)]
mod tests;

use super::{field, money, money::MoneyKind, session::Session};
use crate::{
    gateway::{GatewayError, Page, PaymentGateway, Window},
    http,
    secret::Secret,
};
use async_trait::async_trait;
use bucket::Bucket;
use chrono::{DateTime, Utc};
use failure::unknown;
use galley_domain::payment::{
    CheckoutIntent, Gateway, HostedCheckout, Observation, RefundAnswer, RefundIntent, RefundState,
};
use reqwest::header::HeaderValue;
use serde_json::Value;
use std::{fmt, time::Duration};
use tracing::{debug, warn};
use transport::Transport;
use url::Url;

/// How long one call may take when nothing else is configured, in seconds.
pub const TIMEOUT_SECONDS: u64 = 10;

/// Which account, and how it is asked.
#[derive(Clone, Debug)]
pub struct StripeConfig {
    /// `sk_…` or `rk_…`.
    pub secret_key: Secret,
    /// Everything before `/v1` (`https://api.stripe.com`).
    pub api_base: Url,
    /// What the key is for: real money or test money.
    pub livemode: bool,
    /// Where our pages `/payment/success` and `/checkout/{id}` live.
    pub return_base: Url,
    /// Longest wait for one answer, to its last byte.
    pub timeout: Duration,
    /// Most requests a second, with a burst of as many; without it nobody waits.
    pub rate_per_second: Option<u32>,
}

/// Why a client can't be built.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum StripeSetupError {
    /// The base address is neither http nor https.
    #[error("the address of Stripe's API must start with http:// or https://")]
    NotHttp,
    /// A key in an address ends up in logs.
    #[error("the address of Stripe's API must not hold a user name or a password")]
    HoldsCredentials,
    /// The key is empty, or holds what no header can carry.
    #[error("Stripe's secret key is missing or holds a character that no key has")]
    BadKey,
    /// TLS could not be set up.
    #[error("the HTTP client for Stripe can't be built: {0}")]
    Client(String),
}

/// The account that a key belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StripeAccount {
    /// `acct_…`.
    pub id: String,
    /// Live or test, as the key's own prefix says it; none for a key of a shape we don't know.
    pub livemode: Option<bool>,
}

/// Stripe: one pool of connections.
pub struct StripeGateway {
    transport: Transport,
    livemode: bool,
    return_base: Url,
}

impl fmt::Debug for StripeGateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StripeGateway")
            .field("api_base", &self.transport.api_base.as_str())
            .field("livemode", &self.livemode)
            .finish_non_exhaustive()
    }
}

impl StripeGateway {
    /// Builds the client; nothing is sent yet.
    pub fn new(config: StripeConfig) -> Result<Self, StripeSetupError> {
        let StripeConfig { secret_key, api_base, livemode, return_base, timeout, rate_per_second } = config;
        if !matches!(api_base.scheme(), "http" | "https") {
            return Err(StripeSetupError::NotHttp);
        }
        if !api_base.username().is_empty() || api_base.password().is_some() {
            return Err(StripeSetupError::HoldsCredentials);
        }
        let mut bearer = HeaderValue::try_from(format!("Bearer {}", secret_key.expose()))
            .ok()
            .filter(|_| !secret_key.is_empty())
            .ok_or(StripeSetupError::BadKey)?;
        bearer.set_sensitive(true);
        let http =
            http::client(&api_base, timeout).map_err(|error| StripeSetupError::Client(error.to_string()))?;
        let bucket = rate_per_second.map(Bucket::new);
        let transport = Transport { http, api_base, secret_key, bearer, bucket };
        Ok(Self { transport, livemode, return_base })
    }

    /// The account that the key belongs to: proof that Stripe can be reached and knows the key.
    pub async fn account(&self) -> Result<StripeAccount, GatewayError> {
        let account = self.transport.read(ask::account()).await?;
        let id = field::text(&account, "id").ok_or_else(|| unknown("the account has no id"))?;
        let key = self.transport.secret_key.expose();
        let livemode = match key.split('_').nth(1) {
            Some("live") => Some(true),
            Some("test") => Some(false),
            _ => None,
        };
        Ok(StripeAccount { id, livemode })
    }

    /// A session as it stands; none when it is none of our money.
    fn observe(&self, session: Session) -> Result<Observation, &'static str> {
        if let Some(why) = session.foreign(self.livemode) {
            return Err(why);
        }
        let state = session.state();
        Ok(Observation::Session(Box::new(session.into_fact(state))))
    }
}

#[async_trait]
impl PaymentGateway for StripeGateway {
    fn gateway(&self) -> Gateway {
        Gateway::Stripe
    }

    fn has_lists(&self) -> bool {
        true
    }

    async fn create_checkout(&self, intent: &CheckoutIntent) -> Result<HostedCheckout, GatewayError> {
        let request = ask::create_checkout(intent, &self.return_base)?;
        let session = self.transport.write(request, &intent.idempotency_key()).await?;
        hosted(&session).ok_or_else(|| unknown("the session has no id or no address"))
    }

    async fn find_checkout(&self, intent: &CheckoutIntent) -> Result<Option<HostedCheckout>, GatewayError> {
        find::checkout(&self.transport, intent, &self.return_base).await
    }

    async fn fetch(
        &self,
        external_id: &str,
        _detail: Option<&str>,
    ) -> Result<Vec<Observation>, GatewayError> {
        let answer = self.transport.read(ask::session(external_id)?).await?;
        let session = Session::read(&answer).ok_or_else(|| unknown("the session has no id"))?;
        match self.observe(session) {
            Ok(observation) => Ok(vec![observation]),
            Err(why) => {
                warn!(gateway = "stripe", session = external_id, why, "a session is none of our money");
                Ok(Vec::new())
            }
        }
    }

    async fn list_complete(&self, window: &Window, after: Option<&str>) -> Result<Page, GatewayError> {
        let listed = self.transport.list(ask::sessions(window, true, after)).await?;
        let mut observations = Vec::with_capacity(listed.items.len());
        for session in listed.items.iter().filter_map(Session::read) {
            let id = session.id.clone();
            match self.observe(session) {
                Ok(observation) => observations.push(observation),
                // Each pass meets it again, so this is no warning.
                Err(why) => debug!(gateway = "stripe", session = id, why, "a session is none of our money"),
            }
        }
        Ok(Page { observations, next: listed.next })
    }

    async fn list_money(&self, since: DateTime<Utc>) -> Result<Vec<Observation>, GatewayError> {
        find::money(&self.transport, since, self.livemode).await
    }

    async fn refund(&self, intent: &RefundIntent) -> Result<RefundAnswer, GatewayError> {
        let request = ask::create_refund(intent)?;
        let refund = self.transport.write(request, &intent.idempotency_key()).await?;
        refund_answer(&refund).ok_or_else(|| unknown("the refund has no id"))
    }

    async fn find_refund(&self, intent: &RefundIntent) -> Result<Option<RefundAnswer>, GatewayError> {
        find::refund(&self.transport, intent).await
    }
}

/// The page that a session of the API is; none when it can't be paid any more.
fn hosted(session: &Value) -> Option<HostedCheckout> {
    Some(HostedCheckout {
        external_id: field::text(session, "id")?,
        url: field::text(session, "url")?,
        expires_at: field::instant(session, "expires_at"),
    })
}

/// What a refund of the API says, whatever it is a refund of.
fn refund_answer(refund: &Value) -> Option<RefundAnswer> {
    let state = money::refund_state(refund);
    let why = || field::text(refund, "failure_reason").or_else(|| field::text(refund, "status"));
    Some(RefundAnswer {
        external_id: Some(field::text(refund, "id")?),
        state,
        detail: (state == RefundState::Failed).then(why).flatten(),
    })
}
