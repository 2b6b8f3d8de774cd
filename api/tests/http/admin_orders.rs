//! `/api/v1/admin/orders/…`: what staff see of orders, and what they decide.

use crate::{
    admin::token,
    orders::{Order, TEA, TEXT},
    shop::{Answer, Shop},
};
use axum::http::StatusCode;
use galley_domain::{actor::Actor, id::OrderId, order::Command, staff::Role};
use serde_json::{Value, json};

const UNKNOWN: &str = "0199b0a0-0000-7000-8000-000000000001";

/// A reviewer with a token.
struct Rob<'a> {
    shop: &'a Shop,
    bearer: String,
}

impl<'a> Rob<'a> {
    async fn new(shop: &'a Shop) -> Self {
        Self { shop, bearer: token(shop, "rob", Role::Reviewer).await }
    }

    async fn get(&self, path: &str) -> Answer {
        self.shop.get(&format!("/api/v1/admin/{path}"), &[("authorization", &self.bearer)]).await
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        let path = format!("/api/v1/admin/{path}");
        self.shop.post(&path, &[("authorization", &self.bearer)], body.to_string()).await
    }

    /// Of one order; the answer's status, and what it says.
    async fn does(&self, order: OrderId, what: &str, body: Value) -> (StatusCode, Value) {
        let answer = self.post(&format!("orders/{order}/{what}"), body).await;
        let said = if answer.status.is_success() { answer.data() } else { json!(answer.code()) };
        (answer.status, said)
    }
}

async fn in_review(shop: &Shop, name: &str) -> Order {
    let order = Order::ready(shop, name).await;
    order.apply(shop, Command::Submit, Actor::Customer).await;
    order
}

fn standing(order: OrderId, status: &str, publishing: bool, version: Option<i32>, changed: bool) -> Value {
    json!({
        "orderId": order, "status": status, "publishing": publishing, "version": version, "changed": changed,
    })
}

