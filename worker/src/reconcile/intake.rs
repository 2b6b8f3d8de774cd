//! Writing down what the gateways answer, while they are still being asked.
//!
//! Answers are gathered for a moment, so that many share a transaction; the first is on disk long
//! before the last has come.

use super::tally::Tally;
use galley_domain::payment::{CheckoutState, Observation};
use galley_store::{DueCheckout, Received, Store};
use std::{collections::HashSet, time::Duration};
use tokio::{
    sync::mpsc::UnboundedReceiver,
    time::{Instant, timeout_at},
};

/// How long answers are gathered for.
const GATHER: Duration = Duration::from_millis(50);
/// So many are enough.
const GATHER_MAX: usize = 256;

/// What is handed over by those who ask.
pub(super) enum Note {
    /// A gateway said so.
    Seen(Vec<Observation>),
    /// These were asked about.
    Asked(Vec<DueCheckout>),
    /// The question about these failed.
    Failed(Vec<DueCheckout>),
}

/// Writes until nobody asks any more.
pub(super) struct Intake<'a> {
    pub(super) store: &'a Store,
    pub(super) tally: &'a Tally,
    /// Sessions that are written, as they stood: several lists may show the same.
    written: HashSet<(String, String, CheckoutState)>,
}

#[derive(Default)]
struct Gathered {
    seen: Vec<Observation>,
    asked: Vec<DueCheckout>,
    failed: Vec<DueCheckout>,
}

impl Gathered {
    fn add(&mut self, note: Note) {
        match note {
            Note::Seen(seen) => self.seen.extend(seen),
            Note::Asked(asked) => self.asked.extend(asked),
            Note::Failed(failed) => self.failed.extend(failed),
        }
    }
}

impl<'a> Intake<'a> {
    pub(super) fn new(store: &'a Store, tally: &'a Tally) -> Self {
        Self { store, tally, written: HashSet::new() }
    }

    pub(super) async fn run(mut self, mut notes: UnboundedReceiver<Note>) {
        while let Some(first) = notes.recv().await {
            let mut gathered = Gathered::default();
            gathered.add(first);
            let until = Instant::now() + GATHER;
            while gathered.seen.len() < GATHER_MAX
                && let Ok(Some(note)) = timeout_at(until, notes.recv()).await
            {
                gathered.add(note);
            }
            self.write(gathered).await;
        }
    }

    /// First what was said, then whom it concerns: a checkout is not given back before its answer is
    /// on disk, and not as asked about when the answer is lost.
    async fn write(&mut self, gathered: Gathered) {
        let Gathered { seen, asked, failed } = gathered;
        let written = self.observe(seen).await;
        for (due, asked) in [(asked, written), (failed, false)] {
            if let Err(error) = self.store.give_back_checkouts(&due, asked).await {
                self.tally.failed("Checkouts could not be given back", &error);
            }
        }
    }

    /// Whether all of it is on disk.
    async fn observe(&mut self, seen: Vec<Observation>) -> bool {
        let mut batch = HashSet::new();
        let (mut fresh, mut names) = (Vec::new(), Vec::new());
        for observation in seen {
            let name = name(&observation);
            if name.as_ref().is_none_or(|name| !self.written.contains(name) && batch.insert(name.clone())) {
                fresh.push(observation);
                names.push(name);
            }
        }
        if fresh.is_empty() {
            return true;
        }
        fail::fail_point!("reconcile.before-observe", |_| false);
        let outcomes = match self.store.observe(fresh).await {
            Ok(outcomes) => outcomes,
            Err(error) => {
                self.tally.failed("Answers could not be written", &error);
                return false;
            }
        };
        let mut all = true;
        for (outcome, name) in outcomes.into_iter().zip(names) {
            match outcome {
                Ok(received) => {
                    self.written.extend(name);
                    if matches!(received, Received::Settled { new: true, .. } | Received::NeedsReview(_)) {
                        self.tally.settled();
                    }
                }
                Err(error) => {
                    all = false;
                    self.tally.failed("An answer could not be written", &error);
                }
            }
        }
        all
    }
}

/// What a session is known by, as it stands; refunds and disputes come in one list only.
fn name(observation: &Observation) -> Option<(String, String, CheckoutState)> {
    match observation {
        Observation::Session(fact) => Some((fact.external_id.clone(), fact.payment_ref.clone(), fact.state)),
        Observation::Money(_) => None,
    }
}
