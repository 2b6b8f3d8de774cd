//! An editor's own text becomes a version and is approved in one change.

use crate::{
    events::version,
    on_both_engines,
    shop::{Shop, listed},
};
use galley_domain::{
    actor::Actor,
    id::OrderId,
    order::{Command, Decision, OrderStatus, RefusalCode},
};
use galley_store::StoreError;

on_both_engines! {
    an_editors_text_is_the_newest_version_and_is_published,
    an_edit_of_a_version_that_was_replaced_is_refused,
    only_an_order_in_review_can_be_edited,
    two_editors_at_once_make_one_version,
    an_editors_text_is_compared_with_what_the_shop_wrote_last,
    an_order_of_many_versions_is_compared_with_once,
}

fn editor() -> Actor {
    Actor::Staff("rob".to_owned())
}

async fn in_review(shop: &Shop, name: &str) -> OrderId {
    let order = shop.ready_order(name).await;
    shop.apply(order, Command::Submit).await;
    order
}

fn code(error: StoreError) -> RefusalCode {
    match error {
        StoreError::Refused(refusal) => refusal.code,
        other => panic!("{other}"),
    }
}

async fn an_editors_text_is_the_newest_version_and_is_published(shop: &Shop) {
    let order = in_review(shop, "a").await;
    let mut edited = version("Better");
    edited.source.push_str("\n\nZero: \0.");
    let decision = shop.store.edit_and_approve(order, 1, edited, editor()).await.unwrap();
    assert!(matches!(decision, Decision::Transition(_)));
    let summary = shop.store.order_summary(order).await.unwrap().unwrap();
    assert_eq!((summary.status, summary.publishing), (OrderStatus::AdminReview, true));
    assert_eq!(summary.current_version, Some(2));
    let made = shop.store.find_version(order, 2).await.unwrap().unwrap();
    assert_eq!((made.title.as_str(), made.made_by.as_str(), made.notes), ("Better", "staff:rob", None));
    assert_eq!(made.source, "# Better\n\nTea.\n\nZero: .");
    let expected = listed(&[("article-generation", "completed"), ("publication", "waiting")]);
    assert_eq!(shop.jobs(order).await, expected);
    assert_eq!(shop.events(order).await.last().unwrap(), "edited_and_approved");
}

async fn an_edit_of_a_version_that_was_replaced_is_refused(shop: &Shop) {
    let order = shop.ready_order("a").await;
    shop.apply(order, Command::RequestRevision { notes: "more tea".to_owned(), busy: false }).await;
    let job = shop.claim_content(order).await;
    shop.finish(&job, crate::shop::content("Second")).await;
    shop.apply(order, Command::Submit).await;
    let refused = shop.store.edit_and_approve(order, 1, version("Late"), editor()).await.unwrap_err();
    assert_eq!(code(refused), RefusalCode::VersionNotCurrent);
    assert_eq!(shop.store.list_versions(order).await.unwrap().len(), 2);
}

async fn only_an_order_in_review_can_be_edited(shop: &Shop) {
    let order = shop.ready_order("a").await;
    let refused = shop.store.edit_and_approve(order, 1, version("Early"), editor()).await.unwrap_err();
    assert_eq!(code(refused), RefusalCode::WrongStatus);
    let unknown = OrderId(shop.store.clock().new_id());
    let error = shop.store.edit_and_approve(unknown, 1, version("No"), editor()).await.unwrap_err();
    assert!(matches!(error, StoreError::NotFound("order")), "{error}");
}

async fn two_editors_at_once_make_one_version(shop: &Shop) {
    let order = in_review(shop, "a").await;
    let (one, other) = tokio::join!(
        shop.store.edit_and_approve(order, 1, version("One"), editor()),
        shop.store.edit_and_approve(order, 1, version("Other"), editor()),
    );
    assert_eq!([&one, &other].iter().filter(|edit| edit.is_ok()).count(), 1);
    let late = one.err().or(other.err()).unwrap();
    assert_eq!(code(late), RefusalCode::Publishing);
    assert_eq!(shop.store.list_versions(order).await.unwrap().len(), 2);
}

async fn an_editors_text_is_compared_with_what_the_shop_wrote_last(shop: &Shop) {
    let (a, b, c) = (shop.ready_order("a").await, shop.ready_order("b").await, shop.ready_order("c").await);
    let latest = shop.store.latest_sketches(c, 10).await.unwrap();
    let orders: Vec<_> = latest.iter().map(|(order, ..)| *order).collect();
    assert_eq!(orders, [b, a]);
    assert_eq!((latest[0].1.as_str(), latest[0].2.as_slice()), ("First", [1, 2, 3].as_slice()));
    assert_eq!(shop.store.latest_sketches(a, 1).await.unwrap()[0].0, c);
}

async fn an_order_of_many_versions_is_compared_with_once(shop: &Shop) {
    let (a, b, c) = (shop.ready_order("a").await, shop.ready_order("b").await, shop.ready_order("c").await);
    for title in ["Second", "Third"] {
        shop.apply(b, Command::RequestRevision { notes: "more tea".to_owned(), busy: false }).await;
        let job = shop.claim_content(b).await;
        shop.finish(&job, crate::shop::content(title)).await;
    }
    let latest = shop.store.latest_sketches(c, 2).await.unwrap();
    let told: Vec<_> = latest.iter().map(|(order, title, _)| (*order, title.as_str())).collect();
    assert_eq!(told, [(b, "Third"), (a, "First")]);
}
