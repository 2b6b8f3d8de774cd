//! A gateway that answers what a test has written down for it.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use galley_domain::payment::{
    CheckoutIntent, Gateway, HostedCheckout, Observation, RefundAnswer, RefundIntent,
};
use galley_integrations::gateway::{GatewayError, Page, PaymentGateway, Window};
use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard},
    time::Duration,
};
use tokio::sync::Notify;

/// What it does with one call.
pub(crate) enum Answer {
    /// Makes the page; so it does when nothing is written down.
    Page,
    /// Waits until [`Scripted::go_on`], then makes the page.
    Slowly,
    /// Never answers.
    Silence,
    /// Surely did nothing; asks to wait.
    NotDone(Option<Duration>),
    /// May have done it.
    Unknown,
    /// Repeats an old failure.
    Replayed,
    /// Says no.
    Refused,
}

/// What must never reach a customer.
pub(crate) const SECRET_DETAIL: &str = "parameter_invalid: sk_test_hidden";

#[derive(Debug)]
pub(crate) struct Scripted {
    gateway: Gateway,
    answers: Mutex<VecDeque<Answer>>,
    keys: Mutex<Vec<String>>,
    asked: Notify,
    may_go_on: Notify,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Answer")
    }
}

impl Scripted {
    pub(crate) fn new(gateway: Gateway) -> Self {
        let (answers, keys) = (Mutex::default(), Mutex::default());
        Self { gateway, answers, keys, asked: Notify::new(), may_go_on: Notify::new() }
    }

    pub(crate) fn will(&self, answers: impl IntoIterator<Item = Answer>) {
        self.answers.lock().unwrap().extend(answers);
    }

    /// The keys that it was asked under, in order.
    pub(crate) fn keys(&self) -> MutexGuard<'_, Vec<String>> {
        self.keys.lock().unwrap()
    }

    pub(crate) async fn was_asked(&self) {
        self.asked.notified().await;
    }

    pub(crate) fn go_on(&self) {
        self.may_go_on.notify_one();
    }
}

#[async_trait]
impl PaymentGateway for Scripted {
    fn gateway(&self) -> Gateway {
        self.gateway
    }

    fn has_lists(&self) -> bool {
        false
    }

    async fn create_checkout(&self, intent: &CheckoutIntent) -> Result<HostedCheckout, GatewayError> {
        self.keys().push(intent.idempotency_key());
        self.asked.notify_one();
        let answer = self.answers.lock().unwrap().pop_front().unwrap_or(Answer::Page);
        let detail = SECRET_DETAIL.to_owned();
        match answer {
            Answer::Page => {}
            Answer::Slowly => self.may_go_on.notified().await,
            Answer::Silence => std::future::pending().await,
            Answer::NotDone(after) => return Err(GatewayError::NotDone { detail, after }),
            Answer::Unknown => return Err(GatewayError::Unknown { detail }),
            Answer::Replayed => return Err(GatewayError::Replayed { detail }),
            Answer::Refused => return Err(GatewayError::Refused { detail }),
        }
        let external_id = format!("cs_{}", intent.checkout.0.simple());
        let url = format!("https://pay.example/{external_id}?a=1&b=2");
        Ok(HostedCheckout { external_id, url, expires_at: None })
    }

    async fn find_checkout(&self, _: &CheckoutIntent) -> Result<Option<HostedCheckout>, GatewayError> {
        panic!("the API makes pages, and looks for none")
    }

    async fn fetch(&self, _: &str, _: Option<&str>) -> Result<Vec<Observation>, GatewayError> {
        panic!("the API asks no gateway how a session stands")
    }

    async fn list_complete(&self, _: &Window, _: Option<&str>) -> Result<Page, GatewayError> {
        panic!("the API lists nothing")
    }

    async fn list_money(&self, _: DateTime<Utc>) -> Result<Vec<Observation>, GatewayError> {
        panic!("the API lists nothing")
    }

    async fn refund(&self, _: &RefundIntent) -> Result<RefundAnswer, GatewayError> {
        panic!("a job refunds, the API does not")
    }

    async fn find_refund(&self, _: &RefundIntent) -> Result<Option<RefundAnswer>, GatewayError> {
        panic!("a job looks for refunds, the API does not")
    }
}
