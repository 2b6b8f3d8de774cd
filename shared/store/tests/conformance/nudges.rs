//! Orders whose customers do not act.

use crate::{
    events::version,
    on_both_engines,
    shop::{Shop, content},
};
use chrono::TimeDelta;
use galley_domain::{
    actor::Actor,
    id::OrderId,
    order::{Command, OrderStatus},
    payment::DisputeState,
    quality::Verdict,
    settings::ShopSettings,
};
use galley_store::{Finished, NewVersion, Nudged, Outcome, RefundRequest, RefundTarget};
use std::sync::Arc;

on_both_engines! {
    a_customer_is_reminded_twice_and_then_the_order_goes_to_the_editor,
    passes_beside_each_other_remind_once,
    what_did_not_pass_every_check_is_never_handed_in_by_itself,
    whatever_the_customer_does_starts_the_wait_anew,
    an_order_that_is_taken_back_is_not_handed_in_again_at_once,
    orders_on_hold_wait_and_then_have_their_turn,
    what_is_switched_off_is_not_done,
    a_reminder_leaves_the_editors_notes_where_they_are,
    a_pass_takes_no_more_than_it_is_told_to,
    late_passes_do_not_do_everything_at_once,
}

async fn after_days(shop: &Shop, days: i64) -> Nudged {
    shop.time.advance(TimeDelta::days(days));
    shop.store.nudge(100).await.unwrap()
}

const NOTHING: Nudged = Nudged { due: 0, reminded: 0, submitted: 0 };
const REMINDED: Nudged = Nudged { due: 1, reminded: 1, submitted: 0 };
const SUBMITTED: Nudged = Nudged { due: 1, reminded: 0, submitted: 1 };
const WAITED: Nudged = Nudged { due: 1, reminded: 0, submitted: 0 };

/// How often the customer was reminded.
async fn reminders(shop: &Shop, order: OrderId) -> usize {
    shop.mails(order).await.iter().filter(|kind| *kind == "review-reminder").count()
}

async fn text_of_last_mail(shop: &Shop, order: OrderId) -> String {
    let sql =
        "SELECT text_body FROM email WHERE order_id = $1 AND kind <> 'ready-for-review' ORDER BY id DESC";
    let rows: Vec<(String,)> = shop.database.raw.all_of(order.0, sql).await;
    rows[0].0.split_whitespace().collect::<Vec<_>>().join(" ")
}

async fn a_customer_is_reminded_twice_and_then_the_order_goes_to_the_editor(shop: &Shop) {
    let order = shop.ready_order("a").await;
    assert_eq!(after_days(shop, 2).await, NOTHING);
    assert_eq!(after_days(shop, 1).await, REMINDED);
    assert_eq!(shop.mails(order).await.last().unwrap(), "review-reminder");
    let text = text_of_last_mail(shop, order).await;
    assert!(text.contains("in 11 days") && text.contains("take it back"), "{text}");
    assert_eq!(shop.store.nudge(100).await.unwrap(), NOTHING, "once is enough");
    assert_eq!(after_days(shop, 3).await, NOTHING);
    assert_eq!(after_days(shop, 1).await, REMINDED);
    assert_eq!(after_days(shop, 6).await, NOTHING);
    assert_eq!(shop.status(order).await, OrderStatus::QualityCheck);
    let mut wake = shop.store.wake().subscribe();
    assert_eq!(after_days(shop, 1).await, SUBMITTED);
    assert_eq!(wake.recv().await.unwrap().orders, [order], "whoever watches it is told");
    assert_eq!(shop.status(order).await, OrderStatus::AdminReview);
    let text = text_of_last_mail(shop, order).await;
    assert!(text.contains("14 days went by") && text.contains("you can take it back"), "{text}");
    assert_eq!(after_days(shop, 100).await, NOTHING);
    let events = ["order_received", "content_ready", "reminded", "reminded", "auto_submitted"];
    assert_eq!(shop.events(order).await, events);
    let mails = ["order-received", "article-ready", "review-reminder", "review-reminder", "submitted"];
    let told = shop.mails(order).await;
    assert_eq!(told.iter().filter(|kind| *kind != "ready-for-review").collect::<Vec<_>>(), mails);
}

