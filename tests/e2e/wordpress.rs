//! Articles appear on a WordPress site, too, whatever that does meanwhile.

use crate::shop::{
    Order, Plan, SOON, Setup, Shop, json_headers, now, on_every_setup, on_sqlite, sale, until,
};
use galley_sandbox::{
    fault::Fault,
    stripe::SessionSpec,
    wordpress::{
        WordpressAction, WordpressMode, WordpressOptions, WordpressPost, WordpressServer, WordpressStatus,
    },
};
use serde_json::json;

/// Creates a post, and nothing else does.
const CREATES: &str = "POST /wp-json/wp/v2/posts {";
/// The article that links are sold into.
const NOTES: &str = include_str!("../../src/command/demo/article.md");

on_every_setup! {
    an_approved_article_is_published_on_the_site_with_its_link
}
mod bad_days {
    use super::*;

    on_sqlite! {
        an_answer_that_got_lost_makes_no_second_post
        a_galley_that_dies_after_the_post_was_made_finds_it_again
        a_busy_site_is_asked_again
        a_site_that_refuses_us_brings_the_order_back_to_the_editor
        a_post_that_somebody_changed_is_looked_at_before_it_is_replaced
        a_page_that_hides_the_link_is_no_success
        the_doctor_says_whether_the_site_lets_us_in
    }
}

/// A shop, the site that shows its articles, and an editor.
struct Paper {
    shop: Shop,
    site: WordpressServer,
    editor: String,
}

impl Paper {
    async fn open(setup: Setup) -> Self {
        let options = WordpressOptions { unfiltered_html: false, ..WordpressOptions::new(now) };
        let site = WordpressServer::start(options).await.unwrap();
        let plan = Plan::new(setup)
            .with("WORDPRESS_URL", site.base_url())
            .with("WORDPRESS_USER", site.user())
            .with("WORDPRESS_APP_PASSWORD", site.app_password());
        let shop = plan.open().await;
        let editor = shop.staff("editor", "reviewer").await;
        Self { shop, site, editor }
    }

    /// An order whose customer has handed it in.
    async fn handed_in(&self, sale: &SessionSpec) -> Order {
        let order = self.shop.sell(sale).await;
        self.shop.settled(&order, "QUALITY_CHECK").await;
        let mut headers = json_headers();
        headers.extend(order.bearer());
        let body = json!({ "orderId": order.id }).to_string();
        let answer = self.shop.post("/api/v1/purchase/submit-for-review", headers, body).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        order
    }

    async fn approve(&self, order: &Order) {
        let path = format!("orders/{}/approve", order.id);
        let approved = self.shop.admin(&self.editor, &path, &json!({ "version": 1 })).await;
        assert_eq!(approved.status, 200, "{approved:?}");
    }

    async fn completed(&self, order: &Order) {
        until("the order is completed", SOON, async || {
            self.shop.status(order).await["status"] == "COMPLETED"
        })
        .await;
    }

    /// Waits until the publication has failed for good, and says why.
    async fn failed(&self, order: &Order, times: usize) -> String {
        let failures = "SELECT CAST(detail AS TEXT) FROM order_event WHERE order_id = $1 \
                        AND kind = 'publication_failed' ORDER BY sequence";
        let mut details = Vec::new();
        until("the publication has failed", SOON, async || {
            details = self.shop.db.texts_of(failures, order.id).await;
            details.len() == times
        })
        .await;
        assert_eq!(self.shop.status(order).await["status"], "ADMIN_REVIEW");
        let detail = details.pop().unwrap();
        assert!(!detail.contains(self.site.app_password()), "{detail}");
        detail
    }

    fn break_with(&self, fault: Fault<WordpressMode>) {
        self.site.control().set(fault);
    }

    fn posts(&self) -> Vec<WordpressPost> {
        self.site.control().posts()
    }

    fn only_post(&self) -> WordpressPost {
        let posts = self.posts();
        assert_eq!(posts.len(), 1, "{posts:?}");
        posts[0].clone()
    }

    /// What anybody sees at the post's address.
    async fn page(&self, post: &WordpressPost) -> String {
        let url = format!("{}/{}/", self.site.base_url(), post.slug);
        self.shop.http.get(url).send().await.unwrap().text().await.unwrap()
    }
}

async fn an_approved_article_is_published_on_the_site_with_its_link(setup: Setup) {
    let paper = Paper::open(setup).await;
    let order = paper.handed_in(&sale::article("How beginners choose their first running shoes")).await;
    assert!(paper.posts().is_empty(), "nothing is public before somebody approved it");
    paper.approve(&order).await;
    paper.completed(&order).await;
    paper.shop.drained().await;

    let post = paper.only_post();
    assert_eq!(post.status, WordpressStatus::Publish);
    let page = paper.page(&post).await;
    let link = r#"<a href="https://shoes.example/guide" rel="sponsored">shoe guide</a>"#;
    assert_eq!(page.matches(link).count(), 1, "{page}");
    assert_eq!(page.matches("<h1>").count(), 1, "the title stands above the text, not in it: {page}");
    let url = format!("{}/{}/", paper.site.base_url(), post.slug);
    let published = "SELECT CAST(detail AS TEXT) FROM order_event WHERE order_id = $1 AND kind = 'published'";
    let history = paper.shop.db.texts_of(published, order.id).await;
    assert!(history.len() == 1 && history[0].contains(&url), "{history:?}");
    let mails = paper.shop.smtp.mailbox().mails_to(&order.email);
    let told = mails.iter().filter(|mail| mail.text.as_deref().is_some_and(|text| text.contains(&url)));
    assert_eq!(told.count(), 1, "one mail names the address");

    let article = paper.shop.db.ids("SELECT id FROM article").await[0];
    let backlink = paper.handed_in(&sale::with(sale::backlink(article), "keywords", "running shoes")).await;
    paper.approve(&backlink).await;
    paper.completed(&backlink).await;
    let post = paper.only_post();
    assert_eq!(post.writes, 2);
    let page = paper.page(&post).await;
    for link in [link, r#"<a href="https://paper.example/notebooks" rel="sponsored">good paper</a>"#] {
        assert_eq!(page.matches(link).count(), 1, "{link} is not in {page}");
    }
}

