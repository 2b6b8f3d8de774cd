//! Orders as staff list, find and start them again.

use crate::{
    events::{paid, with},
    on_both_engines,
    review::backlink,
    shop::Shop,
};
use chrono::{DateTime, TimeDelta, Utc};
use galley_domain::{
    actor::Actor,
    brief::ProductKind,
    id::{OrderId, PaymentEventId},
    order::{Command, Failure, OrderStatus},
    payment::DisputeState,
};
use galley_store::{
    OrderFilter, OrderListPage, OrderSearch, Received, RefundRequest, RefundTarget, RetriedOrders, Store,
    TimelineSource,
};
use std::sync::Arc;

on_both_engines! {
    orders_are_listed_page_by_page_in_either_direction,
    orders_are_listed_by_what_they_are,
    an_order_is_found_by_whatever_names_it,
    a_beginning_of_an_address_finds_no_other_address,
    a_search_finds_what_is_no_order_too,
    all_that_failed_are_started_again_and_nothing_else,
    so_many_are_started_again_as_were_asked_for,
}

async fn listed(shop: &Shop, filter: &OrderFilter) -> Vec<OrderId> {
    let found = shop.store.orders(filter, OrderListPage::newest(100)).await.unwrap();
    assert_eq!(shop.store.count_orders(filter, 100).await.unwrap(), i64::try_from(found.len()).unwrap());
    found.into_iter().map(|order| order.id).collect()
}

async fn found(shop: &Shop, text: &str) -> Vec<OrderId> {
    listed(shop, &OrderFilter { search: OrderSearch::parse(text), ..OrderFilter::default() }).await
}

/// When an id was drawn.
fn drawn_at(id: OrderId) -> DateTime<Utc> {
    let (seconds, nanos) = id.0.get_timestamp().unwrap().to_unix();
    DateTime::from_timestamp(i64::try_from(seconds).unwrap(), nanos).unwrap()
}

async fn orders_are_listed_page_by_page_in_either_direction(shop: &Shop) {
    let (a, b, c) = (shop.order("a").await, shop.order("b").await, shop.order("c").await);
    let page = async |page: OrderListPage| {
        let orders = shop.store.orders(&OrderFilter::default(), page).await.unwrap();
        orders.into_iter().map(|order| order.id).collect::<Vec<_>>()
    };
    let newest = OrderListPage::newest(2);
    assert_eq!(page(newest).await, [c, b]);
    assert_eq!(page(OrderListPage { after: Some(b), ..newest }).await, [a]);
    let oldest = OrderListPage { oldest_first: true, ..newest };
    assert_eq!(page(oldest).await, [a, b]);
    assert_eq!(page(OrderListPage { after: Some(b), ..oldest }).await, [c]);
    assert_eq!(shop.store.count_orders(&OrderFilter::default(), 2).await.unwrap(), 2);
    let summary = shop.store.order_summary(a).await.unwrap().unwrap();
    assert_eq!((summary.id, summary.status, summary.run), (a, OrderStatus::Processing, 1));
    assert_eq!(
        (summary.email.as_str(), summary.amount.to_string()),
        ("a@customer.example", "129.00 USD".to_owned())
    );
    assert_eq!((summary.current_version, summary.events, summary.created_at), (None, 1, shop.time.now()));
    let unknown = OrderId(shop.store.clock().new_id());
    assert!(shop.store.order_summary(unknown).await.unwrap().is_none());
}

async fn orders_are_listed_by_what_they_are(shop: &Shop) {
    let writing = shop.order("a").await;
    let ready = shop.ready_order("b").await;
    let approved = shop.ready_order("c").await;
    shop.apply(approved, Command::Submit).await;
    shop.apply(approved, Command::Approve { version: 1 }).await;
    let in_review = shop.ready_order("d").await;
    shop.apply(in_review, Command::Submit).await;
    let with_status = |status| OrderFilter { status: Some(status), ..OrderFilter::default() };
    assert_eq!(listed(shop, &with_status(OrderStatus::Processing)).await, [writing]);
    assert_eq!(listed(shop, &with_status(OrderStatus::QualityCheck)).await, [ready]);
    assert_eq!(listed(shop, &with_status(OrderStatus::AdminReview)).await, [in_review, approved]);
    let others = OrderFilter { publishing: Some(false), ..with_status(OrderStatus::AdminReview) };
    assert_eq!(listed(shop, &others).await, [in_review]);
    let backlinks = OrderFilter { product: Some(ProductKind::Backlink), ..OrderFilter::default() };
    assert_eq!(listed(shop, &backlinks).await, []);
    // Ids are drawn to the millisecond.
    let at = drawn_at(in_review);
    let until = |to| OrderFilter { to: Some(to), ..OrderFilter::default() };
    assert!(!listed(shop, &until(at)).await.contains(&in_review));
    assert_eq!(listed(shop, &until(at + TimeDelta::milliseconds(1))).await.len(), 4);
    let since = |from| OrderFilter { from: Some(from), ..OrderFilter::default() };
    assert!(listed(shop, &since(at)).await.contains(&in_review));
    assert_eq!(listed(shop, &since(at + TimeDelta::milliseconds(1))).await, []);
}

