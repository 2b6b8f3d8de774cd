use crate::desk::{Desk, Endpoint};
use galley_sandbox::{
    fault::Fault,
    stripe::{RefundStatus, StripeMode},
};
use serde_json::json;

async fn refund(desk: &Desk, intent: &str, amount: &str) -> crate::desk::Answer {
    let form = [("payment_intent", intent), ("amount", amount), ("metadata[refund_id]", "r1")];
    desk.post("/v1/refunds", &form).await
}

#[tokio::test]
async fn a_refund_goes_back_and_never_more_than_was_paid() {
    let desk = Desk::new().await;
    let (_, intent) = desk.paid().await;
    let part = refund(&desk, &intent, "2900").await;
    let id = part.id();
    assert_eq!((&part.json["status"], &part.json["amount"]), (&json!("succeeded"), &json!(2_900)));
    assert_eq!(part.json["metadata"]["refund_id"], "r1");
    let more = refund(&desk, &intent, "10001").await;
    assert_eq!((more.status, more.error("param")), (400, "amount"));
    assert!(more.error("message").contains("100.00 USD"), "{}", more.error("message"));
    let rest = desk.post("/v1/refunds", &[("payment_intent", &intent), ("reason", "duplicate")]).await;
    assert_eq!(rest.json["amount"], 10_000);
    let none = refund(&desk, &intent, "1").await;
    assert_eq!((none.status, none.error("code")), (400, "charge_already_refunded"));
    assert_eq!(desk.control().payment(&intent).unwrap().refunded, 12_900);
    assert_eq!(desk.get(&format!("/v1/refunds/{id}")).await.json, part.json);
    let listed = desk.get(&format!("/v1/refunds?payment_intent={intent}&created[gte]=1")).await;
    assert_eq!(listed.ids(), [rest.id(), id]);
}

#[tokio::test]
async fn what_was_not_paid_or_is_not_there_cannot_be_refunded() {
    let desk = Desk::new().await;
    let id = desk.session().await;
    let intent = desk.control().pay_later(&id).unwrap().payment_intent.unwrap();
    assert_eq!(refund(&desk, &intent, "100").await.status, 400);
    let unknown = refund(&desk, "pi_x", "100").await;
    assert_eq!((unknown.error("code"), unknown.error("param")), ("resource_missing", "payment_intent"));
    assert_eq!(refund(&desk, &intent, "-5").await.error("param"), "amount");
    assert_eq!(desk.post("/v1/refunds", &[]).await.error("code"), "parameter_missing");
}

#[tokio::test]
async fn events_tell_of_refunds_one_by_one_and_in_sum() {
    let desk = Desk::new().await;
    let endpoint = Endpoint::of(&desk, &[]).await;
    let (_, intent) = desk.paid().await;
    desk.control().refund(&intent, Some(900)).unwrap();
    let created = endpoint.event("refund.created").await;
    assert_eq!(created["data"]["object"]["amount"], 900);
    let charge = endpoint.event("charge.refunded").await;
    assert_eq!(charge["data"]["object"]["amount_refunded"], 900);
    assert_eq!(charge["data"]["object"]["payment_intent"], json!(intent));
    assert_eq!(charge["data"]["previous_attributes"]["amount_refunded"], 0);
}

#[tokio::test]
async fn a_pending_refund_waits_until_somebody_says_what_becomes_of_it() {
    let desk = Desk::new().await;
    let endpoint = Endpoint::of(&desk, &[]).await;
    let (_, intent) = desk.paid().await;
    desk.control().set(Fault::times(StripeMode::RefundPending, 2).only("/v1/refunds"));
    let (one, other) = (refund(&desk, &intent, "900").await, refund(&desk, &intent, "12000").await);
    assert_eq!(one.json["status"], "pending");
    let payment = desk.control().payment(&intent).unwrap();
    assert_eq!((payment.refunded, payment.refunding), (0, 12_900));
    assert_eq!(refund(&desk, &intent, "1").await.error("code"), "charge_already_refunded");
    desk.control().refund_succeeds(&one.id()).unwrap();
    assert_eq!(endpoint.event("refund.updated").await["data"]["object"]["status"], "succeeded");
    desk.control().refund_fails(&other.id()).unwrap();
    assert_eq!(endpoint.event("refund.failed").await["data"]["object"]["status"], "failed");
    let payment = desk.control().payment(&intent).unwrap();
    assert_eq!((payment.refunded, payment.refunding), (900, 0));
}

#[tokio::test]
async fn a_refund_can_fail_at_once_or_after_it_had_succeeded() {
    let desk = Desk::new().await;
    let (_, intent) = desk.paid().await;
    desk.control().set(Fault::times(StripeMode::RefundFailed, 1));
    let failing = refund(&desk, &intent, "900").await;
    assert_eq!(failing.json["status"], "pending");
    assert_eq!(desk.get(&format!("/v1/refunds/{}", failing.id())).await.json["status"], "failed");
    let good = refund(&desk, &intent, "900").await.id();
    assert_eq!(desk.control().refund_fails(&good).unwrap().status, RefundStatus::Failed);
    assert_eq!(desk.control().payment(&intent).unwrap().refunded, 0);
    assert!(desk.control().refund_fails(&good).is_err() && desk.control().refund_succeeds(&good).is_err());
}

#[tokio::test]
async fn a_disputed_charge_is_not_refunded_unless_the_dispute_is_won() {
    let desk = Desk::new().await;
    let endpoint = Endpoint::of(&desk, &[]).await;
    let (_, intent) = desk.paid().await;
    let dispute = desk.control().dispute(&intent).unwrap().id;
    assert!(desk.control().dispute(&intent).is_err());
    assert_eq!(refund(&desk, &intent, "100").await.error("code"), "charge_disputed");
    let opened = endpoint.event("charge.dispute.created").await;
    assert_eq!(opened["data"]["object"]["payment_intent"], json!(intent));
    desk.control().update_dispute(&dispute, "under_review").unwrap();
    assert_eq!(endpoint.event("charge.dispute.updated").await["data"]["object"]["status"], "under_review");
    let listed = desk.get(&format!("/v1/disputes?payment_intent={intent}&created[gte]=1")).await;
    assert_eq!(
        (listed.ids(), &listed.json["data"][0]["status"]),
        (vec![dispute.as_str()], &json!("under_review"))
    );
    assert!(desk.control().close_dispute(&dispute, "maybe").is_err());
    desk.control().close_dispute(&dispute, "won").unwrap();
    assert_eq!(endpoint.event("charge.dispute.closed").await["data"]["object"]["status"], "won");
    assert_eq!(desk.get(&format!("/v1/disputes/{dispute}")).await.json["status"], "won");
    assert_eq!(refund(&desk, &intent, "100").await.status, 200);
    let lost = desk.control().dispute(&intent).unwrap().id;
    desk.control().close_dispute(&lost, "lost").unwrap();
    assert_eq!(refund(&desk, &intent, "100").await.error("code"), "charge_disputed");
}
