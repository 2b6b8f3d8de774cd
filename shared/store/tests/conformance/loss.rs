//! Jobs that keep killing their worker.

use crate::{
    on_both_engines,
    shop::{Shop, content, listed},
};
use galley_domain::{
    id::{JobId, WorkerId},
    job::Queue,
    order::{Command, OrderStatus},
};

on_both_engines! {
    the_sixth_loss_fails_the_job_and_its_order,
    the_sixth_loss_of_a_revision_leaves_the_last_version,
    the_sixth_loss_of_a_publication_lets_staff_try_again,
    the_sixth_loss_of_a_mail_marks_the_mail,
}

/// Claims the job five times, and buries the worker each time; then claims it once more.
async fn almost_lost(shop: &Shop, job: JobId) -> WorkerId {
    for loss in 1..=5 {
        let worker = claim(shop, job, 1).await;
        assert_eq!(shop.store.bury(worker, 0).await.unwrap(), 1, "loss {loss}");
    }
    claim(shop, job, 1).await
}

async fn claim(shop: &Shop, job: JobId, attempt: i32) -> WorkerId {
    let worker = shop.worker().await;
    let claimed = shop.store.claim_these(&[job], worker).await.unwrap();
    assert_eq!(claimed[0].attempt, attempt, "no attempt was counted");
    worker
}

async fn the_sixth_loss_fails_the_job_and_its_order(shop: &Shop) {
    let order = shop.order("a").await;
    let worker = almost_lost(shop, shop.waiting(order, "content").await[0]).await;
    assert_eq!(shop.status(order).await, OrderStatus::Processing);
    assert_eq!(shop.store.bury(worker, 0).await.unwrap(), 1);
    assert_eq!(shop.jobs(order).await, listed(&[("article-generation", "failed")]));
    let view = shop.store.order_view(order).await.unwrap().unwrap();
    assert_eq!(view.status, OrderStatus::Failed);
    assert_eq!(view.reason.as_deref(), Some("The work on it kept breaking off."));
    assert_eq!(view.jobs[0].error.as_deref(), Some("its worker died each time"));
    assert_eq!(shop.mails(order).await, ["order-received", "order-failed"]);
    assert_eq!(shop.alerts().await.len(), 1);
    let failed = shop.store.failed_jobs(10).await.unwrap();
    shop.store.retry_job(failed[0].id, galley_domain::actor::Actor::System).await.unwrap();
    assert_eq!(shop.status(order).await, OrderStatus::Processing, "staff may try again");
}

async fn the_sixth_loss_of_a_revision_leaves_the_last_version(shop: &Shop) {
    let order = shop.ready_order("a").await;
    shop.apply(order, Command::RequestRevision { notes: "shorter".to_owned(), busy: false }).await;
    let worker = almost_lost(shop, shop.waiting(order, "content").await[0]).await;
    shop.store.unregister(worker).await.unwrap();
    assert_eq!(shop.store.sweep().await.unwrap().freed, 1, "a sweep counts it like a burial");
    assert_eq!(shop.status(order).await, OrderStatus::QualityCheck);
    assert_eq!(shop.mails(order).await.last().map(String::as_str), Some("revision-failed"));
}

async fn the_sixth_loss_of_a_publication_lets_staff_try_again(shop: &Shop) {
    let order = shop.ready_order("a").await;
    shop.apply(order, Command::Submit).await;
    shop.apply(order, Command::Approve { version: 1 }).await;
    let worker = almost_lost(shop, shop.waiting(order, "publication").await[0]).await;
    shop.store.bury(worker, 0).await.unwrap();
    let view = shop.store.order_view(order).await.unwrap().unwrap();
    assert_eq!((view.status, view.publishing), (OrderStatus::AdminReview, false));
    shop.apply(order, Command::Approve { version: 1 }).await;
    let expected =
        [("article-generation", "completed"), ("publication", "failed"), ("publication", "waiting")];
    assert_eq!(shop.jobs(order).await, listed(&expected), "an approval that failed may be given again");
}

async fn the_sixth_loss_of_a_mail_marks_the_mail(shop: &Shop) {
    let order = shop.order("a").await;
    let mail = shop.waiting(order, "mail").await[0];
    let worker = almost_lost(shop, mail).await;
    let job = shop.claim_content_for(order, worker).await;
    assert_eq!(shop.store.bury(worker, 0).await.unwrap(), 2);
    let mails = shop.store.mails_of(order).await.unwrap();
    assert_eq!((mails.len(), mails[0].state.as_str()), (1, "failed"));
    assert_eq!(shop.status(order).await, OrderStatus::Processing, "the order goes on");
    let again = shop.claim(Queue::Content).await.remove(0);
    assert_eq!(again.id, job.id);
    shop.finish(&again, content("First")).await;
}
