//! Keys, modes and currencies: what is configured, what is none of ours, and what is exact.

use crate::shop::{
    Plan, SECRET, SOON, STAFF, STORE_PASSWORD, STRIPE_KEY, Setup, Shop, WEBHOOK_SECRET, checkout_in,
    on_both_sources, on_every_setup, on_sqlite, sale, until, wish,
};
use galley_sandbox::{fault::Fault, sslcommerz::SslcommerzMode, stripe::StripeMode};
use serde_json::{Value, json};

on_every_setup! { an_amount_is_exact_in_every_currency }
mod gateways {
    use super::*;

    on_sqlite! {
        an_event_counts_when_any_of_our_secrets_has_signed_it
        an_event_of_another_account_or_mode_is_kept_and_staff_are_told
        no_log_holds_a_secret_or_an_address
    }
}
mod processes {
    use super::*;

    on_both_sources! { no_log_holds_a_secret_or_an_address }
}

async fn an_event_counts_when_any_of_our_secrets_has_signed_it(setup: Setup) {
    let secrets = format!("{WEBHOOK_SECRET}, whsec_next");
    let shop = Plan::new(setup).with("STRIPE_WEBHOOK_SECRET", secrets).open().await;
    for signed in [
        &[WEBHOOK_SECRET][..],
        &["whsec_next"],
        &[WEBHOOK_SECRET, "whsec_next"],
        &["whsec_old", "whsec_next"],
    ] {
        let sale = sale::short_article("Tea under two seals");
        let delivery = shop.signing_with(signed).send(&sale::paid(&sale)).await.unwrap();
        assert_eq!(delivery.status, 200, "{signed:?}: {}", delivery.body);
        shop.order_of(&sale).await;
    }
    let census = shop.db.census().await;
    for signed in [&["whsec_old"][..], &["whsec_old", "whsec_older"], &[""], &[]] {
        let sale = sale::short_article("Tea under a broken seal");
        let delivery = shop.signing_with(signed).send(&sale::paid(&sale)).await.unwrap();
        assert!(
            delivery.status == 400 && delivery.body.contains("invalid_signature"),
            "{signed:?}: {}",
            delivery.body
        );
    }
    assert_eq!(shop.db.census().await["payment_event"], census["payment_event"]);
    let healthy = shop.galley(&["doctor"]).await;
    assert!(healthy.stdout.contains("2 webhook secret(s)"), "{}", healthy.stdout);
}

async fn an_event_of_another_account_or_mode_is_kept_and_staff_are_told(setup: Setup) {
    for (field, value) in [("livemode", json!(true)), ("account", json!("acct_somebody_else"))] {
        let shop = Plan::new(setup).open().await;
        let mut event = sale::paid(&sale::short_article("Tea of somebody else"));
        event[field] = value;
        assert_eq!(shop.stripe.send(&event).await.unwrap().status, 200, "{field}");
        assert_eq!(shop.db.texts("SELECT state FROM payment_event").await, ["ignored"], "{field}");
        assert_eq!(shop.db.census().await["orders"], 0, "{field}");
        shop.staff_hear_of("payment-event-odd").await;
    }
    // The stand-in itself, told to speak of the other mode.
    let shop = Plan::new(setup).with("RECONCILE_INTERVAL_SECONDS", "3600").open().await;
    let checkout = shop.checkout("Tea in the wrong mode", "ann@example.com").await;
    shop.till.control().set(Fault::always(StripeMode::LivemodeFlip));
    shop.pay(&checkout);
    shop.staff_hear_of("payment-event-odd").await;
    shop.reconcile().await;
    assert_eq!(shop.db.census().await["payment"], 0, "neither its event nor its answers are believed");
    shop.till.control().clear();
    shop.reconcile().await;
    assert_eq!(shop.db.count("SELECT COUNT(*) FROM orders").await, 1);
}

/// The event that a checkout was paid, with another amount in it.
fn paid_otherwise(shop: &Shop, session: &str, minor: i64) -> Value {
    let events = shop.till.control().events();
    let completed = |event: &&std::sync::Arc<galley_sandbox::stripe::StripeEvent>| {
        event.session == session && event.kind == "checkout.session.completed"
    };
    let mut event: Value = serde_json::from_str(&events.iter().find(completed).unwrap().body).unwrap();
    event["data"]["object"]["amount_total"] = json!(minor);
    event["data"]["object"]["amount_subtotal"] = json!(minor);
    event
}

