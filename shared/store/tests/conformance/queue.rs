//! Kinds of jobs as staff see and steer them: counts, lists, pauses, running again.

use crate::{
    events::paid,
    on_both_engines,
    shop::{Shop, content, failure, listed},
};
use chrono::TimeDelta;
use galley_domain::{
    actor::Actor,
    id::JobId,
    job::{JobKind, Queue},
    order::{Command, OrderStatus, RefusalCode},
    payment::DisputeState,
};
use galley_store::{Finished, JobFilter, JobList, KindState, Outcome, RetriedJobs, StoreError};

on_both_engines! {
    each_kind_says_how_much_stands_where,
    what_was_completed_is_told_by_the_minute_for_an_hour,
    a_paused_kind_is_not_begun_and_the_others_are,
    resuming_tells_at_once_what_waits,
    what_is_paused_is_not_dispatched,
    jobs_are_listed_by_where_they_stand_page_by_page,
    a_job_is_shown_with_its_runs,
    everything_that_failed_is_run_again_once,
    what_has_gone_on_since_is_settled,
    a_delayed_job_is_run_at_once,
    a_mail_that_is_tried_again_is_queued_again,
    workers_are_listed_with_what_they_hold,
}

pub(crate) fn ann() -> Actor {
    Actor::Staff("ann".to_owned())
}

async fn kind(shop: &Shop, kind: JobKind) -> KindState {
    let states = shop.store.kind_states().await.unwrap();
    assert_eq!(states.len(), JobKind::ALL.len(), "every kind is told of");
    states.into_iter().find(|state| state.kind == kind).unwrap()
}

fn counts(state: &KindState) -> Vec<(&'static str, i64)> {
    let counts = JobList::ALL.iter().map(|list| (list.as_str(), state.count(*list)));
    counts.filter(|(_, count)| *count > 0).collect()
}

async fn ids(shop: &Shop, list: Option<JobList>, kind: Option<JobKind>) -> Vec<JobId> {
    let jobs = shop.store.jobs(JobFilter { list, kind }, None, 100).await.unwrap();
    jobs.into_iter().map(|job| job.id).collect()
}

async fn audited(shop: &Shop) -> Vec<String> {
    let sql = "SELECT action, actor FROM audit_event ORDER BY id";
    let rows: Vec<(String, String)> = shop.database.raw.all(sql).await;
    rows.into_iter().map(|(action, actor)| format!("{action} {actor}")).collect()
}

async fn each_kind_says_how_much_stands_where(shop: &Shop) {
    assert!(counts(&kind(shop, JobKind::ArticleGeneration).await).is_empty());
    shop.ready_order("completed").await;
    shop.failed_order("failed").await;
    let settled = shop.failed_order("settled").await;
    shop.store.apply(settled, &Command::Cancel { reason: "no".to_owned() }, ann()).await.unwrap();
    let retrying = shop.order("retrying").await;
    let job = shop.claim_content(retrying).await;
    shop.finish(&job, failure(Some(5))).await;
    let held = shop.order("held").await;
    shop.dispute(held, DisputeState::Open).await;
    let active = shop.order("active").await;
    shop.claim_content(active).await;
    shop.order("waiting").await;
    let since = shop.time.now();
    shop.time.advance(TimeDelta::seconds(5));
    shop.order("waiting-longer").await;
    let articles = kind(shop, JobKind::ArticleGeneration).await;
    let expected =
        [("waiting", 2), ("retrying", 1), ("held", 1), ("active", 1), ("failed", 1), ("settled", 1)];
    assert_eq!(counts(&articles), expected);
    assert_eq!((articles.waiting_since, articles.completed()), (Some(since), 1));
    assert_eq!(shop.store.desk_counts(9).await.unwrap().failed_jobs, 1, "only what somebody may decide");
    shop.checkout("ours").await;
    shop.store.open_checkout(crate::shop::wanted("later")).await.unwrap();
    assert!(kind(shop, JobKind::CheckoutCreate).await.count(JobList::Delayed) > 0);
}

