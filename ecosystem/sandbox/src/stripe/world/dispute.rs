use super::{Shown, StripeRefusal, World};
use crate::stripe::dispute::DisputeSpec;
use serde::Serialize;
use serde_json::{Value, json};

/// The words for a dispute that goes on.
const ONGOING: [&str; 5] =
    ["needs_response", "under_review", "warning_needs_response", "warning_under_review", "prevented"];
/// The words for a dispute that is over; only `lost` leaves the money with the bank.
const OVER: [&str; 3] = ["won", "lost", "warning_closed"];

/// A customer's bank wants the money back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StripeDispute {
    /// `dp_…`.
    pub id: String,
    /// `pi_…`.
    pub payment_intent: String,
    /// `ch_…`.
    pub charge: String,
    /// In minor units.
    pub amount: i64,
    /// Three letters, lower case.
    pub currency: String,
    /// Stripe's word (`needs_response`, `won`, `lost`, …).
    pub status: String,
    /// In seconds since 1970.
    pub created: i64,
    /// Real money.
    pub livemode: bool,
}

impl StripeDispute {
    /// The dispute, as the API shows it and events carry it.
    pub fn object(&self) -> Value {
        let spec = DisputeSpec {
            dispute_id: self.id.clone(),
            charge_id: self.charge.clone(),
            payment_intent: Some(self.payment_intent.clone()),
            amount: self.amount,
            currency: self.currency.clone(),
            status: self.status.clone(),
            livemode: self.livemode,
            created: self.created,
            ..DisputeSpec::default()
        };
        let mut object = spec.object();
        object["is_charge_refundable"] = json!(self.status == "won" || self.status.starts_with("warning"));
        object
    }
}

impl Shown for StripeDispute {
    const KIND: &'static str = "dispute";

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

impl World {
    /// The customer's bank opens a dispute over the whole payment.
    pub(in crate::stripe) fn dispute(
        &mut self,
        payment_intent: &str,
    ) -> Result<StripeDispute, StripeRefusal> {
        let id = self.ids.id("dp_1");
        let payment = self.payments.find_mut(payment_intent)?;
        if !payment.paid {
            return Err(StripeRefusal::NotCharged { payment_intent: payment_intent.to_owned() });
        }
        if payment.disputed {
            return Err(StripeRefusal::Disputed { charge: payment.charge.clone() });
        }
        payment.disputed = true;
        let dispute = StripeDispute {
            id,
            payment_intent: payment_intent.to_owned(),
            charge: payment.charge.clone(),
            amount: payment.amount,
            currency: payment.currency.clone(),
            status: "needs_response".to_owned(),
            created: self.now,
            livemode: self.livemode,
        };
        let session = payment.session.clone();
        self.disputes.push(dispute.clone());
        self.emit("charge.dispute.created", &session, dispute.object(), None);
        Ok(dispute)
    }

    /// A dispute goes on, in another state.
    pub(in crate::stripe) fn update_dispute(
        &mut self,
        id: &str,
        status: &str,
    ) -> Result<StripeDispute, StripeRefusal> {
        self.move_dispute(id, status, &ONGOING, "charge.dispute.updated")
    }

    /// A dispute ends. Unless it is lost, the money stays, and can be refunded.
    pub(in crate::stripe) fn close_dispute(
        &mut self,
        id: &str,
        status: &str,
    ) -> Result<StripeDispute, StripeRefusal> {
        let dispute = self.move_dispute(id, status, &OVER, "charge.dispute.closed")?;
        self.payments.find_mut(&dispute.payment_intent)?.disputed = status == "lost";
        Ok(dispute)
    }

    fn move_dispute(
        &mut self,
        id: &str,
        status: &str,
        words: &[&str],
        event: &'static str,
    ) -> Result<StripeDispute, StripeRefusal> {
        let dispute = self.disputes.find_mut(id)?;
        if OVER.contains(&dispute.status.as_str()) {
            return Err(StripeRefusal::Over { id: id.to_owned(), status: dispute.status.clone() });
        }
        if !words.contains(&status) {
            return Err(StripeRefusal::NoSuchStatus(status.to_owned()));
        }
        let previous = json!({ "status": dispute.status });
        status.clone_into(&mut dispute.status);
        let dispute = dispute.clone();
        let session = self.payments.find(&dispute.payment_intent)?.session.clone();
        self.emit(event, &session, dispute.object(), Some(previous));
        Ok(dispute)
    }
}