async fn passes_beside_each_other_remind_once(shop: &Shop) {
    let mut orders = Vec::new();
    for n in 0..8 {
        orders.push(shop.ready_order(&format!("n{n}")).await);
    }
    let other = Arc::new(shop.reopen(|_| ()).await);
    for (days, expected) in [(3, 1), (4, 2)] {
        shop.time.advance(TimeDelta::days(days));
        let mut passes = Vec::new();
        for n in 0..6 {
            let store = Arc::clone(if n % 2 == 0 { &shop.store } else { &other });
            passes.push(tokio::spawn(async move { store.nudge(100).await.unwrap().reminded }));
        }
        let mut reminded = 0;
        for pass in passes {
            reminded += pass.await.unwrap();
        }
        assert_eq!(reminded, orders.len());
        for order in &orders {
            assert_eq!(reminders(shop, *order).await, expected);
        }
    }
    other.close().await;
}

fn doubtful(title: &str) -> Outcome {
    let mut new: NewVersion = version(title);
    new.report.verdict = Verdict::Warn;
    Outcome::Content(Box::new(new))
}

async fn what_did_not_pass_every_check_is_never_handed_in_by_itself(shop: &Shop) {
    let order = shop.order("a").await;
    let job = shop.claim_content(order).await;
    assert_eq!(shop.finish(&job, doubtful("First")).await, Finished::Applied);
    assert_eq!(after_days(shop, 3).await, REMINDED);
    assert!(!text_of_last_mail(shop, order).await.contains("send it to the editor for you"));
    assert_eq!(after_days(shop, 4).await, REMINDED);
    assert_eq!(after_days(shop, 7).await, WAITED);
    assert_eq!(after_days(shop, 100).await, NOTHING);
    assert_eq!(shop.status(order).await, OrderStatus::QualityCheck);
}

async fn whatever_the_customer_does_starts_the_wait_anew(shop: &Shop) {
    let order = shop.ready_order("a").await;
    assert_eq!(after_days(shop, 3).await, REMINDED);
    let notes = "Shorter, please.".to_owned();
    shop.apply(order, Command::RequestRevision { notes, busy: false }).await;
    assert_eq!(after_days(shop, 10).await, NOTHING, "while it is being written nobody is waited for");
    let job = shop.claim_content(order).await;
    assert_eq!(shop.finish(&job, content("Second")).await, Finished::Applied);
    assert_eq!(after_days(shop, 2).await, NOTHING);
    shop.apply(order, Command::Restore { number: 1 }).await;
    assert_eq!(after_days(shop, 2).await, NOTHING, "they were here the day before yesterday");
    assert_eq!(after_days(shop, 1).await, REMINDED);
    shop.apply(order, Command::Submit).await;
    assert_eq!(after_days(shop, 100).await, NOTHING);
    assert_eq!(reminders(shop, order).await, 2);
}

async fn an_order_that_is_taken_back_is_not_handed_in_again_at_once(shop: &Shop) {
    let order = shop.ready_order("a").await;
    for (days, expected) in [(3, REMINDED), (4, REMINDED), (7, SUBMITTED)] {
        assert_eq!(after_days(shop, days).await, expected);
    }
    shop.store.apply(order, &Command::TakeBack, Actor::Customer).await.unwrap();
    assert_eq!(after_days(shop, 2).await, NOTHING);
    assert_eq!(shop.status(order).await, OrderStatus::QualityCheck);
    for (days, expected) in [(1, REMINDED), (4, REMINDED), (7, SUBMITTED)] {
        assert_eq!(after_days(shop, days).await, expected, "they have all the time again");
    }
    assert_eq!(reminders(shop, order).await, 4);
}

