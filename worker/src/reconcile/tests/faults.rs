use super::{broken, pass, reconciler};
use crate::testing::{Asked, Fate, Scripted, Shop};
use chrono::TimeDelta;
use galley_domain::payment::{CheckoutState, Gateway};
use galley_integrations::gateway::GatewayError;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

fn fetches(gateway: &Scripted) -> usize {
    gateway.calls().iter().filter(|asked| asked.is_fetch()).count()
}

#[tokio::test]
async fn a_list_that_fails_is_made_up_for_by_single_reads() {
    let shop = Shop::open().await;
    let gateway = Arc::new(Scripted::new(Gateway::Stripe));
    let ids = shop.half_paid(&gateway, 10, TimeDelta::zero()).await;
    gateway.rule(|asked, _| if asked.is_list() { Fate::Fail(broken()) } else { Fate::Answer });
    let pass = pass(&shop, &gateway).await;
    assert_eq!((pass.checked, pass.settled), (10, 5));
    assert!(pass.errors > 0, "the lists' failures are counted");
    assert_eq!((shop.settled(&ids).await, fetches(&gateway)), (5, 10));
}

/// Fifty checkouts would have to be asked about instead.
#[tokio::test]
async fn a_list_that_fails_for_a_moment_is_asked_for_once_more() {
    let shop = Shop::open().await;
    let gateway = Arc::new(Scripted::new(Gateway::Stripe));
    let ids = shop.half_paid(&gateway, 10, TimeDelta::zero()).await;
    gateway.rule(|_, number| if number < 1 { Fate::Fail(broken()) } else { Fate::Answer });
    let pass = pass(&shop, &gateway).await;
    assert_eq!((pass.settled, pass.errors), (5, 0));
    assert_eq!((shop.settled(&ids).await, fetches(&gateway)), (5, 0));
}

