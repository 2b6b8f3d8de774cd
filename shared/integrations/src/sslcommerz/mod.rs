//! SSLCommerz, version 4: a page to pay on, notices that are only hints, and questions that tell
//! the truth (<https://developer.sslcommerz.com/doc/v4/>).
//!
//! Nothing here is signed and there are no idempotency keys. What it has instead is the `tran_id`:
//! ours, one per attempt, made from the checkout's id ([`tran_id()`]), so every attempt at every
//! checkout can be asked about later, whether or not we ever heard of it. Whoever looks for all the
//! money of a checkout asks [`fetch`](crate::gateway::PaymentGateway::fetch) about attempts 1 to n.
//!
//! The store's password travels in the address of every question, so no address is ever put into
//! an error or a log.

mod answer;
mod api;
mod checkout;
mod decimal;
pub mod ipn;
mod refund;
mod standing;
mod tran_id;

#[cfg(test)]
mod tests;

pub use checkout::SUPPORTED_CURRENCIES;
pub use tran_id::{ATTEMPTS_MAX, checkout_of, tran_id};

use crate::{
    gateway::{GatewayError, Page, PaymentGateway, Window},
    secret::Secret,
};
use api::Api;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use galley_domain::payment::{
    CheckoutIntent, Gateway, HostedCheckout, Observation, RefundAnswer, RefundIntent,
};
use std::time::Duration;
use url::Url;

/// How many attempts of a checkout are looked at for one that was paid, the newest first.
const ATTEMPTS_LOOKED_AT_MAX: usize = 8;

/// Which store, and where it and we are reached.
#[derive(Clone, Debug)]
pub struct SslcommerzConfig {
    /// The store's name at SSLCommerz.
    pub store_id: String,
    /// Its password for the API. Signs the notices, too.
    pub store_password: Secret,
    /// `https://sandbox.sslcommerz.com` or `https://securepay.sslcommerz.com`.
    pub api_base: Url,
    /// Where customers and SSLCommerz reach us.
    pub public_url: Url,
    /// Longest wait for a whole answer.
    pub timeout: Duration,
}

/// Why a client can't be built.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SslcommerzSetupError {
    /// One of the two addresses is neither http nor https.
    #[error("the addresses of SSLCommerz and of this shop must start with http:// or https://")]
    NotHttp,
    /// A password in an address ends up in logs.
    #[error("the addresses of SSLCommerz and of this shop must not hold a user name or a password")]
    HoldsCredentials,
    /// The store's id or password is empty.
    #[error("SSLCommerz needs the store's id and its password")]
    NoCredentials,
    /// TLS could not be set up.
    #[error("the HTTP client for SSLCommerz can't be built: {0}")]
    Client(String),
}

/// The client of one store: one pool of connections, cheap to clone.
#[derive(Clone, Debug)]
pub struct SslcommerzGateway {
    api: Api,
    public_url: Url,
}

impl SslcommerzGateway {
    /// Builds the client; nothing is sent yet.
    pub fn new(config: SslcommerzConfig) -> Result<Self, SslcommerzSetupError> {
        for url in [&config.api_base, &config.public_url] {
            if !matches!(url.scheme(), "http" | "https") {
                return Err(SslcommerzSetupError::NotHttp);
            }
            if !url.username().is_empty() || url.password().is_some() {
                return Err(SslcommerzSetupError::HoldsCredentials);
            }
        }
        if config.store_id.is_empty() || config.store_password.is_empty() {
            return Err(SslcommerzSetupError::NoCredentials);
        }
        let public_url = config.public_url.clone();
        Ok(Self { api: Api::new(config)?, public_url })
    }

    /// How one attempt stands, asked by its `tran_id`.
    async fn standing(&self, tran_id: &str) -> Result<Vec<Observation>, GatewayError> {
        let answer = self.api.get(api::QUERY, &[("tran_id", tran_id)]).await?;
        self.api.connected(&answer)?;
        Ok(standing::of_query(&answer, tran_id, self.api.store_id()))
    }
}

#[async_trait]
impl PaymentGateway for SslcommerzGateway {
    fn gateway(&self) -> Gateway {
        Gateway::Sslcommerz
    }

    /// There are no lists: every transaction is asked about by its `tran_id`.
    fn has_lists(&self) -> bool {
        false
    }

