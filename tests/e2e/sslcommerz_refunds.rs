//! Money that goes back through SSLCommerz, which cannot be asked for the same refund twice.

use crate::shop::{Plan, SOON, Setup, on_every_setup, on_sqlite, until};
use galley_sandbox::{
    fault::Fault,
    sslcommerz::{SslcommerzMode, SslcommerzRefundStatus},
};

on_every_setup! { what_is_paid_twice_goes_back_once }
mod gateways {
    use super::*;

    on_sqlite! {
        a_second_payment_that_cannot_go_back_is_for_a_person
        a_refund_of_which_nobody_knows_is_never_asked_for_twice
        a_refund_that_comes_back_is_for_a_person
    }
}

async fn what_is_paid_twice_goes_back_once(setup: Setup) {
    let shop = Plan::new(setup).with_sslcommerz().open().await.in_taka().await;
    let checkout = shop.checkout_elsewhere("Tea, paid twice").await;
    let control = shop.sslcommerz();
    control.pay_twice(&checkout.session()).await.unwrap();
    let first = shop.paid_elsewhere().await;
    shop.staff_hear_of("paid-twice").await;
    until("one of the two is on its way back", SOON, async || control.world().refunds.len() == 1).await;
    shop.settled(&first.order, "QUALITY_CHECK").await;
    control.settled().await;
    shop.drained().await;
    let world = control.world();
    let back: Vec<i64> = world.transactions.iter().map(|attempt| attempt.refunded_minor).collect();
    let mut sums = back.clone();
    sums.sort_unstable();
    assert_eq!(sums, [0, 115_000], "one of the two: {back:?}");
    assert_eq!(world.refunds[0].amount_minor, 115_000);
    assert_eq!(shop.db.count("SELECT COUNT(*) FROM orders").await, 1);
    assert_eq!(shop.status(&first.order).await["status"], "QUALITY_CHECK");
}

/// Dollars became taka at a rate of the day, and nobody says which of the two a refund means.
async fn a_second_payment_that_cannot_go_back_is_for_a_person(setup: Setup) {
    let shop = Plan::new(setup).with_sslcommerz().open().await;
    let checkout = shop.checkout_elsewhere("Tea, paid twice in dollars").await;
    shop.sslcommerz().pay_twice(&checkout.session()).await.unwrap();
    let first = shop.paid_elsewhere().await;
    shop.staff_hear_of("paid-twice").await;
    shop.staff_hear_of("refund-failed").await;
    shop.settled(&first.order, "QUALITY_CHECK").await;
    assert!(shop.sslcommerz().world().refunds.is_empty());
    let bodies = shop.db.texts("SELECT text_body FROM email WHERE kind = 'staff-alert'").await.join("\n");
    assert!(bodies.contains("merchant panel"), "it says what to do: {bodies}");
}

async fn a_refund_of_which_nobody_knows_is_never_asked_for_twice(setup: Setup) {
    let shop = Plan::new(setup).with_sslcommerz().open().await.in_taka().await;
    let sold = shop.sold_elsewhere("Tea of an unknown fate").await;
    let owner = shop.staff("owner", "owner").await;
    let control = shop.sslcommerz();
    control.set(Fault::always(SslcommerzMode::LostAnswer).only("refund_amount"));
    assert_eq!(shop.refund(&owner, sold.order.id, None).await.status, 202);
    shop.refunds_are(sold.payment, &["unknown"]).await;
    shop.staff_hear_of("refund-failed").await;
    // Whatever else happens, it is not asked for again.
    shop.drained().await;
    let ended = "SELECT change_seq FROM job WHERE kind = 'refund' AND state = 'completed'";
    let before = shop.db.count(ended).await;
    shop.db.change("UPDATE refund SET next_poll_at = updated_at").await;
    shop.reconcile().await;
    shop.drained().await;
    assert!(shop.db.count(ended).await > before, "it was looked at again");
    shop.drained().await;
    assert_eq!(control.world().refunds.len(), 1, "one request");
    assert_eq!(shop.refund_states(sold.payment).await, ["unknown"]);
    let again = shop.refund(&owner, sold.order.id, Some(1)).await;
    assert_eq!((again.status, again.code()), (409, "refund_too_large".to_owned()), "it stays reserved");
}

async fn a_refund_that_comes_back_is_for_a_person(setup: Setup) {
    let shop = Plan::new(setup).with_sslcommerz().open().await.in_taka().await;
    let sold = shop.sold_elsewhere("Tea that goes to and fro").await;
    let owner = shop.staff("owner", "owner").await;
    let control = shop.sslcommerz();
    control.set(Fault::times(SslcommerzMode::RefundProcessing, 1).only("refund_amount"));
    assert_eq!(shop.refund(&owner, sold.order.id, None).await.status, 202);
    shop.refunds_are(sold.payment, &["pending"]).await;
    shop.order_is(&sold.order, "REFUNDED").await;
    let refund = control.world().refunds[0].clone();
    assert_eq!((refund.status, refund.amount_minor), (SslcommerzRefundStatus::Processing, 115_000));
    control.refund_cancelled(&refund.refund_ref_id).unwrap();
    // It is asked about every five minutes; a test does not wait that long.
    shop.db.change("UPDATE refund SET next_poll_at = updated_at").await;
    shop.reconcile().await;
    shop.refunds_are(sold.payment, &["failed"]).await;
    shop.staff_hear_of("refund-failed").await;
}