#[tokio::test]
async fn a_list_that_does_not_answer_is_not_waited_for() {
    let shop = Shop::open().await;
    let gateway = Arc::new(Scripted::new(Gateway::Stripe));
    let ids = shop.half_paid(&gateway, 10, TimeDelta::zero()).await;
    gateway.rule(|asked, _| if asked.is_list() { Fate::Hang } else { Fate::Answer });
    let reconciler = reconciler(&shop, &gateway);
    let began = Instant::now();
    let passing = tokio::spawn(async move { reconciler.pass(false).await });
    while shop.settled(&ids).await < 5 {
        assert!(began.elapsed() < Duration::from_millis(1_800), "it waits for the list");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(!passing.is_finished(), "the list still hangs");
    // What was read is given back before the list has ended.
    let due = shop.store.take_due_checkouts(100, false).await.unwrap();
    assert_eq!(due.len(), 5);
    let pass = passing.await.unwrap();
    assert_eq!(pass.settled, 5);
    assert!(pass.errors > 0);
}

#[tokio::test]
async fn a_list_that_answers_late_is_used_all_the_same() {
    let shop = Shop::open().await;
    let gateway = Arc::new(Scripted::new(Gateway::Stripe));
    let ids = shop.half_paid(&gateway, 10, TimeDelta::zero()).await;
    gateway.rule(
        |asked, _| {
            if asked.is_list() { Fate::Late(Duration::from_millis(500)) } else { Fate::Hang }
        },
    );
    let pass = pass(&shop, &gateway).await;
    assert_eq!((pass.settled, shop.settled(&ids).await), (5, 5));
}

#[tokio::test]
async fn a_read_that_fails_quickly_is_tried_once_more() {
    let shop = Shop::open().await;
    let gateway = Arc::new(Scripted::new(Gateway::Sslcommerz));
    let ids = shop.half_paid(&gateway, 4, TimeDelta::zero()).await;
    gateway.rule(|_, number| if number < 4 { Fate::Fail(broken()) } else { Fate::Answer });
    let first = pass(&shop, &gateway).await;
    assert_eq!((first.settled, first.errors, shop.settled(&ids).await), (2, 0, 2));
    gateway.forget_calls();
    gateway.rule(|_, _| Fate::Fail(broken()));
    let second = pass(&shop, &gateway).await;
    assert_eq!((second.checked, second.errors, fetches(&gateway)), (2, 2, 4));
    gateway.rule(|_, _| Fate::Answer);
    assert_eq!(pass(&shop, &gateway).await.checked, 2, "a question that failed is due again at once");
}

#[tokio::test]
async fn who_asks_to_be_left_alone_is_left_alone() {
    let shop = Shop::open().await;
    let gateway = Arc::new(Scripted::new(Gateway::Sslcommerz));
    shop.open_checkout(&gateway, "a").await;
    gateway.rule(|_, _| {
        let after = Some(Duration::from_secs(30));
        Fate::Fail(GatewayError::NotDone { detail: "HTTP 429".to_owned(), after })
    });
    let pass = pass(&shop, &gateway).await;
    assert_eq!((pass.errors, fetches(&gateway)), (1, 1));
}

#[tokio::test]
async fn a_call_that_hangs_ends_with_its_time() {
    let shop = Shop::open().await;
    let gateway = Arc::new(Scripted::new(Gateway::Sslcommerz));
    let ids = shop.half_paid(&gateway, 6, TimeDelta::zero()).await;
    gateway.rule(|asked, _| match asked {
        Asked::Fetch { external_id, .. } if external_id == "cs_0000" => Fate::Hang,
        _ => Fate::Answer,
    });
    let one = pass(&shop, &gateway).await;
    assert_eq!((one.checked, one.settled, one.errors), (6, 2, 1));
    assert!(one.took < Duration::from_secs(4), "{one:?}");
    gateway.rule(|_, _| Fate::Answer);
    assert_eq!(pass(&shop, &gateway).await.settled, 1);
    assert_eq!(shop.settled(&ids).await, 3);
}

#[tokio::test]
async fn a_list_of_many_pages_is_read_to_its_end() {
    let shop = Shop::open().await;
    let gateway = Arc::new(Scripted::new(Gateway::Stripe).page(3));
    let ids = shop.half_paid(&gateway, 40, TimeDelta::zero()).await;
    let pass = pass(&shop, &gateway).await;
    assert_eq!((pass.settled, pass.errors, shop.settled(&ids).await), (20, 0, 20));
    let calls = gateway.calls();
    assert!(calls.iter().any(|asked| matches!(asked, Asked::List { after: Some(_), .. })), "paged on");
    assert_eq!(fetches(&gateway), 0);
}

/// What is spread over a day is not read page after page.
#[tokio::test]
async fn a_long_window_with_much_in_it_is_parted() {
    let shop = Shop::open().await;
    let gateway = Arc::new(Scripted::new(Gateway::Stripe).page(10).latency(Duration::from_millis(20)));
    let now = shop.now();
    for i in 0..320 {
        let name = format!("{i:04}");
        gateway.session(&name, None, now - TimeDelta::minutes(4 * i));
        gateway.set(&name, CheckoutState::Paid);
    }
    let pass = pass(&shop, &gateway).await;
    assert_eq!((pass.settled, pass.errors), (320, 0));
    let deepest =
        gateway.calls().iter().filter(|asked| matches!(asked, Asked::List { after: Some(_), .. })).count();
    assert!(gateway.most_at_a_time() >= 8, "{}", gateway.most_at_a_time());
    assert!(deepest > 0);
}

/// One page of a list fails: the halves of its window bring what was on it.
#[tokio::test]
async fn a_page_that_fails_is_made_up_for_by_the_halves() {
    let shop = Shop::open().await;
    let gateway = Arc::new(Scripted::new(Gateway::Stripe).page(4));
    let ids = shop.half_paid(&gateway, 10, TimeDelta::zero()).await;
    gateway.rule(|asked, _| match asked {
        Asked::List { window, after: Some(_) } if window.until - window.from > TimeDelta::seconds(30) => {
            Fate::Fail(broken())
        }
        _ => Fate::Answer,
    });
    let pass = pass(&shop, &gateway).await;
    assert_eq!((pass.settled, shop.settled(&ids).await, fetches(&gateway)), (5, 5, 0));
    assert!(gateway.calls().iter().any(|asked| matches!(asked, Asked::List { after: Some(_), .. })));
}

#[tokio::test]
async fn a_list_without_an_end_is_given_up_and_the_due_are_read() {
    let shop = Shop::open().await;
    // Each page says that there is another, and it is always the same.
    let gateway = Arc::new(Scripted::new(Gateway::Stripe).page(0));
    let ids = shop.half_paid(&gateway, 4, TimeDelta::zero()).await;
    let pass = pass(&shop, &gateway).await;
    assert_eq!((pass.settled, shop.settled(&ids).await), (2, 2));
}

#[tokio::test]
async fn nothing_is_lost_while_the_gateway_is_away() {
    let shop = Shop::open().await;
    let gateway = Arc::new(Scripted::new(Gateway::Stripe));
    let ids = shop.half_paid(&gateway, 6, TimeDelta::zero()).await;
    gateway
        .rule(|_, _| Fate::Fail(GatewayError::NotDone { detail: "no connection".to_owned(), after: None }));
    for _ in 0..2 {
        let pass = pass(&shop, &gateway).await;
        assert_eq!((pass.checked, pass.settled), (6, 0));
        assert!(pass.errors >= 6, "{pass:?}");
    }
    gateway.rule(|_, _| Fate::Answer);
    assert_eq!(pass(&shop, &gateway).await.settled, 3);
    assert_eq!(shop.settled(&ids).await, 3);
}
