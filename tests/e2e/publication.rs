//! What an editor approves becomes public, once, and its customer hears of it.

use crate::shop::{
    Answer, LONG, Order, Plan, SOON, STAFF, Setup, Shop, bearer, json_headers, on_every_setup, on_sqlite,
    sale, until,
};
use galley_sandbox::stripe::SessionSpec;
use reqwest::{Method, header::HeaderMap};
use serde_json::{Value, json};
use uuid::Uuid;

/// The article that links are sold into.
const NOTES: &str = include_str!("../../src/command/demo/article.md");
/// Every named place between an approval and its end.
const PLACES: [&str; 4] =
    ["publication.after-begin", "publication.before-finish", "publish.before-commit", "publish.after-commit"];

on_every_setup! {
    an_approved_article_is_public_and_its_customer_hears_of_it
    backlinks_that_are_published_at_once_lose_no_link
    a_kill_between_two_steps_publishes_once
}
mod editor {
    use super::*;

    on_sqlite! { a_backlink_whose_paragraph_has_changed_comes_back_to_the_editor }
}

/// An order whose customer has handed it in.
async fn handed_in(shop: &Shop, sale: &SessionSpec) -> Order {
    let order = shop.sell(sale).await;
    shop.settled(&order, "QUALITY_CHECK").await;
    let mut headers = json_headers();
    headers.extend(order.bearer());
    let body = json!({ "orderId": order.id }).to_string();
    let answer = shop.post("/api/v1/purchase/submit-for-review", headers, body).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    order
}

async fn approve(shop: &Shop, editor: &str, order: &Order, version: i32) -> Answer {
    let path = format!("orders/{}/approve", order.id);
    shop.admin(editor, &path, &json!({ "version": version })).await
}

async fn page(shop: &Shop, path: &str) -> Answer {
    let html = HeaderMap::from_iter([(reqwest::header::ACCEPT, "text/html".parse().unwrap())]);
    shop.ask(Method::GET, path, html).await
}

/// A link into the article of the shop, to `https://{name}.example/`, in the paragraph that is about
/// these words.
fn link(article: Uuid, name: &str, keywords: &str) -> SessionSpec {
    let sale = sale::with(sale::backlink(article), "target_url", &format!("https://{name}.example/"));
    sale::with(sale::with(sale, "anchor_text", name), "keywords", keywords)
}

/// The path of the address that the order's customer was mailed.
async fn address(shop: &Shop, order: &Order) -> String {
    let sql = "SELECT detail ->> 'url' FROM order_event WHERE order_id = $1 AND kind = 'published'";
    let urls = shop.db.texts_of(sql, order.id).await;
    let [url] = &urls[..] else { panic!("published once: {urls:?}") };
    let mails = shop.smtp.mailbox().mails_to(&order.email);
    let told = mails.iter().filter(|mail| mail.text.as_ref().is_some_and(|text| text.contains(url.as_str())));
    assert_eq!(told.count(), 1, "{:?}", shop.subjects_to(&order.email));
    url[url.find("/articles/").unwrap()..].to_owned()
}

async fn an_approved_article_is_public_and_its_customer_hears_of_it(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    let editor = shop.staff("editor", "reviewer").await;
    let order = handed_in(&shop, &sale::article("How beginners choose their first running shoes")).await;
    assert_eq!(page(&shop, "/sitemap.xml").await.body.matches("<loc>").count(), 0);
    let approved = approve(&shop, &editor, &order, 1).await;
    assert_eq!(approved.status, 200, "{approved:?}");
    shop.order_is(&order, "COMPLETED").await;
    shop.drained().await;

    let path = address(&shop, &order).await;
    let public = page(&shop, &path).await;
    assert_eq!(public.status, 200, "{public:?}");
    let link = r#"<a href="https://shoes.example/guide" rel="sponsored">shoe guide</a>"#;
    assert_eq!(public.body.matches(link).count(), 1, "{}", public.body);
    let status = shop.status(&order).await;
    let title = status["version"]["title"].as_str().unwrap();
    assert!(public.body.contains(&format!("<h1>{title}</h1>")), "{}", public.body);
    let html = status["version"]["contentHtml"].as_str().unwrap();
    let (_, text) = html.split_once("</h1>").unwrap();
    assert!(public.body.contains(text.trim()), "it is what was approved");
    assert!(page(&shop, "/sitemap.xml").await.body.contains(&path));
    assert!(page(&shop, "/articles").await.body.contains(&path));

    let again = approve(&shop, &editor, &order, 1).await;
    assert_eq!(again.status, 200, "approving what is public changes nothing: {again:?}");
    let jobs = "SELECT COUNT(*) FROM job WHERE order_id = $1 AND kind = 'publication'";
    assert_eq!(shop.db.count_of(jobs, order.id).await, 1);
}

