//! Publishing what was approved, here and on another site.

use crate::{
    handlers::{
        JobError,
        publication::{Outlet, publish},
    },
    testing::{Blog, Scripted, Shop, SiteFate},
};
use galley_content::{
    backlink::{insert, paragraphs},
    markdown::{LinkPolicy, render},
};
use galley_domain::{
    actor::Actor,
    article::PublicationFault,
    brief::{Brief, BriefInput, ProductKind},
    id::{ArticleId, OrderId},
    job::Queue,
    order::{Command, OrderStatus},
    payment::{CheckoutState, Gateway},
    quality::{QualityReport, Verdict},
};
use galley_integrations::{
    gateway::PaymentGateway as _,
    site::{RemoteSite, SiteError},
};
use galley_store::{ClaimedJob, Finish, Finished, JobFailure, NewVersion, Outcome, Provenance, Received};
use std::time::Duration;

const TEXT: &str = "# Tea at home\n\nMany people like [good tea](https://a.example/) in the morning.\n";
const LINK: &str = "<a href=\"https://a.example/\" rel=\"sponsored\">good tea</a>";
const TEA: &str = "# Tea\n\nTea is a drink that many people like to have in the morning.\n\n\
    Some have it with milk, and some would never do such a thing to it.\n";

/// A shop that writes to a blog, or has none.
struct Press {
    shop: Shop,
    gateway: Scripted,
    blog: Option<Blog>,
}

impl Press {
    async fn new(blog: Option<Blog>) -> Self {
        Self { shop: Shop::open().await, gateway: Scripted::new(Gateway::Stripe), blog }
    }

    fn blog(&self) -> &Blog {
        self.blog.as_ref().unwrap()
    }

    /// An order for `brief` with this version, approved.
    async fn approved(&self, name: &str, brief: BriefInput, version: NewVersion) -> OrderId {
        let store = &self.shop.store;
        let brief = Brief::parse(brief).unwrap();
        let price = if brief.product == ProductKind::Article { 12_900 } else { 7_900 };
        let id = self.shop.open_checkout_of(&self.gateway, name, brief).await;
        self.gateway.price(name, price);
        self.gateway.set(name, CheckoutState::Paid);
        let seen = self.gateway.fetch(&format!("cs_{name}"), None).await.unwrap();
        let received = store.observe(seen).await.unwrap().pop();
        let Some(Ok(Received::Settled { order_id, .. })) = received else {
            panic!("checkout {id} is not settled: {received:?}");
        };
        let job = self.claim(Queue::Content).await;
        self.finish(job, Outcome::Content(Box::new(version))).await;
        store.apply(order_id, &Command::Submit, Actor::Customer).await.unwrap();
        self.approve(order_id).await;
        order_id
    }

    async fn approve(&self, order: OrderId) {
        let approve = Command::Approve { version: 1 };
        self.shop.store.apply(order, &approve, Actor::Staff("ann".to_owned())).await.unwrap();
    }

    async fn article(&self, name: &str) -> OrderId {
        self.approved(name, wanted("article", None), version(TEXT)).await
    }

    /// An order for a link to `https://{name}.example/` in a paragraph of [`TEA`].
    async fn backlink(&self, name: &str, article: ArticleId, paragraph: usize) -> OrderId {
        let url = format!("https://{name}.example/");
        let brief = BriefInput { target_url: Some(url.clone()), ..wanted("backlink", Some(article)) };
        let link = Brief::parse(brief.clone()).unwrap().link.unwrap();
        let text = paragraphs(TEA)[paragraph - 1].text;
        let insertion = insert(TEA, &format!("{paragraph}\n{text} See [good tea]({url})."), &link);
        let version = NewVersion { insertion: Some(insertion.unwrap()), ..version(TEXT) };
        self.approved(name, brief, version).await
    }

    /// The article that links are sold into.
    async fn tea(&self) -> ArticleId {
        self.shop.store.insert_article("tea", "Tea", TEA).await.unwrap()
    }

    /// Another order's link comes to stand in a paragraph of it.
    async fn change(&self, article: ArticleId, paragraph: usize) {
        self.backlink("b", article, paragraph).await;
        assert!(self.publish().await.is_none());
    }

