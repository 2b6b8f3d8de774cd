use crate::desk::{Desk, Endpoint, SESSIONS, now, options};
use galley_sandbox::{Sandbox, SandboxOptions, sslcommerz::SslcommerzOptions};
use serde_json::{Value, json};

async fn tell(desk: &Desk, path: &str, body: Value) -> Value {
    let answer = desk.client.post(desk.url(path)).json(&body).send().await.unwrap();
    assert_eq!(answer.status(), 200, "{body}");
    answer.json().await.unwrap()
}

#[tokio::test]
async fn everything_can_be_done_over_http() {
    let desk = Desk::new().await;
    let endpoint = Endpoint::of(&desk, &[]).await;
    let act = async |action: Value| tell(&desk, "/_control/actions", action).await;
    let order =
        json!({ "metadata": { "a": "b" }, "lineItems": [{ "name": "x", "unitAmount": 500, "quantity": 2 }] });
    let made = act(json!({ "action": "create_session", "session": order })).await;
    assert_eq!((&made["amountTotal"], &made["metadata"]["a"]), (&json!(1_000), &json!("b")));
    let id = made["id"].as_str().unwrap();
    act(json!({ "action": "fail", "session": id })).await;
    let paid = act(json!({ "action": "pay", "session": id })).await;
    let intent = paid["paymentIntent"].as_str().unwrap();
    act(json!({ "action": "pay_again", "session": id })).await;
    let refund =
        act(json!({ "action": "refund", "payment_intent": intent, "amount": 10, "slowly": true })).await;
    act(json!({ "action": "refund_succeeds", "refund": refund["id"] })).await;
    act(json!({ "action": "refund_fails", "refund": refund["id"] })).await;
    let dispute = act(json!({ "action": "dispute", "paymentIntent": intent })).await;
    act(json!({ "action": "update_dispute", "dispute": dispute["id"], "status": "under_review" })).await;
    act(json!({ "action": "close_dispute", "dispute": dispute["id"], "status": "lost" })).await;
    let later = act(json!({ "action": "create_session" })).await;
    for action in ["pay_later", "money_arrives"] {
        act(json!({ "action": action, "session": later["id"] })).await;
    }
    act(json!({ "action": "settled" })).await;
    let events = desk.control().events().len();
    assert_eq!(endpoint.events().len(), events);
    assert_eq!(act(json!({ "action": "resend_events" })).await["sent"], json!(events));

    let world: Value =
        desk.client.get(desk.url("/_control/world")).send().await.unwrap().json().await.unwrap();
    assert_eq!(world["payments"].as_array().unwrap().len(), 3);
    assert_eq!(
        (&world["payments"][0]["paid"], &world["payments"][0]["disputed"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(
        (&world["refunds"][0]["status"], &world["disputes"][0]["status"]),
        (&json!("failed"), &json!("lost"))
    );
    assert_eq!(world["sessions"][0]["status"], "complete");
}

#[tokio::test]
async fn what_cannot_be_done_says_why() {
    let desk = Desk::new().await;
    for (action, word) in [("pay", "No such checkout.session"), ("money_arrives", "No such")] {
        let body = json!({ "action": action, "session": "cs_x" });
        let answer = desk.client.post(desk.url("/_control/actions")).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 400);
        assert!(answer.text().await.unwrap().contains(word));
    }
}

#[tokio::test]
async fn faults_and_webhooks_are_switched_over_http() {
    let desk = Desk::new().await;
    let fault = json!({ "mode": "stored_500", "times": 2, "every": 2, "match": "GET", "latencyMs": 0 });
    let shown = tell(&desk, "/_control", fault).await;
    assert_eq!(
        (&shown["faults"][0]["mode"], &shown["faults"][0]["every"]),
        (&json!("stored_500"), &json!(2))
    );
    assert_eq!((desk.get(SESSIONS).await.status, desk.get(SESSIONS).await.status), (200, 500));
    desk.client.delete(desk.url("/_control")).send().await.unwrap();
    assert!(desk.control().faults().is_empty());
    let plan = tell(&desk, "/_control/webhooks", json!({ "copies": 2, "delayMs": 5 })).await;
    assert_eq!(plan, json!({ "off": false, "copies": 2, "delayMs": 5, "reorder": false }));
    let wrong =
        desk.client.post(desk.url("/_control/webhooks")).json(&json!({ "copy": 2 })).send().await.unwrap();
    assert_eq!(wrong.status(), 422);
    let shown: Value =
        desk.client.get(desk.url("/_control/requests")).send().await.unwrap().json().await.unwrap();
    assert_eq!(shown["requests"][1]["mode"], "stored_500");
    assert!(!shown.to_string().contains(crate::desk::KEY));
}

#[tokio::test]
async fn the_gateways_start_and_stop_with_the_sandbox() {
    let options = SandboxOptions {
        stripe: Some(options()),
        sslcommerz: Some(SslcommerzOptions::new(now)),
        ..SandboxOptions::default()
    };
    let sandbox = Sandbox::start(options).await.unwrap();
    let (stripe, sslcommerz) = (sandbox.stripe().unwrap(), sandbox.sslcommerz().unwrap());
    let addrs = [stripe.addr(), sslcommerz.addr()];
    assert_eq!(stripe.base_url(), format!("http://{}", addrs[0]));
    sandbox.shutdown().await;
    for addr in addrs {
        assert!(tokio::net::TcpStream::connect(addr).await.is_err(), "{addr}");
    }
}
