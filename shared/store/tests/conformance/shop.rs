//! A shop with nothing in it, and what tests do with one again and again.

use crate::{
    database::{Database, Engine, config},
    events::{dispute, money, paid, version},
    invariants,
};
use chrono::{DateTime, TimeDelta, Utc};
use galley_domain::{
    actor::Actor,
    brief::{Brief, BriefInput},
    id::CheckoutSessionId,
    id::{JobId, OrderId, WorkerId},
    job::Queue,
    order::{Command, Decision, OrderStatus},
    payment::{DisputeState, Gateway, HostedCheckout, Inbound, MoneyFact},
};
use galley_store::{
    ClaimedJob, Clock, Finish, Finished, JobFailure, NewCheckout, Outcome, Received, Store, StoreConfig,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

/// Who is told when something needs a person.
pub(crate) const STAFF: &str = "staff@shop.example";
/// 2026-01-01 00:00:00 UTC, in microseconds.
const START_MICROS: i64 = 1_767_225_600_000_000;

/// A clock that goes only when it is told to.
#[derive(Clone)]
pub(crate) struct Time(Arc<AtomicI64>);

impl Time {
    pub(crate) fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0.load(Ordering::SeqCst)).unwrap()
    }

    pub(crate) fn advance(&self, by: TimeDelta) {
        self.0.fetch_add(by.num_microseconds().unwrap(), Ordering::SeqCst);
    }

    pub(crate) fn clock(&self) -> Clock {
        let time = self.clone();
        Clock::custom(move || time.now())
    }
}

pub(crate) struct Shop {
    pub(crate) store: Arc<Store>,
    pub(crate) time: Time,
    pub(crate) database: Database,
}

/// Runs one test on one engine, in a shop of its own.
pub(crate) async fn run(engine: Engine, test: impl AsyncFnOnce(&Shop)) {
    let time = Time(Arc::new(AtomicI64::new(START_MICROS)));
    let database = Database::create(engine).await;
    let store = Arc::new(Store::open(config(&database.url), time.clock()).await.unwrap());
    let shop = Shop { store, time, database };
    test(&shop).await;
    invariants::check(&shop.database.raw).await;
    shop.store.close().await;
    shop.database.remove().await;
}

/// The two fields that tests compare.
pub(crate) type KindAndState = (String, String);

impl Shop {
    /// A second store on the same database, as another process would open it.
    pub(crate) async fn reopen(&self, change: impl FnOnce(&mut StoreConfig)) -> Store {
        let mut config = config(&self.database.url);
        change(&mut config);
        Store::open(config, self.time.clock()).await.unwrap()
    }

    pub(crate) async fn receive(&self, event: Inbound) -> Received {
        self.store.receive(event).await.unwrap()
    }

    /// Takes in the events at once, as many requests of a gateway would bring them.
    pub(crate) async fn receive_all(&self, events: impl IntoIterator<Item = Inbound>) -> Vec<Received> {
        let mut calls = Vec::new();
        for event in events {
            let store = Arc::clone(&self.store);
            calls.push(tokio::spawn(async move { store.receive(event).await }));
        }
        let mut received = Vec::new();
        for call in calls {
            received.push(call.await.unwrap().unwrap());
        }
        received
    }

    /// A paid order for an article, in PROCESSING.
    pub(crate) async fn order(&self, name: &str) -> OrderId {
        match self.receive(paid(name)).await {
            Received::Settled { order_id, new: true } => order_id,
            other => panic!("{name}: {other:?}"),
        }
    }

    /// An order whose first version is ready, in `QUALITY_CHECK`.
    pub(crate) async fn ready_order(&self, name: &str) -> OrderId {
        let order = self.order(name).await;
        let job = self.claim_content(order).await;
        assert_eq!(self.finish(&job, content("First")).await, Finished::Applied);
        order
    }

    /// An order whose every attempt failed.
    pub(crate) async fn failed_order(&self, name: &str) -> OrderId {
        let order = self.order(name).await;
        let job = self.claim_content(order).await;
        assert_eq!(self.finish(&job, failure(None)).await, Finished::Failed);
        order
    }

    pub(crate) async fn worker(&self) -> WorkerId {
        self.store.register("test:1", Queue::ALL).await.unwrap()
    }

    /// Claims everything that is due in a queue, for a worker of its own.
    pub(crate) async fn claim(&self, queue: Queue) -> Vec<ClaimedJob> {
        self.store.claim(queue, 1_000, self.worker().await).await.unwrap()
    }

    /// Claims the order's content job.
    pub(crate) async fn claim_content(&self, order: OrderId) -> ClaimedJob {
        let worker = self.worker().await;
        self.claim_content_for(order, worker).await
    }

    pub(crate) async fn claim_content_for(&self, order: OrderId, worker: WorkerId) -> ClaimedJob {
        let jobs = self.waiting(order, "content").await;
        assert_eq!(jobs.len(), 1, "one content job waits");
        self.store.claim_these(&jobs, worker).await.unwrap().pop().expect("it can be claimed")
    }

    /// The order's waiting jobs of a queue.
    pub(crate) async fn waiting(&self, order: OrderId, queue: &str) -> Vec<JobId> {
        let sql = format!(
            "SELECT id FROM job WHERE order_id = $1 AND queue = '{queue}' AND state = 'waiting' ORDER BY id"
        );
        let rows: Vec<(uuid::Uuid,)> = self.database.raw.all_of(order.0, &sql).await;
        rows.into_iter().map(|(id,)| JobId(id)).collect()
    }

