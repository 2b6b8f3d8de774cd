//! What customers, their banks and the people at the dashboard do.

use super::StripeControl;
use crate::stripe::world::{
    NewSession, RefundOrder, RefundPath, StripeDispute, StripePayment, StripeRefund, StripeRefusal,
    StripeSession,
};
use std::collections::BTreeMap;

impl StripeControl {
    /// Makes an open session that did not come through the API: a storefront's own.
    pub fn create_session(&self, new: NewSession) -> StripeSession {
        self.world(|world| world.create_session(new))
    }

    /// The customer pays an open session by card.
    pub fn pay(&self, session: &str) -> Result<StripeSession, StripeRefusal> {
        self.world(|world| world.pay(session))
    }

    /// The customer goes through with an open session by a method whose money comes later: it is
    /// complete and unpaid until [`money_arrives`](Self::money_arrives) or
    /// [`money_fails`](Self::money_fails).
    pub fn pay_later(&self, session: &str) -> Result<StripeSession, StripeRefusal> {
        self.world(|world| world.pay_later(session))
    }

    /// The money of a complete and unpaid session arrives.
    pub fn money_arrives(&self, session: &str) -> Result<StripeSession, StripeRefusal> {
        self.world(|world| world.money_arrives(session))
    }

    /// The money of a complete and unpaid session will not arrive.
    pub fn money_fails(&self, session: &str) -> Result<StripeSession, StripeRefusal> {
        self.world(|world| world.money_fails(session))
    }

    /// The customer's card is declined; the session stays open, and no event tells of it.
    pub fn fail(&self, session: &str) -> Result<StripeSession, StripeRefusal> {
        self.world(|world| world.decline(session))
    }

    /// An open session expires.
    pub fn expire(&self, session: &str) -> Result<StripeSession, StripeRefusal> {
        self.world(|world| world.expire(session))
    }

    /// Money comes a second time for a session that is paid: an event of the same session with
    /// another payment intent. The session itself keeps its first one.
    pub fn pay_again(&self, session: &str) -> Result<StripePayment, StripeRefusal> {
        self.world(|world| world.pay_again(session))
    }

    /// Somebody refunds at the dashboard: `amount` in minor units, or all that is left.
    pub fn refund(&self, payment_intent: &str, amount: Option<i64>) -> Result<StripeRefund, StripeRefusal> {
        self.dashboard_refund(payment_intent, amount, RefundPath::Succeeds)
    }

    /// The same, by a way that takes its time: pending until
    /// [`refund_succeeds`](Self::refund_succeeds) or [`refund_fails`](Self::refund_fails).
    pub fn refund_slowly(
        &self,
        payment_intent: &str,
        amount: Option<i64>,
    ) -> Result<StripeRefund, StripeRefusal> {
        self.dashboard_refund(payment_intent, amount, RefundPath::Waits)
    }

    fn dashboard_refund(
        &self,
        payment_intent: &str,
        amount: Option<i64>,
        path: RefundPath,
    ) -> Result<StripeRefund, StripeRefusal> {
        let payment_intent = payment_intent.to_owned();
        let reason = Some("requested_by_customer".to_owned());
        let order = RefundOrder { payment_intent, amount, reason, metadata: BTreeMap::new(), path };
        self.world(|world| world.refund(order))
    }

    /// A pending refund succeeds.
    pub fn refund_succeeds(&self, refund: &str) -> Result<StripeRefund, StripeRefusal> {
        self.world(|world| world.refund_succeeds(refund))
    }

    /// A refund fails, also one that had succeeded.
    pub fn refund_fails(&self, refund: &str) -> Result<StripeRefund, StripeRefusal> {
        self.world(|world| world.refund_fails(refund))
    }

    /// The customer's bank opens a dispute over a payment.
    pub fn dispute(&self, payment_intent: &str) -> Result<StripeDispute, StripeRefusal> {
        self.world(|world| world.dispute(payment_intent))
    }

    /// A dispute goes on in another state (`under_review`, …).
    pub fn update_dispute(&self, dispute: &str, status: &str) -> Result<StripeDispute, StripeRefusal> {
        self.world(|world| world.update_dispute(dispute, status))
    }

    /// A dispute ends: `won`, `lost` or `warning_closed`.
    pub fn close_dispute(&self, dispute: &str, status: &str) -> Result<StripeDispute, StripeRefusal> {
        self.world(|world| world.close_dispute(dispute, status))
    }

    /// The session with this id.
    pub fn session(&self, id: &str) -> Option<StripeSession> {
        self.world(|world| world.sessions.find(id).ok().map(|kept| StripeSession::clone(kept)))
    }

    /// The payment with this `pi_…`.
    pub fn payment(&self, payment_intent: &str) -> Option<StripePayment> {
        self.world(|world| world.payments.find(payment_intent).ok().cloned())
    }

    /// Every session, oldest first.
    pub fn sessions(&self) -> Vec<StripeSession> {
        self.world(|world| world.sessions.all().iter().map(|kept| StripeSession::clone(kept)).collect())
    }

    /// Every payment, oldest first.
    pub fn payments(&self) -> Vec<StripePayment> {
        self.world(|world| world.payments.all().to_vec())
    }

    /// Every refund, oldest first.
    pub fn refunds(&self) -> Vec<StripeRefund> {
        self.world(|world| world.refunds.all().to_vec())
    }

    /// Every dispute, oldest first.
    pub fn disputes(&self) -> Vec<StripeDispute> {
        self.world(|world| world.disputes.all().to_vec())
    }

    /// The last sessions, newest first.
    pub(in crate::stripe) fn newest_sessions(&self, count: usize) -> Vec<StripeSession> {
        self.world(|world| {
            let newest = world.sessions.all().iter().rev().take(count);
            newest.map(|kept| StripeSession::clone(kept)).collect()
        })
    }
}
