//! While a dispute is open nothing of the order goes on, but what is under way may end.

use crate::{
    events::{dispute, money, refund},
    on_both_engines,
    shop::{Shop, content, failure, listed},
};
use chrono::TimeDelta;
use galley_domain::{
    actor::Actor,
    job::Queue,
    order::{Command, OrderStatus},
    payment::{DisputeState, RefundState},
};
use galley_store::{Finished, Outcome, Received, StoreError};
use std::sync::Arc;

on_both_engines! {
    a_dispute_holds_what_waits_and_winning_it_lets_go,
    content_that_becomes_ready_meanwhile_is_kept_and_its_mail_held,
    a_retry_that_falls_due_meanwhile_is_held,
    what_is_handed_back_or_freed_meanwhile_is_held,
    a_failed_mail_that_is_retried_meanwhile_is_held,
    people_are_refused_meanwhile,
    a_dispute_that_is_lost_ends_the_order,
    money_facts_leave_reason_and_notice_alone,
    a_dispute_beside_retries_leaves_nothing_due,
    an_order_stays_frozen_until_the_last_of_its_disputes_ends,
    one_of_two_disputes_that_is_lost_ends_the_order,
    a_dispute_that_ended_before_it_began_freezes_nothing,
    a_dispute_only_moves_forward,
    a_dispute_of_a_payment_in_review_is_told_and_stops_its_refund,
}

async fn a_dispute_holds_what_waits_and_winning_it_lets_go(shop: &Shop) {
    let order = shop.order("a").await;
    let other = shop.order("b").await;
    shop.dispute(order, DisputeState::Open).await;
    assert_eq!(shop.jobs(order).await, listed(&[("article-generation", "held")]));
    assert_eq!(shop.mail_jobs(order).await, listed(&[("order-received", "held")]));
    assert_eq!(shop.jobs(other).await, listed(&[("article-generation", "waiting")]));
    let mut wake = shop.store.wake().subscribe();
    shop.dispute(order, DisputeState::Won).await;
    assert_eq!(wake.recv().await.unwrap().jobs.len(), 2, "both are due again");
    assert_eq!(shop.jobs(order).await, listed(&[("article-generation", "waiting")]));
    assert_eq!(shop.mail_jobs(order).await, listed(&[("order-received", "waiting")]));
    assert_eq!(shop.events(order).await, ["order_received", "dispute_opened", "dispute_closed"]);
}

async fn content_that_becomes_ready_meanwhile_is_kept_and_its_mail_held(shop: &Shop) {
    let order = shop.order("a").await;
    let job = shop.claim_content(order).await;
    shop.dispute(order, DisputeState::Open).await;
    assert_eq!(shop.finish(&job, content("First")).await, Finished::Applied);
    let view = shop.store.order_view(order).await.unwrap().unwrap();
    assert_eq!((view.status, view.frozen), (OrderStatus::QualityCheck, true));
    assert_eq!(shop.mail_jobs(order).await, listed(&[("order-received", "held"), ("article-ready", "held")]));
    shop.dispute(order, DisputeState::Won).await;
    assert_eq!(
        shop.mail_jobs(order).await,
        listed(&[("order-received", "waiting"), ("article-ready", "waiting")])
    );
}

async fn a_retry_that_falls_due_meanwhile_is_held(shop: &Shop) {
    let early = shop.order("early").await;
    let job = shop.claim_content(early).await;
    shop.finish(&job, failure(Some(30))).await;
    shop.dispute(early, DisputeState::Open).await;
    let late = shop.order("late").await;
    let job = shop.claim_content(late).await;
    shop.dispute(late, DisputeState::Open).await;
    shop.finish(&job, failure(Some(30))).await;
    shop.time.advance(TimeDelta::minutes(1));
    assert_eq!(shop.store.sweep().await.unwrap().promoted, 0);
    for order in [early, late] {
        assert_eq!(shop.jobs(order).await, listed(&[("article-generation", "held")]));
        shop.dispute(order, DisputeState::Won).await;
        let view = shop.store.order_view(order).await.unwrap().unwrap();
        assert_eq!((view.jobs[0].state.as_str(), view.jobs[0].run_at), ("waiting", None));
        assert_eq!(shop.claim_content(order).await.attempt, 2);
    }
}

