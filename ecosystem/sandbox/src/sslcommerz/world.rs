//! Sessions, attempts to pay, and refunds: the state of the gateway.

use super::{
    draw,
    order::Order,
    view::{
        SslcommerzRefund, SslcommerzRefundStatus, SslcommerzSession, SslcommerzStatus, SslcommerzTransaction,
        SslcommerzWorld,
    },
};
use crate::dice::Dice;
use chrono::{DateTime, Utc};
use std::sync::Arc;

/// A session, kept until the gateway stops.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) key: String,
    pub(super) order: Order,
    pub(super) opened: DateTime<Utc>,
}

/// An attempt to pay.
#[derive(Clone, Debug)]
pub(super) struct Attempt {
    pub(super) session: Arc<Session>,
    pub(super) status: SslcommerzStatus,
    pub(super) val_id: Option<String>,
    pub(super) bank_tran_id: String,
    pub(super) risky: bool,
    pub(super) at: DateTime<Utc>,
    pub(super) validated: Option<DateTime<Utc>>,
}

/// A refund that was accepted.
#[derive(Clone, Debug)]
pub(super) struct Refund {
    pub(super) ref_id: String,
    pub(super) refe_id: String,
    pub(super) tran_id: String,
    pub(super) bank_tran_id: String,
    pub(super) amount: i64,
    pub(super) status: SslcommerzRefundStatus,
    pub(super) initiated: DateTime<Utc>,
    pub(super) refunded: Option<DateTime<Utc>>,
}

/// Everything the gateway knows.
#[derive(Debug)]
pub(super) struct World {
    dice: Dice,
    pub(super) sessions: Vec<Arc<Session>>,
    pub(super) attempts: Vec<Attempt>,
    pub(super) refunds: Vec<Refund>,
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        Self { dice: Dice::new(seed), sessions: Vec::new(), attempts: Vec::new(), refunds: Vec::new() }
    }

    pub(super) fn open(&mut self, order: Order, at: DateTime<Utc>) -> String {
        let key = draw::session_key(&mut self.dice);
        self.sessions.push(Arc::new(Session { key: key.clone(), order, opened: at }));
        key
    }

    /// Makes an attempt; it is not entered into the books yet.
    pub(super) fn draft(
        &mut self,
        session: &Arc<Session>,
        status: SslcommerzStatus,
        risky: bool,
        at: DateTime<Utc>,
    ) -> Attempt {
        let val_id = status.paid().then(|| draw::val_id(&mut self.dice, at));
        let bank_tran_id = draw::bank_tran_id(&mut self.dice, at);
        Attempt { session: session.clone(), status, val_id, bank_tran_id, risky, at, validated: None }
    }

    pub(super) fn refund(
        &mut self,
        attempt: &Attempt,
        amount: i64,
        refe_id: &str,
        at: DateTime<Utc>,
    ) -> &mut Refund {
        self.refunds.push(Refund {
            ref_id: draw::refund_ref_id(&mut self.dice),
            refe_id: refe_id.to_owned(),
            tran_id: attempt.session.order.tran_id.clone(),
            bank_tran_id: attempt.bank_tran_id.clone(),
            amount,
            status: SslcommerzRefundStatus::Accepted,
            initiated: at,
            refunded: None,
        });
        let last = self.refunds.len() - 1;
        &mut self.refunds[last]
    }

    /// The session with this key, or else the last one for this `tran_id`.
    pub(super) fn session(&self, key_or_tran_id: &str) -> Option<Arc<Session>> {
        let by_key = self.sessions.iter().find(|session| session.key == key_or_tran_id);
        let by_tran_id = || self.sessions.iter().rfind(|session| session.order.tran_id == key_or_tran_id);
        by_key.or_else(by_tran_id).cloned()
    }

    pub(super) fn attempts_of<'a>(
        &'a self,
        session: &'a Session,
    ) -> impl DoubleEndedIterator<Item = &'a Attempt> {
        self.attempts.iter().filter(|attempt| attempt.session.key == session.key)
    }

    /// How often a session has been paid.
    pub(super) fn paid(&self, session: &Session) -> usize {
        self.attempts_of(session).filter(|attempt| attempt.status.paid()).count()
    }

    /// Whether anybody has paid for this `tran_id`.
    pub(super) fn is_paid(&self, tran_id: &str) -> bool {
        self.attempts.iter().any(|attempt| attempt.status.paid() && attempt.session.order.tran_id == tran_id)
    }

    /// What went back or is going back of a payment.
    pub(super) fn refunded(&self, bank_tran_id: &str) -> i64 {
        let live = |refund: &&Refund| {
            refund.bank_tran_id == bank_tran_id && refund.status != SslcommerzRefundStatus::Cancelled
        };
        self.refunds.iter().filter(live).map(|refund| refund.amount).sum()
    }

    pub(super) fn show(&self) -> SslcommerzWorld {
        let session = |session: &Arc<Session>| SslcommerzSession {
            sessionkey: session.key.clone(),
            tran_id: session.order.tran_id.clone(),
            value_a: session.order.values[0].clone(),
            amount_minor: session.order.price.amount,
        };
        let refund = |refund: &Refund| SslcommerzRefund {
            refund_ref_id: refund.ref_id.clone(),
            refe_id: refund.refe_id.clone(),
            bank_tran_id: refund.bank_tran_id.clone(),
            amount_minor: refund.amount,
            status: refund.status,
        };
        SslcommerzWorld {
            sessions: self.sessions.iter().map(session).collect(),
            transactions: self.attempts.iter().map(|attempt| self.show_attempt(attempt)).collect(),
            refunds: self.refunds.iter().map(refund).collect(),
        }
    }

    pub(super) fn show_attempt(&self, attempt: &Attempt) -> SslcommerzTransaction {
        let order = &attempt.session.order;
        SslcommerzTransaction {
            sessionkey: attempt.session.key.clone(),
            tran_id: order.tran_id.clone(),
            val_id: attempt.val_id.clone(),
            bank_tran_id: attempt.bank_tran_id.clone(),
            status: attempt.status,
            risky: attempt.risky,
            amount_minor: order.price.amount,
            currency: "BDT".to_owned(),
            requested_minor: order.price.requested,
            requested_currency: order.price.currency.to_owned(),
            refunded_minor: self.refunded(&attempt.bank_tran_id),
        }
    }
}
