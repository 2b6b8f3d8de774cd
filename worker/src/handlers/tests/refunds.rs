use super::{again, again_after, done, not_done, refused, replayed, unknown};
use crate::{
    handlers::{JobError, refund},
    testing::{Asked, Fate, Scripted, Shop, job},
};
use chrono::TimeDelta;
use galley_domain::{
    id::RefundId,
    job::JobKind,
    payment::{Gateway, RefundAnswer, RefundState},
};
use galley_integrations::gateway::GatewayError;
use galley_store::Outcome;
use serde_json::json;
use std::{sync::Arc, time::Duration};

type Answer<T> = Result<T, GatewayError>;

fn answer(state: RefundState) -> RefundAnswer {
    RefundAnswer { external_id: Some("re_1".to_owned()), state, detail: None }
}

struct Case {
    shop: Shop,
    gateway: Arc<Scripted>,
    id: RefundId,
}

impl Case {
    async fn new(
        kind: Gateway,
        refund: impl IntoIterator<Item = Answer<RefundAnswer>>,
        find: impl IntoIterator<Item = Answer<Option<RefundAnswer>>>,
    ) -> Self {
        let shop = Shop::open().await;
        let gateway = Arc::new(Scripted::new(kind));
        gateway.refund.lock().unwrap().extend(refund);
        gateway.find_refund.lock().unwrap().extend(find);
        let id = shop.refund(&gateway).await;
        gateway.forget_calls();
        Self { shop, gateway, id }
    }

    async fn run(&self) -> Result<Outcome, JobError> {
        let job = job(JobKind::Refund, json!({ "refundId": self.id }));
        refund::give_back(&self.shop.store, &self.gateway.alone(), &job).await
    }

    async fn state(&self) -> RefundState {
        self.shop.store.refund(self.id).await.unwrap().unwrap().state
    }

    fn key(&self, attempt: i32) -> Asked {
        Asked::Refund(format!("refund:{}:{attempt}", self.id))
    }
}

#[tokio::test]
async fn money_goes_back_once() {
    for kind in [Gateway::Stripe, Gateway::Sslcommerz] {
        let case = Case::new(kind, [Ok(answer(RefundState::Succeeded))], []).await;
        assert!(done(&case.run().await));
        assert_eq!(case.state().await, RefundState::Succeeded, "{kind}");
        assert!(done(&case.run().await), "it is over");
        assert_eq!(case.gateway.calls(), [case.key(1)], "{kind}");
    }
}

#[tokio::test]
async fn a_refusal_frees_what_was_reserved() {
    for kind in [Gateway::Stripe, Gateway::Sslcommerz] {
        let case = Case::new(kind, [Err(refused())], []).await;
        assert!(done(&case.run().await));
        let refund = case.shop.store.refund(case.id).await.unwrap().unwrap();
        assert_eq!(
            (refund.state, refund.detail.as_deref()),
            (RefundState::Failed, Some("HTTP 400")),
            "{kind}"
        );
    }
}

#[tokio::test]
async fn what_was_surely_not_done_is_asked_for_again() {
    for kind in [Gateway::Stripe, Gateway::Sslcommerz] {
        let script = [Err(not_done()), Err(not_done()), Ok(answer(RefundState::Pending))];
        let case = Case::new(kind, script, []).await;
        for _ in 0..2 {
            assert!(again_after(&case.run().await, Some(Duration::from_secs(7))), "{kind}");
            assert_eq!(case.state().await, RefundState::Requested, "{kind}");
        }
        assert!(done(&case.run().await));
        assert_eq!(case.state().await, RefundState::Pending);
        assert_eq!(case.gateway.calls().len(), 3, "{kind}: nothing was looked up");
    }
}

#[tokio::test]
async fn where_keys_are_kept_nobody_knows_is_looked_up_and_asked_for_again() {
    let script = [Err(unknown()), Ok(answer(RefundState::Succeeded))];
    let case = Case::new(Gateway::Stripe, script, [Ok(None)]).await;
    assert!(again(&case.run().await));
    assert_eq!(case.state().await, RefundState::Unknown);
    assert!(done(&case.run().await));
    assert_eq!(case.gateway.calls(), [case.key(1), Asked::FindRefund(1), case.key(1)]);
    assert_eq!(case.state().await, RefundState::Succeeded);
}

#[tokio::test]
async fn what_is_found_is_not_asked_for_again() {
    let found = Ok(Some(answer(RefundState::Pending)));
    let case = Case::new(Gateway::Stripe, [Err(unknown())], [found]).await;
    assert!(again(&case.run().await));
    assert!(done(&case.run().await));
    assert_eq!(case.state().await, RefundState::Pending);
    assert_eq!(case.gateway.calls(), [case.key(1), Asked::FindRefund(1)]);
}

