//! Publications that failed, and whose order has gone on since.

use crate::{
    events::version,
    on_both_engines,
    queue::ann,
    shop::{Shop, failure},
};
use chrono::TimeDelta;
use galley_domain::{
    id::{JobId, OrderId},
    job::JobKind,
    order::{Command, OrderStatus, RefusalCode},
    payment::DisputeState,
};
use galley_store::{Finished, JobFilter, JobList, RetriedJobs, StoreError};

on_both_engines! {
    a_failed_publication_of_an_older_version_is_settled,
    of_an_orders_failed_publications_the_newest_runs_again,
    an_order_that_cannot_be_published_is_refused_once_and_not_left,
    what_an_editor_sent_back_is_not_published_by_running_jobs_again,
    what_a_customer_took_back_is_not_published_by_running_jobs_again,
}

/// The order's publication fails, and time goes on.
async fn fails(shop: &Shop, order: OrderId) -> JobId {
    let jobs = shop.waiting(order, "publication").await;
    assert_eq!(jobs.len(), 1, "one publication waits");
    let job = shop.store.claim_these(&jobs, shop.worker().await).await.unwrap().remove(0);
    assert_eq!(shop.finish(&job, failure(None)).await, Finished::Failed);
    shop.time.advance(TimeDelta::seconds(1));
    job.id
}

/// An order in review whose first version was approved and could not be published.
async fn unpublished(shop: &Shop, name: &str) -> (OrderId, JobId) {
    let order = shop.ready_order(name).await;
    shop.apply(order, Command::Submit).await;
    shop.apply(order, Command::Approve { version: 1 }).await;
    (order, fails(shop, order).await)
}

/// The publications of a list, newest first.
async fn listed(shop: &Shop, list: JobList) -> Vec<JobId> {
    let filter = JobFilter { list: Some(list), kind: Some(JobKind::Publication) };
    shop.store.jobs(filter, None, 10).await.unwrap().into_iter().map(|job| job.id).collect()
}

async fn on_the_desk(shop: &Shop) -> i64 {
    shop.store.desk_counts(10).await.unwrap().failed_jobs
}

async fn retry_all(shop: &Shop) -> RetriedJobs {
    shop.store.retry_jobs(None, &ann()).await.unwrap()
}

async fn a_failed_publication_of_an_older_version_is_settled(shop: &Shop) {
    let (order, first) = unpublished(shop, "a").await;
    shop.store.edit_and_approve(order, 1, version("Better"), ann()).await.unwrap();
    let second = fails(shop, order).await;
    assert_eq!(listed(shop, JobList::Failed).await, [second]);
    assert_eq!(listed(shop, JobList::Settled).await, [first]);
    assert_eq!(on_the_desk(shop).await, 1);
    assert_eq!(retry_all(shop).await, RetriedJobs { retried: 1, refused: 0, left: 0 });
    assert!(shop.store.order_summary(order).await.unwrap().unwrap().publishing);
    assert_eq!(shop.waiting(order, "publication").await.len(), 1);
}

async fn of_an_orders_failed_publications_the_newest_runs_again(shop: &Shop) {
    let (order, first) = unpublished(shop, "a").await;
    assert_eq!(retry_all(shop).await, RetriedJobs { retried: 1, refused: 0, left: 0 });
    let second = fails(shop, order).await;
    assert_eq!(listed(shop, JobList::Failed).await, [second, first]);
    assert_eq!(retry_all(shop).await, RetriedJobs { retried: 1, refused: 0, left: 0 });
    let sql = "SELECT COUNT(*) FROM audit_event WHERE action = 'job_retried' AND subject_id = $1";
    for (job, times) in [(first, 1), (second, 1)] {
        let told: Vec<(i64,)> = shop.database.raw.all_of(job.0, sql).await;
        assert_eq!(told, [(times,)]);
    }
    assert_eq!(shop.waiting(order, "publication").await.len(), 1);
}

async fn an_order_that_cannot_be_published_is_refused_once_and_not_left(shop: &Shop) {
    let (order, first) = unpublished(shop, "a").await;
    shop.store.retry_job(first, ann()).await.unwrap();
    fails(shop, order).await;
    shop.dispute(order, DisputeState::Open).await;
    assert_eq!(retry_all(shop).await, RetriedJobs { retried: 0, refused: 1, left: 0 });
}

/// The editor or the customer has it go back, and the customer hands it in once more, as it was.
async fn comes_again(shop: &Shop, back: Command) {
    let (order, job) = unpublished(shop, "a").await;
    assert_eq!(on_the_desk(shop).await, 1);
    shop.apply(order, back).await;
    shop.time.advance(TimeDelta::seconds(1));
    shop.apply(order, Command::Submit).await;
    assert_eq!(listed(shop, JobList::Failed).await, []);
    assert_eq!(listed(shop, JobList::Settled).await, [job]);
    assert_eq!(on_the_desk(shop).await, 0);
    assert_eq!(retry_all(shop).await, RetriedJobs::default());
    let refused = shop.store.retry_job(job, ann()).await.unwrap_err();
    assert!(matches!(refused, StoreError::Declined { code: RefusalCode::WrongJobState, .. }), "{refused}");
    let summary = shop.store.order_summary(order).await.unwrap().unwrap();
    assert_eq!((summary.status, summary.publishing), (OrderStatus::AdminReview, false));

    shop.apply(order, Command::Approve { version: 1 }).await;
    let again = fails(shop, order).await;
    assert_eq!(listed(shop, JobList::Failed).await, [again], "what was approved since may run again");
    shop.store.retry_job(again, ann()).await.unwrap();
    assert_eq!(shop.waiting(order, "publication").await.len(), 1);
}

async fn what_an_editor_sent_back_is_not_published_by_running_jobs_again(shop: &Shop) {
    comes_again(shop, Command::RequestChanges { notes: "Add a source.".to_owned(), revise: false }).await;
}

async fn what_a_customer_took_back_is_not_published_by_running_jobs_again(shop: &Shop) {
    comes_again(shop, Command::TakeBack).await;
}
