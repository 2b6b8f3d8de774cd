//! Staff give money back, and gateways do what gateways do.

use crate::shop::{
    ENDLESS, PRICE, Plan, SOON, STAFF, Setup, on_both_sources, on_every_setup, on_sqlite, sale, until, within,
};
use galley_sandbox::{
    ai::AiMode,
    fault::Fault,
    stripe::{RefundStatus, StripeMode},
};

on_every_setup! {
    a_whole_refund_ends_the_order_and_stops_the_writing
    a_part_goes_back_and_the_order_goes_on
    more_than_is_left_is_refused
    a_refund_that_is_asked_for_twice_is_made_once
    a_refund_is_made_once_however_the_gateway_fails
}
mod gateways {
    use super::*;

    on_sqlite! {
        a_refund_whose_answer_was_lost_is_nothing_for_a_person
        a_refund_that_is_on_its_way_counts_until_it_comes_back
        a_refund_that_takes_its_time_succeeds
        a_failed_order_can_be_paid_back
        only_owners_give_money_back
    }
}
mod refusals {
    use super::*;

    on_both_sources! { a_refund_that_the_gateway_refuses_lets_the_order_go_on }
}

async fn a_whole_refund_ends_the_order_and_stops_the_writing(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    shop.ai.control().set(Fault::always(AiMode::Slow).latency(ENDLESS));
    let sold = shop.sold("Tea that goes back").await;
    within("it is being written", SOON, shop.ai.control().calls_reach(1)).await;
    let owner = shop.staff("owner", "owner").await;
    let asked = shop.refund(&owner, sold.order.id, None).await;
    assert_eq!(asked.status, 202, "{asked:?}");
    let said = asked.json()["data"].clone();
    assert_eq!(
        (said["amountMinor"].as_i64(), said["requestedBy"].as_str()),
        (Some(PRICE), Some("staff:owner"))
    );

    shop.order_is(&sold.order, "REFUNDED").await;
    shop.drained().await;
    let refunds = shop.till.control().refunds();
    let [refund] = &refunds[..] else { panic!("one refund: {refunds:?}") };
    assert_eq!((refund.payment_intent.as_str(), refund.amount), (sold.intent.as_str(), PRICE));
    assert_eq!(refund.metadata.values().filter(|value| said["refundId"] == **value).count(), 1, "{refund:?}");
    let content = "SELECT state FROM job WHERE order_id = $1 AND queue = 'content'";
    assert_eq!(shop.db.texts_of(content, sold.order.id).await, ["cancelled"]);
    let subjects = shop.subjects_to(&sold.order.email);
    assert_eq!(subjects.len(), 2, "it has arrived, and it was refunded: {subjects:?}");
    assert!(subjects[1].contains("refunded"), "{subjects:?}");
    let account = shop.account(&owner, sold.payment).await;
    assert_eq!(account["payment"]["refundedMinor"], PRICE, "{account:#}");
    assert_eq!(account["refunds"][0]["state"], "succeeded", "{account:#}");
    assert!(shop.subjects_to(STAFF).is_empty(), "there is nothing that staff would have to do");
    let again = shop.refund(&owner, sold.order.id, None).await;
    assert_eq!((again.status, again.code()), (409, "refund_too_large".to_owned()));
}

async fn a_part_goes_back_and_the_order_goes_on(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    let sold = shop.sold("Tea with a discount").await;
    let owner = shop.staff("owner", "owner").await;
    assert_eq!(shop.refund(&owner, sold.order.id, Some(2_900)).await.status, 202);
    shop.refunds_are(sold.payment, &["succeeded"]).await;
    shop.settled(&sold.order, "QUALITY_CHECK").await;
    shop.drained().await;
    assert_eq!(shop.till.control().payment(&sold.intent).unwrap().refunded, 2_900);
    assert_eq!(shop.account(&owner, sold.payment).await["payment"]["refundedMinor"], 2_900);
    assert_eq!(shop.subjects_to(&sold.order.email).len(), 2, "the two mails of every order");

    // The rest follows, and now the order is over.
    assert_eq!(shop.refund(&owner, sold.order.id, None).await.json()["data"]["amountMinor"], 10_000);
    shop.order_is(&sold.order, "REFUNDED").await;
    shop.drained().await;
    assert_eq!(shop.till.control().payment(&sold.intent).unwrap().refunded, PRICE);
}

