//! A shop whose Stripe is silent: checkouts are opened and paid, orders are watched for.

use crate::{
    Failure,
    bench::Bench,
    http::{self, Answer},
    load::{Load, Pace, expect},
    purchase::topic,
    setup::{Engine, SetUp, Shop},
};
use galley_sandbox::stripe::{NewSession, StripeControl};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::{Duration, Instant},
};

/// Connections that open checkouts.
const CONNECTIONS: usize = 8;
/// How long checkouts may take to be opened, and orders to be ready.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long a mail too many may take to show.
const EXTRA_MAILS_WAIT: Duration = Duration::from_millis(500);
/// `order-received` and `article-ready`.
const MAILS_PER_ORDER: usize = 2;
/// What an article costs, in cents.
const PRICE_MINOR: i64 = 12_900;

const ORDERS: &str = "SELECT COUNT(*) FROM orders";
const READY: &str = "SELECT COUNT(*) FROM orders WHERE status = 'QUALITY_CHECK'";
const PAYMENTS: &str = "SELECT COUNT(*) FROM payment";
const VERSIONS: &str = "SELECT COUNT(*) FROM content_version";
const MAILS: &str = "SELECT COUNT(*) FROM email";
const MAILS_SENT: &str = "SELECT COUNT(*) FROM email WHERE state = 'sent'";

pub(super) struct Till<'a> {
    pub(super) setup: SetUp<'a>,
    pub(super) shop: Shop,
    /// When each session was paid.
    pub(super) paid: HashMap<String, Instant>,
    /// When the order of each session was first seen in the database.
    pub(super) arrived: HashMap<String, Instant>,
}

