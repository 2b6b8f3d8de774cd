//! Facts about money that come before their payment wait in the inbox, and count when it comes.

use crate::{
    events::{charge, dispute, event, money, of_ours, paid, refund, with},
    invariants, on_both_engines,
    refunds::payment,
    shop::{Shop, listed},
};
use galley_domain::{
    id::OrderId,
    order::OrderStatus,
    payment::{CheckoutState, DisputeState, Inbound, MoneyFact, PaymentState, RefundAnswer, RefundState},
};
use galley_store::Received;
use std::sync::Arc;

on_both_engines! {
    a_part_that_went_back_first_is_in_the_orders_history,
    an_order_whose_money_went_back_first_is_never_begun,
    a_dispute_that_came_first_freezes_the_order_from_its_beginning,
    a_dispute_that_was_lost_first_ends_the_order_at_its_beginning,
    facts_that_wait_count_in_the_order_in_which_they_came,
    a_payment_that_needs_a_person_meets_its_facts_too,
    a_second_payment_meets_its_facts_too,
    facts_of_another_account_wait_on,
    a_fact_and_its_payment_in_one_batch_find_each_other,
    a_fact_that_missed_its_payment_is_met_later,
    a_refund_beside_its_payment_is_never_lost,
    meeting_twice_at_once_counts_once,
    an_event_that_only_said_look_is_done_when_somebody_has_looked,
}

async fn waits(shop: &Shop, fact: MoneyFact) {
    assert_eq!(shop.tell(fact).await, Received::Pending);
}

async fn pending(shop: &Shop) -> i64 {
    shop.database.raw.number("SELECT COUNT(*) FROM payment_event WHERE state = 'pending'").await
}

async fn a_part_that_went_back_first_is_in_the_orders_history(shop: &Shop) {
    waits(shop, refund("a", "1", 5_000, RefundState::Succeeded)).await;
    waits(shop, charge("a", 5_000)).await;
    let order = shop.order("a").await;
    assert_eq!(shop.events(order).await, ["order_received", "partly_refunded"]);
    assert_eq!(shop.jobs(order).await, listed(&[("article-generation", "waiting")]));
    assert_eq!(pending(shop).await, 0);
    let unprocessed = "SELECT COUNT(*) FROM payment_event WHERE processed_at IS NULL";
    assert_eq!(shop.database.raw.number(unprocessed).await, 0);
}

async fn an_order_whose_money_went_back_first_is_never_begun(shop: &Shop) {
    waits(shop, refund("a", "1", 12_900, RefundState::Pending)).await;
    waits(shop, charge("b", 12_900)).await;
    for name in ["a", "b"] {
        let mut wake = shop.store.wake().subscribe();
        let order = shop.order(name).await;
        assert_eq!(shop.status(order).await, OrderStatus::Refunded);
        assert_eq!(shop.jobs(order).await, [], "no article was ever due");
        let told = wake.recv().await.unwrap();
        assert!(told.jobs.iter().all(|job| job.queue == galley_domain::job::Queue::Mail), "{told:?}");
        assert_eq!(shop.mails(order).await, ["order-received", "order-refunded"]);
        assert_eq!(shop.events(order).await, ["order_received", "refunded"]);
        let view = shop.store.order_view(order).await.unwrap().unwrap();
        assert_eq!((view.step, view.run, view.version.is_none()), (2, 1, true));
    }
}

async fn a_dispute_that_came_first_freezes_the_order_from_its_beginning(shop: &Shop) {
    waits(shop, dispute("a", "1", DisputeState::Open)).await;
    let mut wake = shop.store.wake().subscribe();
    let order = shop.order("a").await;
    assert_eq!(shop.jobs(order).await, listed(&[("article-generation", "held")]));
    assert_eq!(shop.mail_jobs(order).await, listed(&[("order-received", "held")]));
    let told = wake.recv().await.unwrap();
    assert_eq!(told.jobs.len(), 1, "the mail to staff is all that is due: {told:?}");
    shop.dispute(order, DisputeState::Won).await;
    assert_eq!(shop.jobs(order).await, listed(&[("article-generation", "waiting")]));
}

async fn a_dispute_that_was_lost_first_ends_the_order_at_its_beginning(shop: &Shop) {
    waits(shop, dispute("a", "1", DisputeState::Lost)).await;
    waits(shop, dispute("a", "1", DisputeState::Open)).await;
    let order = shop.order("a").await;
    assert_eq!((shop.status(order).await, shop.jobs(order).await), (OrderStatus::Refunded, Vec::new()));
    assert_eq!(shop.events(order).await, ["order_received", "dispute_closed"]);
}

