//! A gateway in memory that does what a test says.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use galley_domain::{
    id::CheckoutSessionId,
    payment::{
        CheckoutIntent, CheckoutState, Gateway, HostedCheckout, Observation, RefundAnswer, RefundIntent,
        Sale, SessionFact,
    },
};
use galley_integrations::gateway::{GatewayError, Page, PaymentGateway, Window};
use std::{
    collections::VecDeque,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

/// One call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    Fetch { external_id: String, detail: Option<String> },
    List { window: Window, after: Option<String> },
    Money,
    Create(String),
    FindCheckout(i32),
    Refund(String),
    FindRefund(i32),
}

impl Asked {
    pub(crate) fn is_list(&self) -> bool {
        matches!(self, Self::List { .. })
    }

    pub(crate) fn is_fetch(&self) -> bool {
        matches!(self, Self::Fetch { .. })
    }
}

/// What becomes of a call.
#[derive(Clone, Debug)]
pub(crate) enum Fate {
    Answer,
    Fail(GatewayError),
    /// No answer, ever.
    Hang,
    /// An answer later than usual.
    Late(Duration),
}

/// Answers in a row; the last one again and again.
type Script<T> = Mutex<VecDeque<Result<T, GatewayError>>>;
type Rule = dyn Fn(&Asked, usize) -> Fate + Send + Sync;

pub(crate) struct Scripted {
    gateway: Gateway,
    page: usize,
    latency: Duration,
    /// How far its clock is ahead of ours.
    ahead: TimeDelta,
    rule: Mutex<Arc<Rule>>,
    calls: Mutex<Vec<Asked>>,
    under_way: AtomicUsize,
    most_at_a_time: AtomicUsize,
    sessions: Mutex<Vec<(DateTime<Utc>, SessionFact)>>,
    pub(crate) money: Mutex<Vec<Observation>>,
    pub(crate) create: Script<HostedCheckout>,
    pub(crate) find_checkout: Script<Option<HostedCheckout>>,
    pub(crate) refund: Script<RefundAnswer>,
    pub(crate) find_refund: Script<Option<RefundAnswer>>,
}

impl fmt::Debug for Scripted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scripted")
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap()
}

impl Scripted {
    /// One that answers at once. Stripe has lists.
    pub(crate) fn new(gateway: Gateway) -> Self {
        Self {
            gateway,
            page: 100,
            latency: Duration::ZERO,
            ahead: TimeDelta::zero(),
            rule: Mutex::new(Arc::new(|_, _| Fate::Answer)),
            calls: Mutex::default(),
            under_way: AtomicUsize::new(0),
            most_at_a_time: AtomicUsize::new(0),
            sessions: Mutex::default(),
            money: Mutex::default(),
            create: Mutex::default(),
            find_checkout: Mutex::default(),
            refund: Mutex::default(),
            find_refund: Mutex::default(),
        }
    }

    pub(crate) fn latency(self, latency: Duration) -> Self {
        Self { latency, ..self }
    }

    /// So many sessions on a page. Of none on each there are pages without an end.
    pub(crate) fn page(self, page: usize) -> Self {
        Self { page, ..self }
    }

    pub(crate) fn ahead(self, ahead: TimeDelta) -> Self {
        Self { ahead, ..self }
    }

    /// What becomes of each call from now on, by what is asked and its number, from 0.
    pub(crate) fn rule(&self, rule: impl Fn(&Asked, usize) -> Fate + Send + Sync + 'static) {
        *lock(&self.rule) = Arc::new(rule);
    }

    pub(crate) fn calls(&self) -> Vec<Asked> {
        lock(&self.calls).clone()
    }

    pub(crate) fn forget_calls(&self) {
        lock(&self.calls).clear();
    }

    pub(crate) fn most_at_a_time(&self) -> usize {
        self.most_at_a_time.load(Ordering::SeqCst)
    }

    /// An open session `cs_{name}`; without a checkout of ours it is a storefront's.
    pub(crate) fn session(&self, name: &str, checkout: Option<CheckoutSessionId>, at: DateTime<Utc>) {
        let metadata = [("product", "article"), ("topic", "Tea")].map(|(k, v)| (k.to_owned(), v.to_owned()));
        let fact = SessionFact {
            gateway: self.gateway,
            account: String::new(),
            checkout,
            external_id: format!("cs_{name}"),
            payment_ref: format!("pi_{name}"),
            state: CheckoutState::Open,
            sale: Sale {
                amount_total_minor: Some(12_900),
                currency: "USD".parse().ok(),
                email: Some(format!("{name}@example.com")),
                metadata: if checkout.is_some() {
                    std::collections::BTreeMap::new()
                } else {
                    metadata.into()
                },
                ..Sale::default()
            },
            livemode: None,
        };
        lock(&self.sessions).push((at + self.ahead, fact));
    }

    /// Session `cs_{name}` is about so much.
    pub(crate) fn price(&self, name: &str, minor: i64) {
        let external_id = format!("cs_{name}");
        for (_, fact) in lock(&self.sessions).iter_mut().filter(|(_, fact)| fact.external_id == external_id) {
            fact.sale.amount_total_minor = Some(minor);
        }
    }

