//! Jobs that staff call off.

use crate::{
    on_both_engines,
    queue::ann,
    shop::{Shop, content, failure, listed},
};
use galley_domain::{
    actor::Actor,
    id::{JobId, OrderId},
    job::Queue,
    order::{Command, OrderStatus, RefusalCode},
    payment::DisputeState,
};
use galley_store::{Finished, JobFilter, JobList, Outcome, StoreError};

on_both_engines! {
    calling_a_first_text_off_cancels_its_order,
    calling_a_revision_off_keeps_the_version_before,
    calling_a_publication_off_gives_the_order_back_to_review,
    a_mail_that_is_called_off_is_not_sent,
    whoever_works_on_a_job_that_is_called_off_has_lost_it,
    steps_about_money_are_not_called_off,
    what_has_ended_or_is_on_hold_is_not_called_off,
}

async fn call_off(shop: &Shop, job: JobId) -> Result<(), StoreError> {
    shop.store.cancel_job(job, "not this one", &ann()).await
}

async fn declined(shop: &Shop, job: JobId) -> RefusalCode {
    match call_off(shop, job).await {
        Err(StoreError::Declined { code, .. }) => code,
        other => panic!("{other:?}"),
    }
}

async fn revising(shop: &Shop, name: &str) -> OrderId {
    let order = shop.ready_order(name).await;
    let notes = "Shorter, please.".to_owned();
    shop.apply(order, Command::RequestRevision { notes, busy: false }).await;
    order
}

async fn calling_a_first_text_off_cancels_its_order(shop: &Shop) {
    let order = shop.order("a").await;
    let job = shop.waiting(order, "content").await[0];
    call_off(shop, job).await.unwrap();
    call_off(shop, job).await.unwrap();
    assert_eq!(shop.status(order).await, OrderStatus::Failed);
    assert_eq!(shop.jobs(order).await, listed(&[("article-generation", "cancelled")]));
    assert_eq!(shop.events(order).await, ["order_received", "cancelled"]);
    assert_eq!(shop.store.history(order).await.unwrap().last().unwrap().2, "staff:ann");
    assert_eq!(shop.mails(order).await, ["order-received", "order-failed"]);
    let audit = shop.store.audit_of(job.0, 9).await.unwrap();
    let [line] = audit.as_slice() else { panic!("{audit:?}") };
    assert_eq!(
        (line.action.as_str(), line.detail["reason"].as_str()),
        ("job_cancelled", Some("not this one"))
    );
}

async fn calling_a_revision_off_keeps_the_version_before(shop: &Shop) {
    let order = revising(shop, "a").await;
    call_off(shop, shop.waiting(order, "content").await[0]).await.unwrap();
    let view = shop.store.order_view(order).await.unwrap().unwrap();
    assert_eq!(view.status, OrderStatus::QualityCheck, "whoever asked has it back");
    assert_eq!(shop.jobs(order).await.last().unwrap().1, "cancelled");
    let failed =
        shop.store.jobs(JobFilter { list: Some(JobList::Failed), kind: None }, None, 9).await.unwrap();
    assert!(failed.is_empty(), "{failed:?}");
}

async fn calling_a_publication_off_gives_the_order_back_to_review(shop: &Shop) {
    let order = shop.ready_order("a").await;
    shop.apply(order, Command::Submit).await;
    shop.apply(order, Command::Approve { version: 1 }).await;
    let job = shop.waiting(order, "publication").await[0];
    call_off(shop, job).await.unwrap();
    assert_eq!(shop.status(order).await, OrderStatus::AdminReview);
    shop.apply(order, Command::Approve { version: 1 }).await;
    assert_eq!(shop.waiting(order, "publication").await.len(), 1, "it can be approved again");
}

async fn a_mail_that_is_called_off_is_not_sent(shop: &Shop) {
    let order = shop.order("a").await;
    call_off(shop, shop.waiting(order, "mail").await[0]).await.unwrap();
    assert!(shop.claim(Queue::Mail).await.is_empty());
    let rows: Vec<(String, String)> = shop.database.raw.all("SELECT state, error FROM email").await;
    assert_eq!(rows, listed(&[("failed", "called off by staff:ann: not this one")]));
    assert_eq!(shop.status(order).await, OrderStatus::Processing, "a mail is not the order");
}

async fn whoever_works_on_a_job_that_is_called_off_has_lost_it(shop: &Shop) {
    let order = revising(shop, "a").await;
    let job = shop.claim_content(order).await;
    call_off(shop, job.id).await.unwrap();
    assert_eq!(shop.finish(&job, content("Second")).await, Finished::Lost);
    let view = shop.store.order_view(order).await.unwrap().unwrap();
    assert_eq!(
        (view.status, view.version.map(|version| version.number)),
        (OrderStatus::QualityCheck, Some(1))
    );
}

async fn steps_about_money_are_not_called_off(shop: &Shop) {
    let opened = shop.store.open_checkout(crate::shop::wanted("a")).await.unwrap();
    let jobs = shop.store.jobs(JobFilter::default(), None, 9).await.unwrap();
    assert_eq!(declined(shop, jobs[0].id).await, RefusalCode::JobNotCancellable);
    shop.store.checkout_created(opened.id, &crate::shop::hosted("a")).await.unwrap();
}

async fn what_has_ended_or_is_on_hold_is_not_called_off(shop: &Shop) {
    let order = shop.order("done").await;
    let job = shop.claim_content(order).await;
    shop.finish(&job, content("First")).await;
    assert_eq!(declined(shop, job.id).await, RefusalCode::WrongJobState);
    let mail = shop.claim(Queue::Mail).await.remove(0);
    shop.finish(&mail, failure(None)).await;
    assert_eq!(declined(shop, mail.id).await, RefusalCode::WrongJobState);
    let frozen = shop.order("frozen").await;
    let held = shop.waiting(frozen, "content").await[0];
    shop.dispute(frozen, DisputeState::Open).await;
    assert_eq!(declined(shop, held).await, RefusalCode::Frozen);
    assert_eq!(shop.status(frozen).await, OrderStatus::Processing);
    let unknown = shop.store.cancel_job(JobId(shop.store.clock().new_id()), "no", &Actor::System).await;
    assert!(matches!(unknown, Err(StoreError::NotFound(_))), "{unknown:?}");
    let rest = shop.claim(Queue::Mail).await;
    shop.finish_all(rest.into_iter().map(|job| (job, Outcome::MailSent)).collect()).await;
}