async fn backlinks_that_are_published_at_once_lose_no_link(setup: Setup) {
    let shop = Plan::new(setup).workers(2).open().await;
    let editor = shop.staff("editor", "reviewer").await;
    let article = shop.db.insert_article("better-notes", "Better notes for small teams", NOTES).await;
    let subjects = [
        ("nods", "somebody, everybody, nods"),
        ("decided", "decided, meeting, three"),
        ("wall", "wall, folder, opens"),
        ("friday", "friday, monday, minutes"),
    ];
    let mut orders = Vec::new();
    for (name, keywords) in subjects {
        orders.push(handed_in(&shop, &link(article, name, keywords)).await);
    }
    let places = "SELECT COUNT(DISTINCT insertion ->> 'paragraph') FROM content_version WHERE number = 1";
    assert_eq!(shop.db.count(places).await, 4, "each in a paragraph of its own");
    let approvals = orders.iter().map(|order| approve(&shop, &editor, order, 1));
    for approved in futures_util::future::join_all(approvals).await {
        assert_eq!(approved.status, 200, "{approved:?}");
    }
    for order in &orders {
        shop.order_is(order, "COMPLETED").await;
    }
    shop.drained().await;
    let public = page(&shop, "/articles/better-notes").await.body;
    for (name, _) in subjects {
        let link = format!(r#"<a href="https://{name}.example/" rel="sponsored">{name}</a>"#);
        assert_eq!(public.matches(&link).count(), 1, "{name}: {public}");
    }
    let revisions = "SELECT COUNT(*) FROM article WHERE revision = 5";
    assert_eq!(shop.db.count(revisions).await, 1);
    for order in &orders {
        assert_eq!(address(&shop, order).await, "/articles/better-notes");
    }
}

/// Dies at each place in turn, with an order of its own.
async fn a_kill_between_two_steps_publishes_once(setup: Setup) {
    let mut shop = Plan::new(setup).open().await;
    let editor = shop.staff("editor", "reviewer").await;
    for (number, place) in PLACES.into_iter().enumerate() {
        let order = handed_in(&shop, &sale::article(&format!("Running shoes of the year {number}"))).await;
        shop.drained().await;
        shop.restart_to_crash_at(place).await;
        let mut headers = bearer(&editor);
        headers.extend(json_headers());
        let path = format!("/api/v1/admin/orders/{}/approve", order.id);
        // Whoever answers may be what dies.
        shop.try_ask(Method::POST, &path, headers, json!({ "version": 1 }).to_string()).await;
        until(&format!("something dies at {place}"), SOON, async || shop.raise().await > 0).await;
        until(&format!("the order of {place} is completed"), LONG, async || {
            shop.db
                .count_of("SELECT COUNT(*) FROM orders WHERE id = $1 AND status = 'COMPLETED'", order.id)
                .await
                == 1
        })
        .await;
        shop.drained().await;
        assert_eq!(page(&shop, &address(&shop, &order).await).await.status, 200, "{place}");
        let articles = "SELECT COUNT(*) FROM article WHERE order_id = $1 AND revision = 1";
        assert_eq!(shop.db.count_of(articles, order.id).await, 1, "{place}");
    }
    assert_eq!(shop.db.count("SELECT COUNT(*) FROM article").await, 4);
}

async fn a_backlink_whose_paragraph_has_changed_comes_back_to_the_editor(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    let editor = shop.staff("editor", "reviewer").await;
    let article = shop.db.insert_article("better-notes", "Better notes for small teams", NOTES).await;
    let first = handed_in(&shop, &link(article, "friday", "friday, monday, minutes")).await;
    let second = handed_in(&shop, &link(article, "monday", "friday, monday, minutes")).await;
    approve(&shop, &editor, &first, 1).await;
    shop.order_is(&first, "COMPLETED").await;
    approve(&shop, &editor, &second, 1).await;
    let failed = "SELECT COUNT(*) FROM order_event WHERE order_id = $1 AND kind = 'publication_failed' \
                  AND detail ->> 'code' = 'base_changed'";
    until("the publication fails", SOON, async || shop.db.count_of(failed, second.id).await == 1).await;
    assert_eq!(shop.status(&second).await["status"], "ADMIN_REVIEW");
    shop.drained().await;
    let alerts = shop.smtp.mailbox().mails_to(STAFF);
    let told = |text: &str| text.contains("The article has changed since the link was placed");
    assert!(alerts.iter().any(|mail| mail.text.as_deref().is_some_and(told)), "{alerts:?}");

    let path = format!("orders/{}/request-changes", second.id);
    let notes = "Another order came before. Please place it once more.";
    let asked = shop.admin(&editor, &path, &json!({ "notes": notes, "revise": true })).await;
    assert!(asked.status < 300, "{asked:?}");
    let status = shop.settled(&second, "QUALITY_CHECK").await;
    let insertion: &Value = &status["version"]["insertion"];
    assert!(!insertion["before"].as_str().unwrap().is_empty(), "{status:#}");
    let text = status["version"]["content"].as_str().unwrap();
    assert!(text.contains("https://friday.example/") && text.contains("https://monday.example/"), "{text}");

    let mut headers = json_headers();
    headers.extend(second.bearer());
    let body = json!({ "orderId": second.id }).to_string();
    shop.post("/api/v1/purchase/submit-for-review", headers, body).await;
    assert_eq!(approve(&shop, &editor, &second, 2).await.status, 200);
    shop.order_is(&second, "COMPLETED").await;
    let public = page(&shop, "/articles/better-notes").await.body;
    for name in ["friday", "monday"] {
        let link = format!(r#"<a href="https://{name}.example/" rel="sponsored">{name}</a>"#);
        assert_eq!(public.matches(&link).count(), 1, "{name}: {public}");
    }
}
