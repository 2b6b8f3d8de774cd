//! What the gateway knows, for whoever tests against it.

use serde::Serialize;

/// Everything the gateway knows; it would never say so itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SslcommerzWorld {
    /// The sessions, in the order in which they were opened.
    pub sessions: Vec<SslcommerzSession>,
    /// The attempts to pay, in their order.
    pub transactions: Vec<SslcommerzTransaction>,
    /// The refunds that were accepted, in their order.
    pub refunds: Vec<SslcommerzRefund>,
}

/// A session: one visit to the pay page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SslcommerzSession {
    /// Ends the address of the pay page.
    pub sessionkey: String,
    /// The shop's id.
    pub tran_id: String,
    /// What the shop asked to have echoed.
    pub value_a: String,
    /// What is to be paid, in paisa.
    pub amount_minor: i64,
}

/// An attempt to pay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SslcommerzTransaction {
    /// Where it was made.
    pub sessionkey: String,
    /// The shop's id; two attempts may share it.
    pub tran_id: String,
    /// The gateway's id; only what was paid has one.
    pub val_id: Option<String>,
    /// The bank's id, which a refund names.
    pub bank_tran_id: String,
    /// How it went.
    pub status: SslcommerzStatus,
    /// Whether the gateway finds the payer suspicious.
    pub risky: bool,
    /// What was taken, in paisa.
    pub amount_minor: i64,
    /// The currency of `amount_minor` and `refunded_minor`: always BDT.
    pub currency: String,
    /// What the shop asked for, in hundredths.
    pub requested_minor: i64,
    /// The currency that the shop asked for.
    pub requested_currency: String,
    /// What went back or is going back, in paisa.
    pub refunded_minor: i64,
}

/// How an attempt to pay went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SslcommerzStatus {
    /// Paid.
    Valid,
    /// Paid, and the shop has asked the validation about it.
    Validated,
    /// The bank declined.
    Failed,
    /// The customer went back.
    Cancelled,
}

impl SslcommerzStatus {
    /// Whether money was taken.
    pub fn paid(self) -> bool {
        matches!(self, Self::Valid | Self::Validated)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Valid => "VALID",
            Self::Validated => "VALIDATED",
            Self::Failed => "FAILED",
            Self::Cancelled => "CANCELLED",
        }
    }
}

/// A refund that was accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SslcommerzRefund {
    /// The gateway's id.
    pub refund_ref_id: String,
    /// The shop's id; the gateway does not mind seeing one twice.
    pub refe_id: String,
    /// Which payment it goes back to.
    pub bank_tran_id: String,
    /// In paisa.
    pub amount_minor: i64,
    /// How far it is.
    pub status: SslcommerzRefundStatus,
}

/// How far a refund is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SslcommerzRefundStatus {
    /// On its way: it answers `processing` once more and is refunded then.
    Accepted,
    /// Stays as it is until it is told to go on.
    Processing,
    /// The customer has the money.
    Refunded,
    /// The bank sent the money back to the shop.
    Cancelled,
}