    async fn claim(&self, queue: Queue) -> ClaimedJob {
        self.shop.store.sweep().await.unwrap();
        let worker = self.shop.store.register("test", &[queue]).await.unwrap();
        let mut jobs = self.shop.store.claim(queue, 10, worker).await.unwrap();
        assert_eq!(jobs.len(), 1, "one job of {queue}");
        jobs.remove(0)
    }

    async fn finish(&self, job: ClaimedJob, outcome: Outcome) -> Finished {
        self.shop.store.finish(Finish { job, outcome }).await.unwrap()
    }

    async fn run(&self, job: &ClaimedJob) -> Result<Outcome, JobError> {
        let public_url = "https://shop.example".parse().unwrap();
        let site = self.blog.as_ref().map(|blog| blog as &dyn RemoteSite);
        publish(&self.shop.store, Outlet { public_url: &public_url, site }, job).await
    }

    /// Runs the publication that waits, and ends its job: why it failed, if it did.
    async fn publish(&self) -> Option<JobError> {
        let job = self.claim(Queue::Publication).await;
        match self.run(&job).await {
            Ok(outcome) => {
                assert_eq!(self.finish(job, outcome).await, Finished::Applied);
                None
            }
            Err(error) => {
                self.finish(job, failed(&error)).await;
                Some(error)
            }
        }
    }

    async fn status(&self, order: OrderId) -> OrderStatus {
        self.shop.store.order_view(order).await.unwrap().unwrap().status
    }
}

fn wanted(product: &str, article: Option<ArticleId>) -> BriefInput {
    BriefInput {
        product: Some(product.to_owned()),
        topic: Some("Tea".to_owned()),
        keywords: vec!["tea".to_owned()],
        target_url: Some("https://a.example/".to_owned()),
        anchor_text: Some("good tea".to_owned()),
        article_id: article.map(|id| id.to_string()),
        ..BriefInput::default()
    }
}

fn version(source: &str) -> NewVersion {
    NewVersion {
        title: "Tea at home".to_owned(),
        source: source.to_owned(),
        html: render(source, &LinkPolicy::default()),
        report: QualityReport { verdict: Verdict::Pass, score: 97, word_count: 1, checks: Vec::new() },
        provenance: Provenance::default(),
        insertion: None,
        sketch: Vec::new(),
    }
}

fn failed(error: &JobError) -> Outcome {
    Outcome::Failed(JobFailure {
        error: error.detail.clone(),
        public_reason: error.public_reason.clone(),
        fault: error.fault,
        seen: error.seen.clone(),
        retry_in: (!error.discard).then_some(Duration::ZERO),
    })
}

fn fault(error: Option<JobError>) -> (Option<PublicationFault>, bool) {
    let error = error.expect("it fails");
    (error.fault, error.discard)
}

#[tokio::test]
async fn an_article_becomes_public_at_our_own_address() {
    let press = Press::new(None).await;
    let order = press.article("a").await;
    assert!(press.publish().await.is_none());
    assert_eq!(press.status(order).await, OrderStatus::Completed);
    let public = press.shop.store.find_article("tea-at-home").await.unwrap().unwrap();
    assert!(public.html.contains(LINK) && public.remote_url.is_none(), "{}", public.html);
    assert_eq!((public.order_id, public.links.len(), public.source.as_str()), (Some(order), 1, TEXT));
}

