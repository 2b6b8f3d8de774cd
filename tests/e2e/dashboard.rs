//! What people do at the gateway, and money that comes twice.

use crate::shop::{PRICE, Plan, SOON, Setup, Shop, Sold, on_every_setup, on_sqlite, until};
use galley_sandbox::stripe::{RefundStatus, WebhookPlan};

on_every_setup! {
    a_refund_at_the_dashboard_counts_like_one_of_ours
    what_comes_before_its_payment_waits_for_it
    a_second_payment_goes_back_by_itself
    the_rest_of_a_second_payment_goes_back_when_somebody_returned_a_part
}
mod gateways {
    use super::*;

    on_sqlite! {
        a_refund_at_the_dashboard_and_one_of_ours_never_exceed_the_payment
        a_second_payment_that_is_disputed_is_left_alone
    }
}

/// Nothing but events tells of anything.
async fn without_questions(setup: Setup) -> Shop {
    Plan::new(setup).with("RECONCILE_INTERVAL_SECONDS", "3600").open().await
}

async fn a_refund_at_the_dashboard_counts_like_one_of_ours(setup: Setup) {
    let shop = without_questions(setup).await;
    let till = shop.till.control();
    let sold = shop.sold("Tea that somebody else returned").await;
    shop.settled(&sold.order, "QUALITY_CHECK").await;
    till.refund(&sold.intent, Some(900)).unwrap();
    till.settled().await;
    shop.refunds_are(sold.payment, &["succeeded"]).await;
    let owner = shop.staff("owner", "owner").await;
    let account = shop.account(&owner, sold.payment).await;
    assert_eq!(account["payment"]["refundedMinor"], 900, "{account:#}");
    assert_eq!(account["refunds"][0]["origin"], "gateway", "{account:#}");
    assert_eq!(shop.status(&sold.order).await["status"], "QUALITY_CHECK", "a part changes nothing");
    let too_much = shop.refund(&owner, sold.order.id, Some(PRICE)).await;
    assert_eq!((too_much.status, too_much.code()), (409, "refund_too_large".to_owned()));

    till.refund(&sold.intent, None).unwrap();
    shop.order_is(&sold.order, "REFUNDED").await;
    for kind in ["refund.created", "charge.refunded"] {
        shop.resend(kind).await;
    }
    shop.drained().await;
    assert_eq!(shop.refund_states(sold.payment).await, ["succeeded", "succeeded"]);
    assert_eq!(shop.account(&owner, sold.payment).await["payment"]["refundedMinor"], PRICE);
    assert_eq!(till.counters().refunds, 0, "we asked for none");
}

async fn what_comes_before_its_payment_waits_for_it(setup: Setup) {
    let shop = without_questions(setup).await;
    let till = shop.till.control();
    shop.silence();
    let returned = shop.checkout("Tea that was returned at once", "ann@example.com").await;
    let disputed = shop.checkout("Tea that was disputed at once", "ann@example.com").await;
    let (back, doubtful) = (shop.pay(&returned), shop.pay(&disputed));
    till.refund(&back, None).unwrap();
    let doubt = till.dispute(&doubtful).unwrap();
    for kind in ["charge.refunded", "refund.created", "charge.dispute.created"] {
        shop.resend(kind).await;
    }
    let waiting = "SELECT COUNT(*) FROM payment_event WHERE state = 'pending'";
    assert_eq!(shop.db.count(waiting).await, 3);
    assert_eq!(shop.db.count("SELECT COUNT(*) FROM orders").await, 0);

    shop.resend("checkout.session.completed").await;
    let returned = shop.became(&returned.session(), back).await.order;
    let disputed = shop.became(&disputed.session(), doubtful).await.order;
    assert_eq!(shop.status(&returned).await["status"], "REFUNDED");
    let status = shop.status(&disputed).await;
    assert_eq!((status["status"].as_str(), status["onHold"].as_bool()), (Some("PROCESSING"), Some(true)));
    assert_eq!(shop.db.count(waiting).await, 0, "each has met its payment");
    shop.drained().await;
    assert_eq!(shop.ai.control().counters().calls, 0, "nothing was written");
    till.close_dispute(&doubt.id, "won").unwrap();
    shop.resend("charge.dispute.closed").await;
    shop.settled(&disputed, "QUALITY_CHECK").await;
}