async fn what_was_completed_is_told_by_the_minute_for_an_hour(shop: &Shop) {
    for minutes in [1, 58, 1] {
        shop.ready_order(&shop.store.clock().new_id().to_string()).await;
        shop.time.advance(TimeDelta::minutes(minutes));
    }
    let state = kind(shop, JobKind::ArticleGeneration).await;
    let told: Vec<_> = state.per_minute.iter().enumerate().filter(|(_, jobs)| **jobs > 0).collect();
    assert_eq!(told, [(0, &1), (58, &1)], "the first one is over an hour ago");
    assert_eq!(state.completed(), 2);
}

async fn a_paused_kind_is_not_begun_and_the_others_are(shop: &Shop) {
    assert!(shop.store.pause_kind(JobKind::ArticleGeneration, &ann()).await.unwrap());
    assert!(!shop.store.pause_kind(JobKind::ArticleGeneration, &ann()).await.unwrap(), "it was so already");
    let order = shop.order("a").await;
    let waiting = shop.waiting(order, "content").await;
    assert!(shop.claim(Queue::Content).await.is_empty());
    let worker = shop.worker().await;
    assert!(shop.store.claim_these(&waiting, worker).await.unwrap().is_empty());
    assert_eq!(shop.claim(Queue::Mail).await.len(), 1, "mails are another kind");
    assert!(kind(shop, JobKind::ArticleGeneration).await.paused);
    assert!(shop.store.resume_kind(JobKind::ArticleGeneration, &ann()).await.unwrap());
    assert!(!shop.store.resume_kind(JobKind::ArticleGeneration, &ann()).await.unwrap());
    assert!(!kind(shop, JobKind::ArticleGeneration).await.paused);
    // What runs goes on to its end.
    let job = shop.claim_content(order).await;
    shop.store.pause_kind(JobKind::ArticleGeneration, &ann()).await.unwrap();
    assert_eq!(shop.finish(&job, content("First")).await, Finished::Applied);
    assert_eq!(
        audited(shop).await,
        ["kind_paused", "kind_resumed", "kind_paused"].map(|a| format!("{a} staff:ann"))
    );
}

async fn resuming_tells_at_once_what_waits(shop: &Shop) {
    shop.store.pause_kind(JobKind::EmailDelivery, &ann()).await.unwrap();
    let (first, second) = (shop.order("a").await, shop.order("b").await);
    let mails = [shop.waiting(first, "mail").await, shop.waiting(second, "mail").await].concat();
    let mut wake = shop.store.wake().subscribe();
    shop.store.resume_kind(JobKind::EmailDelivery, &ann()).await.unwrap();
    let told: Vec<JobId> = wake.recv().await.unwrap().jobs.iter().map(|job| job.id).collect();
    assert_eq!(told, mails);
    assert_eq!(shop.claim(Queue::Mail).await.len(), 2);
}

async fn what_is_paused_is_not_dispatched(shop: &Shop) {
    let order = shop.order("a").await;
    let take = async || {
        let (patience, again) = (TimeDelta::zero(), TimeDelta::days(1));
        let taken = shop.store.take_undispatched(patience, again, 10).await.unwrap();
        taken.into_iter().map(|job| job.queue).collect::<Vec<_>>()
    };
    let mut both = take().await;
    both.sort();
    assert_eq!(both, [Queue::Content, Queue::Mail]);
    assert!(take().await.is_empty());
    // Popped and left alone while it was paused: nothing else would bring it back for a day.
    shop.store.pause_kind(JobKind::EmailDelivery, &ann()).await.unwrap();
    let worker = shop.worker().await;
    assert!(shop.store.claim_these(&shop.waiting(order, "mail").await, worker).await.unwrap().is_empty());
    shop.order("b").await;
    assert_eq!(take().await, [Queue::Content]);
    shop.store.resume_kind(JobKind::EmailDelivery, &ann()).await.unwrap();
    assert_eq!(take().await, [Queue::Mail, Queue::Mail]);
}

