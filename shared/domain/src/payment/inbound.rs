//! What gateways tell us, decoded as far as we read it: in events, and when they are asked.

use super::{CheckoutState, DisputeState, Gateway, PaymentEventState, RefundState, Sale};
use crate::id::{CheckoutSessionId, RefundId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// An authentic event of a gateway.
#[derive(Clone, Debug)]
pub struct Inbound {
    /// Who sent it.
    pub gateway: Gateway,
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
    /// It says how something stands.
    Observed(Observation),
    /// It says that a checkout moved, but not so that we would believe it: the gateway is asked.
    Refetch {
        /// The gateway's id of the session.
        external_id: String,
        /// The gateway's id of what happened to it (`val_id`), if it named one.
        detail: Option<String>,
    },
    /// None of our business.
    Ignored {
        /// Why.
        why: &'static str,
        /// Whether staff should hear of it.
        alert: bool,
    },
}

/// How something stands at a gateway: from an authentic event, or from its answer to a question.
#[derive(Clone, Debug)]
pub enum Observation {
    /// A checkout session.
    Session(Box<SessionFact>),
    /// Money of a payment that goes back, or is disputed.
    Money(Box<MoneyFact>),
}

/// How a checkout session stands.
#[derive(Clone, Debug)]
pub struct SessionFact {
    /// Whose session.
    pub gateway: Gateway,
    /// The connected account, empty for our own.
    pub account: String,
    /// Our checkout that it names; none for a storefront's.
    pub checkout: Option<CheckoutSessionId>,
    /// The gateway's id of the session.
    pub external_id: String,
    /// The gateway's id of the payment; the session's id where there is none (nothing to pay).
    pub payment_ref: String,
    /// `Paid` settles; the others are remembered.
    pub state: CheckoutState,
    /// Amounts, address and brief.
    pub sale: Sale,
    /// Real money or test money.
    pub livemode: Option<bool>,
}

/// What became of a payment's money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoneyFact {
    /// Whose payment.
    pub gateway: Gateway,
    /// The connected account, empty for our own.
    pub account: String,
    /// The gateway's id of the payment.
    pub payment_ref: String,
    /// What happened. On disk while it waits for its payment.
    pub change: MoneyChange,
}

/// What became of a payment's money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum MoneyChange {
    /// One refund.
    Refund(RefundFact),
    /// All refunds together.
    Charge(ChargeFact),
    /// A dispute.
    Dispute(DisputeFact),
}

/// How a refund stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundFact {
    /// The gateway's id.
    pub external_id: String,
    /// Ours, if we asked for it.
    pub refund: Option<RefundId>,
    /// Minor units of the payment's currency.
    pub amount_minor: i64,
    /// Where it stands.
    pub state: RefundState,
    /// Why it failed, or why it was made.
    pub reason: Option<String>,
}

/// How much of a charge has gone back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChargeFact {
    /// In all, minor units.
    pub refunded_minor: i64,
}

/// How a dispute stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisputeFact {
    /// The gateway's id.
    pub external_id: String,
    /// Minor units, if named.
    pub amount_minor: Option<i64>,
    /// Where it stands.
    pub state: DisputeState,
    /// The gateway's word for what the customer says.
    pub reason: Option<String>,
}

impl Fact {
    /// The state of its row in the inbox, if all goes well. A fact about money may still have to
    /// wait for its payment.
    pub const fn state(&self) -> PaymentEventState {
        match self {
            Self::Observed(Observation::Session(_)) => PaymentEventState::Done,
            Self::Observed(Observation::Money(_)) | Self::Refetch { .. } => PaymentEventState::Pending,
            Self::Ignored { .. } => PaymentEventState::Ignored,
        }
    }
}
