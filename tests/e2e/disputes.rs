//! A customer's bank wants the money back.

use crate::shop::{Plan, SOON, Setup, Shop, on_every_setup, on_sqlite, sale, until};
use galley_sandbox::{
    ai::AiMode,
    fault::Fault,
    stripe::{DisputeSpec, dispute_closed, dispute_created},
};
use serde_json::Value;

on_every_setup! {
    a_dispute_stops_the_writing_until_it_is_won
    a_dispute_that_is_lost_ends_the_order
    an_order_is_frozen_until_the_last_of_its_disputes_is_over
}
mod gateways {
    use super::*;

    on_sqlite! {
        a_warning_that_comes_to_nothing_lets_the_order_go_on
        a_dispute_is_nothing_that_can_happen_to_a_refunded_order
    }
}

/// On hold or not, while its status stays what it is.
async fn is_on_hold(shop: &Shop, order: &crate::shop::Order) -> bool {
    shop.status(order).await["onHold"].as_bool().unwrap()
}

async fn a_dispute_stops_the_writing_until_it_is_won(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    // It is tried again and again, so that there is always something to stop.
    shop.ai.control().set(Fault::always(AiMode::RateLimited));
    let sold = shop.sold("Tea in doubt").await;
    let doubt = shop.till.control().dispute(&sold.intent).unwrap();
    until("the order is on hold", SOON, async || is_on_hold(&shop, &sold.order).await).await;
    let content = "SELECT state FROM job WHERE order_id = $1 AND queue = 'content'";
    until("its job is held", SOON, async || shop.db.texts_of(content, sold.order.id).await == ["held"]).await;
    assert_eq!(shop.status(&sold.order).await["status"], "PROCESSING");
    shop.staff_hear_of("dispute-opened").await;
    let owner = shop.staff("owner", "owner").await;
    for minor in [None, Some(1)] {
        let refused = shop.refund(&owner, sold.order.id, minor).await;
        assert_eq!(
            (refused.status, refused.code()),
            (409, "order_frozen".to_owned()),
            "that would pay twice"
        );
    }
    assert_eq!(shop.account(&owner, sold.payment).await["payment"]["disputed"], true);

    shop.ai.control().set(Fault::always(AiMode::Ok));
    shop.till.control().update_dispute(&doubt.id, "under_review").unwrap();
    shop.till.control().settled().await;
    assert!(is_on_hold(&shop, &sold.order).await, "the bank has not decided");
    shop.till.control().close_dispute(&doubt.id, "won").unwrap();
    shop.settled(&sold.order, "QUALITY_CHECK").await;
    assert!(!is_on_hold(&shop, &sold.order).await);
    assert_eq!(shop.account(&owner, sold.payment).await["payment"]["disputed"], false);
    assert_eq!(shop.refund(&owner, sold.order.id, Some(100)).await.status, 202, "now it can be given back");
    shop.refunds_are(sold.payment, &["succeeded"]).await;
}

async fn a_dispute_that_is_lost_ends_the_order(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    let sold = shop.sold("Tea that was somebody else's").await;
    shop.settled(&sold.order, "QUALITY_CHECK").await;
    let doubt = shop.till.control().dispute(&sold.intent).unwrap();
    until("the order is on hold", SOON, async || is_on_hold(&shop, &sold.order).await).await;
    shop.till.control().close_dispute(&doubt.id, "lost").unwrap();
    shop.order_is(&sold.order, "REFUNDED").await;
    assert!(!is_on_hold(&shop, &sold.order).await);
    let owner = shop.staff("owner", "owner").await;
    let refused = shop.refund(&owner, sold.order.id, None).await;
    assert_eq!(refused.status, 409, "the bank has the money: {refused:?}");
    for kind in ["charge.dispute.created", "charge.dispute.closed"] {
        shop.resend(kind).await;
    }
    shop.drained().await;
    assert_eq!(shop.status(&sold.order).await["status"], "REFUNDED");
    assert!(shop.till.control().refunds().is_empty());
}

/// An event about one dispute of a sale.
fn about(sale: &galley_sandbox::stripe::SessionSpec, dispute: &str, status: &str) -> Value {
    let spec = DisputeSpec {
        event_id: format!("{}_{dispute}_{status}", sale.event_id),
        dispute_id: format!("dp_{}_{dispute}", sale.event_id),
        payment_intent: sale.payment_intent.clone(),
        status: status.to_owned(),
        ..DisputeSpec::default()
    };
    if status == "needs_response" { dispute_created(&spec) } else { dispute_closed(&spec) }
}

async fn tell(shop: &Shop, event: &Value) {
    let delivery = shop.stripe.send(event).await.unwrap();
    assert_eq!(delivery.status, 200, "{}", delivery.body);
}

async fn an_order_is_frozen_until_the_last_of_its_disputes_is_over(setup: Setup) {
    for (ends, status) in [(["won", "won"], "QUALITY_CHECK"), (["won", "lost"], "REFUNDED")] {
        let shop = Plan::new(setup).open().await;
        let sale = sale::short_article("Tea that two banks doubt");
        let order = shop.sell(&sale).await;
        shop.settled(&order, "QUALITY_CHECK").await;
        for dispute in ["a", "b"] {
            tell(&shop, &about(&sale, dispute, "needs_response")).await;
        }
        assert!(is_on_hold(&shop, &order).await);
        tell(&shop, &about(&sale, "a", ends[0])).await;
        assert!(is_on_hold(&shop, &order).await, "the other one is still open");
        // What was true before comes in once more.
        tell(&shop, &about(&sale, "a", "needs_response")).await;
        tell(&shop, &about(&sale, "b", ends[1])).await;
        assert!(!is_on_hold(&shop, &order).await, "{ends:?}");
        assert_eq!(shop.status(&order).await["status"], status, "{ends:?}");
    }
}

async fn a_warning_that_comes_to_nothing_lets_the_order_go_on(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    let sold = shop.sold("Tea that was only asked about").await;
    shop.settled(&sold.order, "QUALITY_CHECK").await;
    let doubt = shop.till.control().dispute(&sold.intent).unwrap();
    shop.till.control().update_dispute(&doubt.id, "warning_needs_response").unwrap();
    until("the order is on hold", SOON, async || is_on_hold(&shop, &sold.order).await).await;
    shop.till.control().close_dispute(&doubt.id, "warning_closed").unwrap();
    until("the order goes on", SOON, async || !is_on_hold(&shop, &sold.order).await).await;
    assert_eq!(shop.status(&sold.order).await["status"], "QUALITY_CHECK");
}

async fn a_dispute_is_nothing_that_can_happen_to_a_refunded_order(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    let sold = shop.sold("Tea that went back before").await;
    let owner = shop.staff("owner", "owner").await;
    assert_eq!(shop.refund(&owner, sold.order.id, None).await.status, 202);
    shop.order_is(&sold.order, "REFUNDED").await;
    let doubt = shop.till.control().dispute(&sold.intent).unwrap();
    shop.till.control().close_dispute(&doubt.id, "won").unwrap();
    shop.till.control().settled().await;
    let status = shop.status(&sold.order).await;
    assert_eq!((status["status"].as_str(), status["onHold"].as_bool()), (Some("REFUNDED"), Some(false)));
}