async fn jobs_are_listed_by_where_they_stand_page_by_page(shop: &Shop) {
    for n in 0..5 {
        shop.order(&n.to_string()).await;
    }
    let failed = shop.failed_order("failed").await;
    let waiting = ids(shop, Some(JobList::Waiting), Some(JobKind::ArticleGeneration)).await;
    assert_eq!(waiting.len(), 5);
    assert!(waiting.is_sorted_by(|newer, older| newer > older));
    let filter = JobFilter { list: Some(JobList::Waiting), kind: Some(JobKind::ArticleGeneration) };
    let first = shop.store.jobs(filter, None, 3).await.unwrap();
    let second = shop.store.jobs(filter, Some(first[2].id), 3).await.unwrap();
    let paged: Vec<JobId> = first.iter().chain(&second).map(|job| job.id).collect();
    assert_eq!(paged, waiting);
    assert_eq!(ids(shop, None, None).await.len(), usize::try_from(shop.count("job").await).unwrap());
    let listed =
        shop.store.jobs(JobFilter { list: Some(JobList::Failed), kind: None }, None, 9).await.unwrap();
    let [job] = listed.as_slice() else { panic!("{listed:?}") };
    assert_eq!((job.order_id, job.run, job.list), (Some(failed), Some(1), JobList::Failed));
    assert_eq!(job.error.as_deref(), Some("the AI service answered 500"));
    assert_eq!((job.attempt, job.max_attempts, job.host.as_deref()), (1, 3, Some("test:1")));
    for list in [JobList::Delayed, JobList::Held, JobList::Completed, JobList::Cancelled, JobList::Settled] {
        assert!(ids(shop, Some(list), None).await.is_empty(), "{}", list.as_str());
    }
}

async fn a_job_is_shown_with_its_runs(shop: &Shop) {
    assert!(shop.store.find_job(JobId(shop.store.clock().new_id())).await.unwrap().is_none());
    let order = shop.order("a").await;
    let job = shop.claim_content(order).await;
    shop.time.advance(TimeDelta::seconds(3));
    shop.finish(&job, failure(Some(5))).await;
    shop.time.advance(TimeDelta::seconds(5));
    shop.store.sweep().await.unwrap();
    let again = shop.claim_content(order).await;
    let shown = shop.store.find_job(job.id).await.unwrap().unwrap();
    assert_eq!((shown.line.list, shown.line.attempt), (JobList::Active, 2));
    assert_eq!(shown.dedupe_key, format!("{order}:article-generation:1"));
    assert!(shown.payload.is_object());
    let [run] = shown.runs.as_slice() else { panic!("{:?}", shown.runs) };
    assert_eq!((run.attempt, run.error.as_str()), (1, "the AI service answered 500"));
    assert_eq!(run.ended_at - run.started_at, TimeDelta::seconds(3));
    shop.finish(&again, content("First")).await;
    assert_eq!(shop.store.find_job(job.id).await.unwrap().unwrap().line.list, JobList::Completed);
}

async fn everything_that_failed_is_run_again_once(shop: &Shop) {
    let orders = [shop.failed_order("a").await, shop.failed_order("b").await];
    let frozen = shop.failed_order("frozen").await;
    shop.dispute(frozen, DisputeState::Open).await;
    let mails = shop.claim(Queue::Mail).await;
    let count = i64::try_from(mails.len()).unwrap();
    shop.finish_all(mails.into_iter().map(|job| (job, failure(None))).collect()).await;
    let mut wake = shop.store.wake().subscribe();
    let retried = shop.store.retry_jobs(Some(JobKind::EmailDelivery), &ann()).await.unwrap();
    assert_eq!(retried, RetriedJobs { retried: count, refused: 0, left: 0 });
    assert!(!wake.recv().await.unwrap().jobs.is_empty());
    let retried = shop.store.retry_jobs(None, &ann()).await.unwrap();
    assert_eq!(retried, RetriedJobs { retried: 2, refused: 1, left: 0 }, "one payment is disputed");
    for order in orders {
        assert_eq!(shop.status(order).await, OrderStatus::Processing);
        assert_eq!(shop.store.history(order).await.unwrap().last().unwrap().2, "staff:ann");
        assert_eq!(shop.waiting(order, "content").await.len(), 1);
    }
    assert_eq!(shop.status(frozen).await, OrderStatus::Failed);
    let again = shop.store.retry_jobs(None, &ann()).await.unwrap();
    assert_eq!(again, RetriedJobs { retried: 0, refused: 1, left: 0 });
    assert_eq!(audited(shop).await.len(), usize::try_from(count + 2).unwrap());
    let held = "SELECT COUNT(*) FROM job WHERE queue = 'mail' AND state = 'held'";
    assert!(shop.database.raw.number(held).await > 0, "mails of a frozen order wait for the bank");
}