async fn more_than_is_left_is_refused(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    let sold = shop.sold("Tea that is not that dear").await;
    let owner = shop.staff("owner", "owner").await;
    let too_much = shop.refund(&owner, sold.order.id, Some(PRICE + 1)).await;
    assert_eq!((too_much.status, too_much.code()), (409, "refund_too_large".to_owned()));
    for minor in [0, -1] {
        assert_eq!(shop.refund(&owner, sold.order.id, Some(minor)).await.code(), "validation_failed");
    }
    assert_eq!(shop.refund(&owner, sold.order.id, Some(10_000)).await.status, 202);
    let rest = shop.refund(&owner, sold.order.id, Some(2_901)).await;
    assert_eq!(
        (rest.status, rest.code()),
        (409, "refund_too_large".to_owned()),
        "what is asked for is reserved"
    );
    shop.drained().await;
    assert_eq!(shop.till.control().refunds().len(), 1);
}

async fn a_refund_that_is_asked_for_twice_is_made_once(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    let owner = shop.staff("owner", "owner").await;
    let sold = shop.sold("Tea, asked for twice").await;
    let part = || shop.refund_once(&owner, sold.order.id, Some(1_000), Some("key-1"));
    let (one, two) = tokio::join!(part(), part());
    let three = part().await;
    for answer in [&two, &three] {
        assert_eq!(
            (answer.status, &answer.json()["data"]["refundId"]),
            (202, &one.json()["data"]["refundId"])
        );
    }
    let other = shop.refund_once(&owner, sold.order.id, Some(2_000), Some("key-1")).await;
    assert_eq!((other.status, other.code()), (422, "idempotency_key_reused".to_owned()));
    shop.refunds_are(sold.payment, &["succeeded"]).await;

    // Two who want everything back: one of them gets it.
    let whole = || shop.refund(&owner, sold.order.id, None);
    let (one, two) = tokio::join!(whole(), whole());
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [202, 409], "{one:?} {two:?}");
    shop.order_is(&sold.order, "REFUNDED").await;
    shop.drained().await;
    let amounts: Vec<i64> = shop.till.control().refunds().iter().map(|refund| refund.amount).collect();
    assert_eq!(amounts, [1_000, PRICE - 1_000]);
}

async fn a_refund_is_made_once_however_the_gateway_fails(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    let owner = shop.staff("owner", "owner").await;
    let till = shop.till.control();
    for mode in [
        StripeMode::LostAnswer,
        StripeMode::Reset,
        StripeMode::Garbage,
        StripeMode::Status503,
        StripeMode::RateLimited,
        StripeMode::Stored500,
        StripeMode::Stored500After,
    ] {
        let sold = shop.sold(&format!("Tea and a {mode:?}")).await;
        till.set(Fault::times(mode, 1).only("POST /v1/refunds"));
        assert_eq!(shop.refund(&owner, sold.order.id, None).await.status, 202);
        shop.order_is(&sold.order, "REFUNDED").await;
        shop.drained().await;
        let made = till.refunds().iter().filter(|refund| refund.payment_intent == sold.intent).count();
        assert_eq!(
            (made, shop.refund_states(sold.payment).await),
            (1, vec!["succeeded".to_owned()]),
            "{mode:?}"
        );
    }
}

/// The same key is good for a day, so what is not known is found out a moment later.
async fn a_refund_whose_answer_was_lost_is_nothing_for_a_person(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    let owner = shop.staff("owner", "owner").await;
    for mode in [StripeMode::LostAnswer, StripeMode::Reset, StripeMode::Stored500After] {
        let sold = shop.sold(&format!("Tea and a {mode:?}")).await;
        shop.till.control().set(Fault::times(mode, 1).only("POST /v1/refunds"));
        assert_eq!(shop.refund(&owner, sold.order.id, None).await.status, 202);
        shop.order_is(&sold.order, "REFUNDED").await;
        shop.drained().await;
        assert!(!shop.heard_of("refund-failed"), "{mode:?}: {:?}", shop.subjects_to(STAFF));
    }
}