async fn an_order_is_found_by_whatever_names_it(shop: &Shop) {
    let article = shop.store.insert_article("good-tea", "Tea", "# Tea\n\nWe like good tea.").await.unwrap();
    let other = shop.order("other").await;
    let received = shop.receive(with(paid("ann"), |fact| backlink(fact, &article.to_string()))).await;
    let Received::Settled { order_id: order, .. } = received else { panic!("{received:?}") };
    let summary = shop.store.order_summary(order).await.unwrap().unwrap();
    for name in [
        order.to_string(),
        summary.payment_id.to_string(),
        "ann@customer.example".to_owned(),
        "Ann@Cust".to_owned(),
        "cs_ann".to_owned(),
        "pi_ann".to_owned(),
        "https://target.example".to_owned(),
        "https://shop.example/articles/good-tea?utm=x".to_owned(),
        "good-tea".to_owned(),
    ] {
        assert_eq!(found(shop, &name).await, [order], "{name}");
    }
    for nothing in ["cs_an", "pi_annn", "https://target.example/other", "nn@customer.example"] {
        assert_eq!(found(shop, nothing).await, [], "{nothing}");
    }
    assert_eq!(found(shop, &other.to_string()).await, [other]);
}

/// An underscore and a percent sign are letters like others.
async fn a_beginning_of_an_address_finds_no_other_address(shop: &Shop) {
    let (plain, marked) = (shop.order("ann").await, shop.order("a_n%").await);
    assert_eq!(found(shop, "a_n").await, [marked]);
    assert_eq!(found(shop, "a_n%@").await, [marked]);
    assert_eq!(found(shop, "an").await, [plain]);
    assert_eq!(found(shop, "a").await, [marked, plain]);
    assert_eq!(found(shop, "%").await, []);
}

async fn a_search_finds_what_is_no_order_too(shop: &Shop) {
    let article = shop.store.insert_article("good-tea", "Tea", "# Tea").await.unwrap();
    let order = shop.order("ann").await;
    let cheap = with(paid("bob"), |fact| fact.sale.amount_total_minor = Some(1));
    assert!(matches!(shop.receive(cheap).await, Received::NeedsReview(_)));
    let hits = async |text: &str| {
        let hits = shop.store.search(&OrderSearch::parse(text).unwrap(), 10).await.unwrap();
        (
            hits.orders.iter().map(|hit| hit.id).collect::<Vec<_>>(),
            hits.payments.iter().map(|hit| hit.payment_ref.clone()).collect::<Vec<_>>(),
            hits.customers.iter().map(|hit| hit.email.clone()).collect::<Vec<_>>(),
            hits.articles.iter().map(|hit| hit.id).collect::<Vec<_>>(),
        )
    };
    let none = Vec::<String>::new;
    assert_eq!(hits("pi_bob").await, (vec![], vec!["pi_bob".to_owned()], none(), vec![]));
    assert_eq!(hits("cs_bob").await.1, ["pi_bob"]);
    assert_eq!(hits("pi_ann").await, (vec![order], none(), none(), vec![]), "its payment is the order's own");
    assert_eq!(hits("ann@").await, (vec![order], none(), vec!["ann@customer.example".to_owned()], vec![]));
    assert_eq!(hits("good-tea").await, (vec![], none(), none(), vec![article]));
    assert_eq!(hits(&article.to_string()).await.3, [article]);
    assert_eq!(hits("https://shop.example/articles/good-tea").await.3, [article]);
    let summary = shop.store.order_summary(order).await.unwrap().unwrap();
    assert_eq!(hits(&summary.customer_id.to_string()).await.2, ["ann@customer.example"]);
}