async fn what_is_handed_back_or_freed_meanwhile_is_held(shop: &Shop) {
    let mut orders = Vec::new();
    for name in ["handed-back", "released", "buried", "orphaned"] {
        let order = shop.order(name).await;
        let worker = shop.worker().await;
        let job = shop.claim_content_for(order, worker).await;
        shop.dispute(order, DisputeState::Open).await;
        match name {
            "handed-back" => assert_eq!(shop.finish(&job, Outcome::HandedBack).await, Finished::HandedBack),
            "released" => assert_eq!(shop.store.release_claim(job.token).await.unwrap(), 1),
            "buried" => assert_eq!(shop.store.bury(worker, 0).await.unwrap(), 1),
            _ => {
                shop.store.unregister(worker).await.unwrap();
                assert_eq!(shop.store.sweep().await.unwrap().freed, 1);
            }
        }
        assert_eq!(shop.jobs(order).await, listed(&[("article-generation", "held")]), "{name}");
        orders.push(order);
    }
    for order in orders {
        shop.dispute(order, DisputeState::Won).await;
        assert_eq!(shop.claim_content(order).await.attempt, 1);
    }
}

async fn a_failed_mail_that_is_retried_meanwhile_is_held(shop: &Shop) {
    let order = shop.order("a").await;
    let job = shop.claim(Queue::Mail).await.remove(0);
    shop.finish(&job, failure(None)).await;
    shop.dispute(order, DisputeState::Open).await;
    shop.store.retry_job(job.id, Actor::System).await.unwrap();
    assert_eq!(shop.mail_jobs(order).await, listed(&[("order-received", "held")]));
}

async fn people_are_refused_meanwhile(shop: &Shop) {
    let order = shop.ready_order("a").await;
    shop.dispute(order, DisputeState::Open).await;
    let stamp = shop.store.stamp(order).await.unwrap();
    let cancel = Command::Cancel { reason: "no".to_owned() };
    for command in [Command::Submit, Command::RequestRevision { notes: "x".to_owned(), busy: false }, cancel]
    {
        let error = shop.store.apply(order, &command, Actor::Customer).await.unwrap_err();
        assert!(matches!(error, StoreError::Refused(_)), "{error}");
    }
    assert_eq!(shop.store.stamp(order).await.unwrap(), stamp, "nothing was written");
}

async fn a_dispute_that_is_lost_ends_the_order(shop: &Shop) {
    let order = shop.order("a").await;
    shop.dispute(order, DisputeState::Open).await;
    shop.dispute(order, DisputeState::Lost).await;
    assert_eq!(shop.status(order).await, OrderStatus::Refunded);
    assert_eq!(shop.jobs(order).await, listed(&[("article-generation", "cancelled")]));
    let mails = [("order-received", "waiting"), ("order-refunded", "waiting")];
    assert_eq!(shop.mail_jobs(order).await, listed(&mails), "mails that were held go out");
}

async fn money_facts_leave_reason_and_notice_alone(shop: &Shop) {
    let failed = shop.failed_order("a").await;
    let revised = shop.ready_order("b").await;
    shop.apply(revised, Command::RequestRevision { notes: "shorter".to_owned(), busy: false }).await;
    let job = shop.claim_content(revised).await;
    shop.finish(&job, failure(None)).await;
    for order in [failed, revised] {
        let before = shop.store.order_view(order).await.unwrap().unwrap();
        assert!(before.reason.is_some() != before.notice.is_some());
        let name = shop.payment_of(order).await;
        for fact in [
            refund(&name, "1", 100, RefundState::Succeeded),
            dispute(&name, "1", DisputeState::Open),
            dispute(&name, "1", DisputeState::Won),
        ] {
            assert_eq!(shop.tell(fact).await, Received::Applied);
            let after = shop.store.order_view(order).await.unwrap().unwrap();
            assert_eq!((&after.reason, &after.notice), (&before.reason, &before.notice));
        }
    }
}

/// A job that goes back to waiting, and the dispute that would have held it had it waited, at the
/// same moment.
async fn a_dispute_beside_retries_leaves_nothing_due(shop: &Shop) {
    for round in 0..24 {
        let order = shop.order(&round.to_string()).await;
        let job = shop.claim_content(order).await;
        let (store, other) = (Arc::clone(&shop.store), Arc::clone(&shop.store));
        let opened = dispute(&round.to_string(), "1", DisputeState::Open);
        let opened = money(&format!("evt_dispute_{round}"), opened);
        let disputed = tokio::spawn(async move { store.receive(opened).await });
        let ended = tokio::spawn(async move {
            match round % 3 {
                0 => other.finish(galley_store::Finish { job, outcome: failure(Some(30)) }).await.map(drop),
                1 => other.finish(galley_store::Finish { job, outcome: Outcome::HandedBack }).await.map(drop),
                _ => other.release_claim(job.token).await.map(drop),
            }
        });
        assert_eq!(disputed.await.unwrap().unwrap(), Received::Applied);
        ended.await.unwrap().unwrap();
        assert_eq!(shop.jobs(order).await, listed(&[("article-generation", "held")]), "round {round}");
    }
}

