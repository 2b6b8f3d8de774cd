//! A checkout of ours, on its way to the gateway.

use super::Gateway;
use crate::{id::CheckoutSessionId, money::Money};
use chrono::{DateTime, Utc};

/// What a gateway is asked to make: a page on which one checkout can be paid.
#[derive(Clone, Debug)]
pub struct CheckoutIntent {
    /// Ours; travels in the gateway's metadata and comes back with the money.
    pub checkout: CheckoutSessionId,
    /// Whom to ask.
    pub gateway: Gateway,
    /// Counts from 1; a new one only when the key of the last is known to be spent.
    pub attempt: i32,
    /// What the customer reads on the gateway's page.
    pub title: String,
    /// What it costs.
    pub price: Money,
    /// The customer's address.
    pub email: String,
    /// Opens the checkout on our pages; part of the address that the customer returns to.
    pub token: String,
    /// When it was opened here.
    pub created_at: DateTime<Utc>,
}

impl CheckoutIntent {
    /// The idempotency key: the same for every try of one attempt, whoever makes it.
    pub fn idempotency_key(&self) -> String {
        format!("checkout:{}:{}", self.checkout, self.attempt)
    }
}

/// A page on which a checkout can be paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostedCheckout {
    /// The gateway's id of the session.
    pub external_id: String,
    /// Where the customer pays.
    pub url: String,
    /// When that ends, if the gateway says so.
    pub expires_at: Option<DateTime<Utc>>,
}
