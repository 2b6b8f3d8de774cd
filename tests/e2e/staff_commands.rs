//! What staff and operators type about money.

use crate::shop::{Plan, SOON, STORE_PASSWORD, Setup, Shop, bearer, on_every_setup, on_sqlite, sale, until};
use galley_sandbox::stripe::SessionSpec;
use reqwest::Method;
use std::collections::BTreeMap;
use uuid::Uuid;

on_every_setup! {
    payments_in_review_are_released_refunded_and_dismissed
    a_token_opens_the_admin_api_until_it_is_revoked
    reconciling_finds_what_nobody_told_us
}
mod gateways {
    use super::*;

    on_sqlite! {
        the_doctor_looks_at_both_gateways
        what_cannot_be_done_to_a_payment_is_said
    }
}

/// A payment whose brief cannot be used.
async fn in_review(shop: &Shop) -> (SessionSpec, Uuid) {
    let sale = SessionSpec { metadata: BTreeMap::new(), ..sale::short_article("Tea") };
    assert_eq!(shop.stripe.send(&sale::paid(&sale)).await.unwrap().status, 200);
    let payment = shop.payment(sale.payment_intent.as_deref().unwrap()).await;
    (sale, payment)
}

async fn payments_in_review_are_released_refunded_and_dismissed(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    let ((released, first), (_, second)) = (in_review(&shop).await, in_review(&shop).await);
    let sold = shop.sold("Tea that goes back").await;
    let listed = shop.galley(&["payments", "list", "--review"]).await;
    for payment in [first, second] {
        assert!(listed.stdout.contains(&payment.to_string()), "{listed:?}");
    }
    assert!(!listed.stdout.contains(&sold.payment.to_string()), "{listed:?}");

    let payment = first.to_string();
    let brief = r#"{"product":"article","topic":"Tea after all","wordCount":"200"}"#;
    let release = ["payments", "release", &payment, "--reason", "They wrote to us.", "--brief", brief];
    let done = shop.galley(&release).await;
    assert!(done.success && done.stdout.contains("is order"), "{done:?}");
    let again = shop.galley(&release).await;
    assert!(again.success && again.stdout.contains("already"), "{again:?}");
    let order = shop.order_of(&released).await;
    shop.settled(&order, "QUALITY_CHECK").await;

    let payment = second.to_string();
    let done = shop.galley(&["payments", "dismiss", &payment, "--reason", "It was a test."]).await;
    assert!(done.success, "{done:?}");
    let dismissed = shop.galley(&["payments", "list", "--state", "dismissed"]).await;
    assert!(dismissed.stdout.contains(&payment), "{dismissed:?}");
    let empty = shop.galley(&["payments", "list", "--review"]).await;
    assert!(empty.stdout.contains("No payment is in that state"), "{empty:?}");

    let payment = sold.payment.to_string();
    let mut refund = vec!["payments", "refund", &payment, "--reason", "They asked.", "--amount-minor", "900"];
    assert!(shop.galley(&refund).await.success);
    shop.refunds_are(sold.payment, &["succeeded"]).await;
    let listed = shop.galley(&["payments", "list"]).await;
    assert!(listed.stdout.contains("129.00 USD, 900 went back"), "{}", listed.stdout);
    refund.truncate(5);
    assert!(shop.galley(&refund).await.success, "the rest");
    shop.order_is(&sold.order, "REFUNDED").await;
    let actors = shop.db.texts("SELECT DISTINCT actor FROM audit_event").await;
    assert_eq!(actors, ["staff:command-line"]);
}

async fn what_cannot_be_done_to_a_payment_is_said(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    let (_, payment) = in_review(&shop).await;
    let (payment, unknown) = (payment.to_string(), Uuid::from_u128(7).to_string());
    for (what, arguments) in [
        ("brief", vec!["payments", "release", &payment, "--reason", "Fine."]),
        (
            "topic",
            vec![
                "payments",
                "release",
                &payment,
                "--reason",
                "Fine.",
                "--brief",
                "{\"product\":\"article\"}",
            ],
        ),
        ("e-mail", vec!["payments", "release", &payment, "--reason", "Fine.", "--email", "nobody"]),
        ("payment", vec!["payments", "dismiss", &unknown, "--reason", "Gone."]),
        (
            "left of the payment",
            vec!["payments", "refund", &payment, "--reason", "Much.", "--amount-minor", "99999999"],
        ),
        ("--reason", vec!["payments", "refund", &payment]),
    ] {
        let refused = shop.galley(&arguments).await;
        assert!(!refused.success && refused.stderr.contains(what), "{arguments:?}: {refused:?}");
    }
    assert_eq!(shop.db.census().await["orders"], 0);
    assert_eq!(shop.db.count("SELECT COUNT(*) FROM refund").await, 0);
}