async fn an_order_stays_frozen_until_the_last_of_its_disputes_ends(shop: &Shop) {
    let order = shop.order("a").await;
    let frozen = async || shop.store.order_view(order).await.unwrap().unwrap().frozen;
    for name in ["1", "2"] {
        shop.tell(dispute("a", name, DisputeState::Open)).await;
    }
    shop.tell(dispute("a", "1", DisputeState::Won)).await;
    assert!(frozen().await);
    assert_eq!(shop.jobs(order).await, listed(&[("article-generation", "held")]));
    shop.tell(dispute("a", "2", DisputeState::WarningClosed)).await;
    assert!(!frozen().await);
    assert_eq!(shop.jobs(order).await, listed(&[("article-generation", "waiting")]));
    assert_eq!(shop.events(order).await, ["order_received", "dispute_opened", "dispute_closed"]);
    shop.tell(dispute("a", "3", DisputeState::Open)).await;
    assert!(frozen().await, "a third one counts by itself");
}

async fn one_of_two_disputes_that_is_lost_ends_the_order(shop: &Shop) {
    let order = shop.order("a").await;
    for (name, state) in [("1", DisputeState::Open), ("2", DisputeState::Open), ("1", DisputeState::Lost)] {
        shop.tell(dispute("a", name, state)).await;
    }
    assert_eq!(shop.status(order).await, OrderStatus::Refunded);
    shop.tell(dispute("a", "2", DisputeState::Won)).await;
    shop.tell(dispute("a", "4", DisputeState::Open)).await;
    let view = shop.store.order_view(order).await.unwrap().unwrap();
    assert_eq!((view.status, view.frozen), (OrderStatus::Refunded, false));
    assert_eq!(shop.events(order).await, ["order_received", "dispute_opened", "dispute_closed"]);
}

async fn a_dispute_that_ended_before_it_began_freezes_nothing(shop: &Shop) {
    let order = shop.order("a").await;
    for state in [DisputeState::Won, DisputeState::Open] {
        assert_eq!(shop.tell(dispute("a", "1", state)).await, Received::Applied);
    }
    assert!(!shop.store.order_view(order).await.unwrap().unwrap().frozen);
    assert_eq!(shop.events(order).await, ["order_received"]);
    let lost = shop.order("b").await;
    for state in [DisputeState::Lost, DisputeState::Open] {
        shop.tell(dispute("b", "1", state)).await;
    }
    assert_eq!(shop.status(lost).await, OrderStatus::Refunded);
}

async fn a_dispute_only_moves_forward(shop: &Shop) {
    let order = shop.order("a").await;
    for state in [DisputeState::Open, DisputeState::Won, DisputeState::Lost, DisputeState::Open] {
        shop.tell(dispute("a", "1", state)).await;
    }
    assert_eq!(shop.status(order).await, OrderStatus::Processing);
    let rows: Vec<(String, String)> = shop.database.raw.all("SELECT external_id, state FROM dispute").await;
    assert_eq!(rows, listed(&[("du_1", "won")]));
}

async fn a_dispute_of_a_payment_in_review_is_told_and_stops_its_refund(shop: &Shop) {
    shop.receive(crate::events::with(crate::events::paid("a"), |fact| fact.sale.metadata.clear())).await;
    let id = crate::refunds::payment(shop, "a").await;
    shop.tell(dispute("a", "1", DisputeState::Open)).await;
    let keys: Vec<String> = shop.alerts().await.into_iter().map(|(_, key)| key).collect();
    assert!(keys.len() == 2 && keys[1].starts_with("alert:dispute-opened:"), "{keys:?}");
    let request = || crate::refunds::of(galley_store::RefundTarget::Payment(id), None);
    let error = shop.store.request_refund(request()).await.unwrap_err();
    assert!(matches!(error, StoreError::Declined { .. }), "{error}");
    shop.tell(dispute("a", "1", DisputeState::Won)).await;
    shop.store.request_refund(request()).await.unwrap();
}
