//! What is read: sessions, refunds, disputes, the account.

use super::*;
use galley_domain::payment::{CheckoutState, MoneyChange};

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

fn state(observation: &Observation) -> (&str, CheckoutState) {
    match observation {
        Observation::Session(fact) => (&fact.external_id, fact.state),
        Observation::Money(fact) => panic!("{fact:?}"),
    }
}

fn changed(mut object: Value, key: &str, value: Value) -> Value {
    object[key] = value;
    object
}

#[tokio::test]
async fn a_session_is_read_as_it_stands() {
    let stripe = StandIn::answering(&[session("cs_1", "complete", "paid")]).await;
    let observed = stripe.gateway().fetch("cs_1", None).await.unwrap();
    let [Observation::Session(fact)] = observed.as_slice() else { panic!("{observed:?}") };
    assert_eq!((fact.gateway, fact.account.as_str()), (Gateway::Stripe, ""));
    assert_eq!((fact.external_id.as_str(), fact.payment_ref.as_str()), ("cs_1", "pi_1"));
    assert_eq!((fact.state, fact.checkout), (CheckoutState::Paid, CHECKOUT.parse().ok()));
    assert_eq!((fact.sale.amount_total_minor, fact.sale.risky), (Some(12_900), false));
    let request = &stripe.seen()[0];
    assert_eq!(request.asked, "GET /v1/checkout/sessions/cs_1");
    assert!(request.query.is_empty() && !request.headers.contains_key("idempotency-key"));
}

#[tokio::test]
async fn a_session_that_is_none_of_our_money_is_left_out() {
    let paid = || session("cs_1", "complete", "paid");
    let foreign = [changed(paid(), "livemode", json!(true)), changed(paid(), "mode", json!("subscription"))];
    for object in foreign.clone() {
        let stripe = StandIn::answering(&[object]).await;
        assert!(stripe.gateway().fetch("cs_1", None).await.unwrap().is_empty());
    }
    let [live, subscription] = foreign;
    let stripe = StandIn::answering(&[list(&[live, paid(), subscription], false)]).await;
    let window = Window { from: at(OPENED_AT), until: at(OPENED_AT + 60) };
    let page = stripe.gateway().list_complete(&window, None).await.unwrap();
    assert_eq!((page.observations.len(), page.next), (1, None));
}

#[tokio::test]
async fn what_is_no_id_is_asked_of_nobody() {
    let stripe = StandIn::answering(&[json!({})]).await;
    let gateway = stripe.gateway();
    for id in ["", "../account", "cs_1/expire", "cs_1?x=y", "cs 1", &"c".repeat(256)] {
        let error = gateway.fetch(id, None).await.unwrap_err();
        assert!(matches!(error, GatewayError::Refused { .. }), "{error:?}");
    }
    assert!(stripe.seen().is_empty());
}

#[tokio::test]
async fn completed_sessions_come_page_by_page() {
    let first = [session("cs_3", "complete", "paid"), session("cs_2", "complete", "unpaid")];
    let last = [session("cs_1", "complete", "paid")];
    let stripe = StandIn::answering(&[list(&first, true), list(&last, false)]).await;
    let gateway = stripe.gateway();
    let window = Window { from: at(OPENED_AT), until: at(OPENED_AT + 60) };
    let page = gateway.list_complete(&window, None).await.unwrap();
    let states: Vec<_> = page.observations.iter().map(state).collect();
    assert_eq!(states, [("cs_3", CheckoutState::Paid), ("cs_2", CheckoutState::Processing)]);
    assert_eq!(page.next.as_deref(), Some("cs_2"));
    let page = gateway.list_complete(&window, page.next.as_deref()).await.unwrap();
    assert_eq!((page.observations.len(), page.next), (1, None));

    let [first, second] = stripe.seen().try_into().unwrap();
    assert_eq!(first.asked, "GET /v1/checkout/sessions");
    let mut query = first.query;
    let (from, until) = (OPENED_AT.to_string(), (OPENED_AT + 60).to_string());
    let expected =
        [("created[gte]", from.as_str()), ("created[lt]", &until), ("limit", "100"), ("status", "complete")];
    let expected = expected.map(|(key, value)| (key.to_owned(), value.to_owned()));
    assert_eq!(query, BTreeMap::from(expected));
    query.insert("starting_after".to_owned(), "cs_2".to_owned());
    assert_eq!(second.query, query);
}

#[tokio::test]
async fn a_checkout_is_found_by_our_id_wherever_it_is() {
    let other =
        changed(session("cs_9", "complete", "paid"), "metadata", json!({ "galley_checkout": REFUND }));
    let open = || session("cs_2", "open", "unpaid");
    let expired = || session("cs_1", "expired", "unpaid");
    let returned = format!("https://shop.example/payment/success?session_id={CHECKOUT}&token=t0ken-_");
    for (ours, expected) in [
        (vec![], None),
        (vec![expired()], None),
        (vec![open(), expired()], Some(("cs_2", "https://checkout.stripe.com/c/pay/cs_2"))),
        (vec![open(), session("cs_1", "complete", "unpaid")], Some(("cs_1", returned.as_str()))),
        (vec![open(), session("cs_1", "complete", "paid")], Some(("cs_1", returned.as_str()))),
    ] {
        let pages = [list(std::slice::from_ref(&other), true), list(&ours, false)];
        let stripe = StandIn::answering(&pages).await;
        let found = stripe.gateway().find_checkout(&intent()).await.unwrap();
        assert_eq!(found.as_ref().map(|page| (page.external_id.as_str(), page.url.as_str())), expected);
        let [first, second] = stripe.seen().try_into().unwrap();
        assert_eq!(first.query["created[gte]"], (OPENED_AT - 300).to_string());
        assert_eq!(first.query["created[lt]"], (OPENED_AT + 90_000).to_string());
        assert!(!first.query.contains_key("status"));
        assert_eq!(second.query["starting_after"], "cs_9");
    }
}

