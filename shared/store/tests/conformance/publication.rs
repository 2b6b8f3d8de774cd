//! An approved version becomes public: once, on the article as it is, together with its order's end.

use crate::{
    articles::{LEAVES, TEA, backlink_version, edition, sell_backlink},
    on_both_engines,
    shop::{Shop, content, failure, listed},
};
use galley_domain::{
    actor::Actor,
    article::PublicationFault,
    id::OrderId,
    job::Queue,
    order::{Command, OrderStatus},
    payment::DisputeState,
};
use galley_store::{
    Begun, ClaimedJob, Edition, Finish, Finished, JobFailure, Outcome, Publication, RemoteCopy, Store,
};
use std::sync::Arc;

on_both_engines! {
    what_is_published_is_public_with_the_end_of_its_order,
    nothing_is_public_before_the_end,
    beginning_again_takes_the_same_article,
    titles_that_are_alike_get_names_of_their_own,
    a_spent_token_publishes_nothing,
    an_order_that_was_refunded_meanwhile_publishes_nothing,
    a_publication_that_failed_can_be_approved_again,
    two_backlinks_into_one_article_lose_neither_link,
    a_text_that_somebody_came_before_is_made_again_uncounted,
    two_jobs_do_not_hold_one_article,
    an_article_is_free_again_when_the_job_that_held_it_has_ended,
    a_publication_of_a_frozen_order_waits,
    after_a_changed_base_the_work_starts_from_the_article_as_it_is,
}

/// Submits and approves the order's current version, and claims the job that publishes it.
pub(crate) async fn approve(shop: &Shop, order: OrderId) -> ClaimedJob {
    if shop.status(order).await == OrderStatus::QualityCheck {
        shop.apply(order, Command::Submit).await;
    }
    let version = shop.store.order_view(order).await.unwrap().unwrap().version.unwrap().number;
    shop.store.apply(order, &Command::Approve { version }, Actor::Staff("ann".to_owned())).await.unwrap();
    claim(shop, order).await
}

pub(crate) async fn claim(shop: &Shop, order: OrderId) -> ClaimedJob {
    let jobs = shop.waiting(order, "publication").await;
    assert_eq!(jobs.len(), 1, "one publication waits");
    shop.store.claim_these(&jobs, shop.worker().await).await.unwrap().pop().expect("it can be claimed")
}

