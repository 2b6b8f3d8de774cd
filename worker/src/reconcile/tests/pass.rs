use super::{pass, quick, reconciler, scattered};
use crate::{
    reconcile::{Reconciler, ReconcilerConfig},
    testing::{Asked, Fate, Scripted, Shop},
};
use chrono::TimeDelta;
use galley_domain::payment::{CheckoutState, Gateway};
use galley_integrations::gateway::GatewayError;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// The numbers that the reconciler is made for, at their real size: five seconds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_of_500_are_settled_within_5_s_when_each_answer_takes_1_s() {
    for kind in [Gateway::Stripe, Gateway::Sslcommerz] {
        let shop = Shop::open().await;
        let gateway = Arc::new(Scripted::new(kind).latency(Duration::from_secs(1)));
        let ids = shop.half_paid(&gateway, 500, TimeDelta::zero()).await;
        let reconciler =
            Reconciler::new(Arc::clone(&shop.store), gateway.alone(), ReconcilerConfig::default());
        let pass = reconciler.pass(false).await;
        assert_eq!((pass.checked, pass.settled, pass.errors), (500, 250, 0), "{kind}");
        assert!(pass.took < Duration::from_secs(5), "{kind}: {pass:?}");
        assert_eq!(shop.settled(&ids).await, 250, "{kind}");
        assert!(gateway.most_at_a_time() <= ReconcilerConfig::default().concurrency, "{kind}");
        if kind == Gateway::Stripe {
            assert!(gateway.calls().len() < 60, "lists, not single reads: {}", gateway.calls().len());
        }
    }
}

/// One answer in ten fails or never comes, lists among them. Whatever came is committed within five
/// seconds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_fail_or_hang_hold_up_nobody_else() {
    for kind in [Gateway::Stripe, Gateway::Sslcommerz] {
        let shop = Shop::open().await;
        let gateway = Arc::new(Scripted::new(kind).latency(Duration::from_secs(1)));
        let ids = shop.half_paid(&gateway, 500, TimeDelta::seconds(1)).await;
        gateway.rule(|asked, number| match scattered(number) % 20 {
            0 => Fate::Fail(super::broken()),
            1 => Fate::Hang,
            // Of about a dozen lists one fails and one hangs, whatever chance says.
            _ if asked.is_list() && number == 2 => Fate::Fail(super::broken()),
            _ if asked.is_list() && number == 5 => Fate::Hang,
            _ => Fate::Answer,
        });
        let reconciler =
            Reconciler::new(Arc::clone(&shop.store), gateway.alone(), ReconcilerConfig::default());
        let began = Instant::now();
        let passing = tokio::spawn(async move { reconciler.pass(false).await });
        let mut settled = 0;
        while began.elapsed() < Duration::from_secs(5) && settled < 250 {
            tokio::time::sleep(Duration::from_millis(250)).await;
            settled = shop.settled(&ids).await;
        }
        if kind == Gateway::Stripe {
            assert!(gateway.calls().iter().take(6).all(Asked::is_list), "what fails and hangs are lists");
        }
        // About one in twenty hangs in its single read; lists make up for more.
        assert!(settled >= 225, "{kind}: {settled} after {:?}", began.elapsed());
        let pass = passing.await.unwrap();
        assert_eq!(pass.checked, 500);
        assert!(pass.errors > 0 && pass.settled >= 230, "{kind}: {pass:?}");
        // The next pass finds the rest.
        gateway.rule(|_, _| Fate::Answer);
        let next = super::pass(&shop, &gateway).await;
        assert_eq!((shop.settled(&ids).await, next.errors), (250, 0), "{kind}");
    }
}

#[tokio::test]
async fn a_quiet_pass_asks_one_list_and_writes_nothing() {
    let shop = Shop::open().await;
    let gateway = Arc::new(Scripted::new(Gateway::Stripe));
    // The first pass also takes the turn of the day.
    assert_eq!(pass(&shop, &gateway).await.checked, 0);
    gateway.forget_calls();
    shop.open_checkout(&gateway, "a").await;
    shop.advance(TimeDelta::seconds(1));
    let pass = pass(&shop, &gateway).await;
    assert_eq!((pass.checked, pass.settled, pass.errors), (1, 0, 0));
    assert!(matches!(gateway.calls()[..], [Asked::List { .. }]), "{:?}", gateway.calls());
}

