//! One gateway, asked about its due checkouts.

use super::{
    ReconcilerConfig,
    book::Book,
    calls::{Answer, Calls},
    intake::Note,
    tally::Tally,
    window::{self, Listing},
};
use chrono::{DateTime, Utc};
use futures_util::future::{BoxFuture, FutureExt as _, join_all};
use galley_domain::payment::{CheckoutState, Observation};
use galley_integrations::gateway::{GatewayError, PaymentGateway, Window};
use galley_store::DueCheckout;
use std::{
    sync::{Arc, atomic::AtomicUsize},
    time::Duration,
};
use tokio::sync::{Notify, mpsc::UnboundedSender};

/// The pause before a question that failed is asked again.
pub(super) const READ_PAUSE: Duration = Duration::from_millis(250);

/// What a pass asks one gateway for, besides the due checkouts.
#[derive(Default)]
pub(super) struct Sweep {
    /// Listed whether anything is due in them or not.
    pub(super) windows: Vec<Window>,
    /// Refunds and disputes since then.
    pub(super) money_since: Option<DateTime<Utc>>,
}

/// What all gateways of a pass share.
#[derive(Clone)]
pub(super) struct Context<'a> {
    pub(super) config: &'a ReconcilerConfig,
    pub(super) tally: &'a Tally,
    /// Takes what is answered.
    pub(super) out: UnboundedSender<Note>,
    /// When the pass began.
    pub(super) now: DateTime<Utc>,
}

pub(super) struct Round<'a> {
    pub(super) context: Context<'a>,
    pub(super) gateway: Arc<dyn PaymentGateway>,
    pub(super) calls: Calls,
    book: Book,
    /// How many pages were asked for.
    pub(super) pages: AtomicUsize,
    lists: Vec<Listing>,
    /// Read without waiting for any list.
    singles: Vec<usize>,
    money_since: Option<DateTime<Utc>>,
}

impl<'a> Round<'a> {
    pub(super) fn new(
        context: Context<'a>,
        gateway: Arc<dyn PaymentGateway>,
        calls: Calls,
        due: Vec<DueCheckout>,
        sweep: &Sweep,
    ) -> Self {
        let now = context.now;
        let (mut lists, mut singles, mut money_since) = (Vec::new(), Vec::new(), None);
        if gateway.has_lists() {
            // A list of completed sessions shows neither what has expired nor that money on its way
            // has arrived at a session that was completed long ago; and one that a job made is not
            // where its checkout was opened.
            let alone = |one: &DueCheckout| {
                let over = one.expires_at.is_some_and(|end| end <= now);
                one.state == CheckoutState::Processing || over || one.made_late
            };
            let places = || due.iter().enumerate();
            let listed: Vec<(usize, DateTime<Utc>)> =
                places().filter(|(_, one)| !alone(one)).map(|(place, one)| (place, one.created_at)).collect();
            let plan = window::plan(&listed, &sweep.windows);
            lists = plan.lists;
            // Somebody waits: not for a list.
            singles.extend(places().filter(|(_, one)| one.hot).map(|(place, _)| place));
            singles.extend(plan.singles);
            singles.extend(places().filter(|(_, one)| alone(one)).map(|(place, _)| place));
            money_since = sweep.money_since;
        } else {
            singles.extend(0..due.len());
        }
        let book = Book::new(due, &lists);
        let pages = AtomicUsize::new(0);
        Self { context, gateway, calls, book, pages, lists, singles, money_since }
    }

    /// Asks everything at once. Lists come first in line, since each answers for many.
    pub(super) async fn run(&self) {
        let mut questions: Vec<BoxFuture<'_, ()>> = Vec::new();
        questions.extend(self.lists.iter().map(|listing| self.list_or_read(listing).boxed()));
        questions.extend(self.singles.iter().map(|place| self.read(*place).boxed()));
        questions.extend(self.money_since.map(|since| self.money(since).boxed()));
        join_all(questions).await;
    }

