//! Jobs end: effect and completion together, and only under the token.

use crate::{
    on_both_engines,
    shop::{Shop, content, failure, listed},
};
use galley_domain::{
    actor::Actor,
    id::LeaseToken,
    job::Queue,
    order::{Command, OrderStatus},
};
use galley_store::{Finish, Finished, Outcome};

on_both_engines! {
    content_becomes_a_version_with_everything_that_follows_from_it,
    a_spent_token_writes_nothing,
    the_same_finish_twice_counts_once,
    the_same_finish_many_times_at_once_counts_once,
    a_spent_token_beside_the_current_one_writes_nothing,
    content_of_an_old_run_is_stale,
    a_revision_becomes_the_next_version,
    a_failed_revision_leaves_the_last_version,
    a_batch_ends_jobs_of_many_orders,
    one_finish_that_is_refused_does_not_spoil_the_others,
    the_last_failure_fails_the_order_with_its_reason,
    a_cancelled_orders_work_is_lost,
    a_refund_ends_the_work_and_says_so,
    a_hand_back_is_not_counted,
}

async fn content_becomes_a_version_with_everything_that_follows_from_it(shop: &Shop) {
    let order = shop.order("a").await;
    let job = shop.claim_content(order).await;
    let mut wake = shop.store.wake().subscribe();
    assert_eq!(shop.finish(&job, content("Tea at home")).await, Finished::Applied);
    let view = shop.store.order_view(order).await.unwrap().unwrap();
    assert_eq!((view.status, view.step, view.run), (OrderStatus::QualityCheck, 3, 1));
    let version = view.version.expect("there is a version");
    assert_eq!((version.number, version.run, version.title.as_str()), (1, 1, "Tea at home"));
    assert_eq!((version.source.as_str(), version.made_by.as_str()), ("# Tea at home\n\nTea.", "system"));
    assert_eq!(version.report.as_ref().map(|report| report.score), Some(97));
    assert_eq!((version.provenance.model.as_str(), version.provenance.calls), ("test", 1));
    assert_eq!(shop.jobs(order).await, listed(&[("article-generation", "completed")]));
    assert_eq!(shop.mails(order).await, ["order-received", "article-ready"]);
    assert_eq!(shop.events(order).await, ["order_received", "content_ready"]);
    assert_eq!(shop.count("job_attempt").await, 0, "only runs that failed are kept");
    let committed = wake.recv().await.unwrap();
    assert_eq!((committed.orders.as_slice(), committed.jobs.len()), (&[order][..], 1));
    assert_eq!(committed.jobs[0].queue, Queue::Mail);
}

async fn a_spent_token_writes_nothing(shop: &Shop) {
    let order = shop.order("a").await;
    let spent = shop.claim_content(order).await;
    shop.store.release_claim(spent.token).await.unwrap();
    for outcome in [content("Late"), failure(None), failure(Some(1)), Outcome::HandedBack, Outcome::Done] {
        assert_eq!(shop.finish(&spent, outcome).await, Finished::Lost);
    }
    let current = shop.claim_content(order).await;
    assert_eq!(shop.finish(&spent, content("Late")).await, Finished::Lost, "somebody else has it");
    assert_eq!((shop.count("content_version").await, shop.count("job_attempt").await), (0, 0));
    assert_eq!(shop.status(order).await, OrderStatus::Processing);
    assert_eq!(shop.finish(&current, content("In time")).await, Finished::Applied);
}

async fn the_same_finish_twice_counts_once(shop: &Shop) {
    let order = shop.order("a").await;
    let job = shop.claim_content(order).await;
    assert_eq!(shop.finish(&job, content("First")).await, Finished::Applied);
    assert_eq!(shop.finish(&job, content("First")).await, Finished::Lost);
    assert_eq!(shop.count("content_version").await, 1);
}

async fn the_same_finish_many_times_at_once_counts_once(shop: &Shop) {
    let order = shop.order("a").await;
    let job = shop.claim_content(order).await;
    let finished = shop.finish_all((0..20).map(|_| (job.clone(), content("First"))).collect()).await;
    let lost = finished.iter().filter(|one| **one == Finished::Lost).count();
    assert_eq!(lost, 19, "{finished:?}");
    assert_eq!(shop.count("content_version").await, 1);
}

