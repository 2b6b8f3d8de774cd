//! What the page of an order is made of.

use crate::{
    events::refund,
    on_both_engines,
    shop::{Shop, content},
};
use chrono::TimeDelta;
use galley_domain::{
    actor::Actor,
    order::{Command, EventKind, OrderStatus},
    payment::{Gateway, RefundState},
    quality::Verdict,
};
use galley_store::{ORDER_PAGE_MAX, OrderPage, OrderPageFrom};

on_both_engines! {
    a_page_has_the_order_its_payment_its_versions_and_its_history,
    money_that_goes_back_is_on_the_page,
    what_does_not_fit_on_a_page_is_on_the_next,
    an_unknown_order_has_no_page,
}

async fn page(shop: &Shop, order: galley_domain::id::OrderId, from: OrderPageFrom) -> OrderPage {
    shop.store.order_page(order, from).await.unwrap().expect("the order exists")
}

async fn a_page_has_the_order_its_payment_its_versions_and_its_history(shop: &Shop) {
    let order = shop.ready_order("a").await;
    shop.time.advance(TimeDelta::hours(1));
    let notes = "Less tea, please.";
    shop.store.request_revision(order, notes, Actor::Customer, None).await.unwrap();
    let job = shop.claim_content(order).await;
    shop.finish(&job, content("Second")).await;
    let page = page(shop, order, OrderPageFrom::default()).await;
    assert_eq!((page.order.id, page.order.status), (order, OrderStatus::QualityCheck));
    assert_eq!((page.gateway, page.refund_open, page.refunds.len()), (Gateway::Stripe, false, 0));
    assert_eq!(shop.time.now() - page.paid_at, TimeDelta::hours(1));
    let versions: Vec<_> = page.versions.iter().map(|line| (line.number, line.title.as_str())).collect();
    assert_eq!(versions, [(2, "Second"), (1, "First")]);
    let newest = &page.versions[0];
    assert_eq!((newest.verdict, newest.word_count), (Some(Verdict::Pass), Some(1)));
    assert_eq!((newest.made_by.as_str(), newest.notes.as_deref()), ("system", Some(notes)));
    let events: Vec<_> =
        page.history.events.iter().map(|event| (event.sequence, event.kind, event.run)).collect();
    let expected = [
        (4, EventKind::ContentReady, 2),
        (3, EventKind::RevisionRequested, 2),
        (2, EventKind::ContentReady, 1),
        (1, EventKind::OrderReceived, 1),
    ];
    assert_eq!(events, expected);
    let asked = &page.history.events[1];
    assert_eq!((asked.text("notes"), asked.to), (Some(notes), OrderStatus::Processing));
    assert!(asked.is_by_customer() && !asked.is_by_staff());
    assert!(!page.more_versions && !page.history.more);
}

async fn money_that_goes_back_is_on_the_page(shop: &Shop) {
    let order = shop.ready_order("a").await;
    shop.tell(refund("a", "1", 900, RefundState::Pending)).await;
    let found = page(shop, order, OrderPageFrom::default()).await;
    assert_eq!(found.refunds.len(), 1);
    let back = &found.refunds[0];
    assert_eq!((back.amount.to_string(), back.state), ("9.00 USD".to_owned(), RefundState::Pending));
    assert_eq!(found.order.status, OrderStatus::QualityCheck);
}

async fn what_does_not_fit_on_a_page_is_on_the_next(shop: &Shop) {
    let order = shop.ready_order("a").await;
    for _ in 0..ORDER_PAGE_MAX {
        let newest = shop.store.order_view(order).await.unwrap().unwrap().version.unwrap().number;
        if newest == 1 {
            shop.store.request_revision(order, "Less tea, please.", Actor::Customer, None).await.unwrap();
            let job = shop.claim_content(order).await;
            shop.finish(&job, content("Second")).await;
        } else {
            shop.apply(order, Command::Restore { number: 1 }).await;
        }
    }
    let first = page(shop, order, OrderPageFrom::default()).await;
    assert_eq!((first.versions.len(), first.more_versions), (ORDER_PAGE_MAX, true));
    assert_eq!((first.history.events.len(), first.history.more), (ORDER_PAGE_MAX, true));
    let from = OrderPageFrom {
        versions_before: first.versions.last().map(|line| line.number),
        events_before: first.history.events.last().map(|event| event.sequence),
    };
    let second = page(shop, order, from).await;
    assert_eq!(second.versions.iter().map(|line| line.number).collect::<Vec<_>>(), [1]);
    let earlier = second.earlier.unwrap();
    assert_eq!(earlier.events.last().map(|event| event.kind), Some(EventKind::OrderReceived));
    assert_eq!(first.history.events.last().unwrap().sequence, earlier.events[0].sequence + 1);
    assert_eq!(second.history.events[0].sequence, first.history.events[0].sequence);
    assert!(!second.more_versions && !earlier.more);
}

async fn an_unknown_order_has_no_page(shop: &Shop) {
    let unknown = galley_domain::id::OrderId(shop.store.clock().new_id());
    assert!(shop.store.order_page(unknown, OrderPageFrom::default()).await.unwrap().is_none());
}
