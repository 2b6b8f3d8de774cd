//! What is sent: checkouts and refunds.

use super::*;

fn expected(fields: &[(&str, &str)]) -> BTreeMap<String, String> {
    fields.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

#[tokio::test]
async fn a_checkout_is_asked_for_alike_each_time() {
    let stripe = StandIn::start(vec![
        http("503 Service Unavailable", "", "{}"),
        http("200 OK", "", &session("cs_1", "open", "unpaid").to_string()),
    ])
    .await;
    let error = stripe.gateway().create_checkout(&intent()).await.unwrap_err();
    assert!(matches!(error, GatewayError::NotDone { .. }), "{error:?}");
    // Another process, later: nothing of the first try is in its memory.
    let page = stripe.gateway().create_checkout(&intent()).await.unwrap();
    assert_eq!(page.external_id, "cs_1");
    assert_eq!(page.url, "https://checkout.stripe.com/c/pay/cs_1");
    assert_eq!(page.expires_at, Some(intent().created_at + TimeDelta::hours(23)));

    let [first, second] = stripe.seen().try_into().unwrap();
    assert_eq!(first.body, second.body);
    for request in [first, second] {
        assert_eq!(request.asked, "POST /v1/checkout/sessions");
        assert_eq!(request.headers["idempotency-key"], format!("checkout:{CHECKOUT}:1"));
        assert_eq!(request.headers["authorization"], format!("Bearer {KEY}"));
        assert_eq!(request.headers["content-type"], "application/x-www-form-urlencoded");
        assert_eq!(request.headers["stripe-version"], "2026-09-30.endive");
        let fields = expected(&[
            ("mode", "payment"),
            ("line_items[0][quantity]", "1"),
            ("line_items[0][price_data][currency]", "usd"),
            ("line_items[0][price_data][unit_amount]", "12900"),
            ("line_items[0][price_data][product_data][name]", "Article & link"),
            ("customer_email", "ann@example.com"),
            ("client_reference_id", CHECKOUT),
            ("metadata[galley_checkout]", CHECKOUT),
            ("payment_intent_data[metadata][galley_checkout]", CHECKOUT),
            (
                "success_url",
                &format!("https://shop.example/payment/success?session_id={CHECKOUT}&token=t0ken-_"),
            ),
            ("cancel_url", &format!("https://shop.example/checkout/{CHECKOUT}?token=t0ken-_")),
            ("expires_at", &(OPENED_AT + 82_800).to_string()),
        ]);
        assert_eq!(request.form(), fields);
    }
}

#[tokio::test]
async fn a_second_attempt_has_a_key_of_its_own() {
    let stripe = StandIn::answering(&[session("cs_1", "open", "unpaid")]).await;
    stripe.gateway().create_checkout(&CheckoutIntent { attempt: 2, ..intent() }).await.unwrap();
    assert_eq!(stripe.seen()[0].headers["idempotency-key"], format!("checkout:{CHECKOUT}:2"));
}

#[tokio::test]
async fn addresses_below_a_path_stay_below_it() {
    for (api, base) in
        [("/proxy", "https://shop.example/galley"), ("/proxy/", "https://shop.example/galley/")]
    {
        let stripe = StandIn::answering(&[session("cs_1", "open", "unpaid")]).await;
        let config = StripeConfig {
            api_base: stripe.base.join(api).unwrap(),
            return_base: base.parse().unwrap(),
            ..config(stripe.base.clone())
        };
        let gateway = StripeGateway::new(config).unwrap();
        gateway.create_checkout(&CheckoutIntent { token: "a+b&c".to_owned(), ..intent() }).await.unwrap();
        let request = &stripe.seen()[0];
        assert_eq!(request.asked, "POST /proxy/v1/checkout/sessions");
        assert_eq!(
            request.form()["cancel_url"],
            format!("https://shop.example/galley/checkout/{CHECKOUT}?token=a%2Bb%26c")
        );
    }
}

#[tokio::test]
async fn amounts_are_stripes_and_too_fine_ones_are_refused_unasked() {
    let stripe = StandIn::answering(&[session("cs_1", "open", "unpaid")]).await;
    let gateway = stripe.gateway();
    for (price, sent) in
        [(money(5_000, "JPY"), "5000"), (money(1_230, "KWD"), "1230"), (money(500, "UGX"), "500")]
    {
        gateway.create_checkout(&CheckoutIntent { price, ..intent() }).await.unwrap();
        let form = stripe.seen().pop().unwrap().form();
        assert_eq!(form["line_items[0][price_data][unit_amount]"], sent);
        assert_eq!(form["line_items[0][price_data][currency]"], price.currency.as_str().to_ascii_lowercase());
    }
    let asked = stripe.seen().len();
    let refused = |price, detail: &str| {
        let detail = detail.to_owned();
        (price, GatewayError::Refused { detail })
    };
    for (price, expected) in [
        refused(money(1_234, "KWD"), "1.234 KWD is too fine: Stripe takes KWD in steps of 0.010 KWD"),
        refused(money(550, "UGX"), "5.50 UGX is too fine: Stripe takes UGX in steps of 1.00 UGX"),
        refused(money(0, "USD"), "0.00 USD is no amount that can move"),
        refused(money(-5, "USD"), "-0.05 USD is no amount that can move"),
    ] {
        assert_eq!(
            gateway.create_checkout(&CheckoutIntent { price, ..intent() }).await,
            Err(expected.clone())
        );
        let refund = RefundIntent { amount: price, ..refund_intent() };
        assert_eq!(gateway.refund(&refund).await, Err(expected));
    }
    assert_eq!(stripe.seen().len(), asked);
}

#[tokio::test]
async fn a_refund_is_asked_for_alike_each_time() {
    let answer = json!({ "id": "re_1", "object": "refund", "status": "pending", "amount": 500 });
    let stripe = StandIn::start(vec![Reply::Reset, http("200 OK", "", &answer.to_string())]).await;
    let reason = format!("{}ü", "x".repeat(600));
    let intent = RefundIntent { reason, ..refund_intent() };
    let error = stripe.gateway().refund(&intent).await.unwrap_err();
    assert!(matches!(error, GatewayError::Unknown { .. }), "{error:?}");
    let accepted = stripe.gateway().refund(&intent).await.unwrap();
    let id = Some("re_1".to_owned());
    assert_eq!(accepted, RefundAnswer { external_id: id, state: RefundState::Pending, detail: None });

    let [first, second] = stripe.seen().try_into().unwrap();
    assert_eq!(first.body, second.body);
    for request in [first, second] {
        assert_eq!(request.asked, "POST /v1/refunds");
        assert_eq!(request.headers["idempotency-key"], format!("refund:{REFUND}:1"));
        let fields = expected(&[
            ("payment_intent", "pi_1"),
            ("amount", "500"),
            ("reason", "requested_by_customer"),
            ("metadata[galley_refund]", REFUND),
            ("metadata[reason]", &"x".repeat(500)),
        ]);
        assert_eq!(request.form(), fields);
    }
}

#[tokio::test]
async fn an_old_payment_is_refunded_by_its_charge() {
    let stripe = StandIn::answering(&[json!({ "id": "re_1", "status": "succeeded" })]).await;
    let intent = RefundIntent { payment_ref: "ch_1".to_owned(), reason: String::new(), ..refund_intent() };
    let answer = stripe.gateway().refund(&intent).await.unwrap();
    assert_eq!(answer.state, RefundState::Succeeded);
    let form = stripe.seen()[0].form();
    assert_eq!((form["charge"].as_str(), form.get("payment_intent")), ("ch_1", None));
    assert_eq!(form.get("metadata[reason]"), None);
    // What cost nothing is known by its session.
    let free = RefundIntent { payment_ref: "cs_1".to_owned(), ..refund_intent() };
    let refused = stripe.gateway().refund(&free).await.unwrap_err();
    assert!(matches!(refused, GatewayError::Refused { .. }), "{refused:?}");
    assert_eq!(stripe.seen().len(), 1);
}

#[tokio::test]
async fn a_refund_that_failed_at_once_says_why() {
    for (answer, why) in [
        (
            json!({ "id": "re_1", "status": "failed", "failure_reason": "expired_or_canceled_card" }),
            "expired_or_canceled_card",
        ),
        (json!({ "id": "re_1", "status": "canceled", "reason": "requested_by_customer" }), "canceled"),
    ] {
        let stripe = StandIn::answering(&[answer]).await;
        let answer = stripe.gateway().refund(&refund_intent()).await.unwrap();
        assert_eq!((answer.state, answer.detail.as_deref()), (RefundState::Failed, Some(why)));
    }
}