#[tokio::test]
async fn what_is_asked_about_is_due_again_at_once_and_in_between_nobody_elses() {
    let shop = Shop::open().await;
    let gateway = Arc::new(Scripted::new(Gateway::Sslcommerz).latency(Duration::from_secs(1)));
    shop.half_paid(&gateway, 20, TimeDelta::zero()).await;
    let (one, other) = tokio::join!(pass(&shop, &gateway), async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        pass(&shop, &gateway).await
    });
    assert_eq!((one.checked, one.settled, other.checked), (20, 10, 0));
    assert_eq!(pass(&shop, &gateway).await.checked, 10, "those that are still open");
}

#[tokio::test]
async fn passes_that_overlap_share_the_calls_that_are_allowed() {
    let shop = Shop::open().await;
    let gateway = Arc::new(Scripted::new(Gateway::Sslcommerz).latency(Duration::from_millis(20)));
    let ids = shop.half_paid(&gateway, 30, TimeDelta::zero()).await;
    let config = ReconcilerConfig { concurrency: 4, ..quick() };
    let reconciler = Reconciler::new(Arc::clone(&shop.store), gateway.alone(), config);
    let (one, other) = tokio::join!(reconciler.pass(true), reconciler.pass(true));
    assert_eq!(one.settled + other.settled, 15);
    assert_eq!(shop.settled(&ids).await, 15);
    assert!(gateway.most_at_a_time() <= 4, "{}", gateway.most_at_a_time());
}

#[tokio::test]
async fn whom_somebody_waits_for_is_read_at_once_beside_the_lists() {
    let shop = Shop::open().await;
    let gateway = Arc::new(Scripted::new(Gateway::Stripe));
    let id = shop.open_checkout(&gateway, "a").await;
    gateway.set("a", CheckoutState::Paid);
    shop.store.await_checkout(id).await.unwrap();
    // The lists lag behind.
    gateway.rule(
        |asked, _| if asked.is_list() { Fate::Late(Duration::from_millis(1_500)) } else { Fate::Answer },
    );
    let reconciler = reconciler(&shop, &gateway);
    let (pass, settled) = tokio::join!(reconciler.pass(false), async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        shop.settled(&[id]).await
    });
    assert_eq!((settled, pass.settled, pass.errors), (1, 1, 0));
}

#[tokio::test]
async fn what_a_list_cannot_show_is_read() {
    let shop = Shop::open().await;
    let gateway = Arc::new(Scripted::new(Gateway::Stripe));
    let id = shop.open_checkout(&gateway, "a").await;
    gateway.set("a", CheckoutState::Processing);
    assert_eq!(pass(&shop, &gateway).await.errors, 0);
    assert_eq!(shop.state(id).await, CheckoutState::Processing);
    shop.advance(TimeDelta::hours(30));
    gateway.set("a", CheckoutState::Paid);
    assert_eq!(pass(&shop, &gateway).await.settled, 1, "the money took its time");
    assert_eq!(shop.state(id).await, CheckoutState::Paid);
}

#[tokio::test]
async fn a_session_that_expired_is_written_down_and_left_alone() {
    let shop = Shop::open().await;
    let gateway = Arc::new(Scripted::new(Gateway::Sslcommerz));
    let id = shop.open_checkout(&gateway, "a").await;
    gateway.set("a", CheckoutState::Expired);
    assert_eq!(pass(&shop, &gateway).await.checked, 1);
    assert_eq!(shop.state(id).await, CheckoutState::Expired);
    assert_eq!(pass(&shop, &gateway).await.checked, 0);
}

#[tokio::test]
async fn a_session_that_the_gateway_does_not_know_is_an_error_and_no_reason_to_hurry() {
    let shop = Shop::open().await;
    let gateway = Arc::new(Scripted::new(Gateway::Sslcommerz));
    let id = shop.open_checkout(&gateway, "a").await;
    gateway.rule(|_, _| Fate::Fail(GatewayError::Refused { detail: "HTTP 404".to_owned() }));
    shop.advance(TimeDelta::hours(2));
    let one = pass(&shop, &gateway).await;
    assert_eq!((one.checked, one.errors, gateway.calls().len()), (1, 1, 1));
    assert_eq!(pass(&shop, &gateway).await.checked, 0, "an older one is asked about now and then");
    assert_eq!(shop.state(id).await, CheckoutState::Open);
}

#[tokio::test]
async fn checkouts_of_a_gateway_that_is_gone_are_told_of() {
    let shop = Shop::open().await;
    let gone = Scripted::new(Gateway::Sslcommerz);
    shop.open_checkout(&gone, "a").await;
    let gateway = Arc::new(Scripted::new(Gateway::Stripe));
    let pass = pass(&shop, &gateway).await;
    assert_eq!((pass.checked, pass.settled, pass.errors), (1, 0, 1));
}
