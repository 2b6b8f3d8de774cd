//! Jobs that failed and run again.

use crate::{
    on_both_engines,
    shop::{Shop, content, failure, listed},
};
use chrono::TimeDelta;
use galley_domain::{
    actor::Actor,
    id::JobId,
    job::Queue,
    order::{Command, OrderStatus, RefusalCode},
};
use galley_store::{Finished, Outcome, StoreError, Swept};

on_both_engines! {
    a_failed_job_waits_for_its_time_and_is_promoted_when_it_has_come,
    a_job_without_attempts_left_fails_whatever_pause_is_asked_for,
    a_pause_of_less_than_a_second_is_kept,
    a_failed_mail_can_be_sent_again,
    retrying_a_content_job_starts_its_order_again,
    only_what_has_failed_can_be_retried,
    a_mail_that_nobody_takes_is_marked,
}

async fn a_failed_job_waits_for_its_time_and_is_promoted_when_it_has_come(shop: &Shop) {
    let order = shop.order("a").await;
    let job = shop.claim_content(order).await;
    let at = shop.time.now() + TimeDelta::seconds(30);
    assert_eq!(shop.finish(&job, failure(Some(30))).await, Finished::Retrying { at });
    let view = shop.store.order_view(order).await.unwrap().unwrap();
    assert_eq!((view.status, view.jobs[0].state.as_str()), (OrderStatus::Processing, "delayed"));
    assert_eq!((view.jobs[0].run_at, view.jobs[0].attempt), (Some(at), 1));
    assert_eq!(view.jobs[0].error.as_deref(), Some("the AI service answered 500"));
    assert_eq!(shop.store.sweep().await.unwrap(), Swept::default());
    shop.time.advance(TimeDelta::seconds(30) - TimeDelta::microseconds(1));
    assert_eq!(shop.store.sweep().await.unwrap(), Swept::default());
    shop.time.advance(TimeDelta::microseconds(1));
    let mut wake = shop.store.wake().subscribe();
    assert_eq!(shop.store.sweep().await.unwrap(), Swept { promoted: 1, freed: 0 });
    assert_eq!(wake.recv().await.unwrap().jobs[0].id, job.id);
    let again = shop.claim_content(order).await;
    assert_eq!((again.id, again.attempt), (job.id, 2));
    assert_eq!(shop.finish(&again, content("First")).await, Finished::Applied);
    let failed: Vec<(i32, String)> = shop.database.raw.all("SELECT attempt, error FROM job_attempt").await;
    assert_eq!(failed, [(1, "the AI service answered 500".to_owned())]);
}

async fn a_job_without_attempts_left_fails_whatever_pause_is_asked_for(shop: &Shop) {
    let order = shop.order("a").await;
    for _ in 0..2 {
        let job = shop.claim_content(order).await;
        assert!(matches!(shop.finish(&job, failure(Some(5))).await, Finished::Retrying { .. }));
        shop.time.advance(TimeDelta::seconds(5));
        shop.store.sweep().await.unwrap();
    }
    let job = shop.claim_content(order).await;
    assert_eq!((job.attempt, job.max_attempts), (3, 3));
    assert_eq!(shop.finish(&job, failure(Some(5))).await, Finished::Failed);
    assert_eq!(shop.status(order).await, OrderStatus::Failed);
}

/// Instants are texts on SQLite, with as many decimals as they need: they must still sort.
async fn a_pause_of_less_than_a_second_is_kept(shop: &Shop) {
    for (n, micros) in [1_i64, 1_000, 999_999, 500_000, 1_000_000].into_iter().enumerate() {
        let order = shop.order(&n.to_string()).await;
        let job = shop.claim_content(order).await;
        let retry_in = Some(std::time::Duration::from_micros(u64::try_from(micros).unwrap()));
        let failure = galley_store::JobFailure { retry_in, ..Default::default() };
        shop.finish(&job, Outcome::Failed(failure)).await;
        shop.time.advance(TimeDelta::microseconds(micros - 1));
        assert_eq!(shop.store.sweep().await.unwrap().promoted, 0, "{micros}");
        shop.time.advance(TimeDelta::microseconds(1));
        assert_eq!(shop.store.sweep().await.unwrap().promoted, 1, "{micros}");
    }
}