async fn an_answer_that_got_lost_makes_no_second_post(setup: Setup) {
    let paper = Paper::open(setup).await;
    let order = paper.handed_in(&sale::article("Shoes and what is lost with them")).await;
    paper.break_with(Fault::times(WordpressMode::LostAnswer, 1).only(CREATES));
    paper.approve(&order).await;
    paper.completed(&order).await;
    let post = paper.only_post();
    assert_eq!(paper.page(&post).await.matches("https://shoes.example/guide").count(), 1);
}

async fn a_galley_that_dies_after_the_post_was_made_finds_it_again(setup: Setup) {
    let mut paper = Paper::open(setup).await;
    let order = paper.handed_in(&sale::article("Shoes that outlive their owners")).await;
    paper.shop.restart_to_crash_at("publication.after-site").await;
    paper.approve(&order).await;
    let mut raised = 0;
    until("Galley has died", SOON, async || {
        raised = paper.shop.raise().await;
        raised > 0
    })
    .await;
    paper.completed(&order).await;
    paper.shop.drained().await;
    assert_eq!(paper.only_post().writes, 1);
    let subjects = paper.shop.subjects_to(&order.email);
    assert_eq!(subjects.iter().filter(|subject| subject.contains("published")).count(), 1, "{subjects:?}");
}

async fn a_busy_site_is_asked_again(setup: Setup) {
    let paper = Paper::open(setup).await;
    let order = paper.handed_in(&sale::article("Shoes for busy people")).await;
    paper.break_with(Fault::times(WordpressMode::RateLimited, 1).retry_after_seconds(0));
    paper.break_with(Fault::times(WordpressMode::Status500, 1).only(CREATES));
    paper.approve(&order).await;
    paper.completed(&order).await;
    assert_eq!(paper.only_post().writes, 1);
    assert!(paper.site.control().faults().iter().all(|fault| fault.times == Some(0)), "both have struck");
}

async fn a_site_that_refuses_us_brings_the_order_back_to_the_editor(setup: Setup) {
    let paper = Paper::open(setup).await;
    let order = paper.handed_in(&sale::article("Shoes that nobody lets in")).await;
    paper.break_with(Fault::always(WordpressMode::Unauthorized));
    paper.approve(&order).await;
    let detail = paper.failed(&order, 1).await;
    assert!(detail.contains("site_refused") && detail.contains("incorrect_password"), "{detail}");
    assert!(paper.posts().is_empty());
    paper.site.control().reset();
    paper.approve(&order).await;
    paper.completed(&order).await;
    assert_eq!(paper.only_post().writes, 1);
}

async fn a_post_that_somebody_changed_is_looked_at_before_it_is_replaced(setup: Setup) {
    let paper = Paper::open(setup).await;
    let article = paper.shop.db.insert_article("better-notes", "Better notes for small teams", NOTES).await;
    let first = paper.handed_in(&sale::backlink(article)).await;
    paper.approve(&first).await;
    paper.completed(&first).await;
    let post = paper.only_post();
    paper.site.control().act(WordpressAction::Edit { target: post.id }).unwrap();

    let sale = sale::with(sale::backlink(article), "anchor_text", "small team");
    let sale = sale::with(sale, "target_url", "https://teams.example/");
    let second = paper.handed_in(&sale).await;
    paper.approve(&second).await;
    let detail = paper.failed(&second, 1).await;
    assert!(detail.contains("copy_changed"), "{detail}");
    assert!(paper.only_post().content.contains("One of us added this."), "it was not overwritten");
    // The editor has looked, and says it again.
    paper.approve(&second).await;
    paper.completed(&second).await;
    let page = paper.page(&paper.only_post()).await;
    assert!(!page.contains("One of us added this."), "{page}");
    for target in ["https://paper.example/notebooks", "https://teams.example/"] {
        assert_eq!(page.matches(target).count(), 1, "{target} is not in {page}");
    }
}

async fn a_page_that_hides_the_link_is_no_success(setup: Setup) {
    let paper = Paper::open(setup).await;
    let order = paper.handed_in(&sale::article("Shoes without a guide")).await;
    paper.break_with(Fault::always(WordpressMode::HideRel));
    paper.approve(&order).await;
    let detail = paper.failed(&order, 1).await;
    assert!(detail.contains("link_missing") && detail.contains("no mark instead of"), "{detail}");
    let subjects = paper.shop.subjects_to(&order.email);
    assert!(!subjects.iter().any(|subject| subject.contains("published")), "{subjects:?}");
    paper.site.control().reset();
    paper.approve(&order).await;
    paper.completed(&order).await;
    assert_eq!(paper.only_post().writes, 1);
}

async fn the_doctor_says_whether_the_site_lets_us_in(setup: Setup) {
    let paper = Paper::open(setup).await;
    let found = paper.shop.galley(&["doctor"]).await;
    assert!(found.stdout.contains("ok     wordpress       lets us publish as The editor"), "{found:?}");
    let found = paper.shop.galley_with(&["doctor"], &[("WORDPRESS_APP_PASSWORD", "not it")]).await;
    assert!(!found.success && found.stdout.contains("WRONG  wordpress"), "{found:?}");
    assert!(!found.stdout.contains("not it"), "{found:?}");
}
