//! What the stand-in knows: sessions, payments, refunds, disputes, and the events about them.
//!
//! Plain data behind one lock. Whatever changes something leaves the events about it in the outbox.

mod checkout;
mod dispute;
mod error;
mod ids;
mod payment;
mod refund;
mod session;
mod shelf;

pub use dispute::StripeDispute;
pub use error::StripeRefusal;
pub use payment::StripePayment;
pub use refund::{RefundStatus, StripeRefund};
pub use session::{LineItem, NewSession, SessionStatus, StripeSession};

pub(super) use ids::Ids;
pub(super) use refund::{RefundOrder, RefundPath};
pub(super) use shelf::{Shelf, Shown};

use super::event::Envelope;
use serde_json::Value;
use session::KeptSession;
use std::{
    collections::{BTreeSet, VecDeque},
    sync::Arc,
};

/// How many events are kept; older ones can be neither listed nor sent again.
pub const EVENTS_KEPT_MAX: usize = 20_000;

/// An event that came about, whether or not it was delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StripeEvent {
    /// `evt_…`.
    pub id: String,
    /// `checkout.session.completed`, …
    pub kind: String,
    /// The session that it is about, in the end.
    pub session: String,
    /// When it came about, in seconds since 1970.
    pub created: i64,
    /// What is delivered, JSON.
    pub body: Arc<str>,
}

/// An event that nobody has seen yet.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) id: String,
    pub(super) kind: &'static str,
    pub(super) session: String,
    pub(super) created: i64,
    pub(super) value: Value,
}

#[derive(Debug)]
pub(super) struct World {
    livemode: bool,
    base: String,
    now: i64,
    ids: Ids,
    /// Apart from the others, so that questions do not change the ids of what is made.
    pub(super) request_ids: Ids,
    pub(super) sessions: Shelf<KeptSession>,
    pub(super) payments: Shelf<StripePayment>,
    pub(super) refunds: Shelf<StripeRefund>,
    pub(super) disputes: Shelf<StripeDispute>,
    pub(super) events: VecDeque<Arc<StripeEvent>>,
    /// Open sessions by the end of their time.
    ends: BTreeSet<(i64, String)>,
    pub(super) outbox: Vec<Draft>,
}

impl World {
    pub(super) fn new(seed: u64, livemode: bool, base: String) -> Self {
        Self {
            livemode,
            base,
            now: 0,
            ids: Ids::new(seed),
            request_ids: Ids::new(!seed),
            sessions: Shelf::default(),
            payments: Shelf::default(),
            refunds: Shelf::default(),
            disputes: Shelf::default(),
            events: VecDeque::new(),
            ends: BTreeSet::new(),
            outbox: Vec::new(),
        }
    }

    /// Moves the clock, never back, and expires what is over.
    pub(super) fn tick(&mut self, now: i64) {
        self.now = self.now.max(now);
        while let Some((end, id)) = self.ends.first().cloned()
            && end <= self.now
        {
            self.ends.remove(&(end, id.clone()));
            // It is open, or it would not have been in the set.
            let _ = self.expire(&id);
        }
    }

    pub(super) fn now(&self) -> i64 {
        self.now
    }

    fn emit(&mut self, kind: &'static str, session: &str, object: Value, previous: Option<Value>) {
        let id = self.ids.id("evt_1");
        let envelope = Envelope { id: &id, kind, created: self.now, livemode: self.livemode };
        let value = envelope.around(object, previous);
        let session = session.to_owned();
        self.outbox.push(Draft { id, kind, session, created: self.now, value });
    }

    pub(super) fn keep(&mut self, event: Arc<StripeEvent>) {
        self.events.push_back(event);
        if self.events.len() > EVENTS_KEPT_MAX {
            self.events.pop_front();
        }
    }
}