/// Waits until the second payment is back where it came from, and the first untouched.
async fn second_payment_is_back(shop: &Shop, sold: &Sold, second: &str) {
    let till = shop.till.control();
    let what = "the second payment has gone back";
    until(what, SOON, async || till.payment(second).unwrap().refunded == PRICE).await;
    shop.drained().await;
    let payment = shop.payment(second).await;
    until("we know it", SOON, async || {
        let states = shop.refund_states(payment).await;
        states.iter().all(|state| state == "succeeded" || state == "failed")
    })
    .await;
    let owner = shop.staff("owner", "owner").await;
    let known = async || shop.account(&owner, payment).await["payment"].clone();
    until("we know of all of it", SOON, async || known().await["refundedMinor"] == PRICE).await;
    assert_eq!(known().await["state"], "duplicate");
    assert_eq!(till.payment(&sold.intent).unwrap().refunded, 0, "the first one stays");
    shop.settled(&sold.order, "QUALITY_CHECK").await;
    assert_eq!(shop.db.count("SELECT COUNT(*) FROM orders").await, 1);
    shop.staff_hear_of("paid-twice").await;
}

async fn a_second_payment_goes_back_by_itself(setup: Setup) {
    let shop = without_questions(setup).await;
    let sold = shop.sold("Tea, paid twice").await;
    let second = shop.till.control().pay_again(&sold.session).unwrap().payment_intent;
    second_payment_is_back(&shop, &sold, &second).await;
    // Told again, it is still one refund.
    shop.resend("checkout.session.completed").await;
    shop.drained().await;
    let refunds = shop.till.control().refunds();
    assert_eq!(refunds.iter().map(|refund| refund.status).collect::<Vec<_>>(), [RefundStatus::Succeeded]);
}

async fn the_rest_of_a_second_payment_goes_back_when_somebody_returned_a_part(setup: Setup) {
    // Stripe may tell of the payment first, of the refund first, or of the payment alone.
    for order in [
        &["checkout.session.completed", "refund.created", "charge.refunded"][..],
        &["refund.created", "charge.refunded", "checkout.session.completed"],
        &["charge.refunded", "checkout.session.completed"],
        &["checkout.session.completed"],
    ] {
        let shop = without_questions(setup).await;
        let sold = shop.sold("Tea, paid twice and returned in part").await;
        let till = shop.till.control();
        till.settled().await;
        shop.silence();
        let second = till.pay_again(&sold.session).unwrap().payment_intent;
        till.refund(&second, Some(900)).unwrap();
        for kind in order {
            shop.resend(kind).await;
        }
        till.webhooks(WebhookPlan::default());
        if order.len() == 1 {
            // Our refund of the whole is refused, and nobody says why until the gateway is asked.
            let payment = shop.payment(&second).await;
            shop.refunds_are(payment, &["failed"]).await;
            shop.reconcile().await;
        }
        second_payment_is_back(&shop, &sold, &second).await;
        let amounts: Vec<i64> = till.refunds().iter().map(|refund| refund.amount).collect();
        assert_eq!(amounts, [900, PRICE - 900], "{order:?}");
    }
}

async fn a_refund_at_the_dashboard_and_one_of_ours_never_exceed_the_payment(setup: Setup) {
    let shop = without_questions(setup).await;
    let till = shop.till.control();
    let sold = shop.sold("Tea that two people return").await;
    shop.settled(&sold.order, "QUALITY_CHECK").await;
    shop.silence();
    till.refund(&sold.intent, Some(10_000)).unwrap();
    let owner = shop.staff("owner", "owner").await;
    assert_eq!(shop.refund(&owner, sold.order.id, None).await.status, 202, "we do not know of the other yet");
    shop.refunds_are(sold.payment, &["failed"]).await;
    shop.staff_hear_of("refund-failed").await;
    shop.resend("refund.created").await;
    shop.resend("charge.refunded").await;
    assert_eq!(shop.status(&sold.order).await["status"], "QUALITY_CHECK");
    assert_eq!(shop.refund(&owner, sold.order.id, None).await.json()["data"]["amountMinor"], PRICE - 10_000);
    shop.order_is(&sold.order, "REFUNDED").await;
    assert_eq!(till.payment(&sold.intent).unwrap().refunded, PRICE);
}

async fn a_second_payment_that_is_disputed_is_left_alone(setup: Setup) {
    let shop = without_questions(setup).await;
    let till = shop.till.control();
    let sold = shop.sold("Tea, paid twice by somebody else's card").await;
    till.settled().await;
    shop.silence();
    let second = till.pay_again(&sold.session).unwrap().payment_intent;
    till.dispute(&second).unwrap();
    for kind in ["charge.dispute.created", "checkout.session.completed"] {
        shop.resend(kind).await;
    }
    let payment = shop.payment(&second).await;
    shop.refunds_are(payment, &["failed"]).await;
    shop.staff_hear_of("dispute-opened").await;
    shop.settled(&sold.order, "QUALITY_CHECK").await;
    assert_eq!(shop.status(&sold.order).await["onHold"], false, "the first payment is not disputed");
    let owner = shop.staff("owner", "owner").await;
    assert_eq!(shop.account(&owner, payment).await["payment"]["disputed"], true);
    assert_eq!(till.payment(&second).unwrap().refunded, 0, "that would pay twice");
}
