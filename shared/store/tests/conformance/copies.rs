//! An article's copy on another site: what we left there, and what somebody made of it meanwhile.

use crate::{
    articles::{TEA, edition, sell_backlink},
    on_both_engines,
    publication::{approve, begin, claim, published},
    shop::Shop,
};
use galley_domain::{
    article::PublicationFault,
    id::{ArticleId, OrderId},
    order::OrderStatus,
};
use galley_store::{ClaimedJob, Finished, JobFailure, Outcome, RemoteCopy, SeenCopy};

on_both_engines! {
    what_is_known_of_a_copy_outlives_the_job,
    a_run_that_lost_its_lease_does_not_write_over_what_a_later_one_knows,
    what_was_found_may_be_replaced_only_by_the_order_that_was_told,
    a_copy_that_is_gone_may_be_made_anew_only_by_the_order_that_was_told,
    what_was_found_is_forgotten_when_the_copy_is_written,
    what_was_found_is_forgotten_when_an_order_is_published,
    a_failure_that_comes_too_late_allows_nothing,
}

fn copy(hash: &str) -> RemoteCopy {
    RemoteCopy { id: "17".to_owned(), url: "https://blog.example/first".to_owned(), hash: hash.to_owned() }
}

fn found(article: ArticleId, hash: Option<&str>) -> Outcome {
    Outcome::Failed(JobFailure {
        fault: Some(PublicationFault::CopyChanged),
        seen: Some(SeenCopy { article, hash: hash.map(str::to_owned) }),
        ..JobFailure::default()
    })
}

/// The hash on which the job may write.
async fn known(shop: &Shop, job: &ClaimedJob) -> Option<String> {
    begin(shop, job).await.article.remote.map(|copy| copy.hash)
}

/// Two orders for one article, whose copy we left as "ours": the first one has found something else,
/// and its editor is told.
async fn surprised(shop: &Shop, hash: Option<&str>) -> (ArticleId, OrderId, OrderId) {
    let article = shop.store.insert_article("tea", "Tea", TEA).await.unwrap();
    let one = sell_backlink(shop, "a", article, TEA, 1).await;
    let two = sell_backlink(shop, "b", article, TEA, 2).await;
    let job = approve(shop, one).await;
    begin(shop, &job).await;
    shop.store.record_remote(&job, article, &copy("ours")).await.unwrap();
    assert_eq!(known(shop, &job).await.as_deref(), Some("ours"));
    assert_eq!(shop.finish(&job, found(article, hash)).await, Finished::Failed);
    assert_eq!(shop.status(one).await, OrderStatus::AdminReview);
    (article, one, two)
}

async fn what_is_known_of_a_copy_outlives_the_job(shop: &Shop) {
    let order = shop.ready_order("a").await;
    let job = approve(shop, order).await;
    let article = begin(shop, &job).await.article;
    assert_eq!(article.remote, None);
    shop.store.record_remote(&job, article.id, &copy("abc")).await.unwrap();
    shop.store.release_claim(job.token).await.unwrap();
    let again = claim(shop, order).await;
    assert_eq!(begin(shop, &again).await.article.remote, Some(copy("abc")));
    let other = ClaimedJob { id: galley_domain::id::JobId(shop.store.clock().new_id()), ..again.clone() };
    shop.store.record_remote(&other, article.id, &copy("other")).await.unwrap();
    assert_eq!(begin(shop, &again).await.article.remote, Some(copy("abc")), "it does not hold the article");
}

async fn a_run_that_lost_its_lease_does_not_write_over_what_a_later_one_knows(shop: &Shop) {
    let order = shop.ready_order("a").await;
    let stalled = approve(shop, order).await;
    let article = begin(shop, &stalled).await.article.id;
    shop.store.release_claim(stalled.token).await.unwrap();
    shop.store.record_remote(&stalled, article, &copy("early")).await.unwrap();
    let job = claim(shop, order).await;
    assert_eq!(job.id, stalled.id);
    assert_eq!(known(shop, &job).await, None, "nobody held it");
    shop.store.record_remote(&job, article, &copy("new")).await.unwrap();
    shop.store.record_remote(&stalled, article, &copy("old")).await.unwrap();
    assert_eq!(known(shop, &job).await.as_deref(), Some("new"));
}

async fn what_was_found_may_be_replaced_only_by_the_order_that_was_told(shop: &Shop) {
    let (_, one, two) = surprised(shop, Some("theirs")).await;
    let other = approve(shop, two).await;
    assert_eq!(known(shop, &other).await.as_deref(), Some("ours"));
    shop.store.release_claim(other.token).await.unwrap();
    let again = approve(shop, one).await;
    assert_eq!(begin(shop, &again).await.article.remote, Some(copy("theirs")));
}

async fn a_copy_that_is_gone_may_be_made_anew_only_by_the_order_that_was_told(shop: &Shop) {
    let (_, one, two) = surprised(shop, None).await;
    let other = approve(shop, two).await;
    assert_eq!(begin(shop, &other).await.article.remote, Some(copy("ours")));
    shop.store.release_claim(other.token).await.unwrap();
    let again = approve(shop, one).await;
    assert_eq!(known(shop, &again).await, None);
}

async fn what_was_found_is_forgotten_when_the_copy_is_written(shop: &Shop) {
    let (article, one, _) = surprised(shop, Some("theirs")).await;
    let again = approve(shop, one).await;
    begin(shop, &again).await;
    shop.store.record_remote(&again, article, &copy("new")).await.unwrap();
    assert_eq!(known(shop, &again).await.as_deref(), Some("new"));
}

async fn what_was_found_is_forgotten_when_an_order_is_published(shop: &Shop) {
    let (_, one, two) = surprised(shop, Some("theirs")).await;
    let other = approve(shop, two).await;
    let publication = begin(shop, &other).await;
    assert_eq!(shop.finish(&other, published(edition(&publication))).await, Finished::Applied);
    let again = approve(shop, one).await;
    assert_eq!(known(shop, &again).await.as_deref(), Some("ours"));
}

async fn a_failure_that_comes_too_late_allows_nothing(shop: &Shop) {
    let order = shop.ready_order("a").await;
    let spent = approve(shop, order).await;
    let article = begin(shop, &spent).await.article.id;
    shop.store.record_remote(&spent, article, &copy("ours")).await.unwrap();
    shop.store.release_claim(spent.token).await.unwrap();
    let job = claim(shop, order).await;
    assert_eq!(shop.finish(&spent, found(article, Some("theirs"))).await, Finished::Lost);
    assert_eq!(known(shop, &job).await.as_deref(), Some("ours"), "nobody was told");
}
