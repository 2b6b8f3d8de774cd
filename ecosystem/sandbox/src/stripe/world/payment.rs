use super::Shown;
use crate::stripe::{charge::RefundSpec, intent::IntentSpec};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Where the money of a payment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::stripe) enum Money {
    Here,
    OnItsWay,
    Never,
}

/// A payment intent and its charge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StripePayment {
    /// `pi_…`.
    pub payment_intent: String,
    /// `ch_…`.
    pub charge: String,
    /// The session that it is for.
    pub session: String,
    /// In minor units.
    pub amount: i64,
    /// Three letters, lower case.
    pub currency: String,
    /// Whether the money came.
    pub paid: bool,
    /// What has gone back, in minor units.
    pub refunded: i64,
    /// What is going back and may still fail, in minor units.
    pub refunding: i64,
    /// Whether the customer's bank wants the money back, or has it.
    pub disputed: bool,
    /// Where the customer's mail goes.
    pub email: Option<String>,
    /// What the maker of the session wrote on the payment.
    pub metadata: BTreeMap<String, String>,
    /// In seconds since 1970.
    pub created: i64,
    /// Real money.
    pub livemode: bool,
    #[serde(skip)]
    pub(super) money: Money,
}

impl StripePayment {
    /// The payment intent, as the API shows it and events carry it.
    pub fn intent(&self) -> Value {
        let status = match self.money {
            Money::Here => "succeeded",
            Money::OnItsWay => "processing",
            Money::Never => "requires_payment_method",
        };
        let spec = IntentSpec {
            payment_intent: &self.payment_intent,
            charge_id: &self.charge,
            amount: self.amount,
            currency: &self.currency,
            status,
            email: self.email.as_deref(),
            metadata: &self.metadata,
            livemode: self.livemode,
            created: self.created,
        };
        spec.object()
    }

    /// The charge, as the API shows it and events carry it.
    pub fn charge(&self) -> Value {
        let spec = RefundSpec {
            event_id: String::new(),
            charge_id: self.charge.clone(),
            payment_intent: Some(self.payment_intent.clone()),
            amount: self.amount,
            amount_refunded: self.refunded,
            previously_refunded: 0,
            currency: self.currency.clone(),
            livemode: self.livemode,
            created: self.created,
            metadata: self.metadata.clone(),
        };
        let mut object = spec.object();
        object["disputed"] = json!(self.disputed);
        object["billing_details"]["email"] = json!(self.email);
        object
    }
}

impl Shown for StripePayment {
    const KIND: &'static str = "payment_intent";

    fn id(&self) -> &str {
        &self.payment_intent
    }

    fn created(&self) -> i64 {
        self.created
    }

    fn text(&self) -> String {
        self.intent().to_string()
    }
}
