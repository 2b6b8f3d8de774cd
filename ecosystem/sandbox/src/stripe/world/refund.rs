use super::{Shown, StripePayment, StripeRefusal, World};
use crate::stripe::{money::formatted, refund::SingleRefundSpec};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What has become of a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundStatus {
    /// The money is on its way back.
    Pending,
    /// It has gone back.
    Succeeded,
    /// It has not, whatever was said before.
    Failed,
}

impl RefundStatus {
    /// Stripe's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }
}

/// Money that goes back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StripeRefund {
    /// `re_…`.
    pub id: String,
    /// `pi_…`.
    pub payment_intent: String,
    /// `ch_…`.
    pub charge: String,
    /// In minor units.
    pub amount: i64,
    /// Three letters, lower case.
    pub currency: String,
    /// What has become of it.
    pub status: RefundStatus,
    /// Stripe's word (`duplicate`, `fraudulent`, `requested_by_customer`).
    pub reason: Option<String>,
    /// What the maker of the refund wrote on it.
    pub metadata: BTreeMap<String, String>,
    /// In seconds since 1970.
    pub created: i64,
}

impl StripeRefund {
    /// The refund, as the API shows it and events carry it.
    pub fn object(&self) -> Value {
        let spec = SingleRefundSpec {
            event_id: String::new(),
            refund_id: self.id.clone(),
            charge_id: self.charge.clone(),
            payment_intent: Some(self.payment_intent.clone()),
            amount: self.amount,
            currency: self.currency.clone(),
            status: self.status.as_str().to_owned(),
            reason: self.reason.clone(),
            metadata: self.metadata.clone(),
            livemode: false,
            created: self.created,
        };
        spec.object()
    }
}

impl Shown for StripeRefund {
    const KIND: &'static str = "refund";

    fn id(&self) -> &str {
        &self.id
    }

    fn created(&self) -> i64 {
        self.created
    }

    fn text(&self) -> String {
        self.object().to_string()
    }
}

/// A refund that somebody asks for.
#[derive(Debug)]
pub(in crate::stripe) struct RefundOrder {
    pub(in crate::stripe) payment_intent: String,
    /// All that is left where nothing is said.
    pub(in crate::stripe) amount: Option<i64>,
    pub(in crate::stripe) reason: Option<String>,
    pub(in crate::stripe) metadata: BTreeMap<String, String>,
    pub(in crate::stripe) path: RefundPath,
}

/// What happens to a refund after it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::stripe) enum RefundPath {
    Succeeds,
    /// It waits until somebody says what becomes of it.
    Waits,
    /// It is pending in the answer, and has failed when anybody looks again.
    Fails,
}

impl World {
    pub(in crate::stripe) fn refund(&mut self, order: RefundOrder) -> Result<StripeRefund, StripeRefusal> {
        let payment = self.payments.find(&order.payment_intent)?.clone();
        let amount = refundable(&payment, order.amount)?;
        let status = match order.path {
            RefundPath::Succeeds => RefundStatus::Succeeded,
            RefundPath::Waits | RefundPath::Fails => RefundStatus::Pending,
        };
        let refund = StripeRefund {
            id: self.ids.id("re_3"),
            payment_intent: payment.payment_intent,
            charge: payment.charge,
            amount,
            currency: payment.currency,
            status,
            reason: order.reason,
            metadata: order.metadata,
            created: self.now,
        };
        self.refunds.push(refund.clone());
        self.emit("refund.created", &payment.session, refund.object(), None);
        let kept = self.payments.find_mut(&order.payment_intent)?;
        kept.refunding += amount;
        match order.path {
            RefundPath::Succeeds => self.goes_back(&refund)?,
            RefundPath::Waits => {}
            RefundPath::Fails => {
                self.refund_fails(&refund.id)?;
            }
        }
        Ok(refund)
    }

    /// What was going back has gone back.
    fn goes_back(&mut self, refund: &StripeRefund) -> Result<(), StripeRefusal> {
        let payment = self.payments.find_mut(&refund.payment_intent)?;
        let previous = json!({ "amount_refunded": payment.refunded });
        payment.refunding -= refund.amount;
        payment.refunded += refund.amount;
        let (session, charge) = (payment.session.clone(), payment.charge());
        self.emit("charge.refunded", &session, charge, Some(previous));
        Ok(())
    }

    /// A refund that was pending has succeeded.
    pub(in crate::stripe) fn refund_succeeds(&mut self, id: &str) -> Result<StripeRefund, StripeRefusal> {
        let refund = self.refunds.find_mut(id)?;
        if refund.status != RefundStatus::Pending {
            return Err(StripeRefusal::Over { id: id.to_owned(), status: refund.status.as_str().to_owned() });
        }
        refund.status = RefundStatus::Succeeded;
        let refund = refund.clone();
        let session = self.payments.find(&refund.payment_intent)?.session.clone();
        self.emit("refund.updated", &session, refund.object(), Some(json!({ "status": "pending" })));
        self.goes_back(&refund)?;
        Ok(refund)
    }

    /// A refund has failed, also one that had succeeded.
    pub(in crate::stripe) fn refund_fails(&mut self, id: &str) -> Result<StripeRefund, StripeRefusal> {
        let refund = self.refunds.find_mut(id)?;
        let was = refund.status;
        if was == RefundStatus::Failed {
            return Err(StripeRefusal::Over { id: id.to_owned(), status: was.as_str().to_owned() });
        }
        refund.status = RefundStatus::Failed;
        let refund = refund.clone();
        let payment = self.payments.find_mut(&refund.payment_intent)?;
        match was {
            RefundStatus::Succeeded => payment.refunded -= refund.amount,
            RefundStatus::Pending | RefundStatus::Failed => payment.refunding -= refund.amount,
        }
        let session = payment.session.clone();
        self.emit("refund.failed", &session, refund.object(), None);
        Ok(refund)
    }
}

/// How much may go back, or why nothing may.
fn refundable(payment: &StripePayment, asked: Option<i64>) -> Result<i64, StripeRefusal> {
    if !payment.paid {
        return Err(StripeRefusal::NotCharged { payment_intent: payment.payment_intent.clone() });
    }
    if payment.disputed {
        return Err(StripeRefusal::Disputed { charge: payment.charge.clone() });
    }
    let left = payment.amount - payment.refunded - payment.refunding;
    if left <= 0 {
        return Err(StripeRefusal::AlreadyRefunded { charge: payment.charge.clone() });
    }
    let asked = asked.unwrap_or(left);
    if asked > left {
        let text = |amount| formatted(amount, &payment.currency);
        return Err(StripeRefusal::MoreThanLeft { asked: text(asked), left: text(left) });
    }
    Ok(asked)
}