    pub(crate) fn set(&self, name: &str, state: CheckoutState) {
        let external_id = format!("cs_{name}");
        for (_, fact) in lock(&self.sessions).iter_mut().filter(|(_, fact)| fact.external_id == external_id) {
            fact.state = state;
        }
    }

    async fn asked(&self, asked: Asked) -> Result<(), GatewayError> {
        struct Leave<'a>(&'a AtomicUsize);
        impl Drop for Leave<'_> {
            fn drop(&mut self) {
                self.0.fetch_sub(1, Ordering::SeqCst);
            }
        }
        let number = {
            let mut calls = lock(&self.calls);
            calls.push(asked.clone());
            calls.len() - 1
        };
        let fate = (lock(&self.rule).clone())(&asked, number);
        let under_way = self.under_way.fetch_add(1, Ordering::SeqCst) + 1;
        let _leave = Leave(&self.under_way);
        self.most_at_a_time.fetch_max(under_way, Ordering::SeqCst);
        match fate {
            Fate::Hang => std::future::pending().await,
            Fate::Late(by) => tokio::time::sleep(by).await,
            Fate::Answer | Fate::Fail(_) => tokio::time::sleep(self.latency).await,
        }
        if let Fate::Fail(error) = fate { Err(error) } else { Ok(()) }
    }
}

fn next<T: Clone>(script: &Script<T>) -> Result<T, GatewayError> {
    let mut script = lock(script);
    let answer = if script.len() > 1 { script.pop_front() } else { script.front().cloned() };
    answer.unwrap_or_else(|| Err(GatewayError::Unknown { detail: "no answer was scripted".to_owned() }))
}

#[async_trait]
impl PaymentGateway for Scripted {
    fn gateway(&self) -> Gateway {
        self.gateway
    }

    fn has_lists(&self) -> bool {
        self.gateway == Gateway::Stripe
    }

    async fn create_checkout(&self, intent: &CheckoutIntent) -> Result<HostedCheckout, GatewayError> {
        self.asked(Asked::Create(intent.idempotency_key())).await?;
        next(&self.create)
    }

    async fn find_checkout(&self, intent: &CheckoutIntent) -> Result<Option<HostedCheckout>, GatewayError> {
        self.asked(Asked::FindCheckout(intent.attempt)).await?;
        next(&self.find_checkout)
    }

    async fn fetch(&self, external_id: &str, detail: Option<&str>) -> Result<Vec<Observation>, GatewayError> {
        let detail = detail.map(str::to_owned);
        self.asked(Asked::Fetch { external_id: external_id.to_owned(), detail }).await?;
        let sessions = lock(&self.sessions);
        let found: Vec<_> = sessions.iter().filter(|(_, fact)| fact.external_id == external_id).collect();
        if found.is_empty() {
            return Err(GatewayError::Refused { detail: "HTTP 404".to_owned() });
        }
        Ok(found.into_iter().map(|(_, fact)| Observation::Session(Box::new(fact.clone()))).collect())
    }

    async fn list_complete(&self, window: &Window, after: Option<&str>) -> Result<Page, GatewayError> {
        self.asked(Asked::List { window: *window, after: after.map(str::to_owned) }).await?;
        let mut complete: Vec<_> = lock(&self.sessions).clone();
        complete.retain(|(at, fact)| {
            let seconds = DateTime::from_timestamp(at.timestamp(), 0).unwrap();
            window.from <= seconds
                && seconds < window.until
                && matches!(fact.state, CheckoutState::Paid | CheckoutState::Processing)
        });
        complete.sort_by(|one, other| (other.0, &other.1.external_id).cmp(&(one.0, &one.1.external_id)));
        let begin = after.map_or(0, |after| {
            complete.iter().position(|(_, fact)| fact.external_id == after).map_or(0, |place| place + 1)
        });
        if self.page == 0 {
            return Ok(Page { observations: Vec::new(), next: Some("for ever".to_owned()) });
        }
        let rest = complete.get(begin..).unwrap_or_default();
        let page = &rest[..rest.len().min(self.page)];
        let next = page.last().filter(|_| rest.len() > self.page).map(|(_, fact)| fact.external_id.clone());
        let observations =
            page.iter().map(|(_, fact)| Observation::Session(Box::new(fact.clone()))).collect();
        Ok(Page { observations, next })
    }

    async fn list_money(&self, _: DateTime<Utc>) -> Result<Vec<Observation>, GatewayError> {
        self.asked(Asked::Money).await?;
        Ok(lock(&self.money).clone())
    }

    async fn refund(&self, intent: &RefundIntent) -> Result<RefundAnswer, GatewayError> {
        self.asked(Asked::Refund(intent.idempotency_key())).await?;
        next(&self.refund)
    }

    async fn find_refund(&self, intent: &RefundIntent) -> Result<Option<RefundAnswer>, GatewayError> {
        self.asked(Asked::FindRefund(intent.attempt)).await?;
        next(&self.find_refund)
    }
}
