use crate::desk::{Answer, Desk, KEY, ORDER, SESSIONS, START, options, order_with, wait};
use galley_sandbox::stripe::{NewSession, SessionStatus, StripeOptions};
use serde_json::{Value, json};

#[tokio::test]
async fn a_session_is_made_as_it_was_ordered() {
    let desk = Desk::new().await;
    let made = desk.post(SESSIONS, &ORDER).await;
    let id = made.id();
    assert!(id.starts_with("cs_test_"));
    assert!(made.headers["request-id"].to_str().unwrap().starts_with("req_"));
    let session = &made.json;
    assert!(session.as_object().unwrap().len() >= 59, "the real field set");
    assert_eq!(session["url"], json!(desk.url(&format!("/pay/{id}"))));
    assert_eq!((&session["status"], &session["payment_status"]), (&json!("open"), &json!("unpaid")));
    assert_eq!((&session["amount_total"], &session["currency"]), (&json!(12_900), &json!("usd")));
    assert_eq!(session["metadata"], json!({ "order_id": "42 & more" }));
    assert_eq!(session["client_reference_id"], "order_42");
    assert_eq!(session["customer_email"], "ada@example.com");
    assert_eq!(session["success_url"], ORDER[1].1);
    assert_eq!((&session["created"], &session["expires_at"]), (&json!(START), &json!(START + 86_400)));
    assert_eq!(session["payment_intent"], Value::Null);
    assert_eq!(desk.get(&format!("{SESSIONS}/{id}")).await.json, *session);
    assert_eq!(desk.control().requests()[0].field("metadata[order_id]"), Some("42 & more"));
    let counters = desk.control().counters();
    assert_eq!((counters.creates, counters.reads, counters.in_flight), (1, 1, 0));
}

#[tokio::test]
async fn what_is_written_on_the_payment_is_read_there() {
    let desk = Desk::new().await;
    let order = order_with("payment_intent_data[metadata][order_id]", Some("42"));
    let id = desk.post(SESSIONS, &order).await.id();
    let intent = desk.control().pay(&id).unwrap().payment_intent.unwrap();
    let shown = desk.get(&format!("/v1/payment_intents/{intent}")).await.json;
    assert_eq!(shown["metadata"], json!({ "order_id": "42" }));
    let charge = desk.get(&format!("/v1/charges/{}", shown["latest_charge"].as_str().unwrap())).await;
    assert_eq!(charge.json["metadata"], shown["metadata"]);
}

#[tokio::test]
async fn an_unusable_order_is_refused_and_says_which_field_is_to_blame() {
    let desk = Desk::new().await;
    let long = "x".repeat(501);
    let soon = (START + 29 * 60).to_string();
    let late = (START + 86_401).to_string();
    let cases = [
        ("success_url", None, "success_url", "parameter_missing"),
        ("success_url", Some("shop.example"), "success_url", "url_invalid"),
        ("mode", None, "mode", "parameter_missing"),
        ("line_items[0][quantity]", None, "line_items[0][quantity]", "parameter_missing"),
        (
            "line_items[0][price_data][unit_amount]",
            Some("12.5"),
            "line_items[0][price_data][unit_amount]",
            "",
        ),
        ("line_items[0][price_data][unit_amount]", Some("49"), "", "amount_too_small"),
        ("metadata[order_id]", Some(&long), "metadata[order_id]", ""),
        ("expires_at", Some(&soon), "expires_at", ""),
        ("expires_at", Some(&late), "expires_at", ""),
        ("customer_email", Some("nobody"), "customer_email", "email_invalid"),
        ("line_item", Some("x"), "line_item", "parameter_unknown"),
    ];
    for (name, value, param, code) in cases {
        let refused = desk.post(SESSIONS, &order_with(name, value)).await;
        assert_eq!((refused.status, refused.error("type")), (400, "invalid_request_error"), "{name}");
        assert_eq!((refused.error("param"), refused.error("code")), (param, code), "{:?}", refused.json);
        assert!(refused.error("request_log_url").contains("/req_"));
    }
    let without: Vec<_> = ORDER.into_iter().filter(|(name, _)| !name.starts_with("line_items")).collect();
    assert_eq!(desk.post(SESSIONS, &without).await.error("param"), "line_items");
    assert!(desk.control().sessions().is_empty());
}