    /// Reads a list; where that fails or takes long, the checkouts that it would have shown are asked
    /// about one by one. A list that answers late is used all the same.
    async fn list_or_read(&self, listing: &Listing) {
        let slow = Notify::new();
        let list = self.list(listing.window, &slow);
        tokio::pin!(list);
        let result = tokio::select! {
            result = &mut list => result,
            () = slow.notified() => {
                let late = async { self.listed(listing, &list.await) };
                futures_util::join!(late, self.read_all(&listing.due));
                return;
            }
        };
        self.listed(listing, &result);
        if result.is_err() {
            self.read_all(&listing.due).await;
        }
    }

    fn listed(&self, listing: &Listing, result: &Result<(), GatewayError>) {
        if result.is_ok() {
            self.send(Note::Asked(self.book.listed(&listing.due)));
        }
    }

    async fn read_all(&self, places: &[usize]) {
        join_all(places.iter().map(|place| self.read(*place))).await;
    }

    /// Asks about one checkout, unless somebody does or its answer is known.
    async fn read(&self, place: usize) {
        if !self.book.take(place) {
            return;
        }
        let due = self.book.due(place);
        let wanted = || self.book.needs_reading(place);
        let ask = || self.calls.ask(wanted, self.gateway.fetch(&due.external_id, None), None);
        let Some(mut answer) = ask().await else { return };
        if self.is_passing(&answer) {
            tokio::time::sleep(READ_PAUSE).await;
            let Some(again) = ask().await else { return };
            answer = again;
        }
        match answer.result {
            Ok(observations) => {
                self.seen(observations);
                self.close(place);
            }
            Err(error) => {
                self.context.tally.failed("A checkout could not be asked about", &error);
                if matches!(error, GatewayError::Refused { .. }) {
                    // It will be refused again: not in every pass.
                    self.close(place);
                } else if !self.book.is_closed(place) {
                    self.send(Note::Failed(vec![due.clone()]));
                }
            }
        }
    }

    /// Whether a question failed so soon, and in such a way, that it is asked once more at once.
    pub(super) fn is_passing<T>(&self, answer: &Answer<T>) -> bool {
        let passing = |error: &GatewayError| match error {
            GatewayError::NotDone { after, .. } => after.is_none_or(|after| after <= READ_PAUSE),
            GatewayError::Unknown { .. } => true,
            GatewayError::Replayed { .. } | GatewayError::Refused { .. } => false,
        };
        answer.took < self.context.config.hedge && answer.result.as_ref().is_err_and(passing)
    }

    async fn money(&self, since: DateTime<Utc>) {
        match self.calls.ask(|| true, self.gateway.list_money(since), None).await.map(|answer| answer.result)
        {
            Some(Ok(observations)) => self.seen(observations),
            Some(Err(error)) => self.context.tally.failed("Refunds and disputes could not be listed", &error),
            None => {}
        }
    }

    /// Hands on what is new, and which checkouts it closes.
    pub(super) fn seen(&self, observations: Vec<Observation>) {
        let mut closed = Vec::new();
        let mut news = |observation: &Observation| match observation {
            Observation::Session(fact) => {
                let (news, due) = self.book.show(fact);
                closed.extend(due);
                news
            }
            Observation::Money(_) => true,
        };
        let observations: Vec<Observation> = observations.into_iter().filter(|one| news(one)).collect();
        self.send(Note::Seen(observations));
        self.send(Note::Asked(closed));
    }

    fn close(&self, place: usize) {
        self.send(Note::Asked(self.book.close(place).into_iter().collect()));
    }

    fn send(&self, note: Note) {
        let empty = match &note {
            Note::Seen(seen) => seen.is_empty(),
            Note::Asked(due) | Note::Failed(due) => due.is_empty(),
        };
        if !empty {
            // Whoever writes outlives whoever asks.
            let _ = self.context.out.send(note);
        }
    }
}