async fn a_refund_that_is_on_its_way_counts_until_it_comes_back(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    let owner = shop.staff("owner", "owner").await;
    let till = shop.till.control();
    till.set(Fault::times(StripeMode::RefundPending, 1).only("POST /v1/refunds"));
    let sold = shop.sold("Tea to a closed account").await;
    assert_eq!(shop.refund(&owner, sold.order.id, None).await.status, 202);
    shop.order_is(&sold.order, "REFUNDED").await;
    assert_eq!(shop.refund_states(sold.payment).await, ["pending"]);
    let refund = till.refunds().remove(0);
    assert_eq!(refund.status, RefundStatus::Pending);

    till.refund_fails(&refund.id).unwrap();
    shop.refunds_are(sold.payment, &["failed"]).await;
    shop.staff_hear_of("refund-failed").await;
    assert_eq!(shop.status(&sold.order).await["status"], "REFUNDED", "a person decides what becomes of it");
    let account = shop.account(&owner, sold.payment).await;
    assert_eq!(account["payment"]["refundedMinor"], 0, "{account:#}");
    // The money is still here, so it can be sent another time.
    assert_eq!(shop.refund(&owner, sold.order.id, None).await.status, 202);
    shop.refunds_are(sold.payment, &["failed", "succeeded"]).await;
    assert_eq!(till.payment(&sold.intent).unwrap().refunded, PRICE);
}

async fn a_refund_that_takes_its_time_succeeds(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    let owner = shop.staff("owner", "owner").await;
    let till = shop.till.control();
    till.set(Fault::times(StripeMode::RefundPending, 1).only("POST /v1/refunds"));
    let sold = shop.sold("Tea by slow boat").await;
    assert_eq!(shop.refund(&owner, sold.order.id, Some(500)).await.status, 202);
    shop.refunds_are(sold.payment, &["pending"]).await;
    till.refund_succeeds(&till.refunds()[0].id).unwrap();
    shop.refunds_are(sold.payment, &["succeeded"]).await;
    shop.settled(&sold.order, "QUALITY_CHECK").await;
    shop.drained().await;
    assert_eq!(shop.account(&owner, sold.payment).await["payment"]["refundedMinor"], 500);
    assert!(!shop.heard_of("refund-failed"));
}

async fn a_failed_order_can_be_paid_back(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    shop.ai.control().set(Fault::always(AiMode::Refusal));
    let sold = shop.sold("Tea that nobody can write about").await;
    shop.settled(&sold.order, "FAILED").await;
    let owner = shop.staff("owner", "owner").await;
    assert_eq!(shop.refund(&owner, sold.order.id, None).await.status, 202);
    shop.order_is(&sold.order, "REFUNDED").await;
}

async fn only_owners_give_money_back(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    let sold = shop.sold("Tea that many want back").await;
    for role in ["reviewer", "read-only"] {
        let token = shop.staff(role, role).await;
        let refused = shop.refund(&token, sold.order.id, None).await;
        assert_eq!((refused.status, refused.code()), (403, "not_allowed".to_owned()), "{role}");
    }
    let stranger = shop.refund("gly_guess", sold.order.id, None).await;
    assert_eq!((stranger.status, stranger.code()), (401, "not_authenticated".to_owned()));
    let customer = shop.refund(&sold.order.token, sold.order.id, None).await;
    assert_eq!(customer.status, 401);
    let owner = shop.staff("owner", "owner").await;
    let unknown = shop.refund(&owner, sold.payment, None).await;
    assert_eq!((unknown.status, unknown.code()), (404, "not_found".to_owned()));
    assert!(shop.refund_states(sold.payment).await.is_empty());
}

/// Stripe has never heard of the payment: its event was made up. Nobody works yet, so that the
/// article is not begun before the refund is asked for.
async fn a_refund_that_the_gateway_refuses_lets_the_order_go_on(setup: Setup) {
    let mut shop = Plan::new(setup).workers(0).open().await;
    let sale = sale::short_article("Tea that cannot go back");
    let order = shop.sell(&sale).await;
    let owner = shop.staff("owner", "owner").await;
    assert_eq!(shop.refund(&owner, order.id, None).await.status, 202);
    let content = "SELECT state FROM job WHERE order_id = $1 AND queue = 'content'";
    assert_eq!(shop.db.texts_of(content, order.id).await, ["held"], "nothing is begun for money that leaves");
    shop.start_worker().await;
    let payment = shop.payment(sale.payment_intent.as_deref().unwrap()).await;
    shop.refunds_are(payment, &["failed"]).await;
    shop.staff_hear_of("refund-failed").await;
    shop.settled(&order, "QUALITY_CHECK").await;
    let account = shop.account(&owner, payment).await;
    assert_eq!(account["payment"]["refundedMinor"], 0, "{account:#}");
    assert!(account["refunds"][0]["detail"].is_string(), "staff read why: {account:#}");
    // What it had reserved is free again.
    assert_eq!(shop.refund(&owner, order.id, Some(PRICE)).await.status, 202);
    until("that one is refused as well", SOON, async || {
        shop.refund_states(payment).await == ["failed", "failed"]
    })
    .await;
}