#[tokio::test]
async fn a_search_that_was_given_up_has_not_found_nothing() {
    let stripe = StandIn::answering(&[list(&[json!({ "id": "x_1" })], true)]).await;
    let gateway = stripe.gateway();
    let error = gateway.find_checkout(&intent()).await.unwrap_err();
    assert!(matches!(error, GatewayError::Unknown { .. }), "{error:?}");
    assert_eq!(stripe.seen().len(), 100);
    let error = gateway.find_refund(&refund_intent()).await.unwrap_err();
    assert!(matches!(error, GatewayError::Unknown { .. }), "{error:?}");
}

#[tokio::test]
async fn a_refund_is_found_by_its_id_or_by_ours() {
    let refund = |id: &str, status: &str, ours: &str| json!({ "id": id, "status": status, "amount": 500, "metadata": { "galley_refund": ours } });
    let stripe = StandIn::answering(&[refund("re_1", "succeeded", REFUND)]).await;
    let known = RefundIntent { external_id: Some("re_1".to_owned()), ..refund_intent() };
    let found = stripe.gateway().find_refund(&known).await.unwrap().unwrap();
    assert_eq!(found.state, RefundState::Succeeded);
    assert_eq!(stripe.seen()[0].asked, "GET /v1/refunds/re_1");

    let items = [
        refund("re_4", "succeeded", CHECKOUT),
        refund("re_3", "failed", REFUND),
        refund("re_2", "pending", REFUND),
        json!({ "id": "re_1", "status": "succeeded" }),
    ];
    for (items, expected) in [(&items[..], Some("re_2")), (&items[..2], Some("re_3")), (&items[3..], None)] {
        let stripe = StandIn::answering(&[list(items, false)]).await;
        let found = stripe.gateway().find_refund(&refund_intent()).await.unwrap();
        assert_eq!(found.and_then(|answer| answer.external_id).as_deref(), expected);
        let request = &stripe.seen()[0];
        assert_eq!(request.asked, "GET /v1/refunds");
        assert_eq!(request.query["payment_intent"], "pi_1");
    }
}

#[tokio::test]
async fn a_refund_that_stripe_does_not_know_is_no_leave_to_make_another() {
    let stripe = StandIn::start(vec![http("404 Not Found", "", "{}")]).await;
    let known = RefundIntent { external_id: Some("re_1".to_owned()), ..refund_intent() };
    let error = stripe.gateway().find_refund(&known).await.unwrap_err();
    assert!(matches!(error, GatewayError::Refused { .. }), "{error:?}");
}

#[tokio::test]
async fn refunds_and_disputes_are_listed_since() {
    let refund =
        |id: &str| json!({ "id": id, "amount": 500, "status": "succeeded", "payment_intent": "pi_1" });
    let dispute = json!({ "id": "dp_1", "amount": 1999, "status": "needs_response", "charge": "ch_1", "livemode": false });
    let live = changed(dispute.clone(), "livemode", json!(true));
    let stripe = StandIn::answering(&[
        list(&[refund("re_2")], true),
        list(&[refund("re_1"), json!({ "id": "re_0" })], false),
        list(&[dispute, live], false),
    ])
    .await;
    let observed = stripe.gateway().list_money(at(OPENED_AT)).await.unwrap();
    let found: Vec<_> = observed
        .iter()
        .map(|observation| match observation {
            Observation::Money(fact) => match &fact.change {
                MoneyChange::Refund(refund) => (refund.external_id.as_str(), fact.payment_ref.as_str()),
                MoneyChange::Dispute(dispute) => (dispute.external_id.as_str(), fact.payment_ref.as_str()),
                MoneyChange::Charge(charge) => panic!("{charge:?}"),
            },
            Observation::Session(fact) => panic!("{fact:?}"),
        })
        .collect();
    assert_eq!(found, [("re_2", "pi_1"), ("re_1", "pi_1"), ("dp_1", "ch_1")]);
    let asked: Vec<_> = stripe.seen().iter().map(|request| request.asked.clone()).collect();
    assert_eq!(asked, ["GET /v1/refunds", "GET /v1/refunds", "GET /v1/disputes"]);
    assert!(stripe.seen().iter().all(|request| request.query["created[gte]"] == OPENED_AT.to_string()));
}

#[tokio::test]
async fn the_account_of_the_key_is_told_with_its_mode() {
    let stripe = StandIn::answering(&[json!({ "id": "acct_1", "object": "account" })]).await;
    for (key, livemode) in [("sk_test_x", Some(false)), ("rk_live_x", Some(true)), ("other", None)] {
        let config = StripeConfig { secret_key: Secret::new(key), ..config(stripe.base.clone()) };
        let account = StripeGateway::new(config).unwrap().account().await.unwrap();
        assert_eq!(account, StripeAccount { id: "acct_1".to_owned(), livemode });
    }
    assert_eq!(stripe.seen()[0].asked, "GET /v1/account");
}
