//! What is known of the due checkouts of one gateway while it is asked about them.

use super::window::Listing;
use galley_domain::{
    id::CheckoutSessionId,
    payment::{CheckoutState, SessionFact},
};
use galley_store::DueCheckout;
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Checkouts are named by their places.
pub(super) struct Book {
    due: Vec<DueCheckout>,
    by_session: HashMap<String, usize>,
    by_checkout: HashMap<CheckoutSessionId, usize>,
    lines: Mutex<Vec<Line>>,
}

#[derive(Clone, Default)]
struct Line {
    /// Lists that it may be in and that have not been read to their end.
    lists: usize,
    /// How far it has come, if an answer showed it to be complete.
    shown: Option<CheckoutState>,
    /// Somebody asks about it alone, or has.
    reading: bool,
    /// It was handed back as asked about.
    closed: bool,
}

impl Book {
    pub(super) fn new(due: Vec<DueCheckout>, lists: &[Listing]) -> Self {
        let mut lines = vec![Line::default(); due.len()];
        for place in lists.iter().flat_map(|listing| &listing.due) {
            lines[*place].lists += 1;
        }
        Self {
            by_session: due.iter().enumerate().map(|(i, one)| (one.external_id.clone(), i)).collect(),
            by_checkout: due.iter().enumerate().map(|(i, one)| (one.id, i)).collect(),
            lines: Mutex::new(lines),
            due,
        }
    }

    fn lines(&self) -> MutexGuard<'_, Vec<Line>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn due(&self, place: usize) -> &DueCheckout {
        &self.due[place]
    }

    /// Takes down how a session stands. Says whether that is news worth writing, and which due
    /// checkout it closes: one that is complete need not be asked about further.
    ///
    /// A checkout may have been paid in another session than the one that we know it by.
    pub(super) fn show(&self, fact: &SessionFact) -> (bool, Option<DueCheckout>) {
        let by_checkout = fact.checkout.and_then(|id| self.by_checkout.get(&id));
        let place = by_checkout.or_else(|| self.by_session.get(&fact.external_id)).copied();
        let known = place.map_or(CheckoutState::Open, |place| self.due[place].state);
        // What still stands as it did says nothing new, and each fact costs a lock.
        let news = fact.state.rank() > known.rank();
        let Some(place) = place.filter(|_| fact.state.rank() > CheckoutState::Open.rank()) else {
            return (news, None);
        };
        self.lines()[place].shown = Some(fact.state);
        (news, self.close(place))
    }

    /// A list was read to its end: closes the checkouts that can be in no other.
    pub(super) fn listed(&self, places: &[usize]) -> Vec<DueCheckout> {
        let mut covered = Vec::new();
        {
            let mut lines = self.lines();
            for place in places {
                let line = &mut lines[*place];
                line.lists = line.lists.saturating_sub(1);
                if line.lists == 0 {
                    covered.push(*place);
                }
            }
        }
        covered.into_iter().filter_map(|place| self.close(place)).collect()
    }

    /// Whether somebody should ask about it alone; whoever is told so does.
    pub(super) fn take(&self, place: usize) -> bool {
        let needed = self.needs_reading(place);
        needed && !std::mem::replace(&mut self.lines()[place].reading, true)
    }

    /// Whether its own answer is still wanted. Lists lag behind: one that somebody waits for is read
    /// unless a list showed it to be complete.
    pub(super) fn needs_reading(&self, place: usize) -> bool {
        let line = &self.lines()[place];
        line.shown.is_none() && (!line.closed || self.due[place].hot)
    }

    /// Marks it as asked about, once, in the state that it was seen in.
    pub(super) fn close(&self, place: usize) -> Option<DueCheckout> {
        let mut lines = self.lines();
        let line = &mut lines[place];
        if std::mem::replace(&mut line.closed, true) {
            return None;
        }
        let mut due = self.due[place].clone();
        due.state = line.shown.unwrap_or(due.state);
        Some(due)
    }

    pub(super) fn is_closed(&self, place: usize) -> bool {
        self.lines()[place].closed
    }
}
