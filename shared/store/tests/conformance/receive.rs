//! Events come in: each once, each kept.

use crate::{
    events::{charge, event, money, observed, other, paid, with},
    on_both_engines,
    shop::{Shop, listed},
};
use galley_domain::{
    actor::Actor,
    id::PaymentEventId,
    job::Queue,
    order::{Command, OrderStatus},
    payment::{CheckoutState, Fact},
};
use galley_store::{Received, StoreError};

on_both_engines! {
    a_paid_event_becomes_one_order_with_history_job_mail_and_customer,
    a_customer_who_comes_back_is_the_same_customer,
    an_event_with_nothing_new_in_it_is_a_duplicate,
    what_is_none_of_our_business_is_kept_and_only_told_when_it_is_odd,
    a_refund_that_comes_first_waits_for_its_payment,
    one_bad_event_does_not_spoil_the_others_and_is_kept_with_a_job,
    a_kept_event_can_be_worked_on_again_once,
    a_kept_event_is_put_where_it_belongs_when_it_is_understood_at_last,
    a_zero_byte_in_an_event_stops_nothing,
    a_panic_while_a_batch_is_worked_on_does_not_take_the_store_down,
}

async fn a_paid_event_becomes_one_order_with_history_job_mail_and_customer(shop: &Shop) {
    let mut wake = shop.store.wake().subscribe();
    let order = shop.order("a").await;
    assert_eq!(shop.status(order).await, OrderStatus::Processing);
    assert_eq!(shop.jobs(order).await, listed(&[("article-generation", "waiting")]));
    assert_eq!(shop.mail_jobs(order).await, listed(&[("order-received", "waiting")]));
    let mails = shop.store.mails_of(order).await.unwrap();
    assert_eq!((mails[0].recipient.as_str(), mails[0].state.as_str()), ("a@customer.example", "queued"));
    let history = shop.store.history(order).await.unwrap();
    let gateway = Actor::Gateway("stripe".to_owned()).label();
    let line = ("order_received".to_owned(), "PROCESSING".to_owned(), gateway, shop.time.now());
    assert_eq!(history, [line]);
    let customers: Vec<(String,)> = shop.database.raw.all("SELECT email FROM customer").await;
    assert_eq!(customers, [("a@customer.example".to_owned(),)]);
    let inbox: Vec<(String, String)> =
        shop.database.raw.all("SELECT dedupe_key, state FROM payment_event").await;
    assert_eq!(inbox, listed(&[("evt_a", "done")]));
    assert_eq!(shop.store.find_order_of_session("cs_a").await.unwrap(), Some(order));
    assert_eq!(shop.store.find_order_of_session("cs_b").await.unwrap(), None);
    let committed = wake.recv().await.unwrap();
    assert_eq!(committed.orders, [order]);
    let queues: Vec<Queue> = committed.jobs.iter().map(|job| job.queue).collect();
    assert_eq!(queues, [Queue::Content, Queue::Mail], "the process is told what is due");
}

async fn a_customer_who_comes_back_is_the_same_customer(shop: &Shop) {
    let from = |name: &str, email: &str| with(paid(name), |fact| fact.sale.email = Some(email.to_owned()));
    shop.receive(from("a", "ann@customer.example")).await;
    shop.receive_all([from("b", "Ann@Customer.example "), from("c", "ann@customer.example")]).await;
    assert_eq!(shop.count("orders").await, 3);
    assert_eq!(shop.count("customer").await, 1);
}

async fn an_event_with_nothing_new_in_it_is_a_duplicate(shop: &Shop) {
    shop.order("a").await;
    assert_eq!(shop.receive(paid("a")).await, Received::Duplicate);
    let elsewhere = galley_domain::payment::Inbound {
        account: "acct_2".to_owned(),
        ..other("evt_a", "x", Fact::Ignored { why: "not ours", alert: false })
    };
    assert_eq!(shop.receive(elsewhere).await, Received::Ignored, "another account counts its own events");
}