pub(crate) async fn begin(shop: &Shop, job: &ClaimedJob) -> Publication {
    match shop.store.begin_publication(job).await.unwrap() {
        Begun::Ready(publication) => *publication,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn published(edition: Edition) -> Outcome {
    Outcome::Published(Box::new(edition))
}

fn fault(fault: PublicationFault) -> Outcome {
    let words = "Somebody came before.".to_owned();
    Outcome::Failed(JobFailure {
        error: words.clone(),
        public_reason: words,
        fault: Some(fault),
        ..JobFailure::default()
    })
}

async fn what_is_published_is_public_with_the_end_of_its_order(shop: &Shop) {
    let order = shop.ready_order("a").await;
    let job = approve(shop, order).await;
    let publication = begin(shop, &job).await;
    assert_eq!((publication.order, publication.approved.title.as_str()), (order, "First"));
    assert_eq!(publication.approved.source, "# First\n\nTea.");
    let article = &publication.article;
    assert_eq!((article.slug.as_str(), article.revision, article.is_public), ("first", 0, false));
    assert_eq!(shop.finish(&job, published(edition(&publication))).await, Finished::Applied);

    let view = shop.store.order_view(order).await.unwrap().unwrap();
    assert_eq!((view.status, view.publishing, view.step), (OrderStatus::Completed, false, 5));
    assert_eq!(shop.mails(order).await.last().map(String::as_str), Some("order-completed"));
    let text = "SELECT text_body FROM email WHERE order_id = $1 AND kind = 'order-completed'";
    let texts: Vec<(String,)> = shop.database.raw.all_of(order.0, text).await;
    assert!(texts[0].0.contains("https://shop.example/articles/first"), "{}", texts[0].0);
    assert_eq!(shop.events(order).await.last().map(String::as_str), Some("published"));
    let url = "SELECT detail ->> 'url' FROM order_event WHERE order_id = $1 AND kind = 'published'";
    let urls: Vec<(String,)> = shop.database.raw.all_of(order.0, url).await;
    assert_eq!(urls[0].0, "https://shop.example/articles/first");

    let public = shop.store.find_article("first").await.unwrap().expect("it is public");
    assert_eq!((public.id, public.order_id, public.revision), (article.id, Some(order), 1));
    assert_eq!((public.title.as_str(), public.language.as_str()), ("First", "en"));
    assert_eq!(public.html, "<h1>First</h1>\n<p>Tea.</p>\n");
    assert_eq!((public.published_at, public.updated_at), (shop.time.now(), shop.time.now()));
    assert_eq!(shop.finish(&job, published(edition(&publication))).await, Finished::Lost);
    assert_eq!(shop.store.article(article.id).await.unwrap().unwrap().revision, 1);
}

async fn nothing_is_public_before_the_end(shop: &Shop) {
    let order = shop.ready_order("a").await;
    let job = approve(shop, order).await;
    let article = begin(shop, &job).await.article.id;
    assert!(shop.store.find_article("first").await.unwrap().is_none());
    assert!(shop.store.article(article).await.unwrap().is_none());
    assert!(shop.store.list_articles(None, 10).await.unwrap().is_empty());
    assert!(shop.store.article_addresses(None, 10).await.unwrap().is_empty());
    assert_eq!(shop.count("article").await, 1, "but its name is taken");
}

async fn beginning_again_takes_the_same_article(shop: &Shop) {
    let order = shop.ready_order("a").await;
    let first = approve(shop, order).await;
    let article = begin(shop, &first).await.article;
    assert_eq!(begin(shop, &first).await.article.id, article.id);
    shop.store.release_claim(first.token).await.unwrap();
    let second = claim(shop, order).await;
    let again = begin(shop, &second).await.article;
    assert_eq!((again.id, again.slug, again.revision), (article.id, article.slug, 0));
    assert_eq!(shop.count("article").await, 1);
}

async fn titles_that_are_alike_get_names_of_their_own(shop: &Shop) {
    let mut names = Vec::new();
    for name in ["a", "b", "c"] {
        let order = shop.ready_order(name).await;
        names.push(begin(shop, &approve(shop, order).await).await.article.slug);
    }
    assert_eq!(names[0], "first");
    assert!(names[1..].iter().all(|name| name.starts_with("first-") && name.len() == 10), "{names:?}");
    assert_ne!(names[1], names[2]);
}

async fn a_spent_token_publishes_nothing(shop: &Shop) {
    let order = shop.ready_order("a").await;
    let spent = approve(shop, order).await;
    let late = edition(&begin(shop, &spent).await);
    shop.store.release_claim(spent.token).await.unwrap();
    assert!(matches!(shop.store.begin_publication(&spent).await.unwrap(), Begun::Over));
    let current = claim(shop, order).await;
    let publication = begin(shop, &current).await;
    assert_eq!(shop.finish(&spent, published(late)).await, Finished::Lost);
    assert!(shop.store.find_article("first").await.unwrap().is_none());
    assert_eq!(shop.finish(&current, published(edition(&publication))).await, Finished::Applied);
    assert_eq!(shop.store.find_article("first").await.unwrap().unwrap().revision, 1);
}

async fn an_order_that_was_refunded_meanwhile_publishes_nothing(shop: &Shop) {
    let order = shop.ready_order("a").await;
    let job = approve(shop, order).await;
    let late = edition(&begin(shop, &job).await);
    shop.apply(order, Command::FullyRefunded).await;
    assert!(matches!(shop.store.begin_publication(&job).await.unwrap(), Begun::Over));
    assert_eq!(shop.finish(&job, published(late)).await, Finished::Lost);
    assert!(shop.store.find_article("first").await.unwrap().is_none());
    assert_eq!(shop.status(order).await, OrderStatus::Refunded);
}

async fn a_publication_that_failed_can_be_approved_again(shop: &Shop) {
    let order = shop.ready_order("a").await;
    let job = approve(shop, order).await;
    begin(shop, &job).await;
    assert_eq!(shop.finish(&job, fault(PublicationFault::SiteRefused)).await, Finished::Failed);
    let view = shop.store.order_view(order).await.unwrap().unwrap();
    assert_eq!((view.status, view.publishing), (OrderStatus::AdminReview, false));
    assert_eq!((view.reason, view.notice), (None, None), "staff are told, not the customer");
    assert_eq!(shop.events(order).await.last().map(String::as_str), Some("publication_failed"));
    assert_eq!(shop.alerts().await.len(), 1);
    let sql = "SELECT detail ->> 'code', detail ->> 'reason' FROM order_event \
               WHERE order_id = $1 AND kind = 'publication_failed'";
    let told: Vec<(String, String)> = shop.database.raw.all_of(order.0, sql).await;
    assert_eq!(told, [("site_refused".to_owned(), "Somebody came before.".to_owned())]);

    let again = approve(shop, order).await;
    let publication = begin(shop, &again).await;
    assert_eq!(shop.finish(&again, published(edition(&publication))).await, Finished::Applied);
    assert_eq!(
        shop.jobs(order).await[1..],
        listed(&[("publication", "failed"), ("publication", "completed")])
    );
    assert_eq!((shop.status(order).await, shop.count("article").await), (OrderStatus::Completed, 1));
}

/// Both orders were placed into the same text. The second one to end finds the first one's link there.
async fn two_backlinks_into_one_article_lose_neither_link(shop: &Shop) {
    let article = shop.store.insert_article("tea", "Tea", TEA).await.unwrap();
    let one = sell_backlink(shop, "a", article, TEA, 1).await;
    let two = sell_backlink(shop, "b", article, TEA, 2).await;
    let (one, two) = (approve(shop, one).await, approve(shop, two).await);
    let first = begin(shop, &one).await;
    assert_eq!((first.article.revision, first.article.is_public), (1, true));
    assert_eq!(shop.finish(&one, published(edition(&first))).await, Finished::Applied);
    let second = begin(shop, &two).await;
    assert_eq!((second.article.revision, second.article.links.len()), (2, 1));
    assert_eq!(shop.finish(&two, published(edition(&second))).await, Finished::Applied);
    let public = shop.store.article(article).await.unwrap().unwrap();
    assert_eq!(public.revision, 3);
    let sold: Vec<_> = public.links.iter().map(|sold| sold.link.target_url.as_str()).collect();
    assert_eq!(sold, ["https://a.example/", "https://b.example/"]);
    for name in ["a", "b"] {
        let link = format!("<a href=\"https://{name}.example/\" rel=\"sponsored\">");
        assert_eq!(public.html.matches(&link).count(), 1, "{}", public.html);
    }
    let third = sell_backlink(shop, "c", article, &public.source, 3).await;
    let base = shop.store.find_version(third, 0).await.unwrap().unwrap();
    assert_eq!((base.source, base.html), (public.source, public.html), "each link keeps its mark");
}

async fn a_text_that_somebody_came_before_is_made_again_uncounted(shop: &Shop) {
    let article = shop.store.insert_article("tea", "Tea", TEA).await.unwrap();
    let orders =
        [sell_backlink(shop, "a", article, TEA, 1).await, sell_backlink(shop, "b", article, TEA, 2).await];
    let one = approve(shop, orders[0]).await;
    let two = approve(shop, orders[1]).await;
    let first = begin(shop, &one).await;
    // As if the second had begun before the first held the article.
    let mut stale = begin_despite(shop, &two).await;
    stale.article.links.clear();
    let ends = vec![(one.clone(), published(edition(&first))), (two.clone(), published(edition(&stale)))];
    let mut finished = shop.finish_all(ends).await;
    finished.sort_by_key(|one| *one == Finished::HandedBack);
    assert_eq!(finished, [Finished::Applied, Finished::HandedBack]);
    assert_eq!(shop.store.article(article).await.unwrap().unwrap().revision, 2);
    let left = if shop.status(orders[0]).await == OrderStatus::Completed { orders[1] } else { orders[0] };
    let again = claim(shop, left).await;
    assert_eq!(again.attempt, 1, "it was not the job's fault");
    let publication = begin(shop, &again).await;
    assert_eq!(shop.finish(&again, published(edition(&publication))).await, Finished::Applied);
    assert_eq!(shop.store.article(article).await.unwrap().unwrap().links.len(), 2);
}

/// Begins though another job holds the article.
async fn begin_despite(shop: &Shop, job: &ClaimedJob) -> Publication {
    assert!(matches!(shop.store.begin_publication(job).await.unwrap(), Begun::Busy));
    shop.database.raw.execute("UPDATE article SET held_by = NULL").await;
    begin(shop, job).await
}

async fn two_jobs_do_not_hold_one_article(shop: &Shop) {
    let article = shop.store.insert_article("tea", "Tea", TEA).await.unwrap();
    let mut jobs = Vec::new();
    for (name, paragraph) in [("a", 1), ("b", 2), ("c", 3)] {
        let order = sell_backlink(shop, name, article, TEA, paragraph).await;
        jobs.push(approve(shop, order).await);
    }
    let mut calls = Vec::new();
    for job in jobs {
        let store = Arc::clone(&shop.store);
        calls.push(tokio::spawn(async move { store.begin_publication(&job).await.unwrap() }));
    }
    let mut ready = 0;
    for call in calls {
        match call.await.unwrap() {
            Begun::Ready(_) => ready += 1,
            Begun::Busy => {}
            Begun::Over => panic!("it is being published"),
        }
    }
    assert_eq!(ready, 1);
}

async fn an_article_is_free_again_when_the_job_that_held_it_has_ended(shop: &Shop) {
    let article = shop.store.insert_article("tea", "Tea", TEA).await.unwrap();
    let one = sell_backlink(shop, "a", article, TEA, 1).await;
    let two = sell_backlink(shop, "b", article, TEA, 2).await;
    let (one, two) = (approve(shop, one).await, approve(shop, two).await);
    begin(shop, &one).await;
    assert!(matches!(shop.store.begin_publication(&two).await.unwrap(), Begun::Busy));
    assert!(matches!(shop.finish(&one, failure(Some(30))).await, Finished::Retrying { .. }));
    begin(shop, &two).await;
    shop.store.release_claim(two.token).await.unwrap();
    shop.time.advance(chrono::TimeDelta::seconds(31));
    shop.store.sweep().await.unwrap();
    let one = claim(shop, one.order_id.unwrap()).await;
    begin(shop, &one).await;
}

async fn a_publication_of_a_frozen_order_waits(shop: &Shop) {
    let order = shop.ready_order("a").await;
    let job = approve(shop, order).await;
    let publication = begin(shop, &job).await;
    shop.dispute(order, DisputeState::Open).await;
    assert_eq!(shop.finish(&job, Outcome::HandedBack).await, Finished::HandedBack);
    assert_eq!(shop.jobs(order).await[1].1, "held");
    assert!(shop.waiting(order, "publication").await.is_empty());
    shop.dispute(order, DisputeState::Won).await;
    let job = claim(shop, order).await;
    assert_eq!(begin(shop, &job).await.article.id, publication.article.id);
}

async fn after_a_changed_base_the_work_starts_from_the_article_as_it_is(shop: &Shop) {
    let article = shop.store.insert_article("tea", "Tea", TEA).await.unwrap();
    let one = sell_backlink(shop, "a", article, TEA, 1).await;
    let two = sell_backlink(shop, "b", article, TEA, 1).await;
    let job = approve(shop, one).await;
    let publication = begin(shop, &job).await;
    shop.finish(&job, published(edition(&publication))).await;
    let work = shop.store.work(two).await.unwrap();
    assert_eq!((work.base.as_deref(), work.sold.len()), (Some(TEA), 1), "its base is what it was based on");

    let job = approve(shop, two).await;
    begin(shop, &job).await;
    assert_eq!(shop.finish(&job, fault(PublicationFault::BaseChanged)).await, Finished::Failed);
    let changes = Command::RequestChanges { notes: "Place it once more, please.".to_owned(), revise: true };
    shop.store.apply(two, &changes, Actor::Staff("ann".to_owned())).await.unwrap();
    let work = shop.store.work(two).await.unwrap();
    let now = shop.store.article(article).await.unwrap().unwrap().source;
    assert_eq!(work.base.as_deref(), Some(now.as_str()));
    assert_ne!(now, TEA);
    let base = shop.store.find_version(two, 0).await.unwrap().unwrap();
    assert_eq!(base.source, TEA, "number 0 stays what it was");
    let version = backlink_version("b", &now, 2);
    let job = shop.claim_content(two).await;
    assert_eq!(shop.finish(&job, Outcome::Content(Box::new(version))).await, Finished::Applied);

    let job = approve(shop, two).await;
    let publication = begin(shop, &job).await;
    let insertion = publication.approved.insertion.as_ref().unwrap();
    assert!(insertion.proves_itself(&publication.approved.source), "against the base that it was made from");
    assert_eq!(shop.finish(&job, published(edition(&publication))).await, Finished::Applied);
    let public = shop.store.article(article).await.unwrap().unwrap();
    assert_eq!((public.links.len(), public.revision), (2, 3));
    assert!(public.source.contains(LEAVES), "the rest is as it was");
}

/// A few orders, from their content to their end.
pub(crate) async fn publish(store: Arc<Store>) {
    let worker = store.register("plans", Queue::ALL).await.unwrap();
    for job in store.claim(Queue::Content, 5, worker).await.unwrap() {
        let order = job.order_id.unwrap();
        store.finish(Finish { job, outcome: content("First") }).await.unwrap();
        store.apply(order, &Command::Submit, Actor::Customer).await.unwrap();
        let version = store.order_view(order).await.unwrap().unwrap().version.unwrap().number;
        store.apply(order, &Command::Approve { version }, Actor::System).await.unwrap();
    }
    let jobs = store.claim(Queue::Publication, 5, worker).await.unwrap();
    assert_eq!(jobs.len(), 5);
    for job in jobs {
        let Begun::Ready(publication) = store.begin_publication(&job).await.unwrap() else {
            panic!("nobody else publishes");
        };
        let copy =
            RemoteCopy { id: "1".to_owned(), url: "https://a.example/1".to_owned(), hash: String::new() };
        store.record_remote(&job, publication.article.id, &copy).await.unwrap();
        let outcome = published(edition(&publication));
        assert_eq!(store.finish(Finish { job, outcome }).await.unwrap(), Finished::Applied);
    }
}
