use serde::Serialize;
use std::sync::Arc;
use tokio::sync::watch;

/// What happened so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StripeCounters {
    /// Requests to the API, of all kinds.
    pub requests: u64,
    /// Of these, those that make a session.
    pub creates: u64,
    /// Those that expire a session.
    pub expires: u64,
    /// Those that make a refund.
    pub refunds: u64,
    /// Those that read one object.
    pub reads: u64,
    /// Those that read a list.
    pub lists: u64,
    /// Requests that were refused for their key.
    pub refused: u64,
    /// POSTs that were answered from an idempotency key.
    pub replays: u64,
    /// Requests that are being answered just now.
    pub in_flight: u64,
    /// The most that were being answered at the same time.
    pub in_flight_max: u64,
    /// Events that came about.
    pub events: u64,
    /// Deliveries that were accepted.
    pub delivered: u64,
    /// Deliveries that were given up.
    pub given_up: u64,
    /// Deliveries that go on just now.
    pub delivering: u64,
}

/// What a request is about, for the counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::stripe) enum Kind {
    Create,
    Expire,
    Refund,
    Read,
    List,
    Other,
}

/// Counts; clones count together.
#[derive(Clone, Debug, Default)]
pub(in crate::stripe) struct Tally {
    counters: Arc<watch::Sender<StripeCounters>>,
}

impl Tally {
    pub(super) fn counters(&self) -> StripeCounters {
        *self.counters.borrow()
    }

    pub(super) async fn reach(&self, wanted: impl Fn(&StripeCounters) -> bool) {
        // The sender lives in `self`, so waiting cannot fail.
        let _ = self.counters.subscribe().wait_for(|counters| wanted(counters)).await;
    }

    fn count(&self, change: impl FnOnce(&mut StripeCounters)) {
        self.counters.send_modify(change);
    }

    /// A request has come in; gives its number and what ends it.
    pub(super) fn request(&self, kind: Kind) -> (u64, Ends) {
        let mut number = 0;
        self.count(|counters| {
            counters.requests += 1;
            number = counters.requests;
            match kind {
                Kind::Create => counters.creates += 1,
                Kind::Expire => counters.expires += 1,
                Kind::Refund => counters.refunds += 1,
                Kind::Read => counters.reads += 1,
                Kind::List => counters.lists += 1,
                Kind::Other => {}
            }
            counters.in_flight += 1;
            counters.in_flight_max = counters.in_flight_max.max(counters.in_flight);
        });
        (number, Ends { tally: self.clone(), end: |counters| counters.in_flight -= 1 })
    }

    pub(in crate::stripe) fn refused(&self) {
        self.count(|counters| counters.refused += 1);
    }

    pub(in crate::stripe) fn replayed(&self) {
        self.count(|counters| counters.replays += 1);
    }

    pub(super) fn event(&self) {
        self.count(|counters| counters.events += 1);
    }

    pub(in crate::stripe) fn under_way(&self) -> Ends {
        self.count(|counters| counters.delivering += 1);
        Ends { tally: self.clone(), end: |counters| counters.delivering -= 1 }
    }

    pub(in crate::stripe) fn brought(&self, is_accepted: bool) {
        self.count(|counters| {
            if is_accepted {
                counters.delivered += 1;
            } else {
                counters.given_up += 1;
            }
        });
    }
}

/// Something that goes on; dropping it ends that.
#[derive(Debug)]
pub(in crate::stripe) struct Ends {
    tally: Tally,
    end: fn(&mut StripeCounters),
}

impl Drop for Ends {
    fn drop(&mut self) {
        self.tally.count(self.end);
    }
}
