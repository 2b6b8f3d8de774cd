//! The queue, over the API and as pages of the console.

use crate::{
    admin::token,
    login::{OURS, logged_in},
    orders::{HTML, Order, TEA},
    shop::{Answer, Shop, form},
};
use axum::http::StatusCode;
use galley_domain::{
    actor::Actor,
    id::{JobId, OrderId},
    job::{JobKind, Queue},
    order::OrderStatus,
    staff::Role,
};
use galley_store::{Finish, JobFailure, JobFilter, JobLine, Outcome};
use serde_json::{Value, json};
use std::time::Duration;

const API: &str = "/api/v1/admin";

/// A member of staff with a token for the API.
struct Staff<'a> {
    shop: &'a Shop,
    bearer: String,
}

impl<'a> Staff<'a> {
    async fn new(shop: &'a Shop, name: &str, role: Role) -> Self {
        Self { shop, bearer: token(shop, name, role).await }
    }

    async fn get(&self, path: &str) -> Answer {
        self.shop.get(&format!("{API}{path}"), &[("authorization", &self.bearer)]).await
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        self.shop.post(&format!("{API}{path}"), &[("authorization", &self.bearer)], body.to_string()).await
    }
}

/// A member of staff at a browser.
struct Browser<'a> {
    shop: &'a Shop,
    cookie: String,
}

impl<'a> Browser<'a> {
    async fn new(shop: &'a Shop, name: &str, role: Role) -> Self {
        Self { shop, cookie: logged_in(shop, name, role).await }
    }

    async fn get(&self, path: &str) -> Answer {
        self.shop.get(path, &[HTML, ("cookie", &self.cookie)]).await
    }

    async fn send(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.shop.post(path, &[HTML, OURS, ("cookie", &self.cookie)], form(fields)).await
    }

    /// Sends a form and follows where it leads.
    async fn follow(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let sent = self.send(path, fields).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
        self.get(sent.header("location")).await
    }
}

async fn order(shop: &Shop, name: &str) -> OrderId {
    Order::paid(shop, name, &TEA).await.id
}

async fn job(shop: &Shop, order: OrderId, kind: JobKind) -> JobLine {
    let jobs = shop.store.jobs(JobFilter { list: None, kind: Some(kind) }, None, 100).await.unwrap();
    jobs.into_iter().find(|job| job.order_id == Some(order)).unwrap()
}

/// Every job of the queue that is due has a run that fails.
async fn fail(shop: &Shop, queue: Queue, retry_in: Option<Duration>) {
    let worker = shop.store.register("host:1", Queue::ALL).await.unwrap();
    for job in shop.store.claim(queue, 100, worker).await.unwrap() {
        let failure = JobFailure {
            error: "a <neighbour> answered 500".to_owned(),
            public_reason: "It could not be written.".to_owned(),
            retry_in,
            ..JobFailure::default()
        };
        shop.store.finish(Finish { job, outcome: Outcome::Failed(failure) }).await.unwrap();
    }
    shop.store.unregister(worker).await.unwrap();
}