async fn facts_that_wait_count_in_the_order_in_which_they_came(shop: &Shop) {
    for fact in [
        refund("a", "1", 900, RefundState::Succeeded),
        dispute("a", "1", DisputeState::Open),
        refund("a", "1", 900, RefundState::Pending),
        dispute("a", "1", DisputeState::Won),
        refund("a", "2", 12_000, RefundState::Pending),
    ] {
        waits(shop, fact).await;
    }
    let order = shop.order("a").await;
    let events = ["order_received", "partly_refunded", "dispute_opened", "dispute_closed", "refunded"];
    assert_eq!(shop.events(order).await, events);
    assert_eq!(shop.jobs(order).await, [], "what was held is gone as well");
}

async fn a_payment_that_needs_a_person_meets_its_facts_too(shop: &Shop) {
    waits(shop, refund("a", "1", 12_900, RefundState::Succeeded)).await;
    waits(shop, dispute("b", "1", DisputeState::Open)).await;
    for name in ["a", "b"] {
        shop.receive(with(paid(name), |fact| fact.sale.metadata.clear())).await;
    }
    let view = shop.store.payment(payment(shop, "a").await).await.unwrap().unwrap();
    assert_eq!((view.state, view.refunded_minor), (PaymentState::Dismissed, 12_900));
    let view = shop.store.payment(payment(shop, "b").await).await.unwrap().unwrap();
    assert_eq!((view.state, view.disputed), (PaymentState::NeedsReview, true));
    assert_eq!(pending(shop).await, 0);
}

async fn a_second_payment_meets_its_facts_too(shop: &Shop) {
    waits(shop, charge("b", 100)).await;
    let checkout = shop.checkout("a").await;
    shop.receive(of_ours(paid("a"), checkout)).await;
    assert_eq!(shop.receive(of_ours(paid("b"), checkout)).await, Received::SecondPayment);
    assert_eq!(pending(shop).await, 0);
    let id = payment(shop, "b").await;
    assert_eq!(shop.store.payment(id).await.unwrap().unwrap().refunded_minor, 100);
    let whole = shop.store.refunds_of(id).await.unwrap();
    assert_eq!(
        whole.iter().map(|refund| refund.amount_minor).collect::<Vec<_>>(),
        [12_900],
        "asked for once"
    );
    let refused = RefundAnswer { external_id: None, state: RefundState::Failed, detail: None };
    shop.store.refund_answered(whole[0].id, &refused).await.unwrap();
    let rest: Vec<i64> =
        shop.store.refunds_of(id).await.unwrap().iter().map(|refund| refund.amount_minor).collect();
    assert_eq!(rest, [12_900, 12_800], "the whole was refused, so the rest is asked for");
}

async fn facts_of_another_account_wait_on(shop: &Shop) {
    let account = || "acct_2".to_owned();
    let fact = MoneyFact { account: account(), ..charge("a", 12_900) };
    let elsewhere = Inbound { account: account(), ..money("evt_1", fact) };
    assert_eq!(shop.receive(elsewhere).await, Received::Pending);
    let order = shop.order("a").await;
    assert_eq!((shop.status(order).await, pending(shop).await), (OrderStatus::Processing, 1));
    assert_eq!(shop.store.meet_waiting().await.unwrap(), 0);
    invariants::check_met(&shop.database.raw).await;
}

async fn a_fact_and_its_payment_in_one_batch_find_each_other(shop: &Shop) {
    for round in 0..12 {
        let name = round.to_string();
        let told = money(&format!("evt_money_{round}"), refund(&name, "1", 12_900, RefundState::Succeeded));
        let events = if round % 2 == 0 { [told, paid(&name)] } else { [paid(&name), told] };
        shop.receive_all(events).await;
        shop.store.meet_waiting().await.unwrap();
        let order = shop.store.find_order_of_session(&format!("cs_{name}")).await.unwrap().unwrap();
        assert_eq!(shop.status(order).await, OrderStatus::Refunded);
    }
    invariants::check_met(&shop.database.raw).await;
}

/// As when two transactions beside each other do not see each other.
async fn missed(shop: &Shop, name: &str, facts: Vec<MoneyFact>) -> OrderId {
    for fact in facts {
        waits(shop, fact).await;
    }
    let hide = "UPDATE payment_event SET state = 'hidden' WHERE state = 'pending'";
    shop.database.raw.execute(hide).await;
    let order = shop.order(name).await;
    shop.database.raw.execute("UPDATE payment_event SET state = 'pending' WHERE state = 'hidden'").await;
    order
}