/// A process that was paused may come back with what another one is finishing, and both may share
/// a batch.
async fn a_spent_token_beside_the_current_one_writes_nothing(shop: &Shop) {
    for round in 0..6 {
        let order = shop.order(&round.to_string()).await;
        let spent = shop.claim_content(order).await;
        shop.store.release_claim(spent.token).await.unwrap();
        let current = shop.claim_content(order).await;
        let mut ends: Vec<_> = (0..4).map(|_| (spent.clone(), content("Late"))).collect();
        ends.insert(round % 5, (current, failure(Some(30))));
        let finished = shop.finish_all(ends).await;
        for (n, one) in finished.iter().enumerate() {
            let expected = if n == round % 5 {
                Finished::Retrying { at: shop.time.now() + chrono::TimeDelta::seconds(30) }
            } else {
                Finished::Lost
            };
            assert_eq!(*one, expected, "round {round}, place {n}");
        }
        assert_eq!(shop.status(order).await, OrderStatus::Processing);
    }
    assert_eq!(shop.count("content_version").await, 0);
}

async fn content_of_an_old_run_is_stale(shop: &Shop) {
    let order = shop.ready_order("a").await;
    shop.apply(order, Command::RequestRevision { notes: "shorter".to_owned(), busy: false }).await;
    let mut job = shop.claim_content(order).await;
    job.run = Some(1);
    assert_eq!(shop.finish(&job, content("Old")).await, Finished::Stale);
    assert_eq!((shop.count("content_version").await, shop.status(order).await), (1, OrderStatus::Processing));
    assert_eq!(shop.jobs(order).await[1].1, "completed", "the job is closed");
    shop.apply(order, Command::Cancel { reason: "end of the test".to_owned() }).await;
}

async fn a_revision_becomes_the_next_version(shop: &Shop) {
    let order = shop.ready_order("a").await;
    let notes = "Say more about milk.".to_owned();
    shop.store.apply(order, &Command::RequestRevision { notes, busy: false }, Actor::Customer).await.unwrap();
    let view = shop.store.order_view(order).await.unwrap().unwrap();
    assert_eq!((view.status, view.run, view.jobs.len()), (OrderStatus::Processing, 2, 1));
    assert_eq!(view.version.map(|version| version.number), Some(1), "the last good version stays in sight");
    let work = shop.store.work(order).await.unwrap();
    assert_eq!(work.notes.as_deref(), Some("Say more about milk."));
    assert_eq!(work.current.as_deref(), Some("# First\n\nTea."));
    let job = shop.claim_content(order).await;
    assert_eq!(shop.finish(&job, content("Second")).await, Finished::Applied);
    assert_eq!(shop.mails(order).await.last().map(String::as_str), Some("revision-ready"));
    let versions = shop.store.list_versions(order).await.unwrap();
    let found: Vec<_> =
        versions.iter().map(|v| (v.number, v.run, v.title.as_str(), v.source.as_str())).collect();
    assert_eq!(found, [(2, 2, "Second", ""), (1, 1, "First", "")]);
    let asked: Vec<_> = versions.iter().map(|version| version.notes.as_deref()).collect();
    assert_eq!(asked, [Some("Say more about milk."), None], "a version says what was asked for");
}

async fn a_failed_revision_leaves_the_last_version(shop: &Shop) {
    let order = shop.ready_order("a").await;
    shop.apply(order, Command::RequestRevision { notes: "shorter".to_owned(), busy: true }).await;
    let job = shop.claim_content(order).await;
    assert_eq!(shop.finish(&job, failure(None)).await, Finished::Failed);
    let view = shop.store.order_view(order).await.unwrap().unwrap();
    assert_eq!((view.status, view.reason), (OrderStatus::QualityCheck, None));
    let notice = view.notice.expect("the customer is told on the page");
    let told = (notice.code.as_str(), notice.message.as_str());
    assert_eq!(told, ("revision_failed", "We could not write your text."));
    assert_eq!(shop.mails(order).await.last().map(String::as_str), Some("revision-failed"));
}

async fn a_batch_ends_jobs_of_many_orders(shop: &Shop) {
    let mut ends = Vec::new();
    for n in 0..30 {
        let order = shop.order(&n.to_string()).await;
        let outcome = match n % 3 {
            0 => content("First"),
            1 => failure(Some(30)),
            _ => failure(None),
        };
        ends.push((shop.claim_content(order).await, outcome));
    }
    let orders: Vec<_> = ends.iter().filter_map(|(job, _)| job.order_id).collect();
    let finished = shop.finish_all(ends).await;
    for (n, (order, one)) in orders.into_iter().zip(finished).enumerate() {
        let at = shop.time.now() + chrono::TimeDelta::seconds(30);
        let (ended, status, job) = match n % 3 {
            0 => (Finished::Applied, OrderStatus::QualityCheck, "completed"),
            1 => (Finished::Retrying { at }, OrderStatus::Processing, "delayed"),
            _ => (Finished::Failed, OrderStatus::Failed, "failed"),
        };
        assert_eq!((one, shop.status(order).await), (ended, status), "order {n}");
        assert_eq!(shop.jobs(order).await, listed(&[("article-generation", job)]));
    }
    assert_eq!(shop.alerts().await.len(), 1, "ten failures, one alert");
}