    /// Makes a page under the `tran_id` of this attempt. The same attempt asked for again makes
    /// another page under the same `tran_id`, or is refused; after an unknown outcome, take the
    /// next attempt.
    async fn create_checkout(&self, intent: &CheckoutIntent) -> Result<HostedCheckout, GatewayError> {
        let order = checkout::Order::new(intent, &self.public_url)?;
        let answer = self.api.post(api::CREATE, &order.form()).await?;
        checkout::page(&self.api, &answer, order.tran_id)
    }

    /// `None` unless one of the attempts so far was paid.
    ///
    /// SSLCommerz does not tell the address of a page a second time. A page whose address never
    /// reached us was shown to nobody and takes no money, so after an unknown outcome `None` is the
    /// right answer: make the next attempt, under its new `tran_id`. A customer who was shown an
    /// earlier page may still pay there; that is why [`fetch`](PaymentGateway::fetch) must go on to
    /// be asked about the earlier attempts as well.
    ///
    /// Of an attempt that was paid, the answer holds its `tran_id` and, as there is nothing left to
    /// pay, our own page that the customer returns to.
    async fn find_checkout(&self, intent: &CheckoutIntent) -> Result<Option<HostedCheckout>, GatewayError> {
        for attempt in (1..=intent.attempt).rev().take(ATTEMPTS_LOOKED_AT_MAX) {
            let external_id = checkout::tran_id_of(intent.checkout, attempt)?;
            if standing::is_paid(&self.standing(&external_id).await?) {
                let url = checkout::return_url(&self.public_url, intent, None).into();
                return Ok(Some(HostedCheckout { external_id, url, expires_at: None }));
            }
        }
        Ok(None)
    }

    /// How an attempt stands; `external_id` is its `tran_id`, `detail` the `val_id` of a notice.
    ///
    /// A `val_id` is validated; one that does not fit the attempt counts for nothing, and then, as
    /// without one, the attempt itself is asked about. One that was paid more than once gives as
    /// many observations.
    async fn fetch(&self, external_id: &str, detail: Option<&str>) -> Result<Vec<Observation>, GatewayError> {
        if let Some(val_id) = detail.filter(|val_id| !val_id.is_empty()) {
            let answer = self.api.get(api::VALIDATE, &[("val_id", val_id), ("v", "1")]).await?;
            match self.api.connected(&answer) {
                Ok(()) => {
                    let paid = standing::of_validation(&answer, external_id, self.api.store_id());
                    if let Some(paid) = paid {
                        return Ok(vec![paid]);
                    }
                }
                // It may be the `val_id` that is refused: the notice is not what we go by.
                Err(GatewayError::Refused { .. }) => {}
                Err(other) => return Err(other),
            }
        }
        self.standing(external_id).await
    }

    async fn list_complete(&self, _: &Window, _: Option<&str>) -> Result<Page, GatewayError> {
        Ok(Page::default())
    }

    async fn list_money(&self, _: DateTime<Utc>) -> Result<Vec<Observation>, GatewayError> {
        Ok(Vec::new())
    }

    /// Asks for a refund. "Success" there means that it was taken on, so the answer is `Pending`
    /// until [`find_refund`](PaymentGateway::find_refund) says more.
    ///
    /// SSLCommerz has no idempotency and cannot be asked whether a refund was begun: after an
    /// unknown outcome this must not be called again. Write down that it is about to be called
    /// before it is. Only taka go back: what a sale in another currency is in taka is for a person to
    /// say, and is `Refused` here.
    async fn refund(&self, intent: &RefundIntent) -> Result<RefundAnswer, GatewayError> {
        let request = refund::request(intent)?;
        let answer = self.api.get(api::QUERY, &request.pairs()).await?;
        refund::begun(&self.api, &answer)
    }

    /// How a refund stands whose `refund_ref_id` is known; without it nobody but the merchant panel
    /// can tell, which is an error and never `None`.
    ///
    /// A question that is refused says nothing of the refund, so it is never `Refused` either.
    async fn find_refund(&self, intent: &RefundIntent) -> Result<Option<RefundAnswer>, GatewayError> {
        let Some(external_id) = intent.external_id.as_deref().filter(|id| !id.is_empty()) else {
            return Err(refund::cannot_be_asked(intent));
        };
        let answer = self.api.get(api::QUERY, &[("refund_ref_id", external_id)]).await;
        let found = answer.and_then(|answer| refund::found(&self.api, &answer, external_id));
        found.map(Some).map_err(|error| match error {
            GatewayError::Refused { detail } => GatewayError::Unknown { detail },
            other => other,
        })
    }
}
