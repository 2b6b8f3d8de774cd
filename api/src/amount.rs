//! Money on the wire.

use galley_domain::money::Money;
use serde::Serialize;
use utoipa::ToSchema;

/// An amount of money.
#[derive(Serialize, ToSchema)]
pub(crate) struct Amount {
    /// In the smallest unit of the currency.
    minor: i64,
    /// ISO 4217.
    currency: String,
    /// `129.00 USD`
    formatted: String,
}

impl Amount {
    pub(crate) fn of(money: Money) -> Self {
        Self { minor: money.minor, currency: money.currency.to_string(), formatted: money.to_string() }
    }
}