    pub(crate) async fn finish(&self, job: &ClaimedJob, outcome: Outcome) -> Finished {
        self.store.finish(Finish { job: job.clone(), outcome }).await.unwrap()
    }

    /// Finishes at once, in the order given.
    pub(crate) async fn finish_all(&self, ends: Vec<(ClaimedJob, Outcome)>) -> Vec<Finished> {
        let mut calls = Vec::new();
        for (job, outcome) in ends {
            let store = Arc::clone(&self.store);
            calls.push(tokio::spawn(async move { store.finish(Finish { job, outcome }).await }));
        }
        let mut finished = Vec::new();
        for call in calls {
            finished.push(call.await.unwrap().unwrap());
        }
        finished
    }

    pub(crate) async fn apply(&self, order: OrderId, command: Command) -> Decision {
        self.store.apply(order, &command, Actor::System).await.unwrap()
    }

    /// A checkout of ours whose page was made: session `cs_{name}`.
    pub(crate) async fn checkout(&self, name: &str) -> CheckoutSessionId {
        let opened = self.store.open_checkout(wanted(name)).await.unwrap();
        self.store.checkout_created(opened.id, &hosted(name)).await.unwrap();
        opened.id
    }

    /// An event about money that nobody has sent yet.
    pub(crate) async fn tell(&self, fact: MoneyFact) -> Received {
        self.receive(money(&self.store.clock().new_id().to_string(), fact)).await
    }

    /// The gateway's id of the payment that became the order, without its `pi_`.
    pub(crate) async fn payment_of(&self, order: OrderId) -> String {
        let sql = "SELECT payment_ref FROM payment WHERE order_id = $1";
        let rows: Vec<(String,)> = self.database.raw.all_of(order.0, sql).await;
        rows[0].0.strip_prefix("pi_").expect("payments of tests are called so").to_owned()
    }

    /// The order's dispute stands so.
    pub(crate) async fn dispute(&self, order: OrderId, state: DisputeState) {
        let fact = dispute(&self.payment_of(order).await, "1", state);
        assert_eq!(self.tell(fact).await, Received::Applied);
    }

    pub(crate) async fn status(&self, order: OrderId) -> OrderStatus {
        self.store.order_view(order).await.unwrap().expect("the order exists").status
    }

    /// Kind and state of the order's jobs but mails, oldest first.
    pub(crate) async fn jobs(&self, order: OrderId) -> Vec<KindAndState> {
        let sql = "SELECT kind, state FROM job WHERE order_id = $1 AND queue <> 'mail' ORDER BY id";
        self.database.raw.all_of(order.0, sql).await
    }

    /// State of the jobs that deliver the order's mails, by mail.
    pub(crate) async fn mail_jobs(&self, order: OrderId) -> Vec<KindAndState> {
        let sql = "SELECT e.kind, j.state FROM job j JOIN email e ON j.dedupe_key = 'mail:' || e.dedupe_key \
                   WHERE e.order_id = $1 ORDER BY e.id";
        self.database.raw.all_of(order.0, sql).await
    }

    /// The kinds of the order's mails, oldest first.
    pub(crate) async fn mails(&self, order: OrderId) -> Vec<String> {
        self.store.mails_of(order).await.unwrap().into_iter().map(|mail| mail.kind).collect()
    }

    /// The order's events, oldest first.
    pub(crate) async fn events(&self, order: OrderId) -> Vec<String> {
        self.store.history(order).await.unwrap().into_iter().map(|(kind, ..)| kind).collect()
    }

    /// The subjects' recipients and kinds of mails that belong to no order.
    pub(crate) async fn alerts(&self) -> Vec<(String, String)> {
        let sql = "SELECT recipient, dedupe_key FROM email WHERE kind = 'staff-alert' ORDER BY id";
        self.database.raw.all(sql).await
    }

    pub(crate) async fn count(&self, table: &str) -> i64 {
        self.database.raw.number(&format!("SELECT COUNT(*) FROM {table}")).await
    }
}

/// What a customer wants to pay for: an article, at today's price.
pub(crate) fn wanted(name: &str) -> NewCheckout {
    let input = BriefInput {
        product: Some("article".to_owned()),
        topic: Some(format!("Tea of {name}")),
        keywords: vec!["tea".to_owned()],
        ..BriefInput::default()
    };
    let brief = Brief::parse(input).unwrap();
    NewCheckout { gateway: Gateway::Stripe, brief, email: format!("{name}@ours.example"), key: None }
}

/// The page of session `cs_{name}`.
pub(crate) fn hosted(name: &str) -> HostedCheckout {
    HostedCheckout {
        external_id: format!("cs_{name}"),
        url: format!("https://pay.example/{name}"),
        expires_at: None,
    }
}

pub(crate) fn content(title: &str) -> Outcome {
    Outcome::Content(Box::new(version(title)))
}

pub(crate) fn failure(retry_seconds: Option<u64>) -> Outcome {
    Outcome::Failed(JobFailure {
        error: "the AI service answered 500".to_owned(),
        public_reason: "We could not write your text.".to_owned(),
        retry_in: retry_seconds.map(Duration::from_secs),
        ..JobFailure::default()
    })
}

/// What [`Shop::jobs`] and [`Shop::mail_jobs`] answer, in short.
pub(crate) fn listed(pairs: &[(&str, &str)]) -> Vec<KindAndState> {
    pairs.iter().map(|(kind, state)| ((*kind).to_owned(), (*state).to_owned())).collect()
}