async fn a_fact_that_missed_its_payment_is_met_later(shop: &Shop) {
    let part = missed(shop, "part", vec![charge("part", 100)]).await;
    let whole = missed(shop, "whole", vec![refund("whole", "1", 12_900, RefundState::Succeeded)]).await;
    let frozen = missed(shop, "frozen", vec![dispute("frozen", "1", DisputeState::Open)]).await;
    waits(shop, charge("nobody", 100)).await;
    assert_eq!(shop.jobs(whole).await, listed(&[("article-generation", "waiting")]));
    assert_eq!(shop.store.meet_waiting().await.unwrap(), 3);
    assert_eq!(shop.events(part).await, ["order_received", "partly_refunded"]);
    assert_eq!(shop.status(whole).await, OrderStatus::Refunded);
    assert_eq!(shop.jobs(whole).await, listed(&[("article-generation", "cancelled")]));
    assert_eq!(shop.jobs(frozen).await, listed(&[("article-generation", "held")]));
    assert_eq!((shop.store.meet_waiting().await.unwrap(), pending(shop).await), (0, 1));
    invariants::check_met(&shop.database.raw).await;
}

/// At the same moment, in both orders, on both lanes; whoever missed the other is met later.
async fn a_refund_beside_its_payment_is_never_lost(shop: &Shop) {
    let other = Arc::new(shop.reopen(|_| ()).await);
    for round in 0..24 {
        let name = round.to_string();
        let told = money(&format!("evt_money_{round}"), charge(&name, 12_900));
        let (first, second): (Inbound, Inbound) =
            if round % 2 == 0 { (told, paid(&name)) } else { (paid(&name), told) };
        let (one, two) = (Arc::clone(&shop.store), Arc::clone(&other));
        let one = tokio::spawn(async move { one.receive(first).await });
        let two = tokio::spawn(async move { two.receive(second).await });
        one.await.unwrap().unwrap();
        two.await.unwrap().unwrap();
    }
    shop.store.meet_waiting().await.unwrap();
    invariants::check_met(&shop.database.raw).await;
    assert_eq!(shop.database.raw.number("SELECT COUNT(*) FROM orders WHERE status = 'REFUNDED'").await, 24);
    other.close().await;
}

async fn meeting_twice_at_once_counts_once(shop: &Shop) {
    let mut orders = Vec::new();
    for n in 0..8 {
        let name = n.to_string();
        let facts = vec![refund(&name, "1", 100, RefundState::Pending), charge(&name, 100)];
        orders.push(missed(shop, &name, facts).await);
    }
    let (one, two) = tokio::join!(shop.store.meet_waiting(), shop.store.meet_waiting());
    assert!(one.unwrap().max(two.unwrap()) == 8);
    for order in orders {
        assert_eq!(shop.events(order).await, ["order_received", "partly_refunded"]);
    }
    assert_eq!(shop.count("refund").await, 8);
}

async fn an_event_that_only_said_look_is_done_when_somebody_has_looked(shop: &Shop) {
    use galley_domain::{
        job::JobKind,
        payment::{Fact, Gateway},
    };
    let look = Fact::Refetch { external_id: "tran_1".to_owned(), detail: Some("val_1".to_owned()) };
    let ipn = Inbound { gateway: Gateway::Sslcommerz, ..crate::events::other("evt_1", "ipn", look) };
    assert_eq!(shop.receive(ipn.clone()).await, Received::Pending);
    assert_eq!(shop.receive(ipn).await, Received::Duplicate);
    let jobs = shop.claim(galley_domain::job::Queue::Payment).await;
    assert_eq!((jobs.len(), jobs[0].kind), (1, JobKind::PaymentRefetch));
    let payload = &jobs[0].payload;
    assert_eq!((&payload["gateway"], &payload["externalId"]), (&"sslcommerz".into(), &"tran_1".into()));
    assert_eq!(payload["detail"], "val_1");
    let event_id = payload["paymentEventId"].as_str().unwrap().parse().unwrap();
    assert_eq!(shop.store.meet_waiting().await.unwrap(), 0, "it waits for no payment");
    shop.store.event_looked_into(event_id).await.unwrap();
    assert_eq!(pending(shop).await, 0);
    shop.receive(event("evt_2", "a", CheckoutState::Open)).await;
}
