//! What a gateway sent, as it sent it.

use crate::{Store, db::on, error::StoreError};
use chrono::{DateTime, Utc};
use galley_domain::id::PaymentEventId;
use sqlx::FromRow;
use uuid::Uuid;

/// An event of the inbox.
#[derive(Clone, Debug, FromRow)]
pub struct PaymentEventView {
    /// Its id.
    #[sqlx(try_from = "Uuid")]
    pub id: PaymentEventId,
    /// Who sent it.
    pub gateway: String,
    /// The gateway's name of the event, or what we tell it by.
    pub dedupe_key: String,
    /// The gateway's kind.
    pub kind: String,
    /// The gateway's id of what it is about.
    pub object_ref: Option<String>,
    /// The gateway's id of the payment.
    pub payment_ref: Option<String>,
    /// The version of the gateway's API that it is written in.
    pub api_version: Option<String>,
    /// Whether it is about real money.
    pub livemode: Option<bool>,
    /// When it happened, by the gateway's clock.
    pub gateway_created_at: Option<DateTime<Utc>>,
    /// When it came in.
    pub received_at: DateTime<Utc>,
    /// `pending`, `done`, `ignored` or `failed`
    pub state: String,
    /// Why it was ignored, or what went wrong.
    pub last_error: Option<String>,
    /// What was sent.
    pub payload: String,
}

impl Store {
    /// One event of the inbox, with its payload.
    pub async fn payment_event(&self, id: PaymentEventId) -> Result<Option<PaymentEventView>, StoreError> {
        let mut conn = self.shared.pools.reader().await?;
        Ok(on!(Conn: &mut conn, |c| {
            sqlx::query_as(
                "SELECT id, gateway, dedupe_key, kind, object_ref, payment_ref, api_version, livemode, \
                 gateway_created_at, received_at, state, last_error, CAST(payload AS TEXT) AS payload \
                 FROM payment_event WHERE id = $1",
            )
            .bind(id.0)
            .fetch_optional(c)
            .await
        })?)
    }
}
