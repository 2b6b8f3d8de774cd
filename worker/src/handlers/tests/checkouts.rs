use super::{again, again_after, done, not_done, refused, replayed, unknown};
use crate::{
    handlers::{JobError, checkout_create},
    testing::{Asked, Scripted, Shop, job},
};
use chrono::TimeDelta;
use galley_domain::{
    id::CheckoutSessionId,
    job::JobKind,
    payment::{CheckoutState, Gateway, HostedCheckout},
};
use galley_integrations::gateway::GatewayError;
use galley_store::Outcome;
use serde_json::json;
use std::{sync::Arc, time::Duration};

type Answer<T> = Result<T, GatewayError>;

fn page() -> HostedCheckout {
    HostedCheckout {
        external_id: "cs_1".to_owned(),
        url: "https://pay.example/1".to_owned(),
        expires_at: None,
    }
}

struct Case {
    shop: Shop,
    gateway: Arc<Scripted>,
    id: CheckoutSessionId,
}

impl Case {
    async fn new(
        kind: Gateway,
        create: impl IntoIterator<Item = Answer<HostedCheckout>>,
        find: impl IntoIterator<Item = Answer<Option<HostedCheckout>>>,
    ) -> Self {
        let shop = Shop::open().await;
        let gateway = Arc::new(Scripted::new(kind));
        gateway.create.lock().unwrap().extend(create);
        gateway.find_checkout.lock().unwrap().extend(find);
        let id = shop.checkout(kind).await;
        Self { shop, gateway, id }
    }

    async fn run(&self) -> Result<Outcome, JobError> {
        let job = job(JobKind::CheckoutCreate, json!({ "checkoutSessionId": self.id }));
        checkout_create::make(&self.shop.store, &self.gateway.alone(), &job).await
    }

    async fn state(&self) -> CheckoutState {
        self.shop.state(self.id).await
    }

    fn key(&self, attempt: i32) -> Asked {
        Asked::Create(format!("checkout:{}:{attempt}", self.id))
    }
}

#[tokio::test]
async fn the_page_is_made_once() {
    let case = Case::new(Gateway::Stripe, [Ok(page())], []).await;
    assert!(done(&case.run().await));
    assert_eq!(case.state().await, CheckoutState::Open);
    assert_eq!(case.shop.view(case.id).await.url.as_deref(), Some("https://pay.example/1"));
    assert!(done(&case.run().await), "there is nothing left to do");
    assert_eq!(case.gateway.calls(), [case.key(1)]);
}

#[tokio::test]
async fn what_was_not_done_or_nobody_knows_is_tried_again_under_the_same_key() {
    for (error, pause) in [(not_done(), Some(Duration::from_secs(7))), (unknown(), None)] {
        let case = Case::new(Gateway::Stripe, [Err(error), Ok(page())], []).await;
        assert!(again_after(&case.run().await, pause));
        assert_eq!(case.state().await, CheckoutState::Creating);
        assert!(done(&case.run().await));
        assert_eq!(case.gateway.calls(), [case.key(1), case.key(1)]);
        assert_eq!(case.state().await, CheckoutState::Open);
    }
}

#[tokio::test]
async fn a_refusal_ends_the_checkout_and_is_no_failure_of_the_job() {
    let case = Case::new(Gateway::Stripe, [Err(refused())], []).await;
    assert!(done(&case.run().await));
    assert_eq!(case.state().await, CheckoutState::Failed);
    assert_eq!(case.gateway.calls(), [case.key(1)]);
}

#[tokio::test]
async fn a_spent_key_is_replaced_when_nothing_was_made_under_it() {
    let case = Case::new(Gateway::Stripe, [Err(replayed()), Ok(page())], [Ok(None)]).await;
    assert!(done(&case.run().await));
    assert_eq!(case.gateway.calls(), [case.key(1), Asked::FindCheckout(1), case.key(2)]);
    assert_eq!(case.state().await, CheckoutState::Open);
}

#[tokio::test]
async fn what_was_made_under_a_spent_key_is_used() {
    let case = Case::new(Gateway::Stripe, [Err(replayed())], [Ok(Some(page()))]).await;
    assert!(done(&case.run().await));
    assert_eq!(case.gateway.calls(), [case.key(1), Asked::FindCheckout(1)]);
    assert_eq!(case.state().await, CheckoutState::Open);
}

#[tokio::test]
async fn a_search_that_fails_takes_no_new_key() {
    for error in [not_done(), unknown(), replayed()] {
        let case = Case::new(Gateway::Stripe, [Err(replayed())], [Err(error)]).await;
        assert!(again(&case.run().await));
        assert!(again(&case.run().await));
        let round = [case.key(1), Asked::FindCheckout(1)];
        assert_eq!(case.gateway.calls(), [round.clone(), round].concat());
    }
}

#[tokio::test]
async fn two_spent_keys_are_left_to_the_next_run() {
    let case = Case::new(Gateway::Stripe, [Err(replayed())], [Ok(None)]).await;
    assert!(again(&case.run().await));
    assert!(again(&case.run().await));
    let (first, second) = (case.key(1), case.key(2));
    let calls = case.gateway.calls();
    assert_eq!(calls[..4], [first, Asked::FindCheckout(1), second.clone(), second]);
}

/// It may only have been refused for having been asked before.
#[tokio::test]
async fn a_gateway_without_keys_that_refuses_is_asked_under_a_new_name() {
    let case = Case::new(Gateway::Sslcommerz, [Err(refused()), Ok(page())], [Ok(None)]).await;
    assert!(done(&case.run().await));
    assert_eq!(case.gateway.calls(), [case.key(1), Asked::FindCheckout(1), case.key(2)]);
    assert_eq!(case.state().await, CheckoutState::Open);
    let case = Case::new(Gateway::Sslcommerz, [Err(refused())], [Ok(None)]).await;
    assert!(done(&case.run().await));
    assert_eq!(case.state().await, CheckoutState::Failed);
}

#[tokio::test]
async fn a_key_that_the_gateway_has_forgotten_is_not_used() {
    let case = Case::new(Gateway::Stripe, [Ok(page())], []).await;
    case.shop.advance(TimeDelta::hours(24) + TimeDelta::seconds(1));
    assert!(done(&case.run().await));
    assert_eq!(case.state().await, CheckoutState::Failed);
    assert_eq!(case.gateway.calls(), []);
}

#[tokio::test]
async fn a_gateway_that_is_not_configured_is_no_reason_to_try_again() {
    let case = Case::new(Gateway::Stripe, [], []).await;
    let other = Arc::new(Scripted::new(Gateway::Sslcommerz));
    let job = job(JobKind::CheckoutCreate, json!({ "checkoutSessionId": case.id }));
    let outcome = checkout_create::make(&case.shop.store, &other.alone(), &job).await;
    assert!(outcome.unwrap_err().discard);
}