async fn a_token_opens_the_admin_api_until_it_is_revoked(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    let token = shop.staff("ann", "read-only").await;
    let other = shop.staff("ben", "owner").await;
    let look = async |token: &str| shop.ask(Method::GET, "/api/v1/admin/payments", bearer(token)).await;
    assert_eq!(look(&token).await.status, 200);
    let listed = shop.galley(&["admin", "tokens"]).await;
    assert_eq!(listed.stdout.lines().count(), 2, "{listed:?}");
    assert!(!listed.stdout.contains(&token[4..]), "no token is shown again: {listed:?}");
    let hashes = "SELECT COUNT(*) FROM api_token WHERE length(token_hash) = 32";
    assert_eq!(shop.db.count(hashes).await, 2, "only hashes are kept");

    let revoked = shop.galley(&["admin", "revoke", "--name", "ann"]).await;
    assert!(revoked.success, "{revoked:?}");
    let refused = look(&token).await;
    assert_eq!((refused.status, refused.code()), (401, "not_authenticated".to_owned()));
    assert_eq!(look(&other).await.status, 200, "the other one goes on");
    let again = shop.galley(&["admin", "revoke", "--name", "ann"]).await;
    assert!(!again.success && again.stderr.contains("ann"), "{again:?}");
    let listed = shop.galley(&["admin", "tokens"]).await;
    assert_eq!(listed.stdout.matches("revoked").count(), 1, "{listed:?}");
    for arguments in [
        ["admin", "token", "--name", "ben", "--role", "owner"],
        ["admin", "token", "--name", " ", "--role", "owner"],
        ["admin", "token", "--name", "cay", "--role", "king"],
    ] {
        let refused = shop.galley(&arguments).await;
        assert!(!refused.success && refused.stdout.is_empty(), "{arguments:?}: {refused:?}");
    }
}

async fn reconciling_finds_what_nobody_told_us(setup: Setup) {
    let shop = Plan::new(setup).with("RECONCILE_INTERVAL_SECONDS", "3600").open().await;
    shop.silence();
    let checkout = shop.checkout("Tea that nobody tells of", "ann@example.com").await;
    shop.pay(&checkout);
    // The server asks once when it starts: what it is asking about just then is left to it.
    until("it is an order", SOON, async || {
        let found = shop.galley(&["checkout", "reconcile"]).await;
        assert!(found.success && found.stdout.contains(" 0 errors"), "{found:?}");
        shop.db.order_of(&checkout.session()).await.is_some()
    })
    .await;
    let again = shop.galley(&["checkout", "reconcile"]).await;
    assert!(again.success && again.stdout.contains("settled 0, 0 errors"), "{again:?}");
    let away = [("STRIPE_API_BASE", "http://127.0.0.1:1")];
    let failed = shop.galley_with(&["checkout", "reconcile"], &away).await;
    assert!(!failed.success && failed.stderr.contains("did not answer"), "{failed:?}");
}

async fn the_doctor_looks_at_both_gateways(setup: Setup) {
    let shop = Plan::new(setup).with_sslcommerz().open().await;
    let healthy = shop.galley(&["doctor"]).await;
    assert!(healthy.success, "{healthy:?}");
    for line in ["test key of acct_1SandboxAccount01, 1 webhook secret(s)", "sslcommerz"] {
        assert!(healthy.stdout.contains(line), "{line}: {}", healthy.stdout);
    }
    for (variable, value, what) in [
        ("STRIPE_SECRET_KEY", "sk_test_wrong", "stripe"),
        ("STRIPE_API_BASE", "http://127.0.0.1:1", "stripe"),
        ("SSLCOMMERZ_API_BASE", "http://127.0.0.1:1", "sslcommerz"),
    ] {
        let sick = shop.galley_with(&["doctor"], &[(variable, value)]).await;
        let wrong: Vec<&str> = sick.stdout.lines().filter(|line| line.starts_with("WRONG")).collect();
        assert!(!sick.success && wrong.len() == 1 && wrong[0].contains(what), "{variable}: {sick:?}");
        let said = format!("{}{}", sick.stdout, sick.stderr);
        assert!(
            !said.contains("sk_test_wrong") && !said.contains(STORE_PASSWORD),
            "no secret is shown: {said}"
        );
    }
    let half = shop.galley_with(&["doctor"], &[("SSLCOMMERZ_STORE_PASSWORD", "")]).await;
    assert!(!half.success && half.stderr.contains("SSLCOMMERZ_STORE_PASSWORD"), "{half:?}");
}