#[tokio::test]
async fn a_text_without_its_link_is_not_published() {
    let press = Press::new(None).await;
    let order = press.approved("a", wanted("article", None), version("# Tea\n\nNo link at all.\n")).await;
    assert_eq!(fault(press.publish().await), (Some(PublicationFault::LinkMissing), true));
    assert_eq!(press.status(order).await, OrderStatus::AdminReview);
    assert!(press.shop.store.list_articles(None, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_backlink_is_placed_into_the_article_as_it_is_now() {
    let press = Press::new(None).await;
    let article = press.tea().await;
    press.change(article, 2).await;
    let order = press.backlink("a", article, 1).await;
    assert!(press.publish().await.is_none());
    assert_eq!(press.status(order).await, OrderStatus::Completed);
    let public = press.shop.store.article(article).await.unwrap().unwrap();
    for link in [LINK, "<a href=\"https://b.example/\" rel=\"sponsored\">good tea</a>"] {
        assert_eq!(public.html.matches(link).count(), 1, "{}", public.html);
    }
    assert_eq!(
        (public.title.as_str(), public.slug.as_str()),
        ("Tea", "tea"),
        "it is not the order's to name"
    );
}

#[tokio::test]
async fn a_backlink_whose_paragraph_has_changed_is_for_staff() {
    let press = Press::new(None).await;
    let article = press.tea().await;
    press.change(article, 1).await;
    let order = press.backlink("a", article, 1).await;
    let error = press.publish().await.expect("it fails");
    assert_eq!((error.fault, error.discard), (Some(PublicationFault::BaseChanged), true));
    assert!(error.public_reason.starts_with("The article has changed"), "{}", error.public_reason);
    assert_eq!(press.status(order).await, OrderStatus::AdminReview);
    let changes = Command::RequestChanges { notes: "Once more, please.".to_owned(), revise: true };
    press.shop.store.apply(order, &changes, Actor::Staff("ann".to_owned())).await.unwrap();
    let work = press.shop.store.work(order).await.unwrap();
    assert!(work.base.as_ref().unwrap().contains("https://b.example/"), "{work:?}");
}

#[tokio::test]
async fn a_backlink_into_an_article_that_was_taken_off_is_for_staff() {
    let press = Press::new(None).await;
    let article = press.tea().await;
    press.backlink("a", article, 1).await;
    press.shop.store.withdraw_article(article, Actor::Staff("ann".to_owned())).await.unwrap();
    assert_eq!(fault(press.publish().await), (Some(PublicationFault::NotPublic), true));
}

#[tokio::test]
async fn a_copy_on_another_site_is_made_looked_at_and_then_the_address_to_cite() {
    let press = Press::new(Some(Blog::default())).await;
    let order = press.article("a").await;
    assert!(press.publish().await.is_none());
    let posts = press.blog().posts().clone();
    let [Some(post)] = &posts[..] else { panic!("{posts:?}") };
    assert_eq!(post.title, "Tea at home");
    assert!(post.html.starts_with("<p>") && post.html.contains(LINK), "without its title: {}", post.html);
    let public = press.shop.store.find_article("tea-at-home").await.unwrap().unwrap();
    assert_eq!(public.remote_url.as_deref(), Some("https://blog.example/1"));
    let history = press.shop.store.mails_of(order).await.unwrap();
    assert_eq!(history.last().map(|mail| mail.kind.as_str()), Some("order-completed"));
}

#[tokio::test]
async fn a_lost_answer_makes_no_second_copy() {
    let press = Press::new(Some(Blog::default())).await;
    let order = press.article("a").await;
    press.blog().meet([SiteFate::LoseAnswer]);
    assert_eq!(fault(press.publish().await), (Some(PublicationFault::SiteUnavailable), false));
    assert!(press.publish().await.is_none());
    assert_eq!(press.blog().posts().len(), 1);
    assert_eq!(press.status(order).await, OrderStatus::Completed);
}

#[tokio::test]
async fn a_later_link_changes_the_same_copy() {
    let press = Press::new(Some(Blog::default())).await;
    let article = press.tea().await;
    press.change(article, 2).await;
    press.backlink("a", article, 1).await;
    assert!(press.publish().await.is_none());
    let posts = press.blog().posts().clone();
    let [Some(post)] = &posts[..] else { panic!("{posts:?}") };
    assert!(post.html.contains("https://a.example/") && post.html.contains("https://b.example/"));
}

#[tokio::test]
async fn a_copy_that_somebody_changed_is_replaced_only_after_staff_were_told() {
    let press = Press::new(Some(Blog::default())).await;
    let order = press.article("a").await;
    let known = press.claim(Queue::Publication).await;
    press.run(&known).await.unwrap();
    press.blog().posts()[0].as_mut().unwrap().html = "<p>My own words.</p>".to_owned();
    let error = press.run(&known).await.unwrap_err();
    assert_eq!((error.fault, error.discard), (Some(PublicationFault::CopyChanged), true));
    assert!(error.public_reason.contains("https://blog.example/1"), "{}", error.public_reason);
    assert_eq!(press.blog().posts()[0].as_ref().unwrap().html, "<p>My own words.</p>");
    let error = press.run(&known).await.unwrap_err();
    assert_eq!(error.fault, Some(PublicationFault::CopyChanged), "nobody was told before the job died");
    assert_eq!(press.blog().posts()[0].as_ref().unwrap().html, "<p>My own words.</p>");
    press.finish(known, failed(&error)).await;
    assert_eq!(press.status(order).await, OrderStatus::AdminReview);

    press.approve(order).await;
    assert!(press.publish().await.is_none(), "they have seen it, and approved all the same");
    assert!(press.blog().posts()[0].as_ref().unwrap().html.contains(LINK));
    assert_eq!(press.status(order).await, OrderStatus::Completed);
}

#[tokio::test]
async fn what_one_order_was_told_of_a_copy_lets_no_other_replace_it() {
    let press = Press::new(Some(Blog::default())).await;
    let article = press.tea().await;
    press.change(article, 2).await;
    press.blog().posts()[0].as_mut().unwrap().html = "<p>My own words.</p>".to_owned();
    for name in ["a", "c"] {
        let order = press.backlink(name, article, 1).await;
        assert_eq!(fault(press.publish().await), (Some(PublicationFault::CopyChanged), true));
        assert_eq!(press.status(order).await, OrderStatus::AdminReview);
        assert_eq!(press.blog().posts()[0].as_ref().unwrap().html, "<p>My own words.</p>");
    }
}

#[tokio::test]
async fn a_copy_that_was_deleted_is_made_anew_only_after_staff_were_told() {
    let press = Press::new(Some(Blog::default())).await;
    let order = press.article("a").await;
    let job = press.claim(Queue::Publication).await;
    press.run(&job).await.unwrap();
    press.blog().posts()[0] = None;
    let error = press.run(&job).await.unwrap_err();
    assert_eq!((error.fault, error.discard), (Some(PublicationFault::CopyGone), true));
    let error = press.run(&job).await.unwrap_err();
    assert_eq!(error.fault, Some(PublicationFault::CopyGone), "nobody was told before the job died");
    press.finish(job, failed(&error)).await;
    press.approve(order).await;
    assert!(press.publish().await.is_none());
    assert_eq!(press.blog().posts().iter().flatten().count(), 1);
}

#[tokio::test]
async fn what_a_site_asks_for_is_honoured_and_what_it_refuses_is_for_staff() {
    let press = Press::new(Some(Blog::default())).await;
    press.article("a").await;
    let after = Some(Duration::from_secs(7));
    press.blog().meet([
        SiteFate::Fail(SiteError::Unavailable { detail: "HTTP 429".to_owned(), after }),
        SiteFate::Fail(SiteError::Refused { detail: "HTTP 401".to_owned() }),
    ]);
    let busy = press.publish().await.unwrap();
    assert_eq!((busy.retry_after, busy.discard), (after, false));
    let refused = press.publish().await.unwrap();
    assert_eq!((refused.fault, refused.discard), (Some(PublicationFault::SiteRefused), true));
    assert!(refused.public_reason.contains("HTTP 401"), "{}", refused.public_reason);
    assert!(press.shop.store.list_articles(None, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_page_that_does_not_show_the_link_is_looked_at_again() {
    let press = Press::new(Some(Blog::without_links())).await;
    let order = press.article("a").await;
    assert_eq!(fault(press.publish().await), (Some(PublicationFault::LinkMissing), false));
    assert_eq!(press.status(order).await, OrderStatus::AdminReview);
    assert!(
        press.shop.store.list_articles(None, 10).await.unwrap().is_empty(),
        "nothing is said to be public"
    );
}

#[tokio::test]
async fn a_publication_that_nobody_wants_any_more_ends_quietly() {
    let press = Press::new(Some(Blog::default())).await;
    let order = press.article("a").await;
    let job = press.claim(Queue::Publication).await;
    press.shop.store.apply(order, &Command::FullyRefunded, Actor::System).await.unwrap();
    assert!(matches!(press.run(&job).await, Ok(Outcome::Done)));
    assert!(press.blog().posts().is_empty());
}