async fn what_is_none_of_our_business_is_kept_and_only_told_when_it_is_odd(shop: &Shop) {
    let fact = |alert| Fact::Ignored { why: "not a payment", alert };
    assert_eq!(shop.receive(other("evt_1", "customer.created", fact(false))).await, Received::Ignored);
    assert!(shop.alerts().await.is_empty());
    assert_eq!(shop.receive(other("evt_2", "checkout.odd", fact(true))).await, Received::Ignored);
    assert_eq!(shop.alerts().await.len(), 1);
    let inbox: Vec<(String, String)> =
        shop.database.raw.all("SELECT state, last_error FROM payment_event ORDER BY id").await;
    assert_eq!(inbox, listed(&[("ignored", "not a payment"), ("ignored", "not a payment")]));
}

async fn a_refund_that_comes_first_waits_for_its_payment(shop: &Shop) {
    assert_eq!(shop.receive(money("evt_1", charge("a", 100))).await, Received::Pending);
    assert_eq!(
        shop.database.raw.number("SELECT COUNT(*) FROM payment_event WHERE state = 'pending'").await,
        1
    );
    let untouched = "SELECT COUNT(*) FROM payment_event WHERE processed_at IS NULL";
    assert_eq!(shop.database.raw.number(untouched).await, 1);
}

async fn one_bad_event_does_not_spoil_the_others_and_is_kept_with_a_job(shop: &Shop) {
    shop.database.raw.refuse("checkout_session", "external_id", "cs_7").await;
    let received = shop.receive_all((0..20).map(|n| paid(&n.to_string()))).await;
    for (n, outcome) in received.iter().enumerate() {
        match outcome {
            Received::Kept => assert_eq!(n, 7),
            Received::Settled { new: true, .. } => assert_ne!(n, 7),
            other => panic!("{n}: {other:?}"),
        }
    }
    assert_eq!(shop.count("orders").await, 19);
    let kept: Vec<(String, String, i32)> = shop
        .database
        .raw
        .all("SELECT dedupe_key, state, attempts FROM payment_event WHERE state <> 'done'")
        .await;
    assert_eq!(kept, [("evt_7".to_owned(), "failed".to_owned(), 1)]);
    let jobs: Vec<(String, String)> =
        shop.database.raw.all("SELECT kind, state FROM job WHERE queue = 'payment'").await;
    assert_eq!(jobs, listed(&[("payment-event", "delayed")]));
    let alerts = shop.alerts().await;
    assert!(alerts.len() == 1 && alerts[0].1.starts_with("alert:payment-event-failed:"), "{alerts:?}");
    assert_eq!(shop.receive(paid("7")).await, Received::Duplicate, "the gateway may send it again");
}

async fn a_kept_event_can_be_worked_on_again_once(shop: &Shop) {
    shop.database.raw.refuse("checkout_session", "external_id", "cs_a").await;
    assert_eq!(shop.receive(paid("a")).await, Received::Kept);
    let event = kept_event(shop).await;
    assert_eq!(shop.store.find_failed_event(event).await.unwrap().as_deref(), Some("{}"));
    let refused = shop.store.rework_event(event, paid("a")).await.unwrap_err();
    assert!(matches!(refused, StoreError::Database(_)), "{refused}");
    assert!(
        shop.store.find_failed_event(event).await.unwrap().is_some(),
        "it is still there for the next try"
    );
    shop.database.raw.allow("checkout_session").await;
    let reworked = shop.store.rework_event(event, paid("a")).await.unwrap();
    assert!(matches!(reworked, Received::Settled { new: true, .. }), "{reworked:?}");
    assert_eq!(shop.store.find_failed_event(event).await.unwrap(), None);
    assert_eq!(shop.store.rework_event(event, paid("a")).await.unwrap(), Received::Duplicate);
    assert_eq!(shop.count("orders").await, 1);
}