async fn one_finish_that_is_refused_does_not_spoil_the_others(shop: &Shop) {
    shop.database.raw.refuse("content_version", "title", "Poison").await;
    let mut calls = Vec::new();
    for n in 0..12 {
        let order = shop.order(&n.to_string()).await;
        let job = shop.claim_content(order).await;
        let outcome = content(if n == 5 { "Poison" } else { "First" });
        let store = std::sync::Arc::clone(&shop.store);
        calls.push(tokio::spawn(async move { store.finish(Finish { job, outcome }).await }));
    }
    for (n, call) in calls.into_iter().enumerate() {
        let finished = call.await.unwrap();
        assert_eq!(finished.is_ok(), n != 5, "{n}: {finished:?}");
    }
    assert_eq!(shop.count("content_version").await, 11);
    assert_eq!(shop.database.raw.number("SELECT COUNT(*) FROM job WHERE state = 'active'").await, 1);
}

async fn the_last_failure_fails_the_order_with_its_reason(shop: &Shop) {
    let order = shop.failed_order("a").await;
    let view = shop.store.order_view(order).await.unwrap().unwrap();
    assert_eq!((view.status, view.step), (OrderStatus::Failed, 2));
    assert_eq!(view.failure, Some(galley_domain::order::Failure::Exhausted));
    assert_eq!(view.reason.as_deref(), Some("We could not write your text."));
    assert_eq!(view.jobs[0].error.as_deref(), Some("the AI service answered 500"));
    assert_eq!(view.jobs[0].finished_at, Some(shop.time.now()));
    assert_eq!(shop.mails(order).await, ["order-received", "order-failed"]);
    let alerts = shop.alerts().await;
    assert!(alerts[0].1.starts_with("alert:order-failed:"), "{alerts:?}");
}

async fn a_cancelled_orders_work_is_lost(shop: &Shop) {
    let order = shop.order("a").await;
    let job = shop.claim_content(order).await;
    shop.apply(order, Command::Cancel { reason: "The customer changed their mind.".to_owned() }).await;
    assert_eq!(shop.jobs(order).await, listed(&[("article-generation", "cancelled")]));
    for outcome in [content("Late"), failure(Some(1)), Outcome::HandedBack] {
        assert_eq!(shop.finish(&job, outcome).await, Finished::Lost);
    }
    let view = shop.store.order_view(order).await.unwrap().unwrap();
    assert_eq!(view.reason.as_deref(), Some("The customer changed their mind."));
    assert!(view.version.is_none());
    assert_eq!(
        shop.mail_jobs(order).await,
        listed(&[("order-received", "waiting"), ("order-failed", "waiting")])
    );
}

async fn a_refund_ends_the_work_and_says_so(shop: &Shop) {
    let order = shop.order("a").await;
    let job = shop.claim_content(order).await;
    shop.apply(order, Command::FullyRefunded).await;
    assert_eq!(shop.finish(&job, content("Late")).await, Finished::Lost);
    assert_eq!(shop.status(order).await, OrderStatus::Refunded);
    assert_eq!(shop.mails(order).await, ["order-received", "order-refunded"]);
}

async fn a_hand_back_is_not_counted(shop: &Shop) {
    let order = shop.ready_order("a").await;
    shop.apply(order, Command::RequestRevision { notes: "shorter".to_owned(), busy: false }).await;
    let job = shop.claim_content(order).await;
    let mut wake = shop.store.wake().subscribe();
    let before = shop.count("job_attempt").await;
    assert_eq!(shop.finish(&job, Outcome::HandedBack).await, Finished::HandedBack);
    let due = wake.recv().await.unwrap().jobs[0];
    assert_eq!((due.id, due.queue, due.priority), (job.id, Queue::Content, 10));
    let again = shop.claim_content(order).await;
    assert_eq!((again.attempt, again.id), (1, job.id));
    assert_ne!(again.token, LeaseToken(job.token.0));
    assert_eq!(shop.count("job_attempt").await, before);
}