async fn what_has_gone_on_since_is_settled(shop: &Shop) {
    let order = shop.failed_order("a").await;
    let [first] = ids(shop, Some(JobList::Failed), None).await[..] else { panic!("one has failed") };
    shop.store.retry_job(first, ann()).await.unwrap();
    assert_eq!(ids(shop, Some(JobList::Settled), None).await, [first]);
    assert!(ids(shop, Some(JobList::Failed), None).await.is_empty());
    assert_eq!(shop.store.retry_jobs(None, &ann()).await.unwrap(), RetriedJobs::default());
    let job = shop.claim_content(order).await;
    shop.finish(&job, failure(None)).await;
    assert_eq!(
        ids(shop, Some(JobList::Failed), None).await,
        [job.id],
        "the second run is the one to look at"
    );
}

async fn a_delayed_job_is_run_at_once(shop: &Shop) {
    let order = shop.order("a").await;
    let job = shop.claim_content(order).await;
    shop.finish(&job, failure(Some(60))).await;
    let mut wake = shop.store.wake().subscribe();
    shop.store.run_job_now(job.id, &ann()).await.unwrap();
    assert_eq!(wake.recv().await.unwrap().jobs[0].id, job.id);
    shop.store.run_job_now(job.id, &ann()).await.unwrap();
    let again = shop.claim_content(order).await;
    assert_eq!((again.id, again.attempt), (job.id, 2), "its attempts go on");
    shop.finish(&again, content("First")).await;
    let over = shop.store.run_job_now(job.id, &ann()).await.unwrap_err();
    assert!(matches!(over, StoreError::Declined { code: RefusalCode::WrongJobState, .. }), "{over}");
    let held = shop.order("held").await;
    let waiting = shop.waiting(held, "content").await[0];
    shop.dispute(held, DisputeState::Open).await;
    let refused = shop.store.run_job_now(waiting, &ann()).await.unwrap_err();
    assert!(matches!(refused, StoreError::Declined { .. }), "{refused}");
    let unknown = shop.store.run_job_now(JobId(shop.store.clock().new_id()), &ann()).await.unwrap_err();
    assert!(matches!(unknown, StoreError::NotFound(_)), "{unknown}");
    assert_eq!(audited(shop).await, ["job_hastened staff:ann"]);
}

async fn a_mail_that_is_tried_again_is_queued_again(shop: &Shop) {
    shop.receive(paid("a")).await;
    let job = shop.claim(Queue::Mail).await.remove(0);
    shop.finish(&job, failure(None)).await;
    shop.store.retry_job(job.id, ann()).await.unwrap();
    let state = "SELECT state, coalesce(error, '') FROM email";
    let rows: Vec<(String, String)> = shop.database.raw.all(state).await;
    assert_eq!(rows, listed(&[("queued", "")]));
    let job = shop.claim(Queue::Mail).await.remove(0);
    assert_eq!(shop.finish(&job, Outcome::MailSent).await, Finished::Applied);
}

async fn workers_are_listed_with_what_they_hold(shop: &Shop) {
    assert!(shop.store.workers().await.unwrap().is_empty());
    let (idle, busy) = (shop.worker().await, shop.worker().await);
    let order = shop.order("a").await;
    shop.claim_content_for(order, busy).await;
    shop.time.advance(TimeDelta::seconds(1));
    shop.store.beat(busy).await.unwrap();
    let workers = shop.store.workers().await.unwrap();
    let told: Vec<_> = workers.iter().map(|worker| (worker.id, worker.active)).collect();
    assert_eq!(told, [(busy, 1), (idle, 0)]);
    assert_eq!(workers[0].beaten_at, Some(shop.time.now()));
    assert_eq!(workers[1].beaten_at, Some(workers[1].started_at));
    assert!(workers[0].queues.contains("content"));
}