#[tokio::test]
async fn only_the_key_opens_and_an_error_quotes_only_its_ends() {
    assert!(!format!("{:?}", options()).contains(KEY));
    let desk = Desk::new().await;
    let url = desk.url("/v1/account");
    let refused = Answer::of(desk.client.get(&url).send().await.unwrap()).await;
    assert_eq!((refused.status, refused.error("type")), (401, "invalid_request_error"));
    let wrong = desk.client.get(&url).bearer_auth("sk_test_51OtherSecretwxyz").send().await.unwrap();
    let wrong = Answer::of(wrong).await;
    assert_eq!(wrong.status, 401);
    assert_eq!(wrong.error("message"), "Invalid API Key provided: sk_test_***wxyz");
    let basic = Answer::of(desk.client.get(&url).basic_auth(KEY, Some("")).send().await.unwrap()).await;
    assert!(basic.id().starts_with("acct_"));
    assert_eq!(desk.control().counters().refused, 2);
    assert!(!format!("{:?}", desk.server).contains(KEY) && desk.server.secret_key() == KEY);
}

#[tokio::test]
async fn what_is_not_there_is_missing() {
    let desk = Desk::new().await;
    for path in
        ["/v1/checkout/sessions/cs_x", "/v1/refunds/re_x", "/v1/disputes/dp_x", "/v1/payment_intents/pi_x"]
    {
        let missing = desk.get(path).await;
        assert_eq!((missing.status, missing.error("code")), (404, "resource_missing"), "{path}");
    }
    assert_eq!(desk.get("/v1/customers").await.status, 404);
}

#[tokio::test]
async fn a_paid_session_cannot_be_expired_and_an_expired_one_cannot_be_paid() {
    let desk = Desk::new().await;
    let (paid, intent) = desk.paid().await;
    let refused = desk.post(&format!("{SESSIONS}/{paid}/expire"), &[]).await;
    assert_eq!((refused.status, refused.error("type")), (400, "invalid_request_error"));
    assert!(refused.error("message").contains("`complete`"));
    let shown = desk.get(&format!("{SESSIONS}/{paid}")).await.json;
    assert_eq!((&shown["status"], &shown["payment_status"]), (&json!("complete"), &json!("paid")));
    assert_eq!((&shown["payment_intent"], &shown["url"]), (&json!(intent), &Value::Null));
    assert_eq!(desk.get(&format!("/v1/payment_intents/{intent}")).await.json["status"], "succeeded");

    let expired = desk.session().await;
    let answer = desk.post(&format!("{SESSIONS}/{expired}/expire"), &[]).await;
    assert_eq!((answer.status, &answer.json["status"]), (200, &json!("expired")));
    assert!(desk.control().pay(&expired).is_err());
    assert_eq!(desk.control().payments().len(), 1);
}

#[tokio::test]
async fn a_session_expires_by_itself_when_its_time_is_over() {
    let desk = Desk::new().await;
    let end = (START + 1_800).to_string();
    let id = desk.post(SESSIONS, &order_with("expires_at", Some(&end))).await.id();
    wait(1_799);
    assert_eq!(desk.get(&format!("{SESSIONS}/{id}")).await.json["status"], "open");
    wait(1);
    assert_eq!(desk.get(&format!("{SESSIONS}/{id}")).await.json["status"], "expired");
    assert!(desk.control().pay(&id).is_err());
}

#[tokio::test]
async fn money_that_comes_later_arrives_or_fails_once() {
    let desk = Desk::new().await;
    let (one, other) = (desk.session().await, desk.session().await);
    for id in [&one, &other] {
        let session = desk.control().pay_later(id).unwrap();
        assert_eq!((session.status, session.payment_status.as_str()), (SessionStatus::Complete, "unpaid"));
    }
    assert_eq!(desk.control().money_arrives(&one).unwrap().payment_status.as_str(), "paid");
    desk.control().money_fails(&other).unwrap();
    assert!(desk.control().money_fails(&one).is_err() && desk.control().money_arrives(&other).is_err());
    let paid: Vec<bool> = desk.control().payments().iter().map(|payment| payment.paid).collect();
    assert_eq!(paid, [true, false]);
    let shown = desk.get(&format!("{SESSIONS}/{other}")).await.json;
    assert_eq!((&shown["status"], &shown["payment_status"]), (&json!("complete"), &json!("unpaid")));
}

#[tokio::test]
async fn the_same_seed_makes_the_same_ids_and_a_live_account_live_ones() {
    let (one, same) = (Desk::new().await, Desk::new().await);
    let live = StripeOptions { livemode: true, seed: 8, ..options() };
    let live = Desk::with(live).await;
    assert_eq!(
        one.control().create_session(NewSession::default()).id,
        same.control().create_session(NewSession::default()).id
    );
    let session = live.control().create_session(NewSession::default());
    assert!(session.id.starts_with("cs_live_") && session.livemode);
}
