//! The second gateway: its notices are only hints.

use crate::shop::{Answer, Plan, SOON, STORE_PASSWORD, Setup, Shop, on_every_setup, on_sqlite, until, wish};
use galley_sandbox::{
    fault::Fault,
    sslcommerz::{SslcommerzIpnPlan, SslcommerzMode, sign_ipn},
};
use reqwest::{Method, header::HeaderMap};
use serde_json::json;
use url::form_urlencoded;

on_every_setup! {
    a_customer_pays_by_sslcommerz_and_finds_the_order
    without_notices_what_was_paid_is_found
    a_notice_is_only_a_hint
    dying_between_the_answer_and_the_order_costs_no_payment
}
mod gateways {
    use super::*;

    on_sqlite! {
        a_notice_that_is_not_signed_is_turned_away
        money_that_is_not_what_was_agreed_on_waits_for_a_person
        a_risky_payment_waits_for_a_person_who_lets_it_pass
        a_shop_without_sslcommerz_knows_nothing_of_it
        the_page_to_return_to_believes_nothing
    }
}

async fn a_customer_pays_by_sslcommerz_and_finds_the_order(setup: Setup) {
    let shop = Plan::new(setup).with_sslcommerz().open().await;
    let checkout = shop.checkout_elsewhere("Tea by another till").await;
    assert_eq!(shop.session(&checkout).await["gateway"], "sslcommerz");
    let control = shop.sslcommerz();
    control.fail(&checkout.session()).await.unwrap();
    control.settled().await;
    let paid = control.pay(&checkout.session()).await.unwrap();
    assert_eq!((paid.requested_minor, paid.requested_currency.as_str()), (12_900, "USD"));
    let sold = shop.paid_elsewhere().await;
    shop.settled(&sold.order, "QUALITY_CHECK").await;
    let seen = shop.session(&checkout).await;
    assert_eq!(
        (seen["status"].as_str(), seen["amount"]["formatted"].as_str()),
        (Some("success"), Some("129.00 USD"))
    );
    assert!(seen["orderUrl"].as_str().unwrap().contains(&sold.order.token), "{seen}");
    shop.drained().await;
    assert_eq!(shop.subjects_to("ann@example.com").len(), 2);
    assert_eq!(shop.till.control().sessions().len(), 0, "Stripe has nothing to do with it");
}

async fn without_notices_what_was_paid_is_found(setup: Setup) {
    let shop = Plan::new(setup).with_sslcommerz().open().await;
    shop.sslcommerz().set_ipn_plan(SslcommerzIpnPlan { off: true, ..SslcommerzIpnPlan::default() });
    let paid = shop.checkout_elsewhere("Tea that nobody tells of").await;
    let unpaid = shop.checkout_elsewhere("Tea that nobody pays").await;
    shop.sslcommerz().pay(&paid.session()).await.unwrap();
    shop.paid_elsewhere().await;
    assert_eq!(shop.session(&unpaid).await["status"], "open");
    assert_eq!(shop.db.count("SELECT COUNT(*) FROM orders").await, 1);
}

async fn dying_between_the_answer_and_the_order_costs_no_payment(setup: Setup) {
    let mut shop = Plan::new(setup).with_sslcommerz().open().await;
    let checkout = shop.checkout_elsewhere("Tea at the last moment").await;
    shop.restart_to_crash_at("refetch.after-gateway").await;
    shop.sslcommerz().pay(&checkout.session()).await.unwrap();
    until("it dies there", SOON, async || shop.raise().await > 0).await;
    shop.paid_elsewhere().await;
    shop.drained().await;
    assert_eq!(shop.db.count("SELECT COUNT(*) FROM orders").await, 1);
}

/// It is signed well, says that the money is here, and it is not.
async fn a_notice_is_only_a_hint(setup: Setup) {
    let shop = Plan::new(setup).with_sslcommerz().open().await;
    let checkout = shop.checkout_elsewhere("Tea for nothing").await;
    let control = shop.sslcommerz();
    control.set(Fault::times(SslcommerzMode::ForgedStatus, 1));
    control.set_ipn_plan(SslcommerzIpnPlan { copies: 3, ..SslcommerzIpnPlan::default() });
    control.pay(&checkout.session()).await.unwrap();
    control.settled().await;
    assert_eq!(control.counters().ipns_accepted, 3, "it is signed, so it is taken in");
    shop.drained().await;
    shop.reconcile().await;
    assert_eq!(shop.db.census().await["payment"], 0);
    assert_ne!(shop.session(&checkout).await["status"], "success");
    // The customer really pays after all; that is told three times, and counts once.
    control.pay(&checkout.session()).await.unwrap();
    shop.paid_elsewhere().await;
    control.settled().await;
    shop.drained().await;
    assert_eq!(shop.db.count("SELECT COUNT(*) FROM orders").await, 1);
    assert_eq!(shop.subjects_to("ann@example.com").len(), 2);
}

/// A notice as SSLCommerz would post it.
async fn post_notice(shop: &Shop, fields: &[(String, String)]) -> Answer {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let mut headers = HeaderMap::new();
    headers.insert("content-type", "application/x-www-form-urlencoded".parse().unwrap());
    shop.post("/api/v1/webhooks/sslcommerz", headers, body).await
}

