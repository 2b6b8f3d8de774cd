use super::{pass, reconciler};
use crate::testing::{Asked, Scripted, Shop};
use chrono::TimeDelta;
use galley_domain::{
    job::JobKind,
    payment::{CheckoutState, Gateway, MoneyChange, MoneyFact, Observation, RefundFact, RefundState},
};
use galley_store::{CheckoutRef, CheckoutView, Finish, Finished, JobFailure, Outcome};
use std::sync::Arc;

async fn storefront(shop: &Shop, name: &str) -> Option<CheckoutView> {
    shop.store.find_checkout(CheckoutRef::External(&format!("cs_{name}"))).await.unwrap()
}

#[tokio::test]
async fn a_storefronts_session_is_found_that_nobody_told_us_of() {
    let shop = Shop::open().await;
    let gateway = Arc::new(Scripted::new(Gateway::Stripe));
    pass(&shop, &gateway).await;
    // Not in the window of the day: its turn is over.
    gateway.session("a", None, shop.now() - TimeDelta::minutes(29));
    gateway.set("a", CheckoutState::Paid);
    shop.advance(TimeDelta::seconds(1));
    let pass = pass(&shop, &gateway).await;
    assert_eq!((pass.checked, pass.settled), (0, 1));
    assert!(storefront(&shop, "a").await.unwrap().order.is_some());
}

#[tokio::test]
async fn a_gateway_whose_clock_is_ahead_is_believed() {
    let shop = Shop::open().await;
    let gateway = Arc::new(Scripted::new(Gateway::Stripe).ahead(TimeDelta::seconds(10)));
    let ids = shop.half_paid(&gateway, 4, TimeDelta::zero()).await;
    assert_eq!(pass(&shop, &gateway).await.settled, 2);
    assert_eq!(shop.settled(&ids).await, 2);
}

#[tokio::test]
async fn the_last_day_is_swept_now_and_then_and_when_asked_to() {
    let shop = Shop::open().await;
    let gateway = Arc::new(Scripted::new(Gateway::Stripe));
    let swept = || gateway.calls().iter().filter(|asked| **asked == Asked::Money).count();
    pass(&shop, &gateway).await;
    assert_eq!(swept(), 1);
    gateway.session("a", None, shop.now() - TimeDelta::hours(20));
    gateway.set("a", CheckoutState::Paid);
    shop.advance(TimeDelta::minutes(9));
    assert_eq!((pass(&shop, &gateway).await.settled, swept()), (0, 1));
    shop.advance(TimeDelta::minutes(2));
    assert_eq!((pass(&shop, &gateway).await.settled, swept()), (1, 2));
    gateway.session("b", None, shop.now() - TimeDelta::hours(23));
    gateway.set("b", CheckoutState::Paid);
    let all = reconciler(&shop, &gateway).pass(true).await;
    assert_eq!((all.settled, swept()), (1, 3));
}

#[tokio::test]
async fn with_all_of_them_those_are_asked_about_that_are_not_due() {
    let shop = Shop::open().await;
    let gateway = Arc::new(Scripted::new(Gateway::Stripe));
    let id = shop.open_checkout(&gateway, "a").await;
    shop.advance(TimeDelta::hours(2));
    pass(&shop, &gateway).await;
    gateway.set("a", CheckoutState::Paid);
    assert_eq!(pass(&shop, &gateway).await.checked, 0, "it is left alone for a while");
    let all = reconciler(&shop, &gateway).pass(true).await;
    assert_eq!((all.checked, all.settled, shop.settled(&[id]).await), (1, 1, 1));
}

#[tokio::test]
async fn a_refund_that_nobody_told_us_of_is_found() {
    let shop = Shop::open().await;
    let gateway = Arc::new(Scripted::new(Gateway::Stripe));
    let ids = shop.half_paid(&gateway, 1, TimeDelta::zero()).await;
    let fact = MoneyFact {
        gateway: Gateway::Stripe,
        account: String::new(),
        payment_ref: "pi_0000".to_owned(),
        change: MoneyChange::Refund(RefundFact {
            external_id: "re_1".to_owned(),
            refund: None,
            amount_minor: 12_900,
            state: RefundState::Succeeded,
            reason: None,
        }),
    };
    gateway.money.lock().unwrap().push(Observation::Money(Box::new(fact)));
    // Whichever of the two is first: the list of refunds comes again.
    let reconciler = reconciler(&shop, &gateway);
    reconciler.pass(true).await;
    reconciler.pass(true).await;
    let (order, _) = shop.view(ids[0]).await.order.unwrap();
    let status = shop.store.order_view(order).await.unwrap().unwrap().status;
    assert_eq!(status.as_str(), "REFUNDED");
}

/// Its job has run out of retries; the reconciler has it run again, for as long as the key lives.
#[tokio::test]
async fn a_page_that_was_not_made_is_tried_for_a_day() {
    let shop = Shop::open().await;
    let gateway = Arc::new(Scripted::new(Gateway::Stripe));
    let id = shop.checkout(Gateway::Stripe).await;
    for _ in 0..2 {
        shop.advance(TimeDelta::seconds(100));
        pass(&shop, &gateway).await;
        let job = shop.claim().await.pop().unwrap();
        assert_eq!((job.kind, job.attempt), (JobKind::CheckoutCreate, 1));
        let outcome =
            Outcome::Failed(JobFailure { error: "no connection".to_owned(), ..JobFailure::default() });
        assert_eq!(shop.store.finish(Finish { job, outcome }).await.unwrap(), Finished::Failed);
    }
    shop.advance(TimeDelta::hours(24));
    pass(&shop, &gateway).await;
    assert_eq!(shop.state(id).await, CheckoutState::Failed);
    assert!(shop.claim().await.is_empty());
}
