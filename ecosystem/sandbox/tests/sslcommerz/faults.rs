use crate::shop::{Shop, is_signed, refund_of, shop};
use galley_sandbox::{
    fault::Fault,
    sslcommerz::{SslcommerzMode, SslcommerzStatus},
};
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test]
async fn a_lost_answer_was_executed_and_a_reset_was_not() {
    let shop = shop().await;
    let control = shop.gateway.control().clone();
    let bank = shop.paid("T1").await;
    for (mode, refunds) in [(SslcommerzMode::Reset, 0), (SslcommerzMode::LostAnswer, 1)] {
        control.set(Fault::times(mode, 1).only("refund_amount=1.00"));
        let lost = shop.get("merchantTransIDvalidationAPI.php", &refund_of(&bank, "1.00")).await;
        assert!(lost.unwrap_err().is_request());
        assert_eq!(control.world().refunds.len(), refunds, "{mode:?}");
    }
    assert_eq!(control.world().refunds[0].refe_id, "R1");
    control.set(Fault::times(SslcommerzMode::LostAnswer, 1));
    assert!(shop.send(&shop.order("T2")).await.is_err());
    assert_eq!(shop.ask(&[("tran_id", "T2")]).await["element"][0]["status"], "PENDING");
}

#[tokio::test]
async fn a_caller_who_gives_up_on_a_slow_answer_has_changed_nothing() {
    let shop = shop().await;
    let control = shop.gateway.control();
    control.set(Fault::always(SslcommerzMode::Ok).latency(Duration::from_hours(1)));
    let order = shop.order("T1");
    tokio::select! {
        answer = shop.send(&order) => panic!("answered too soon: {answer:?}"),
        () = control.calls_reach(1) => {}
    }
    assert_eq!((control.counters().calls, control.world().sessions.len()), (1, 0));
    control.set(Fault::always(SslcommerzMode::Ok).latency(Duration::from_millis(30)));
    let before = tokio::time::Instant::now();
    shop.open("T1").await;
    assert!(before.elapsed() >= Duration::from_millis(30));
}

#[tokio::test]
async fn bad_answers_of_every_kind() {
    let shop = shop().await;
    let control = shop.gateway.control().clone();
    let order = shop.order("T1");
    control.set(Fault::always(SslcommerzMode::Status500));
    assert_eq!(shop.send(&order).await.unwrap().status(), 500);
    control.set(Fault::always(SslcommerzMode::Down));
    assert_eq!(shop.send(&order).await.unwrap().status(), 503);
    assert_eq!(shop.page("x").await.0, 503);
    assert!(control.world().sessions.is_empty());
    control.set(Fault::always(SslcommerzMode::Failed));
    let answer = shop.open_with(&order).await;
    assert_eq!(answer["status"], "FAILED");
    assert!(!answer["failedreason"].as_str().unwrap().is_empty());
    assert_eq!(shop.validate("x").await, json!({ "APIConnect": "FAILED" }));
    control.set(Fault::always(SslcommerzMode::Inactive));
    assert_eq!(shop.open_with(&order).await["status"], "FAILED");
    assert_eq!(shop.ask(&[("tran_id", "T1")]).await, json!({ "APIConnect": "INACTIVE" }));
    assert!(control.world().sessions.is_empty());
    control.set(Fault::always(SslcommerzMode::Garbage));
    let answer = shop.send(&order).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.json::<Value>().await.is_err());
    assert_eq!(control.world().sessions.len(), 1, "garbage is what the answer is, not what was done");
    control.reset();
    shop.open("T1").await;
}

#[tokio::test]
async fn a_fault_hits_only_what_it_is_meant_for() {
    let shop = shop().await;
    let control = shop.gateway.control();
    control.set(Fault::always(SslcommerzMode::Status500).only("GET /validator/api/validationserverAPI.php?"));
    shop.open("T1").await;
    let answer = shop.get("validationserverAPI.php", &[("val_id", "x")]).await.unwrap();
    assert_eq!(answer.status(), 500);
    control.set(Fault::times(SslcommerzMode::RefundFailed, 1));
    shop.open("T2").await;
    assert_eq!(control.faults().len(), 2, "a fault of refunds waits for a refund");
}

#[tokio::test]
async fn a_hanging_call_is_seen_and_the_server_still_stops() {
    let Shop { gateway, client, .. } = shop().await;
    let control = gateway.control().clone();
    control.set(Fault::always(SslcommerzMode::Hang));
    let url = format!("{}/validator/api/validationserverAPI.php?val_id=x", gateway.base_url());
    let waiting = tokio::spawn(async move { client.get(url).send().await });
    control.calls_reach(1).await;
    gateway.shutdown().await;
    assert!(waiting.await.unwrap().map_or(true, |answer| answer.status() == 503));
}

#[tokio::test]
async fn a_forged_status_is_well_signed_and_known_to_nobody() {
    let mut shop = shop().await;
    let control = shop.gateway.control().clone();
    control.set(Fault::times(SslcommerzMode::ForgedStatus, 1).only("T1"));
    let key = shop.open("T1").await;
    let made = control.pay(&key).await.unwrap();
    let ipn = shop.ipns.recv().await.unwrap();
    assert!(is_signed(&ipn) && ipn["status"] == "VALID");
    assert_eq!((made.status, made.val_id), (SslcommerzStatus::Failed, None));
    assert_eq!(shop.validate(&ipn["val_id"]).await["status"], "INVALID_TRANSACTION");
    assert_eq!(shop.ask(&[("tran_id", "T1")]).await["element"][0]["status"], "FAILED");
    assert_eq!(shop.refund(&ipn["bank_tran_id"], "1.00").await["status"], "failed");
    assert!(control.pay(&key).await.unwrap().status.paid(), "and then the customer pays after all");
}

#[tokio::test]
async fn a_wrong_amount_is_short_by_one() {
    let shop = shop().await;
    let control = shop.gateway.control();
    let key = shop.open("T1").await;
    let val_id = control.pay(&key).await.unwrap().val_id.unwrap();
    control.set(Fault::times(SslcommerzMode::WrongAmount, 2));
    let wrong = shop.validate(&val_id).await;
    assert_eq!((&wrong["amount"], &wrong["currency_amount"]), (&json!("1149.00"), &json!("1149.00")));
    assert_eq!(shop.ask(&[("tran_id", "T1")]).await["element"][0]["amount"], "1149.00");
    assert_eq!(shop.validate(&val_id).await["amount"], "1150.00");
}