#[tokio::test]
async fn queues_are_told_with_their_counts_and_can_be_paused() {
    let shop = Shop::open().await;
    let staff = Staff::new(&shop, "rob", Role::Reviewer).await;
    order(&shop, "a").await;
    let queues = async || staff.get("/queues").await.data()["queues"].as_array().unwrap().clone();
    let mails = async || {
        let queues = queues().await;
        queues.into_iter().find(|queue| queue["kind"] == "email-delivery").unwrap()
    };
    assert_eq!(queues().await.len(), JobKind::ALL.len());
    let told = mails().await;
    assert_eq!(
        (&told["queue"], &told["waiting"], &told["paused"]),
        (&json!("mail"), &json!(1), &json!(false))
    );
    assert_eq!(told["completedPerMinute"].as_array().unwrap().len(), 60);
    assert!(told["waitingSince"].is_string());
    let paused = staff.post("/queues/email-delivery/pause", json!({})).await;
    assert_eq!(paused.data(), json!({"kind": "email-delivery", "paused": true}));
    assert_eq!(staff.post("/queues/email-delivery/pause", json!({})).await.status, StatusCode::OK, "again");
    assert_eq!(mails().await["paused"], true);
    let resumed = staff.post("/queues/email-delivery/resume", json!({})).await;
    assert_eq!(resumed.data(), json!({"kind": "email-delivery", "paused": false}));
    assert_eq!(staff.post("/queues/mails/pause", json!({})).await.status, StatusCode::NOT_FOUND);
    let looks = Staff::new(&shop, "rita", Role::ReadOnly).await;
    assert_eq!(looks.post("/queues/email-delivery/pause", json!({})).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn jobs_are_listed_by_where_they_stand_and_shown_one_by_one() {
    let shop = Shop::open().await;
    let staff = Staff::new(&shop, "rita", Role::ReadOnly).await;
    let mut orders = Vec::new();
    for name in ["a", "b", "c"] {
        orders.push(order(&shop, name).await);
    }
    let first = staff.get("/jobs?state=waiting&kind=article-generation&limit=2").await.data();
    assert_eq!(first["jobs"].as_array().unwrap().len(), 2);
    let next = first["next"].as_str().unwrap();
    let second =
        staff.get(&format!("/jobs?state=waiting&kind=article-generation&limit=2&before={next}")).await.data();
    assert_eq!(
        (&second["jobs"][0]["orderId"], &second["next"]),
        (&json!(orders[0].to_string()), &json!(null))
    );
    let wrong = staff.get("/jobs?state=lost&kind=mail").await;
    assert_eq!(
        (wrong.status, wrong.fields()),
        (StatusCode::UNPROCESSABLE_ENTITY, vec!["state".to_owned(), "kind".to_owned()])
    );
    fail(&shop, Queue::Content, Some(Duration::from_mins(1))).await;
    assert_eq!(staff.get("/jobs?state=retrying").await.data()["jobs"].as_array().unwrap().len(), 3);
    let id = job(&shop, orders[0], JobKind::ArticleGeneration).await.id;
    let shown = staff.get(&format!("/jobs/{id}")).await.data();
    assert_eq!((&shown["job"]["state"], &shown["job"]["attempt"]), (&json!("retrying"), &json!(1)));
    assert_eq!(shown["failedRuns"][0]["error"], "a <neighbour> answered 500");
    assert_eq!(shown["dedupeKey"], format!("{}:article-generation:1", orders[0]));
    for unknown in ["x", "0199b0a0-0000-7000-8000-000000000001"] {
        assert_eq!(staff.get(&format!("/jobs/{unknown}")).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn jobs_are_run_again_run_now_and_called_off() {
    let shop = Shop::open().await;
    let staff = Staff::new(&shop, "rob", Role::Reviewer).await;
    let id = order(&shop, "a").await;
    let (text, mail) = (
        job(&shop, id, JobKind::ArticleGeneration).await.id,
        job(&shop, id, JobKind::EmailDelivery).await.id,
    );
    fail(&shop, Queue::Content, Some(Duration::from_mins(1))).await;
    let now = staff.post(&format!("/jobs/{text}/run-now"), json!({})).await;
    assert_eq!(now.data(), json!({"jobId": text.to_string(), "state": "waiting"}));
    fail(&shop, Queue::Content, None).await;
    let again = staff.post(&format!("/jobs/{text}/retry"), json!({})).await;
    assert_eq!(again.data()["state"], "settled", "another job writes it now");
    let newest = job(&shop, id, JobKind::ArticleGeneration).await.id;
    assert_ne!(newest, text);
    let path = format!("/jobs/{mail}/cancel");
    assert_eq!(staff.post(&path, json!({})).await.fields(), ["reason"]);
    let off = staff.post(&path, json!({"reason": "a test of ours"})).await;
    assert_eq!(off.data()["state"], "cancelled");
    let refused = staff.post(&format!("/jobs/{mail}/retry"), json!({})).await;
    assert_eq!((refused.status, refused.code()), (StatusCode::CONFLICT, "wrong_job_state".to_owned()));
    staff.post(&format!("/jobs/{newest}/cancel"), json!({"reason": "the customer asked"})).await.data();
    assert_eq!(shop.store.order_view(id).await.unwrap().unwrap().status, OrderStatus::Failed);
    let unknown = "/jobs/0199b0a0-0000-7000-8000-000000000001/retry";
    assert_eq!(staff.post(unknown, json!({})).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn everything_that_failed_is_run_again_with_one_call() {
    let shop = Shop::open().await;
    let staff = Staff::new(&shop, "rob", Role::Reviewer).await;
    for name in ["a", "b"] {
        order(&shop, name).await;
    }
    fail(&shop, Queue::Content, None).await;
    let wrong = staff.post("/jobs/retry", json!({"kind": "all"})).await;
    assert_eq!(wrong.fields(), ["kind", "state"]);
    let done = staff.post("/jobs/retry", json!({"kind": "article-generation", "state": "failed"})).await;
    assert_eq!(done.data(), json!({"retried": 2, "refused": 0, "left": 0}));
    let again = staff.post("/jobs/retry", json!({"state": "failed"})).await;
    assert_eq!(again.data(), json!({"retried": 0, "refused": 0, "left": 0}));
}

#[tokio::test]
async fn workers_are_told_with_their_last_sign_of_life() {
    let shop = Shop::open().await;
    let staff = Staff::new(&shop, "rita", Role::ReadOnly).await;
    assert_eq!(staff.get("/workers").await.data(), json!({"workers": []}));
    shop.store.register("host:7", &[Queue::Mail, Queue::Content]).await.unwrap();
    let worker = staff.get("/workers").await.data()["workers"][0].clone();
    assert_eq!((&worker["host"], &worker["queues"]), (&json!("host:7"), &json!(["mail", "content"])));
    assert_eq!((&worker["active"], worker["beatenAt"].is_string()), (&json!(0), true));
}

#[tokio::test]
async fn the_queue_page_counts_links_and_pauses() {
    let shop = Shop::open().await;
    let browser = Browser::new(&shop, "rob", Role::Reviewer).await;
    let empty = browser.get("/admin/queue").await;
    assert_eq!(empty.status, StatusCode::OK);
    assert!(
        empty.text.contains("No worker is alive") && !empty.text.contains("state=waiting"),
        "{}",
        empty.text
    );
    order(&shop, "a").await;
    shop.store.register("host:7", Queue::ALL).await.unwrap();
    let page = browser.get("/admin/queue").await.text;
    assert!(page.contains("/admin/queue/jobs?state=waiting&#38;kind=email-delivery"), "{page}");
    assert!(page.contains("host:7") && page.contains("data-refresh="), "{page}");
    let paused = browser.follow("/admin/queue/kinds/email-delivery/pause", &[]).await.text;
    assert!(paused.contains("It is paused") && paused.contains("kinds/email-delivery/resume"), "{paused}");
    let resumed = browser.follow("/admin/queue/kinds/email-delivery/resume", &[]).await.text;
    assert!(!resumed.contains("kinds/email-delivery/resume"), "{resumed}");
    let looks = Browser::new(&shop, "rita", Role::ReadOnly).await;
    assert!(
        !looks.get("/admin/queue").await.text.contains("kinds/email-delivery/pause"),
        "no button for her"
    );
    let refused = looks.send("/admin/queue/kinds/email-delivery/pause", &[]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let stranger = shop.get("/admin/queue", &[HTML]).await;
    assert_eq!(stranger.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn failed_jobs_are_read_and_run_again_from_their_pages() {
    let shop = Shop::open().await;
    let browser = Browser::new(&shop, "rob", Role::Reviewer).await;
    let (first, second) = (order(&shop, "a").await, order(&shop, "b").await);
    assert!(browser.get("/admin/queue/jobs?state=failed").await.text.contains("No job stands here"));
    fail(&shop, Queue::Content, None).await;
    let list = browser.get("/admin/queue/jobs?state=failed&kind=article-generation").await.text;
    assert!(list.contains("a &#60;neighbour&#62; answered 500") && list.contains("Do all 2 again"), "{list}");
    let failed = job(&shop, first, JobKind::ArticleGeneration).await.id;
    let page = browser.get(&format!("/admin/queue/jobs/{failed}")).await.text;
    assert!(page.contains("Do it again") && !page.contains("Call it off"), "{page}");
    let again = browser.follow(&format!("/admin/queue/jobs/{failed}/retry"), &[]).await.text;
    assert!(again.contains("It will be done again."), "{again}");
    let all = browser.follow("/admin/queue/jobs/retry", &[("kind", "article-generation")]).await.text;
    assert!(all.contains("1 will be done again."), "{all}");
    assert_eq!(shop.store.order_view(second).await.unwrap().unwrap().status, OrderStatus::Processing);
    assert_eq!(
        browser.send("/admin/queue/jobs/retry", &[("kind", "x")]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

#[tokio::test]
async fn a_job_that_cannot_be_called_off_says_why_and_keeps_the_words() {
    let shop = Shop::open().await;
    let browser = Browser::new(&shop, "rob", Role::Reviewer).await;
    let id = order(&shop, "a").await;
    let mail: JobId = job(&shop, id, JobKind::EmailDelivery).await.id;
    let path = format!("/admin/queue/jobs/{mail}/cancel");
    let silent = browser.send(&path, &[("reason", " ")]).await;
    assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(silent.text.contains("Say why"), "{}", silent.text);
    fail(&shop, Queue::Mail, None).await;
    let refused = browser.send(&path, &[("reason", "not this one")]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.text.contains("it has ended"), "{}", refused.text);
    shop.store.retry_job(mail, Actor::System).await.unwrap();
    let off = browser.follow(&path, &[("reason", "not this one")]).await.text;
    assert!(off.contains("It is called off."), "{off}");
    assert_eq!(shop.store.audit_of(mail.0, 9).await.unwrap()[0].actor, "staff:rob");
}

#[tokio::test]
async fn a_list_of_jobs_is_kept_as_a_file() {
    let shop = Shop::open().await;
    let browser = Browser::new(&shop, "rita", Role::ReadOnly).await;
    order(&shop, "a").await;
    fail(&shop, Queue::Content, None).await;
    let file = browser.get("/admin/queue/jobs?state=failed&format=csv").await;
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"jobs.csv\"");
    let lines: Vec<&str> = file.text.lines().collect();
    assert!(
        lines[0].starts_with("id,kind,state,order,") && lines[1].contains(",article-generation,failed,"),
        "{lines:?}"
    );
    assert_eq!(lines.len(), 2);
}