impl<'a> Till<'a> {
    /// Opens the shop, and waits until it has asked Stripe for the first time.
    pub(super) async fn open(
        bench: &'a Bench,
        engine: Engine,
        variables: &[(&'static str, &str)],
    ) -> Result<Self, Failure> {
        let mut setup = SetUp::make(bench, engine).await?;
        setup.launch.variables.push(("CHECKOUT_PER_MINUTE", "0".to_owned()));
        setup.launch.variables.extend(variables.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let shop = setup.open().await?;
        let asked = setup.neighbours.stripe.control().counters_reach(|counters| counters.lists > 0);
        tokio::time::timeout(PATIENCE, asked).await.map_err(|_| "Stripe is not asked for what was paid")?;
        Ok(Self { setup, shop, paid: HashMap::new(), arrived: HashMap::new() })
    }

    pub(super) fn stripe(&self) -> &StripeControl {
        self.setup.neighbours.stripe.control()
    }

    /// Opens checkouts of ours, as fast as the shop does.
    pub(super) async fn open_checkouts(&self, count: usize) -> Result<(), Failure> {
        let requests: Arc<[Vec<u8>]> = (0..count).map(checkout).collect();
        let pace = Pace::Once { limit: PATIENCE };
        let load = Load { address: self.shop.address(), connections: CONNECTIONS, requests, pace };
        let samples = load.run(judge).await?;
        let (answered, made) = (samples.all.len(), self.stripe().counters().creates);
        if answered != count || made != u64::try_from(count)? {
            return Err(format!("{answered} checkouts of {count} were opened, in {made} requests").into());
        }
        Ok(())
    }

    /// Asks Stripe something that changes nothing.
    pub(super) async fn ask_stripe(&self, times: usize) -> Result<(), Failure> {
        let stripe = &self.setup.neighbours.stripe;
        let bearer = format!("Bearer {}", stripe.secret_key());
        let request = http::request("GET", "/v1/account", &[("Authorization", &bearer)], "");
        let pace = Pace::Once { limit: PATIENCE };
        let requests = vec![request; times].into();
        let load = Load { address: stripe.addr(), connections: 1, requests, pace };
        load.run(|answer| expect(answer, 200).map(|()| true)).await.map(drop)
    }

    /// Makes sessions as a storefront does, which Galley hears nothing of.
    pub(super) fn make_storefront_sessions(&self, count: usize) {
        for number in 0..count {
            let brief = [
                ("product", "article".to_owned()),
                ("topic", topic(number)),
                ("word_count", "200".to_owned()),
            ];
            let metadata: BTreeMap<String, String> =
                brief.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            let email = Some(format!("theirs-{number}@bench.example"));
            self.stripe().create_session(NewSession {
                email,
                metadata,
                ..NewSession::over(PRICE_MINOR, "usd")
            });
        }
    }

    /// The ids of all sessions, oldest first.
    pub(super) fn sessions(&self) -> Vec<String> {
        self.stripe().sessions().into_iter().map(|session| session.id).collect()
    }

    /// A customer pays.
    pub(super) fn pay(&mut self, session: &str) -> Result<(), Failure> {
        self.stripe().pay(session).map_err(|refusal| format!("{session} cannot be paid: {refusal}"))?;
        self.paid.insert(session.to_owned(), Instant::now());
        Ok(())
    }

    /// Looks which orders are there.
    pub(super) async fn look(&mut self) -> Result<(), Failure> {
        let database = &self.setup.database;
        if usize::try_from(database.count(ORDERS).await?)? == self.arrived.len() {
            return Ok(());
        }
        let sessions = database.sessions_of_orders().await?;
        let seen = Instant::now();
        for session in sessions {
            self.arrived.entry(session).or_insert(seen);
        }
        Ok(())
    }

    /// Whether each payment has become an order.
    pub(super) fn is_complete(&self) -> bool {
        self.paid.keys().all(|session| self.arrived.contains_key(session))
    }

    /// One order, one version and two mails for each paid session, also after everything was asked
    /// for again; then closes.
    pub(super) async fn close(mut self) -> Result<(), Failure> {
        let (count, database) = (self.paid.len(), &self.setup.database);
        let missing = self.paid.keys().filter(|session| !self.arrived.contains_key(*session)).count();
        if missing > 0 {
            return Err(format!("{missing} of {count} payments have not become orders").into());
        }
        let mut connection = http::Connection::open(self.shop.address()).await?;
        expect(&connection.exchange(&reconcile()).await?, 200)?;
        database.reaches("orders that are ready", READY, count, PATIENCE).await?;
        database.reaches("mails that were sent", MAILS_SENT, MAILS_PER_ORDER * count, PATIENCE).await?;
        tokio::time::sleep(EXTRA_MAILS_WAIT).await;
        database.is("orders", ORDERS, count).await?;
        database.is("payments", PAYMENTS, count).await?;
        database.is("versions", VERSIONS, count).await?;
        database.is("mails in the log", MAILS, MAILS_PER_ORDER * count).await?;
        self.look().await?;
        if self.arrived.len() != count || !self.is_complete() {
            return Err("there are orders of sessions that nobody paid, or two of one".into());
        }
        self.two_mails_each()?;
        self.shop.close().await?;
        self.setup.end().await
    }

    fn two_mails_each(&self) -> Result<(), Failure> {
        let paid = self.stripe().sessions().into_iter().filter(|session| self.paid.contains_key(&session.id));
        let wanted: HashMap<String, usize> =
            paid.filter_map(|session| session.email).map(|email| (email, MAILS_PER_ORDER)).collect();
        let found = self.setup.neighbours.mails_by_recipient();
        if found == wanted {
            return Ok(());
        }
        let total: usize = found.values().sum();
        Err(format!("{total} mails to {} people, instead of 2 to each of {}", found.len(), wanted.len())
            .into())
    }
}

/// What has the gateways asked at once.
pub(super) fn reconcile() -> Vec<u8> {
    http::request("POST", "/api/test/checkout-sessions", &[], "")
}

fn checkout(number: usize) -> Vec<u8> {
    let body = format!(
        r#"{{"product":"article","topic":"{}","wordCount":200,"email":"ours-{number}@bench.example"}}"#,
        topic(number)
    );
    http::request("POST", "/api/v1/purchase/checkout", &[("Content-Type", "application/json")], &body)
}

fn judge(answer: &Answer<'_>) -> Result<bool, Failure> {
    expect(answer, 201)?;
    Ok(true)
}
