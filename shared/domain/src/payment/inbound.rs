//! Events of gateways, decoded as far as we read them.

use super::{CheckoutState, PaymentEventState, Sale};
use chrono::{DateTime, Utc};

/// An authentic event of a gateway, decoded as far as we read it.
#[derive(Clone, Debug)]
pub struct Inbound {
    /// `stripe`.
    pub gateway: &'static str,
    /// The connected account, empty for our own.
    pub account: String,
    /// The event's id, or the SHA-256 of its body.
    pub dedupe_key: String,
    /// The gateway's name of the event (`checkout.session.completed`).
    pub kind: String,
    /// The object it speaks of.
    pub object_ref: Option<String>,
    /// The payment it speaks of.
    pub payment_ref: Option<String>,
    /// The version of the gateway's API that it was written in.
    pub api_version: Option<String>,
    /// Real money or test money.
    pub livemode: Option<bool>,
    /// When the gateway made it; for the record, never to decide by.
    pub created_at: Option<DateTime<Utc>>,
    /// The body as it came.
    pub payload: String,
    /// What it means to us.
    pub fact: Fact,
}

/// What an event means.
#[derive(Clone, Debug)]
pub enum Fact {
    /// A checkout session moved.
    Session(Box<SessionFact>),
    /// A refund or dispute: waits for its payment.
    Money,
    /// None of our business.
    Ignored {
        /// Why.
        why: &'static str,
        /// Whether staff should hear of it.
        alert: bool,
    },
}

/// What an event says of a checkout session.
#[derive(Clone, Debug)]
pub struct SessionFact {
    /// The gateway's id of the session.
    pub external_id: String,
    /// The gateway's id of the payment; the session's id where there is none (nothing to pay).
    pub payment_ref: String,
    /// `Paid` settles; `Processing`, `Failed` and `Expired` are remembered.
    pub state: CheckoutState,
    /// Amounts, address and brief.
    pub sale: Sale,
    /// Real money or test money.
    pub livemode: Option<bool>,
}

impl Fact {
    /// The state of its row in the inbox, if all goes well.
    pub const fn state(&self) -> PaymentEventState {
        match self {
            Self::Session(_) => PaymentEventState::Done,
            Self::Money => PaymentEventState::Pending,
            Self::Ignored { .. } => PaymentEventState::Ignored,
        }
    }
}
