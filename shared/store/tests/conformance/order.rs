//! Commands of people, and what can be seen of an order.

use crate::{
    on_both_engines,
    shop::{Shop, content, failure, listed},
};
use chrono::TimeDelta;
use galley_domain::{
    actor::Actor,
    id::OrderId,
    order::{Command, Decision, OrderStatus},
};
use galley_store::StoreError;
use std::{collections::BTreeSet, sync::Arc};

on_both_engines! {
    an_order_is_approved_and_published,
    a_publication_that_failed_can_be_approved_again,
    doing_again_what_is_done_writes_nothing,
    a_refused_command_writes_nothing,
    an_unknown_order_takes_no_command,
    changes_that_staff_request_are_told_to_the_customer,
    restoring_a_version_makes_it_the_newest,
    a_version_is_never_promised_without_its_content,
    the_same_click_twenty_times_at_once_counts_once,
    links_are_listed_page_by_page,
    sketches_are_listed_from_where_one_left_off,
}

async fn an_order_is_approved_and_published(shop: &Shop) {
    let order = shop.ready_order("a").await;
    shop.time.advance(TimeDelta::hours(1));
    shop.store.apply(order, &Command::Submit, Actor::Customer).await.unwrap();
    let eve = Actor::Staff("eve".to_owned());
    shop.store.apply(order, &Command::Approve { version: 1 }, eve).await.unwrap();
    let view = shop.store.order_view(order).await.unwrap().unwrap();
    assert_eq!((view.status, view.publishing, view.step), (OrderStatus::AdminReview, true, 4));
    let jobs = [("article-generation", "completed"), ("publication", "waiting")];
    assert_eq!(shop.jobs(order).await, listed(&jobs));
    shop.apply(order, Command::Published { url: "https://shop.example/articles/tea".to_owned() }).await;
    let view = shop.store.order_view(order).await.unwrap().unwrap();
    assert_eq!((view.status, view.publishing, view.step), (OrderStatus::Completed, false, 5));
    assert_eq!((view.brief.topic.as_str(), view.amount.to_string()), ("Tea", "129.00 USD".to_owned()));
    assert_eq!(view.updated_at - view.created_at, TimeDelta::hours(1));
    let mails = ["order-received", "article-ready", "submitted", "ready-for-review", "order-completed"];
    assert_eq!(shop.mails(order).await, mails);
    let history = shop.store.history(order).await.unwrap();
    let lines: Vec<_> =
        history.iter().map(|(kind, to, by, _)| (kind.as_str(), to.as_str(), by.as_str())).collect();
    let expected = [
        ("order_received", "PROCESSING", "gateway:stripe"),
        ("content_ready", "QUALITY_CHECK", "system"),
        ("submitted", "ADMIN_REVIEW", "customer"),
        ("approved", "ADMIN_REVIEW", "staff:eve"),
        ("published", "COMPLETED", "system"),
    ];
    assert_eq!(lines, expected);
    assert_eq!(view.jobs.len(), 1, "the view shows content jobs only");
    assert_eq!(view.id, order);
    // The publication's own job is not told of it here; it would end by its worker.
    let job = shop.claim(galley_domain::job::Queue::Publication).await.remove(0);
    shop.finish(&job, galley_store::Outcome::Done).await;
    assert_eq!(shop.jobs(order).await[1].1, "completed");
}

async fn a_publication_that_failed_can_be_approved_again(shop: &Shop) {
    let order = shop.ready_order("a").await;
    shop.apply(order, Command::Submit).await;
    for round in 1..=2 {
        shop.apply(order, Command::Approve { version: 1 }).await;
        let waiting = shop.waiting(order, "publication").await;
        assert_eq!(waiting.len(), 1, "approval {round} has its own job");
        let job = shop.store.claim_these(&waiting, shop.worker().await).await.unwrap().remove(0);
        assert_eq!(shop.finish(&job, failure(None)).await, galley_store::Finished::Failed);
        let view = shop.store.order_view(order).await.unwrap().unwrap();
        assert_eq!((view.status, view.publishing), (OrderStatus::AdminReview, false));
    }
    assert_eq!(shop.alerts().await.len(), 1);
}

async fn doing_again_what_is_done_writes_nothing(shop: &Shop) {
    let order = shop.ready_order("a").await;
    assert!(matches!(shop.apply(order, Command::Submit).await, Decision::Transition(_)));
    let stamp = shop.store.stamp(order).await.unwrap();
    assert_eq!(shop.apply(order, Command::Submit).await, Decision::AlreadyApplied);
    assert_eq!(shop.store.stamp(order).await.unwrap(), stamp);
    assert_eq!(shop.events(order).await.len(), 3);
}

async fn a_refused_command_writes_nothing(shop: &Shop) {
    let order = shop.order("a").await;
    let stamp = shop.store.stamp(order).await.unwrap();
    let error = shop.store.apply(order, &Command::Submit, Actor::Customer).await.unwrap_err();
    let StoreError::Refused(refusal) = error else { panic!("{error}") };
    assert_eq!((refusal.from, refusal.command), (OrderStatus::Processing, "submit"));
    assert_eq!(shop.store.stamp(order).await.unwrap(), stamp);
}

async fn an_unknown_order_takes_no_command(shop: &Shop) {
    let unknown = OrderId(shop.store.clock().new_id());
    let error = shop.store.apply(unknown, &Command::Submit, Actor::Customer).await.unwrap_err();
    assert!(matches!(error, StoreError::NotFound("order")), "{error}");
}