async fn a_failed_mail_can_be_sent_again(shop: &Shop) {
    let order = shop.order("a").await;
    let job = shop.claim(Queue::Mail).await.remove(0);
    assert_eq!(shop.finish(&job, failure(None)).await, Finished::Failed);
    assert_eq!(shop.status(order).await, OrderStatus::Processing, "a mail is not the order");
    let mut wake = shop.store.wake().subscribe();
    shop.store.retry_job(job.id, Actor::Staff("eve".to_owned())).await.unwrap();
    assert_eq!(wake.recv().await.unwrap().jobs[0].id, job.id);
    let again = shop.claim(Queue::Mail).await.remove(0);
    assert_eq!((again.id, again.attempt), (job.id, 1), "it has all its attempts again");
    assert_eq!(shop.finish(&again, Outcome::MailSent).await, Finished::Applied);
    assert_eq!(shop.store.mails_of(order).await.unwrap()[0].state, "sent");
}

async fn retrying_a_content_job_starts_its_order_again(shop: &Shop) {
    let order = shop.failed_order("a").await;
    let failed = shop.store.failed_jobs(10).await.unwrap();
    assert_eq!(failed.len(), 1);
    shop.store.retry_job(failed[0].id, Actor::Staff("eve".to_owned())).await.unwrap();
    assert_eq!(shop.status(order).await, OrderStatus::Processing);
    let expected = [("article-generation", "failed"), ("article-generation", "waiting")];
    assert_eq!(shop.jobs(order).await, listed(&expected));
    assert_eq!(shop.store.history(order).await.unwrap().last().unwrap().2, "staff:eve");
    let job = shop.claim_content(order).await;
    assert_eq!((job.run, job.attempt), (Some(2), 1));
    shop.apply(order, Command::Cancel { reason: "no".to_owned() }).await;
    shop.apply(order, Command::FullyRefunded).await;
    let refused = shop.store.retry_job(failed[0].id, Actor::System).await.unwrap_err();
    assert!(matches!(refused, StoreError::Refused(_)), "{refused}");
}

async fn only_what_has_failed_can_be_retried(shop: &Shop) {
    let retry = async |id| shop.store.retry_job(id, Actor::System).await;
    let order = shop.order("a").await;
    let waiting = shop.waiting(order, "content").await[0];
    retry(waiting).await.unwrap();
    let job = shop.claim_content(order).await;
    retry(job.id).await.unwrap();
    assert_eq!((job.id, job.attempt), (waiting, 1), "one that waits or runs stays as it is");
    assert_eq!(shop.finish(&job, content("First")).await, Finished::Applied);
    let done = retry(job.id).await.unwrap_err();
    assert!(matches!(done, StoreError::Declined { code: RefusalCode::WrongJobState, .. }), "{done}");
    let unknown = retry(JobId(shop.store.clock().new_id())).await.unwrap_err();
    assert!(matches!(unknown, StoreError::NotFound(_)), "{unknown}");
}

async fn a_mail_that_nobody_takes_is_marked(shop: &Shop) {
    let order = shop.order("a").await;
    let job = shop.claim(Queue::Mail).await.remove(0);
    assert!(matches!(shop.finish(&job, failure(Some(1))).await, Finished::Retrying { .. }));
    assert_eq!(shop.store.mails_of(order).await.unwrap()[0].state, "queued");
    shop.time.advance(TimeDelta::seconds(1));
    shop.store.sweep().await.unwrap();
    let job = shop.claim(Queue::Mail).await.remove(0);
    assert_eq!(shop.finish(&job, failure(None)).await, Finished::Failed);
    let rows: Vec<(String, String)> = shop.database.raw.all("SELECT state, error FROM email").await;
    assert_eq!(rows, listed(&[("failed", "the AI service answered 500")]));
}