async fn an_amount_is_exact_in_every_currency(setup: Setup) {
    // Stripe takes thousandths in tens only.
    for (currency, minor, step, written) in
        [("JPY", 5_000, 1, "5000 JPY"), ("KWD", 12_340, 10, "12.340 KWD"), ("EUR", 51, 1, "0.51 EUR")]
    {
        let shop = Plan::new(setup).with("RECONCILE_INTERVAL_SECONDS", "3600").open().await;
        let price = format!("UPDATE product SET price_minor = {minor}, currency = '{currency}'");
        shop.db.change(&price).await;
        let checkout = shop.checkout("Tea from far away", "ann@example.com").await;
        assert_eq!(shop.session(&checkout).await["amount"]["formatted"], written);
        let session = shop.till.control().session(&checkout.session()).unwrap();
        assert_eq!((session.amount_total, session.currency.as_str()), (minor, &*currency.to_lowercase()));
        let intent = shop.pay(&checkout);
        let sold = shop.became(&checkout.session(), intent).await;
        let owner = shop.staff("owner", "owner").await;
        let account = shop.account(&owner, sold.payment).await;
        assert_eq!(account["payment"]["amount"]["formatted"], written, "{account:#}");
        assert_eq!(shop.refund(&owner, sold.order.id, Some(step)).await.status, 202);
        shop.refunds_are(sold.payment, &["succeeded"]).await;
        assert_eq!(shop.till.control().payment(&sold.intent).unwrap().refunded, step, "of {written}");
        if step > 1 {
            assert_eq!(shop.refund(&owner, sold.order.id, Some(1)).await.status, 202);
            shop.refunds_are(sold.payment, &["succeeded", "failed"]).await;
            shop.staff_hear_of("refund-failed").await;
        }

        shop.till.control().settled().await;
        shop.silence();
        for off in [minor - 1, minor + 1] {
            let checkout = shop.checkout("Tea for nearly enough", "ann@example.com").await;
            shop.pay(&checkout);
            let event = paid_otherwise(&shop, &checkout.session(), off);
            assert_eq!(shop.stripe.send(&event).await.unwrap().status, 200);
            let seen = shop.session(&checkout).await;
            assert_eq!(seen["inReview"], true, "{off} for {written}: {seen}");
        }
        let reasons = shop.db.texts("SELECT review_reason FROM payment WHERE state = 'needs_review'").await;
        assert_eq!(reasons, ["amount_mismatch"; 2]);
        assert_eq!(shop.db.count("SELECT COUNT(*) FROM orders").await, 1);
    }
}

const CUSTOMER: &str = "ann.private@example.com";

/// Everything that is secret or somebody's own, and has been used.
fn assert_discreet(shop: &Shop, used: &[&str]) {
    let logs = shop.logs();
    assert!(logs.len() > 1_000, "there is a log: {logs}");
    let known = [SECRET, STRIPE_KEY, WEBHOOK_SECRET, STORE_PASSWORD, CUSTOMER, "ann.private", STAFF];
    for secret in known.iter().chain(used) {
        let line = logs.lines().find(|line| line.contains(secret));
        assert!(line.is_none(), "`{secret}` is in a log: {}", line.unwrap_or_default());
    }
}

async fn no_log_holds_a_secret_or_an_address(setup: Setup) {
    let plan =
        Plan::new(setup).with_sslcommerz().with("RUST_LOG", "debug,galley_api=trace,galley_worker=trace");
    let shop = plan.open().await;
    let till = shop.till.control();
    let owner = shop.staff("owner", "owner").await;
    // Stripe: a lost answer on the way in, a refund that fails and one that is made, a look at the pages.
    till.set(Fault::times(StripeMode::LostAnswer, 1).only("POST /v1/checkout/sessions"));
    let ours = shop.checkout("Tea in private", CUSTOMER).await;
    let page = format!("/checkout/{}?token={}", ours.id, ours.token);
    assert_eq!(shop.browser().open(&page).await.status, 200);
    let intent = shop.pay(&ours);
    let sold = shop.became(&ours.session(), intent).await;
    shop.session(&ours).await;
    shop.settled(&sold.order, "QUALITY_CHECK").await;
    till.set(Fault::times(StripeMode::Garbage, 1).only("POST /v1/refunds"));
    assert_eq!(shop.refund(&owner, sold.order.id, Some(100)).await.status, 202);
    shop.refunds_are(sold.payment, &["succeeded"]).await;
    assert_eq!(shop.refund("gly_a_guessed_token", sold.order.id, None).await.status, 401);
    // SSLCommerz, whose password is in the address of every question, on a bad day.
    shop.db.change("UPDATE product SET price_minor = 115000, currency = 'BDT'").await;
    let control = shop.sslcommerz();
    control.set(Fault::times(SslcommerzMode::Reset, 3));
    let mut other = wish("Tea by another till", CUSTOMER);
    other["gateway"] = json!("sslcommerz");
    let other = checkout_in(&shop.open_checkout(&other, None).await);
    until("it can be paid", SOON, async || shop.session(&other).await["url"].is_string()).await;
    let tran_id = control.world().sessions[0].tran_id.clone();
    control.set(Fault::times(SslcommerzMode::Status500, 2));
    let paid = control.pay(&tran_id).await.unwrap();
    let second = shop.became(&paid.tran_id, paid.bank_tran_id).await;
    control.set(Fault::always(SslcommerzMode::LostAnswer).only("refund_amount"));
    assert_eq!(shop.refund(&owner, second.order.id, None).await.status, 202);
    shop.refunds_are(second.payment, &["unknown"]).await;
    shop.staff_hear_of("refund-failed").await;
    // What is sent to us and is not ours.
    shop.stripe.send_raw("{\"email\": \"ann.private@example.com\"", "t=1,v1=00").await.unwrap();
    shop.reconcile().await;
    shop.drained().await;
    let tokens = [&*owner, &*ours.token, &*other.token, &*sold.order.token, "gly_a_guessed_token"];
    assert_discreet(&shop, &tokens);

    let refused = Plan::new(setup).with("STRIPE_SECRET_KEY", "sk_test_refused_key").open().await;
    let answer = refused.open_checkout(&wish("Tea without an account", CUSTOMER), None).await;
    assert_eq!(answer.status, 502, "{answer:?}");
    refused.staff_hear_of("checkout-failed").await;
    refused.drained().await;
    assert_discreet(&refused, &["sk_test_refused_key"]);
}