async fn a_notice_that_is_not_signed_is_turned_away(setup: Setup) {
    let shop = Plan::new(setup).with_sslcommerz().open().await;
    let checkout = shop.checkout_elsewhere("Tea with a broken seal").await;
    let fields: Vec<(String, String)> = [
        ("tran_id", checkout_tran_id(&shop)),
        ("status", "VALID".to_owned()),
        ("val_id", "1".to_owned()),
        ("amount", "14190.00".to_owned()),
        ("currency_type", "USD".to_owned()),
        ("currency_amount", "129.00".to_owned()),
        ("store_id", "testbox".to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    let good = sign_ipn(&fields, STORE_PASSWORD);
    let mut changed = good.clone();
    changed[0].1.push('0');
    let mut elsewhere = fields.clone();
    elsewhere[6] = ("store_id".to_owned(), "anotherbox".to_owned());
    let fewer: Vec<_> = fields.iter().filter(|(name, _)| name != "val_id").cloned().collect();
    for (what, notice) in [
        ("nothing is signed", fields.clone()),
        ("by somebody else", sign_ipn(&fields, "a guess")),
        ("changed afterwards", changed),
        ("for another store", sign_ipn(&elsewhere, STORE_PASSWORD)),
        ("what counts is left out", sign_ipn(&fewer, STORE_PASSWORD)),
        ("nothing at all", Vec::new()),
    ] {
        let answer = post_notice(&shop, &notice).await;
        assert_eq!((answer.status, answer.code()), (400, "invalid_signature".to_owned()), "{what}");
    }
    assert_eq!(shop.db.census().await["payment_event"], 0);
    let twice = [post_notice(&shop, &good).await, post_notice(&shop, &good).await];
    let duplicates: Vec<_> = twice.iter().map(|answer| answer.json()["data"]["duplicate"].clone()).collect();
    assert_eq!(duplicates, [json!(false), json!(true)]);
    shop.drained().await;
    assert_eq!(shop.session(&checkout).await["status"], "open", "nobody has paid");
    assert_eq!(shop.db.census().await["payment"], 0);
}

fn checkout_tran_id(shop: &Shop) -> String {
    shop.sslcommerz().world().sessions[0].tran_id.clone()
}

async fn money_that_is_not_what_was_agreed_on_waits_for_a_person(setup: Setup) {
    let shop = Plan::new(setup).with_sslcommerz().open().await;
    let checkout = shop.checkout_elsewhere("Tea for a dollar less").await;
    shop.sslcommerz().set(Fault::always(SslcommerzMode::WrongAmount));
    shop.sslcommerz().pay(&checkout.session()).await.unwrap();
    shop.staff_hear_of("payment-needs-review").await;
    let reasons = shop.db.texts("SELECT review_reason FROM payment WHERE state = 'needs_review'").await;
    assert_eq!(reasons, ["amount_mismatch"]);
    let seen = shop.session(&checkout).await;
    assert_eq!((seen["status"].as_str(), seen["inReview"].as_bool()), (Some("success"), Some(true)));
    assert_eq!(shop.db.census().await["orders"], 0);
}

async fn a_risky_payment_waits_for_a_person_who_lets_it_pass(setup: Setup) {
    let shop = Plan::new(setup).with_sslcommerz().open().await;
    let checkout = shop.checkout_elsewhere("Tea by a stranger").await;
    let paid = shop.sslcommerz().pay_risky(&checkout.session()).await.unwrap();
    shop.staff_hear_of("payment-needs-review").await;
    let reasons = shop.db.texts("SELECT review_reason FROM payment WHERE state = 'needs_review'").await;
    assert_eq!(reasons, ["risky"]);
    let payment = shop.payment(&paid.bank_tran_id).await;
    let reviewer = shop.staff("ann", "reviewer").await;
    let body = json!({ "reason": "We have called them." });
    let released = shop.admin(&reviewer, &format!("payments/{payment}/release"), &body).await;
    assert_eq!(released.status, 200, "{released:?}");
    let sold = shop.paid_elsewhere().await;
    shop.settled(&sold.order, "QUALITY_CHECK").await;
}

async fn a_shop_without_sslcommerz_knows_nothing_of_it(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    assert_eq!(post_notice(&shop, &[]).await.status, 404);
    let mut wish = wish("Tea", "ann@example.com");
    wish["gateway"] = json!("sslcommerz");
    assert_eq!(shop.open_checkout(&wish, None).await.code(), "validation_failed");
}

async fn the_page_to_return_to_believes_nothing(setup: Setup) {
    let shop = Plan::new(setup).with_sslcommerz().open().await;
    let checkout = shop.checkout_elsewhere("Tea, and back").await;
    let path = |outcome: &str| {
        format!("/payment/return/sslcommerz/{}?token={}&outcome={outcome}", checkout.id, checkout.token)
    };
    for (outcome, page) in
        [("success", "/payment/success"), ("failed", "/checkout/"), ("cancelled", "/checkout/")]
    {
        let mut browser = shop.browser();
        let notice = Some("status=VALID&val_id=1".to_owned());
        let sent = browser.exchange(Method::POST, &path(outcome), notice).await;
        assert_eq!(sent.status, 303, "{sent:?}");
        let shown = browser.follow(sent).await;
        assert_eq!(
            (shown.status, shown.url.path().starts_with(page)),
            (200, true),
            "{outcome}: {}",
            shown.url
        );
        assert!(!shown.url.as_str().contains("token"), "the token leaves the address: {}", shown.url);
    }
    assert_eq!(shop.session(&checkout).await["status"], "open");
    assert_eq!(shop.db.census().await["payment"], 0);
}