#[tokio::test]
async fn the_version_that_was_looked_at_is_approved_once() {
    let shop = Shop::open().await;
    let rob = Rob::new(&shop).await;
    let order = Order::ready(&shop, "a").await;
    let early = rob.does(order.id, "approve", json!({"version": 1})).await;
    assert_eq!(early, (StatusCode::CONFLICT, json!("order_wrong_status")));
    order.apply(&shop, Command::Submit, Actor::Customer).await;
    let other = rob.does(order.id, "approve", json!({"version": 2})).await;
    assert_eq!(other, (StatusCode::CONFLICT, json!("version_not_current")));
    for wrong in [json!({}), json!({"version": 0}), json!({"version": "1"}), json!({"version": 1.5})] {
        let answer = rob.post(&format!("orders/{}/approve", order.id), wrong).await;
        assert_eq!(answer.fields(), ["version"]);
    }
    let approved = rob.does(order.id, "approve", json!({"version": 1})).await;
    assert_eq!(approved, (StatusCode::OK, standing(order.id, "ADMIN_REVIEW", true, Some(1), true)));
    let again = rob.does(order.id, "approve", json!({"version": 1})).await;
    assert_eq!(again, (StatusCode::OK, standing(order.id, "ADMIN_REVIEW", true, Some(1), false)));
    let history = shop.store.history(order.id).await.unwrap();
    let (kind, _, actor, _) = history.last().unwrap();
    assert_eq!((kind.as_str(), actor.as_str()), ("approved", "staff:rob"));
    for unknown in [UNKNOWN, "x"] {
        let answer = rob.post(&format!("orders/{unknown}/approve"), json!({"version": 1})).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn an_order_is_sent_back_to_its_customer_or_to_the_ai() {
    let shop = Shop::open().await;
    let rob = Rob::new(&shop).await;
    let (one, other) = (in_review(&shop, "a").await, in_review(&shop, "b").await);
    let wrong =
        rob.post(&format!("orders/{}/request-changes", one.id), json!({"notes": "short", "revise": 1})).await;
    assert_eq!(wrong.fields(), ["notes", "revise"]);
    let notes = "Say more about green tea.";
    let to_customer = rob.does(one.id, "request-changes", json!({"notes": notes})).await;
    assert_eq!(to_customer, (StatusCode::OK, standing(one.id, "QUALITY_CHECK", false, Some(1), true)));
    let summary = shop.store.order_summary(one.id).await.unwrap().unwrap();
    assert_eq!(summary.notice.unwrap().message, notes);
    let to_ai = rob.does(other.id, "request-changes", json!({"notes": notes, "revise": true})).await;
    assert_eq!(to_ai, (StatusCode::OK, standing(other.id, "PROCESSING", false, Some(1), true)));
    let again = rob.does(one.id, "request-changes", json!({"notes": notes})).await;
    assert_eq!(again.0, StatusCode::CONFLICT, "it is the customer's turn");
}

#[tokio::test]
async fn an_order_is_cancelled_with_a_reason_and_started_again() {
    let shop = Shop::open().await;
    let rob = Rob::new(&shop).await;
    let order = Order::paid(&shop, "a", &TEA).await;
    assert_eq!(rob.post(&format!("orders/{}/cancel", order.id), json!({})).await.fields(), ["reason"]);
    let reason = json!({"reason": "It was ordered twice."});
    let cancelled = rob.does(order.id, "cancel", reason.clone()).await;
    assert_eq!(cancelled, (StatusCode::OK, standing(order.id, "FAILED", false, None, true)));
    assert_eq!(rob.does(order.id, "cancel", reason).await.1["changed"], false);
    let retried = rob.does(order.id, "retry", json!({})).await;
    assert_eq!(retried, (StatusCode::OK, standing(order.id, "PROCESSING", false, None, true)));
    assert_eq!(rob.does(order.id, "retry", json!({})).await.1["changed"], false);
    order.write(&shop, TEXT).await;
    assert_eq!(rob.does(order.id, "retry", json!({})).await.0, StatusCode::CONFLICT);
}

#[tokio::test]
async fn an_edited_text_is_checked_and_becomes_the_newest_version() {
    let shop = Shop::open().await;
    let rob = Rob::new(&shop).await;
    let order = in_review(&shop, "a").await;
    let edit = |text: &str, despite: bool| json!({"version": 1, "content": text, "despiteChecks": despite});
    let edited = TEXT.replace("is good", "is very good <script>alert(1)</script>");
    let path = format!("orders/{}/edit-and-approve", order.id);
    // It is shorter than it was ordered.
    let short = rob.post(&path, edit(&edited, false)).await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        short.fields().iter().all(|field| field == "content") && short.text.contains("words"),
        "{}",
        short.text
    );
    assert_eq!(rob.post(&path, edit(" ", true)).await.fields(), ["content"]);
    assert_eq!(shop.store.list_versions(order.id).await.unwrap().len(), 1);
    let taken = rob.does(order.id, "edit-and-approve", edit(&edited, true)).await;
    assert_eq!(taken, (StatusCode::OK, standing(order.id, "ADMIN_REVIEW", true, Some(2), true)));
    let version = shop.store.find_version(order.id, 2).await.unwrap().unwrap();
    assert_eq!((version.made_by.as_str(), version.title.as_str()), ("staff:rob", "Tea at work"));
    assert!(
        version.source.contains("is very good") && !version.html.contains("script"),
        "{}",
        version.source
    );
    assert!(version.html.contains("rel=\"sponsored\""), "the ordered link is marked: {}", version.html);
    assert!(version.report.is_some() && version.provenance.calls == 0);
    let late = rob.does(order.id, "edit-and-approve", edit(&edited, true)).await;
    assert_eq!(late, (StatusCode::CONFLICT, json!("order_publishing")));
}

#[tokio::test]
async fn an_edit_is_of_the_version_that_was_looked_at() {
    let shop = Shop::open().await;
    let rob = Rob::new(&shop).await;
    let order = Order::ready(&shop, "a").await;
    order
        .apply(
            &shop,
            Command::RequestRevision { notes: "more of it".to_owned(), busy: false },
            Actor::Customer,
        )
        .await;
    order.write(&shop, &TEXT.replace("good", "better")).await;
    order.apply(&shop, Command::Submit, Actor::Customer).await;
    let edit = json!({"version": 1, "title": "Tea", "content": TEXT, "despiteChecks": true});
    let late = rob.does(order.id, "edit-and-approve", edit.clone()).await;
    assert_eq!(late, (StatusCode::CONFLICT, json!("version_not_current")));
    let mut current = edit;
    current["version"] = json!(2);
    assert_eq!(rob.does(order.id, "edit-and-approve", current).await.0, StatusCode::OK);
    assert_eq!(shop.store.find_version(order.id, 3).await.unwrap().unwrap().title, "Tea");
}

#[tokio::test]
async fn of_a_backlink_only_the_paragraph_with_the_link_is_edited() {
    let shop = Shop::open().await;
    let rob = Rob::new(&shop).await;
    let base = "# Tea\n\nTea is a drink made of leaves and hot water.\n\nIt is good.\n";
    let article = shop.store.insert_article("tea", "Tea", base).await.unwrap().to_string();
    let brief = [
        ("product", "backlink"),
        ("target_url", "https://pots.example/"),
        ("anchor_text", "teapots"),
        ("article_id", article.as_str()),
    ];
    let order = Order::paid(&shop, "a", &brief).await;
    let placed = base.replace("hot water.", "hot water, best in [teapots](https://pots.example/).");
    order.write(&shop, &placed).await;
    order.apply(&shop, Command::Submit, Actor::Customer).await;
    let path = format!("orders/{}/edit-and-approve", order.id);
    let edit = |text: &str| json!({"version": 1, "content": text});
    for other in [
        placed.replace("It is good", "It is great"),
        base.to_owned(),
        placed.replace("# Tea", "# Coffee"),
        placed.replace("teapots](https://pots.example/)", "pots](https://pots.example/)"),
        placed.replace("best in", "best <b>in</b>"),
    ] {
        let answer = rob.post(&path, edit(&other)).await;
        assert_eq!(
            (answer.status, answer.fields()),
            (StatusCode::UNPROCESSABLE_ENTITY, vec!["content".to_owned()])
        );
    }
    let titled = json!({"version": 1, "title": "Coffee", "content": placed});
    assert_eq!(rob.post(&path, titled).await.fields(), ["title"]);
    let better = placed.replace("best in", "ideally in");
    let taken = rob.does(order.id, "edit-and-approve", edit(&better.replace('\n', "\r\n"))).await;
    assert_eq!(taken.0, StatusCode::OK, "{}", taken.1);
    let version = shop.store.find_version(order.id, 2).await.unwrap().unwrap();
    assert_eq!((version.source.as_str(), version.title.as_str()), (better.as_str(), "Tea"));
    let insertion = version.insertion.unwrap().0;
    assert!(insertion.proves_itself(&better) && insertion.base().as_deref() == Some(base));
}

#[tokio::test]
async fn orders_are_listed_found_and_shown() {
    let shop = Shop::open().await;
    let rob = Rob::new(&shop).await;
    let (a, b) = (Order::ready(&shop, "a").await, Order::paid(&shop, "b", &TEA).await);
    let ids = |answer: &Answer| {
        let orders = answer.data()["orders"].as_array().unwrap().clone();
        orders
            .iter()
            .map(|order| order["orderId"].as_str().unwrap().parse().unwrap())
            .collect::<Vec<OrderId>>()
    };
    assert_eq!(ids(&rob.get("orders").await), [b.id, a.id]);
    let first = rob.get("orders?limit=1").await;
    assert_eq!(ids(&first), [b.id]);
    let next = first.data()["next"].as_str().unwrap().to_owned();
    let last = rob.get(&format!("orders?limit=1&before={next}")).await;
    assert_eq!((ids(&last), &last.data()["next"]), (vec![a.id], &json!(null)));
    assert_eq!(ids(&rob.get("orders?status=QUALITY_CHECK").await), [a.id]);
    assert_eq!(ids(&rob.get("orders?q=b@customer").await), [b.id]);
    assert_eq!(
        ids(&rob.get("orders?q=https%3A%2F%2Fpots.example%2Fshop%3Fa%3D1%26b%3D2").await),
        [b.id, a.id]
    );
    assert_eq!(ids(&rob.get("orders?to=2020-01-01").await), []);
    assert_eq!(rob.get("orders?status=x&from=soon").await.fields(), ["status", "from"]);
    let whole = rob.get(&format!("orders/{}", a.id)).await.data();
    assert_eq!((&whole["order"]["version"], &whole["versions"][0]["number"]), (&json!(1), &json!(1)));
    assert_eq!(whole["order"]["email"], "a@customer.example");
    let version = rob.get(&format!("orders/{}/versions/1", a.id)).await.data();
    assert_eq!(version["content"], TEXT);
    for path in [
        format!("orders/{UNKNOWN}"),
        format!("orders/{}/versions/9", a.id),
        format!("orders/{UNKNOWN}/timeline"),
    ] {
        assert_eq!(rob.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn the_timeline_leads_to_what_the_gateway_sent() {
    let shop = Shop::open().await;
    let rob = Rob::new(&shop).await;
    let order = Order::ready(&shop, "a").await;
    let timeline = async |query: &str| rob.get(&format!("orders/{}/timeline{query}", order.id)).await;
    let whole = timeline("").await.data();
    let sources: Vec<_> =
        whole["entries"].as_array().unwrap().iter().map(|entry| entry["source"].as_str().unwrap()).collect();
    assert_eq!(sources, ["mail", "event", "version", "run", "mail", "event", "payment"]);
    let page = timeline("?limit=3").await.data();
    let rest = timeline(&format!("?before={}", page["next"].as_str().unwrap())).await.data();
    assert_eq!(rest["entries"].as_array().unwrap()[..], whole["entries"].as_array().unwrap()[3..]);
    assert_eq!(timeline("?source=x").await.fields(), ["source"]);
    assert_eq!(timeline("?before=x").await.fields(), ["before"]);
    let payment = timeline("?source=payment").await.data();
    let event = payment["entries"][0]["subjectId"].as_str().unwrap().to_owned();
    let event = rob.get(&format!("payment-events/{event}")).await.data();
    assert_eq!((&event["kind"], &event["payload"]), (&json!("checkout.session.completed"), &json!("{}")));
    assert_eq!(rob.get(&format!("payment-events/{UNKNOWN}")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_search_finds_by_what_somebody_has_in_hand() {
    let shop = Shop::open().await;
    let rob = Rob::new(&shop).await;
    let order = Order::ready(&shop, "a").await;
    let found = rob.get("search?q=a@customer.example").await.data();
    assert_eq!(found["orders"][0]["orderId"], json!(order.id));
    assert_eq!(found["customers"][0]["email"], "a@customer.example");
    assert_eq!((&found["payments"], &found["articles"]), (&json!([]), &json!([])));
    for nothing in ["search", "search?q=%20"] {
        assert_eq!(rob.get(nothing).await.fields(), ["q"]);
    }
}

#[tokio::test]
async fn failed_orders_are_started_again_together() {
    let shop = Shop::open().await;
    let rob = Rob::new(&shop).await;
    for name in ["a", "b"] {
        Order::paid(&shop, name, &TEA).await.fail(&shop, "It could not be written.").await;
    }
    let cancelled = Order::paid(&shop, "c", &TEA).await;
    rob.does(cancelled.id, "cancel", json!({"reason": "ordered twice"})).await;
    let one = rob.post("orders/retry?q=a@customer.example", json!({})).await.data();
    assert_eq!(one, json!({"retried": 1, "refused": 0, "left": 0}));
    let rest = rob.post("orders/retry", json!({})).await.data();
    assert_eq!(rest, json!({"retried": 1, "refused": 0, "left": 0}));
    assert_eq!(rob.post("orders/retry?status=COMPLETED", json!({})).await.fields(), ["status"]);
    let still = shop.store.order_summary(cancelled.id).await.unwrap().unwrap();
    assert_eq!(still.status.as_str(), "FAILED");
}

#[tokio::test]
async fn whoever_may_only_look_decides_nothing() {
    let shop = Shop::open().await;
    let rita = token(&shop, "rita", Role::ReadOnly).await;
    let order = in_review(&shop, "a").await;
    let staff = [("authorization", rita.as_str())];
    for what in ["approve", "edit-and-approve", "request-changes", "retry", "cancel"] {
        let answer = shop.post(&format!("/api/v1/admin/orders/{}/{what}", order.id), &staff, "{").await;
        assert_eq!(
            (answer.status, answer.code()),
            (StatusCode::FORBIDDEN, "not_allowed".to_owned()),
            "{what}"
        );
    }
    assert_eq!(shop.post("/api/v1/admin/orders/retry", &staff, "").await.status, StatusCode::FORBIDDEN);
    assert_eq!(shop.get(&format!("/api/v1/admin/orders/{}", order.id), &staff).await.status, StatusCode::OK);
}