async fn changes_that_staff_request_are_told_to_the_customer(shop: &Shop) {
    for revise in [false, true] {
        let order = shop.ready_order(&revise.to_string()).await;
        shop.apply(order, Command::Submit).await;
        let command = Command::RequestChanges { notes: "Less tea.".to_owned(), revise };
        shop.store.apply(order, &command, Actor::Staff("eve".to_owned())).await.unwrap();
        let view = shop.store.order_view(order).await.unwrap().unwrap();
        let expected = if revise { OrderStatus::Processing } else { OrderStatus::QualityCheck };
        assert_eq!((view.status, view.run), (expected, 1 + i32::from(revise)));
        let notice = view.notice.unwrap();
        assert_eq!((notice.code.as_str(), notice.message.as_str()), ("changes_requested", "Less tea."));
        assert_eq!(shop.mails(order).await.last().map(String::as_str), Some("changes-requested"));
        if revise {
            assert_eq!(shop.store.work(order).await.unwrap().notes.as_deref(), Some("Less tea."));
            let job = shop.claim_content(order).await;
            shop.finish(&job, failure(None)).await;
            let status = shop.status(order).await;
            assert_eq!(status, OrderStatus::AdminReview, "who asked for it gets it back");
        }
    }
}

async fn revise(shop: &Shop, order: OrderId, title: &str) {
    shop.apply(order, Command::RequestRevision { notes: title.to_owned(), busy: false }).await;
    let job = shop.claim_content(order).await;
    shop.finish(&job, content(title)).await;
}

async fn restoring_a_version_makes_it_the_newest(shop: &Shop) {
    let order = shop.ready_order("a").await;
    revise(shop, order, "Second").await;
    shop.store.apply(order, &Command::Restore { number: 1 }, Actor::Customer).await.unwrap();
    let view = shop.store.order_view(order).await.unwrap().unwrap();
    let version = view.version.expect("the restored content is there");
    assert_eq!((version.number, version.title.as_str(), version.run), (3, "First", 2));
    assert_eq!((version.source.as_str(), version.made_by.as_str()), ("# First\n\nTea.", "customer"));
    assert_eq!((version.report.map(|report| report.score), version.notes), (Some(97), None));
    assert_eq!(shop.apply(order, Command::Restore { number: 3 }).await, Decision::AlreadyApplied);
    let error = shop.store.apply(order, &Command::Restore { number: 9 }, Actor::Customer).await.unwrap_err();
    assert!(matches!(error, StoreError::Refused(_)), "{error}");
    assert_eq!(shop.store.list_versions(order).await.unwrap().len(), 3);
}

async fn a_version_is_never_promised_without_its_content(shop: &Shop) {
    let order = shop.ready_order("a").await;
    shop.apply(order, Command::Submit).await;
    let error =
        shop.store.apply(order, &Command::EditAndApprove { version: 1 }, Actor::System).await.unwrap_err();
    assert!(matches!(error, StoreError::NotFound(_)), "{error}");
    let other = shop.order("b").await;
    let error = shop.store.apply(other, &Command::ContentReady { run: 1 }, Actor::System).await.unwrap_err();
    assert!(matches!(error, StoreError::NotFound(_)), "{error}");
    assert_eq!(shop.status(other).await, OrderStatus::Processing);
}

async fn the_same_click_twenty_times_at_once_counts_once(shop: &Shop) {
    let order = shop.ready_order("a").await;
    let mut clicks = Vec::new();
    for _ in 0..20 {
        let store = Arc::clone(&shop.store);
        clicks.push(tokio::spawn(async move {
            store.apply(order, &Command::Submit, Actor::Customer).await.unwrap()
        }));
    }
    let mut transitions = 0;
    for click in clicks {
        match click.await.unwrap() {
            Decision::Transition(_) => transitions += 1,
            other => assert_eq!(other, Decision::AlreadyApplied),
        }
    }
    assert_eq!(transitions, 1);
    assert_eq!(shop.mails(order).await.len(), 4);
}

async fn links_are_listed_page_by_page(shop: &Shop) {
    let mut all = BTreeSet::new();
    for n in 0..7 {
        all.insert(shop.order(&n.to_string()).await);
    }
    let ready = shop.ready_order("ready").await;
    all.insert(ready);
    let (mut listed, mut after) = (Vec::new(), None);
    loop {
        let page = shop.store.order_links(None, after, 3).await.unwrap();
        let Some(last) = page.last() else { break };
        assert!(page.len() <= 3 && page.iter().all(|link| link.link_epoch == 0));
        after = Some(last.id);
        listed.extend(page.iter().map(|link| link.id));
    }
    assert_eq!(listed, all.into_iter().collect::<Vec<_>>());
    let status = Some(OrderStatus::QualityCheck);
    let page = shop.store.order_links(status, None, 10).await.unwrap();
    assert_eq!(page.iter().map(|link| link.id).collect::<Vec<_>>(), [ready]);
    assert!(shop.store.order_links(status, Some(ready), 10).await.unwrap().is_empty());
    assert_eq!(shop.store.order_links(Some(OrderStatus::Processing), None, 2).await.unwrap().len(), 2);
}

async fn sketches_are_listed_from_where_one_left_off(shop: &Shop) {
    let mut orders = Vec::new();
    for n in 0..3 {
        orders.push(shop.ready_order(&n.to_string()).await.0);
    }
    let page = shop.store.sketches_after(None, 2).await.unwrap();
    let rest = shop.store.sketches_after(Some(page[1].0), 10).await.unwrap();
    let found: Vec<_> = page.iter().chain(&rest).map(|(_, order, ..)| *order).collect();
    assert_eq!(found, orders);
    assert_eq!((rest[0].2.as_str(), rest[0].3.as_slice()), ("First", &[1, 2, 3][..]));
    assert!(shop.store.sketches_after(Some(rest[0].0), 10).await.unwrap().is_empty());
}