async fn all_that_failed_are_started_again_and_nothing_else(shop: &Shop) {
    let failed = [shop.failed_order("a").await, shop.failed_order("b").await];
    let cancelled = shop.order("cancelled").await;
    shop.apply(cancelled, Command::Cancel { reason: "no".to_owned() }).await;
    let refunded = shop.failed_order("refunded").await;
    let whole = RefundRequest {
        target: RefundTarget::Order(refunded),
        amount_minor: None,
        reason: "as agreed".to_owned(),
        actor: Actor::System,
        key: None,
    };
    shop.store.request_refund(whole).await.unwrap();
    let disputed = shop.failed_order("disputed").await;
    shop.dispute(disputed, DisputeState::Open).await;
    let writing = shop.order("writing").await;
    let all = OrderFilter::default();
    assert_eq!(shop.store.count_failed_orders(&all, 100).await.unwrap(), 2);
    let of_a = OrderFilter { search: OrderSearch::parse("a@customer.example"), ..all.clone() };
    assert_eq!(shop.store.count_failed_orders(&of_a, 100).await.unwrap(), 1);
    let staff = Actor::Staff("rob".to_owned());
    let done = shop.store.retry_orders(&all, 100, &staff).await.unwrap();
    assert_eq!(done, RetriedOrders { retried: 2, refused: 0 });
    for order in failed {
        let summary = shop.store.order_summary(order).await.unwrap().unwrap();
        assert_eq!((summary.status, summary.run, summary.reason), (OrderStatus::Processing, 2, None));
        assert_eq!(shop.waiting(order, "content").await.len(), 1);
        let history = shop.store.history(order).await.unwrap();
        let (kind, _, actor, _) = history.last().unwrap();
        assert_eq!((kind.as_str(), actor.as_str()), ("retried", "staff:rob"));
    }
    for order in [cancelled, refunded, disputed] {
        assert_eq!(shop.status(order).await, OrderStatus::Failed);
    }
    let summary = shop.store.order_summary(cancelled).await.unwrap().unwrap();
    assert_eq!(
        (summary.failure, shop.status(writing).await),
        (Some(Failure::Cancelled), OrderStatus::Processing)
    );
    let again = shop.store.retry_orders(&all, 100, &staff).await.unwrap();
    assert_eq!(again, RetriedOrders::default());
}

async fn so_many_are_started_again_as_were_asked_for(shop: &Shop) {
    let mut failed = Vec::new();
    for name in ["a", "b", "c"] {
        failed.push(shop.failed_order(name).await);
    }
    let (all, staff) = (OrderFilter::default(), Actor::Staff("rob".to_owned()));
    assert_eq!(shop.store.retry_orders(&all, 2, &staff).await.unwrap().retried, 2);
    let left = OrderFilter { status: Some(OrderStatus::Failed), ..all.clone() };
    assert_eq!(listed(shop, &left).await, failed[2..]);
    assert_eq!(shop.store.retry_orders(&all, 2, &staff).await.unwrap().retried, 1);
}

/// What the console and the admin API ask about orders.
pub(crate) async fn read(store: Arc<Store>) {
    let all = OrderFilter::default();
    let newest = OrderListPage::newest(50);
    let order = store.orders(&all, newest).await.unwrap().remove(0);
    let filters = [
        all.clone(),
        OrderFilter { status: Some(OrderStatus::AdminReview), publishing: Some(false), ..all.clone() },
        OrderFilter { from: Some(DateTime::UNIX_EPOCH), to: Some(order.created_at), ..all.clone() },
    ];
    for filter in &filters {
        for oldest_first in [false, true] {
            let page = OrderListPage { oldest_first, after: Some(order.id), ..newest };
            store.orders(filter, page).await.unwrap();
        }
    }
    for text in [
        order.id.to_string().as_str(),
        "17@filled.example",
        "1@fil",
        "cs_filled_17",
        "slug-17",
        "https://filled.example/17",
    ] {
        let search = OrderSearch::parse(text).unwrap();
        let filter = OrderFilter { search: Some(search.clone()), ..all.clone() };
        store.orders(&filter, newest).await.unwrap();
        store.search(&search, 20).await.unwrap();
        store.count_failed_orders(&filter, 100).await.unwrap();
    }
    let failed = OrderFilter { status: Some(OrderStatus::Failed), ..all };
    store.count_orders(&failed, 1_000).await.unwrap();
    store.retry_orders(&failed, 5, &Actor::System).await.unwrap();
    let timeline = store.timeline(order.id, &[], None, 50).await.unwrap();
    store.timeline(order.id, &[], timeline.last().map(|entry| entry.cursor), 50).await.unwrap();
    store.timeline(order.id, &[TimelineSource::Event], None, 1).await.unwrap();
    store.order_summary(order.id).await.unwrap().unwrap();
    store.latest_sketches(order.id, 100).await.unwrap();
    store.payment_event(PaymentEventId(order.id.0)).await.unwrap();
}
