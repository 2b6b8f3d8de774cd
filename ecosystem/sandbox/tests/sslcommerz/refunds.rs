use crate::shop::shop;
use galley_sandbox::{
    fault::Fault,
    sslcommerz::{SslcommerzActionError, SslcommerzMode, SslcommerzRefundStatus},
};
use serde_json::json;

#[tokio::test]
async fn a_refund_is_accepted_then_under_way_then_done() {
    let shop = shop().await;
    let bank = shop.paid("T1").await;
    let refund = shop.refund(&bank, "150.50").await;
    let facts = [&refund["APIConnect"], &refund["status"], &refund["bank_tran_id"], &refund["trans_id"]];
    assert_eq!(facts, ["DONE", "success", bank.as_str(), "T1"]);
    assert_eq!(shop.refund_status(&refund).await, "processing");
    assert_eq!(shop.refund_status(&refund).await, "refunded");
    assert_eq!(shop.gateway.control().world().transactions[0].refunded_minor, 15_050);

    // The gateway knows no idempotency: the same words once more are money once more.
    let again = shop.refund(&bank, "150.50").await;
    assert_ne!(again["refund_ref_id"], refund["refund_ref_id"]);
    let rest = shop.refund(&bank, "849.01").await;
    assert_eq!((&rest["status"], &rest["refund_ref_id"]), (&json!("failed"), &json!("")));
    assert!(rest["errorReason"].as_str().unwrap().contains("exceeds"));
    assert_eq!(shop.refund(&bank, "849.00").await["status"], "success");
    assert_eq!(shop.gateway.control().world().transactions[0].refunded_minor, 115_000);
    for (bank, amount) in [("nobody", "1.00"), (bank.as_str(), "0.00"), (bank.as_str(), "-1.00")] {
        assert_eq!(shop.refund(bank, amount).await["status"], "failed", "{bank} {amount}");
    }
    let bare = shop.ask(&[("bank_tran_id", &bank), ("refund_amount", "1.00")]).await;
    assert_eq!(bare, json!({ "APIConnect": "INVALID_REQUEST" }));
}

#[tokio::test]
async fn a_refund_moves_when_it_is_told_to() {
    let shop = shop().await;
    let control = shop.gateway.control().clone();
    let bank = shop.paid("T1").await;
    control.set(Fault::times(SslcommerzMode::RefundFailed, 1));
    assert_eq!(shop.refund(&bank, "100.00").await["status"], "failed");
    control.set(Fault::always(SslcommerzMode::RefundProcessing));
    let refund = shop.refund(&bank, "100.00").await;
    assert_eq!(refund["status"], "processing");
    for _ in 0..3 {
        assert_eq!(shop.refund_status(&refund).await, "processing");
    }
    let ref_id = refund["refund_ref_id"].as_str().unwrap();
    control.refund_done(ref_id).unwrap();
    assert_eq!(shop.refund_status(&refund).await, "refunded");
    assert!(control.refund_done(ref_id).is_err());
    control.refund_cancelled(ref_id).unwrap();
    assert_eq!(shop.refund_status(&refund).await, "cancelled");
    assert!(control.refund_cancelled(ref_id).is_err() && control.refund_done(ref_id).is_err());
    assert_eq!(control.refund_done("?").unwrap_err(), SslcommerzActionError::UnknownRefund("?".to_owned()));
    let world = control.world();
    assert_eq!(world.refunds[0].status, SslcommerzRefundStatus::Cancelled);
    assert_eq!((world.refunds.len(), world.transactions[0].refunded_minor), (1, 0));
}