async fn orders_on_hold_wait_and_then_have_their_turn(shop: &Shop) {
    let frozen = shop.ready_order("a").await;
    let refunded = shop.ready_order("b").await;
    shop.dispute(frozen, DisputeState::Open).await;
    let request = RefundRequest {
        target: RefundTarget::Order(refunded),
        amount_minor: Some(100),
        reason: "as agreed".to_owned(),
        actor: Actor::Staff("ann".to_owned()),
        key: None,
    };
    shop.store.request_refund(request).await.unwrap();
    assert_eq!(after_days(shop, 30).await, NOTHING);
    shop.dispute(frozen, DisputeState::Won).await;
    assert_eq!(shop.store.nudge(100).await.unwrap(), REMINDED);
    assert_eq!((reminders(shop, frozen).await, reminders(shop, refunded).await), (1, 0));
    assert_eq!(shop.status(frozen).await, OrderStatus::QualityCheck, "one step at a time");
}

async fn what_is_switched_off_is_not_done(shop: &Shop) {
    let mut settings = ShopSettings::default();
    settings.reminders.enabled = false;
    shop.store.change_settings(&settings, &Actor::Staff("ann".to_owned())).await.unwrap();
    let order = shop.ready_order("a").await;
    assert_eq!(after_days(shop, 3).await, WAITED);
    assert_eq!(after_days(shop, 4).await, WAITED);
    assert_eq!(after_days(shop, 7).await, SUBMITTED);
    settings.auto_submit.enabled = false;
    settings.reminders.enabled = true;
    settings.reminders.first_days = 1;
    shop.store.change_settings(&settings, &Actor::Staff("ann".to_owned())).await.unwrap();
    shop.apply(order, Command::TakeBack).await;
    assert_eq!(after_days(shop, 1).await, REMINDED);
    assert!(!text_of_last_mail(shop, order).await.contains("send it to the editor for you"));
    assert_eq!(after_days(shop, 6).await, REMINDED);
    assert_eq!(after_days(shop, 7).await, WAITED);
    assert_eq!(after_days(shop, 100).await, NOTHING);
    assert_eq!(shop.status(order).await, OrderStatus::QualityCheck);
}

async fn a_reminder_leaves_the_editors_notes_where_they_are(shop: &Shop) {
    let order = shop.ready_order("a").await;
    shop.apply(order, Command::Submit).await;
    let changes = Command::RequestChanges { notes: "A shorter title.".to_owned(), revise: false };
    shop.store.apply(order, &changes, Actor::Staff("ann".to_owned())).await.unwrap();
    assert_eq!(after_days(shop, 3).await, REMINDED);
    let view = shop.store.order_view(order).await.unwrap().unwrap();
    assert_eq!(view.notice.map(|notice| notice.code.clone()), Some("changes_requested".to_owned()));
}

async fn a_pass_takes_no_more_than_it_is_told_to(shop: &Shop) {
    for n in 0..5 {
        shop.ready_order(&format!("n{n}")).await;
    }
    shop.time.advance(TimeDelta::days(3));
    let mut passes = Vec::new();
    for _ in 0..4 {
        passes.push(shop.store.nudge(2).await.unwrap().reminded);
    }
    assert_eq!(passes, [2, 2, 1, 0]);
}

async fn late_passes_do_not_do_everything_at_once(shop: &Shop) {
    let order = shop.ready_order("a").await;
    assert_eq!(after_days(shop, 60).await, REMINDED);
    assert_eq!(shop.store.nudge(100).await.unwrap(), NOTHING);
    assert_eq!(after_days(shop, 4).await, REMINDED);
    assert_eq!(after_days(shop, 7).await, SUBMITTED);
    assert_eq!(reminders(shop, order).await, 2);
}
