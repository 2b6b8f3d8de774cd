//! Gateways say everything at least once; Galley does it once.

use crate::shop::SOON;
use crate::shop::{Order, Plan, Setup, Shop, on_every_setup, sale, within};
use galley_sandbox::stripe::{SessionSpec, checkout_session_async_payment_succeeded};
use std::collections::BTreeMap;

/// How often the same event comes in at once.
const TIMES: usize = 50;

on_every_setup! {
    an_event_that_comes_fifty_times_at_once_its_sibling_and_one_after_a_restart_make_one_order
}

async fn an_event_that_comes_fifty_times_at_once_its_sibling_and_one_after_a_restart_make_one_order(
    setup: Setup,
) {
    let mut shop = Plan::new(setup).open().await;
    let sale = sale::short_article("Tea at work");
    let sibling = SessionSpec { event_id: format!("{}_sibling", sale.event_id), ..sale.clone() };
    let mut events = vec![sale::paid(&sale); TIMES];
    events.insert(TIMES / 2, checkout_session_async_payment_succeeded(&sibling));
    let deliveries = events.into_iter().map(|event| {
        let stripe = shop.stripe.clone();
        tokio::spawn(async move { stripe.send(&event).await.unwrap() })
    });
    let deliveries: Vec<_> = deliveries.collect();
    let mut fresh = 0;
    for delivery in deliveries {
        let delivery = within("an event is answered", SOON, delivery).await.unwrap();
        assert_eq!(delivery.status, 200, "{}", delivery.body);
        fresh += usize::from(delivery.body.contains(r#""duplicate":false"#));
    }
    assert_eq!(fresh, 2, "one of the fifty, and the sibling, which is another event");

    let order = shop.order_of(&sale).await;
    shop.settled(&order, "QUALITY_CHECK").await;
    shop.drained().await;
    let census = assert_all_happened_once(&shop, &order).await;

    shop.restart().await;
    for event in [sale::paid(&sale), checkout_session_async_payment_succeeded(&sibling)] {
        let again = shop.stripe.send(&event).await.unwrap();
        assert_eq!((again.status, again.body.contains(r#""duplicate":true"#)), (200, true), "{}", again.body);
    }
    let late = SessionSpec { event_id: format!("{}_late", sale.event_id), ..sale.clone() };
    assert_eq!(shop.stripe.send(&sale::paid(&late)).await.unwrap().status, 200);
    shop.drained().await;
    let mut expected = census;
    expected.entry("payment_event").and_modify(|events| *events += 1);
    assert_eq!(assert_all_happened_once(&shop, &order).await, expected);
    assert_eq!(shop.status(&order).await["status"], "QUALITY_CHECK");
}

async fn assert_all_happened_once(shop: &Shop, order: &Order) -> BTreeMap<&'static str, i64> {
    let census = shop.db.census().await;
    for (table, rows) in
        [("orders", 1), ("payment", 1), ("checkout_session", 1), ("content_version", 1), ("email", 2)]
    {
        assert_eq!(census[table], rows, "{table}");
    }
    let kinds = shop.db.texts_of("SELECT kind FROM email WHERE order_id = $1 ORDER BY kind", order.id).await;
    assert_eq!(kinds, ["article-ready", "order-received"]);
    let subjects = shop.subjects_to(&order.email);
    assert_eq!(subjects.len(), 2, "{subjects:?}");
    assert_eq!(shop.smtp.mailbox().received(), 2);
    assert_eq!(shop.ai.control().counters().calls, 1);
    census
}
