//! A gateway has a bad day: nothing that was begun is lost, and nothing is done twice.

use crate::shop::{Plan, SOON, STAFF, Setup, Shop, checkout_in, on_sqlite, sale, until, wish};
use galley_sandbox::{
    fault::Fault,
    stripe::{NewSession, StripeMode, WebhookPlan},
};
use serde_json::json;
use std::time::Duration;

on_sqlite! {
    a_gateway_that_is_down_for_two_minutes_costs_no_payment
    a_gateway_that_refuses_is_no_secret
    what_is_wrong_with_a_wish_is_said_at_once
    a_stored_failure_is_looked_into_before_a_new_key_is_used
}

/// How long it is down, and what all that follows may take.
const OUTAGE: Duration = Duration::from_mins(2);
const AFTERWARDS: Duration = Duration::from_mins(4);

/// Real time: what happens after the retries of the job is the point.
async fn a_gateway_that_is_down_for_two_minutes_costs_no_payment(setup: Setup) {
    let plan = Plan::new(setup).with("WORKER_RETRY_SCALE", "1").with("RECONCILE_INTERVAL_SECONDS", "1");
    let shop = plan.open().await;
    let paid = shop.checkout("Tea before the outage", "ann@example.com").await;
    let refunded = shop.sell(&sale::short_article("Tea that goes back")).await;
    let till = shop.till.control();
    // Stripe knows nothing of the payment that was only an event: one that it knows is refunded.
    let storefront = till.create_session(NewSession {
        email: Some("ben@example.com".to_owned()),
        metadata: Shop::storefront_metadata("Tea of a storefront"),
        ..NewSession::over(12_900, "usd")
    });
    till.pay(&storefront.id).unwrap();
    let found = async || shop.db.order_of(&storefront.id).await;
    until("the storefront's is an order", SOON, async || found().await.is_some()).await;
    let order = found().await.unwrap();
    assert_ne!(order, refunded.id);

    till.set(Fault::always(StripeMode::Down));
    till.webhooks(WebhookPlan { off: true, ..WebhookPlan::default() });
    till.pay(&paid.session()).unwrap();
    let begun = shop.open_checkout(&wish("Tea during the outage", "cay@example.com"), Some("k")).await;
    assert_eq!(begun.status, 202, "{begun:?}");
    let owner = shop.staff("owner", "owner").await;
    let body = json!({ "reason": "They changed their mind." });
    let asked = shop.admin(&owner, &format!("orders/{order}/refund"), &body).await;
    assert_eq!(asked.status, 202, "{asked:?}");
    tokio::time::sleep(OUTAGE).await;
    assert_eq!(till.refunds().len(), 0, "it was down");
    till.clear();

    until("what was paid is an order", AFTERWARDS, async || {
        shop.db.order_of(&paid.session()).await.is_some()
    })
    .await;
    until("what was begun can be paid", AFTERWARDS, async || {
        shop.session(&checkout_in(&begun)).await["url"].is_string()
    })
    .await;
    until("the refund is made", AFTERWARDS, async || {
        shop.db.count("SELECT COUNT(*) FROM orders WHERE status = 'REFUNDED'").await == 1
    })
    .await;
    assert_eq!(till.refunds().len(), 1, "once");
    assert_eq!(till.sessions().len(), 3, "each session once");
    assert_eq!(shop.db.count("SELECT COUNT(*) FROM orders").await, 3);
}

async fn a_gateway_that_refuses_is_no_secret(setup: Setup) {
    let shop = Plan::new(setup).with("STRIPE_SECRET_KEY", "sk_test_wrong").open().await;
    let answer = shop.open_checkout(&wish("Tea without an account", "ann@example.com"), None).await;
    assert_eq!((answer.status, answer.json()["error"]["code"].as_str()), (502, Some("gateway_refused")));
    assert!(!answer.body.contains("sk_test"), "{}", answer.body);
    shop.drained().await;
    assert!(!shop.subjects_to(STAFF).is_empty(), "staff are told");
    let texts = shop.db.texts("SELECT text_body FROM email").await.join("\n");
    assert!(!texts.contains("sk_test_wrong"), "{texts}");
}

async fn what_is_wrong_with_a_wish_is_said_at_once(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    let wish = json!({ "product": "poem", "email": "nobody", "gateway": "cowries", "topic": "" });
    let answer = shop.open_checkout(&wish, None).await;
    let said = answer.json();
    assert_eq!((answer.status, said["error"]["code"].as_str()), (422, Some("validation_failed")), "{said}");
    let fields: Vec<_> =
        said["error"]["details"].as_array().unwrap().iter().map(|one| &one["field"]).collect();
    for field in ["product", "email", "gateway"] {
        assert!(fields.iter().any(|said| *said == field), "{field} in {fields:?}");
    }
    assert_eq!(shop.db.count("SELECT COUNT(*) FROM checkout_session").await, 0);
    assert_eq!(shop.till.control().counters().creates, 0);
}

async fn a_stored_failure_is_looked_into_before_a_new_key_is_used(setup: Setup) {
    for mode in [StripeMode::Stored500, StripeMode::Stored500After] {
        let shop = Plan::new(setup).open().await;
        shop.till.control().set(Fault::times(mode, 1).only("POST /v1/checkout/sessions"));
        let answer = shop.open_checkout(&wish("Tea of an old failure", "ann@example.com"), None).await;
        let checkout = checkout_in(&answer);
        // The job is due in twelve seconds.
        until("it can be paid", AFTERWARDS, async || shop.session(&checkout).await["url"].is_string()).await;
        assert_eq!(shop.till.control().sessions().len(), 1, "{mode:?}: one session");
    }
}
