//! A paid event becomes content that its customer can read.

use crate::shop::{MAIL_DOMAIN, Order, Plan, Setup, Shop, on_every_setup, redacted, sale};
use serde_json::Value;

/// The article that links are sold into.
const NOTES: &str = include_str!("../../src/command/demo/article.md");

on_every_setup! {
    a_paid_article_is_written_checked_and_announced
    a_paid_backlink_changes_one_paragraph_and_proves_it
}

async fn a_paid_article_is_written_checked_and_announced(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    let order = shop.sell(&sale::article("How beginners choose their first running shoes")).await;
    let status = shop.settled(&order, "QUALITY_CHECK").await;
    shop.drained().await;

    assert_eq!(status["version"]["qcStatus"], status["version"]["qualityReport"]["verdict"]);
    assert_ne!(status["version"]["qcStatus"], "fail");
    let (source, html) = (text(&status["version"]["content"]), text(&status["version"]["contentHtml"]));
    assert!(
        source.starts_with("# ") && source.contains("[shoe guide](https://shoes.example/guide)"),
        "{source}"
    );
    assert!(
        html.contains(r#"<a href="https://shoes.example/guide" rel="sponsored">shoe guide</a>"#),
        "{html}"
    );

    let mails = ["order-received", "article-ready"];
    let subjects = ["Your order has arrived", "is ready"];
    assert_mails(&shop, &order, mails, subjects).await;
    assert_the_link_of_each_mail_opens_the_order(&shop, &order).await;
    assert_an_answer_that_is_known_is_not_sent_again(&shop, &order).await;

    let status = shop.status(&order).await;
    insta::assert_json_snapshot!("article_status", redacted(status.clone()));

    let path = format!("/api/v1/purchase/orders/{}/versions", order.id);
    let mut list = shop.get(&order, &path).await.json();
    let report = list["data"]["versions"][0]["qualityReport"].take();
    assert_eq!(report, status["version"]["qualityReport"], "the list has the reports, not the texts");
    insta::assert_json_snapshot!("article_versions", redacted(list));
    let first = shop.get(&order, &format!("{path}/1")).await.json();
    assert_eq!(text(&first["data"]["content"]), source);
    assert_eq!(shop.get(&order, &format!("{path}/2")).await.status, 404);
}

async fn a_paid_backlink_changes_one_paragraph_and_proves_it(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    let article = shop.db.insert_article("better-notes", "Better notes for small teams", NOTES).await;
    let order = shop.sell(&sale::backlink(article)).await;
    let status = shop.settled(&order, "QUALITY_CHECK").await;
    shop.drained().await;

    let mails = ["order-received", "backlink-integrated"];
    let subjects = ["Your order has arrived", "is ready"];
    assert_mails(&shop, &order, mails, subjects).await;
    assert_the_link_of_each_mail_opens_the_order(&shop, &order).await;

    let source = text(&status["version"]["content"]);
    let link = "[good paper](https://paper.example/notebooks)";
    assert!(source.contains(link), "{source}");
    let versions = format!("/api/v1/purchase/orders/{}/versions", order.id);
    let before = shop.get(&order, &format!("{versions}/0")).await.json();
    assert_eq!(text(&before["data"]["content"]), NOTES, "the article as it was is kept byte for byte");
    let diff = shop.get(&order, &format!("{versions}/1/diff/0")).await.json();
    assert_only_one_paragraph_differs(NOTES, source, &diff["data"]);
    assert_eq!((&diff["data"]["from"], &diff["data"]["to"]), (&0.into(), &1.into()));

    let insertion = &status["version"]["insertion"];
    assert!(NOTES.contains(text(&insertion["before"])) && source.contains(text(&insertion["after"])));
    insta::assert_json_snapshot!("backlink_status", redacted(status));
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value}"))
}

/// One mail of each kind, sent under the Message-ID that its row gives it.
async fn assert_mails(shop: &Shop, order: &Order, kinds: [&str; 2], subjects: [&str; 2]) {
    let sent = "SELECT kind FROM email WHERE order_id = $1 AND state = 'sent' ORDER BY created_at, id";
    assert_eq!(shop.db.texts_of(sent, order.id).await, kinds);
    let arrived = shop.smtp.mailbox().mails_to(&order.email);
    assert_eq!(arrived.len(), 2, "{:?}", shop.subjects_to(&order.email));
    for subject in subjects {
        assert!(arrived.iter().any(|mail| mail.subject.contains(subject)), "{subject}");
    }
    let mut known = shop.db.ids("SELECT id FROM email").await;
    for mail in arrived {
        let place = known.iter().position(|id| mail.message_id == format!("{id}@{MAIL_DOMAIN}"));
        known.remove(place.unwrap_or_else(|| panic!("{} is no mail of the log", mail.message_id)));
    }
}

async fn assert_the_link_of_each_mail_opens_the_order(shop: &Shop, order: &Order) {
    for mail in shop.smtp.mailbox().mails_to(&order.email) {
        let body = mail.text.clone().unwrap();
        let link = body.split_whitespace().find(|word| word.contains("/order-status/")).unwrap();
        let (_, path) = link.split_once("/order-status/").unwrap();
        let page = shop.browser().open(&format!("/order-status/{path}")).await;
        assert_eq!(page.status, 200, "{link}: {page:?}");
        assert!(page.body.contains(&order.id.to_string()), "{link}: {page:?}");
        assert_eq!(page.url.query(), None, "the token leaves the address");
    }
}

async fn assert_an_answer_that_is_known_is_not_sent_again(shop: &Shop, order: &Order) {
    let whole = shop.status_unless(order, "\"something-else\"").await;
    assert_eq!(whole.status, 200);
    let tag = whole.header("etag").to_owned();
    let known = shop.status_unless(order, &tag).await;
    assert_eq!((known.status, known.body.as_str(), known.header("etag")), (304, "", tag.as_str()));
    assert_eq!(whole.header("cache-control"), "private, no-cache");
}

/// The equal and inserted spans make the new text, the equal and deleted ones the old; and what
/// differs lies within one paragraph.
fn assert_only_one_paragraph_differs(old: &str, new: &str, diff: &Value) {
    let spans = diff["spans"].as_array().unwrap();
    let joined = |left_out: &str| -> String {
        spans.iter().filter(|span| span["op"] != left_out).map(|span| text(&span["text"])).collect()
    };
    assert_eq!((joined("insert").as_str(), joined("delete").as_str()), (old, new));
    let (old, new): (Vec<_>, Vec<_>) = (old.split("\n\n").collect(), new.split("\n\n").collect());
    assert_eq!(old.len(), new.len());
    assert_eq!(old.iter().zip(&new).filter(|(old, new)| old != new).count(), 1);
    assert!(spans.iter().all(|span| span["op"] != "delete"), "{spans:?}");
    let inserted: String =
        spans.iter().filter(|span| span["op"] == "insert").map(|span| text(&span["text"])).collect();
    assert!(inserted.contains("(https://paper.example/notebooks)"), "{inserted}");
}
