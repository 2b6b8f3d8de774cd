//! Payments that wait for a person.

use crate::{Store, db::on, error::StoreError};
use chrono::{DateTime, Utc};
use galley_domain::id::PaymentId;
use sqlx::FromRow;
use uuid::Uuid;

/// A payment that needs a decision.
#[derive(Clone, Debug, FromRow)]
pub struct PaymentInReview {
    /// Its id.
    #[sqlx(try_from = "Uuid")]
    pub id: PaymentId,
    /// `stripe`.
    pub gateway: String,
    /// The gateway's id of the payment.
    pub payment_ref: String,
    /// The gateway's id of the checkout session.
    pub session_ref: String,
    /// Minor units.
    pub amount_minor: Option<i64>,
    /// ISO code.
    pub currency: Option<String>,
    /// The rule that it met.
    pub review_reason: Option<String>,
    /// What was found.
    pub review_detail: Option<String>,
    /// The customer's address.
    pub email: Option<String>,
    /// When it came in.
    pub paid_at: DateTime<Utc>,
}

impl Store {
    /// Payments in review, oldest first, at most `limit`.
    pub async fn payments_in_review(&self, limit: i64) -> Result<Vec<PaymentInReview>, StoreError> {
        let mut conn = self.shared.pools.reader().await?;
        Ok(on!(Conn: &mut conn, |c| {
            sqlx::query_as(
                "SELECT p.id, p.gateway, p.payment_ref, s.external_id AS session_ref, p.amount_minor, p.currency, \
                 p.review_reason, p.review_detail, s.email, p.paid_at FROM payment p \
                 JOIN checkout_session s ON s.id = p.checkout_session_id \
                 WHERE p.state = 'needs_review' ORDER BY p.id LIMIT $1",
            )
            .bind(limit)
            .fetch_all(c)
            .await
        })?)
    }
}