async fn a_kept_event_is_put_where_it_belongs_when_it_is_understood_at_last(shop: &Shop) {
    let ignored = Fact::Ignored { why: "not ours", alert: false };
    let unpaid = Fact::Observed(observed(money("x", charge("unpaid", 100))));
    for (fact, outcome, state) in
        [(unpaid, Received::Pending, "pending"), (ignored, Received::Ignored, "ignored")]
    {
        let name = outcome_name(&outcome);
        shop.database.raw.refuse("checkout_session", "external_id", &format!("cs_{name}")).await;
        assert_eq!(shop.receive(paid(name)).await, Received::Kept);
        shop.database.raw.allow("checkout_session").await;
        let event = kept_event(shop).await;
        let again = other(&format!("evt_{name}"), "charge.refunded", fact);
        assert_eq!(shop.store.rework_event(event, again).await.unwrap(), outcome);
        let states: Vec<(String,)> =
            shop.database.raw.all_of(event.0, "SELECT state FROM payment_event WHERE id = $1").await;
        assert_eq!(states[0].0, state);
    }
}

fn outcome_name(outcome: &Received) -> &'static str {
    if *outcome == Received::Pending { "money" } else { "ignored" }
}

async fn kept_event(shop: &Shop) -> PaymentEventId {
    let rows: Vec<(uuid::Uuid,)> =
        shop.database.raw.all("SELECT id FROM payment_event WHERE state = 'failed'").await;
    assert_eq!(rows.len(), 1);
    PaymentEventId(rows[0].0)
}

/// Postgres has no zero byte in texts and documents; SQLite does not mind.
async fn a_zero_byte_in_an_event_stops_nothing(shop: &Shop) {
    let mut odd = with(paid("a"), |fact| {
        fact.sale.metadata.insert("notes".to_owned(), "be\0friendly".to_owned());
        fact.sale.metadata.insert("o\0dd".to_owned(), String::new());
    });
    "{\0}".clone_into(&mut odd.payload);
    odd.api_version = Some("\0".to_owned());
    let received = shop.receive(odd).await;
    assert!(matches!(received, Received::Settled { new: true, .. }), "{received:?}");
    let order = shop.store.find_order_of_session("cs_a").await.unwrap().unwrap();
    let notes = "be\0friendly \u{1f375}".to_owned();
    let job = shop.claim_content(order).await;
    let mut version = crate::events::version("First\0");
    version.source.push('\0');
    shop.finish(&job, galley_store::Outcome::Content(Box::new(version))).await;
    shop.apply(order, Command::RequestRevision { notes, busy: false }).await;
    let job = shop.claim_content(order).await;
    let failure = galley_store::JobFailure { error: "500: \0".to_owned(), ..Default::default() };
    shop.finish(&job, galley_store::Outcome::Failed(failure)).await;
    let work = shop.store.work(order).await.unwrap();
    assert_eq!(work.brief.notes.as_deref(), Some("befriendly"), "the brief has no control characters");
    assert_eq!(work.notes.as_deref(), Some("befriendly \u{1f375}"));
    let version = shop.store.find_version(order, 1).await.unwrap().unwrap();
    assert_eq!((version.title.as_str(), version.source.ends_with("Tea.")), ("First", true));
}

async fn a_panic_while_a_batch_is_worked_on_does_not_take_the_store_down(shop: &Shop) {
    let panics = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let (flag, time) = (std::sync::Arc::clone(&panics), shop.time.clone());
    let clock = galley_store::Clock::custom(move || {
        assert!(!flag.load(std::sync::atomic::Ordering::SeqCst), "this panic is part of the test");
        time.now()
    });
    let store = galley_store::Store::open(crate::database::config(&shop.database.url), clock).await.unwrap();
    panics.store(true, std::sync::atomic::Ordering::SeqCst);
    for n in 0..4 {
        let error = store.receive(event(&format!("evt_{n}"), "a", CheckoutState::Open)).await.unwrap_err();
        assert!(error.is_unavailable(), "the gateway may try again: {error}");
    }
    panics.store(false, std::sync::atomic::Ordering::SeqCst);
    let received = store.receive(event("evt_5", "a", CheckoutState::Open)).await.unwrap();
    assert_eq!(received, Received::Remembered);
    store.close().await;
}