/// A question that is refused says nothing of the refund.
#[tokio::test]
async fn a_search_that_fails_is_never_taken_for_an_answer() {
    for error in [not_done(), unknown(), replayed(), refused()] {
        let case = Case::new(Gateway::Stripe, [Err(unknown())], [Err(error)]).await;
        assert!(again(&case.run().await));
        assert!(again(&case.run().await));
        assert_eq!(case.state().await, RefundState::Unknown);
        assert_eq!(case.gateway.calls(), [case.key(1), Asked::FindRefund(1)]);
    }
}

#[tokio::test]
async fn where_no_keys_are_kept_nobody_knows_is_for_a_person() {
    for error in [unknown(), replayed()] {
        let case = Case::new(Gateway::Sslcommerz, [Err(error)], [Err(unknown())]).await;
        for _ in 0..3 {
            assert!(done(&case.run().await));
            assert_eq!(case.state().await, RefundState::Unknown);
        }
        let asked = case.gateway.calls().iter().filter(|asked| **asked == case.key(1)).count();
        assert_eq!(asked, 1, "a second request may be a second refund");
    }
}

/// The process died between asking and hearing the answer.
#[tokio::test]
async fn where_no_keys_are_kept_a_run_that_was_cut_off_is_not_repeated() {
    let case = Case::new(Gateway::Sslcommerz, [Ok(answer(RefundState::Pending))], [Err(unknown())]).await;
    case.gateway.rule(|_, number| if number == 0 { Fate::Hang } else { Fate::Answer });
    assert!(tokio::time::timeout(Duration::from_millis(200), case.run()).await.is_err());
    assert!(done(&case.run().await));
    assert_eq!(case.state().await, RefundState::Unknown);
    assert_eq!(case.gateway.calls(), [case.key(1), Asked::FindRefund(1)]);
}

#[tokio::test]
async fn a_spent_key_is_replaced_when_nothing_was_made_under_it() {
    let script = [Err(replayed()), Ok(answer(RefundState::Succeeded))];
    let case = Case::new(Gateway::Stripe, script, [Ok(None)]).await;
    assert!(done(&case.run().await));
    assert_eq!(case.gateway.calls(), [case.key(1), Asked::FindRefund(1), case.key(2)]);
    assert_eq!(case.state().await, RefundState::Succeeded);
}

#[tokio::test]
async fn what_was_made_under_a_spent_key_counts() {
    let found = Ok(Some(answer(RefundState::Succeeded)));
    let case = Case::new(Gateway::Stripe, [Err(replayed())], [found]).await;
    assert!(done(&case.run().await));
    assert_eq!(case.gateway.calls(), [case.key(1), Asked::FindRefund(1)]);
    assert_eq!(case.state().await, RefundState::Succeeded);
}

#[tokio::test]
async fn a_new_key_may_fail_in_every_way_too() {
    for (error, state) in [
        (not_done(), RefundState::Requested),
        (unknown(), RefundState::Unknown),
        (replayed(), RefundState::Requested),
    ] {
        let case = Case::new(Gateway::Stripe, [Err(replayed()), Err(error)], [Ok(None)]).await;
        assert!(again(&case.run().await));
        assert_eq!(case.state().await, state);
    }
    let case = Case::new(Gateway::Stripe, [Err(replayed()), Err(refused())], [Ok(None)]).await;
    assert!(done(&case.run().await));
    assert_eq!(case.state().await, RefundState::Failed);
}

#[tokio::test]
async fn one_that_was_taken_on_is_followed_to_its_end() {
    for kind in [Gateway::Stripe, Gateway::Sslcommerz] {
        let find = [
            Ok(Some(answer(RefundState::Pending))),
            Err(unknown()),
            Ok(None),
            Ok(Some(answer(RefundState::Succeeded))),
        ];
        let case = Case::new(kind, [Ok(answer(RefundState::Pending))], find).await;
        assert!(done(&case.run().await));
        assert!(done(&case.run().await), "it has not moved");
        assert!(again(&case.run().await), "the question failed");
        assert!(done(&case.run().await), "no trace of it: odd, and no reason to ask again");
        assert_eq!(case.state().await, RefundState::Pending);
        assert!(done(&case.run().await));
        assert_eq!(case.state().await, RefundState::Succeeded);
        assert_eq!(case.gateway.calls().iter().filter(|asked| **asked == case.key(1)).count(), 1, "{kind}");
    }
}

#[tokio::test]
async fn before_a_key_that_the_gateway_has_forgotten_it_is_looked_for() {
    let found = Ok(Some(answer(RefundState::Succeeded)));
    let case = Case::new(Gateway::Stripe, [], [found]).await;
    case.shop.advance(TimeDelta::hours(24) + TimeDelta::seconds(1));
    assert!(done(&case.run().await));
    assert_eq!(case.gateway.calls(), [Asked::FindRefund(1)]);
    assert_eq!(case.state().await, RefundState::Succeeded);
}
