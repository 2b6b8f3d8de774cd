//! Money that goes back.

use super::*;

#[tokio::test]
async fn a_refund_is_made_once_whatever_became_of_the_answer() {
    for mode in [StripeMode::LostAnswer, StripeMode::Status503, StripeMode::Reset] {
        let desk = Desk::new().await;
        let payment = desk.paid().await;
        desk.bad(mode);
        desk.stripe.refund(&refund_of(&payment)).await.unwrap_err();
        let answer = desk.stripe.refund(&refund_of(&payment)).await.unwrap();
        assert_eq!((answer.state, answer.detail), (RefundState::Succeeded, None));
        let refunds = desk.control().refunds();
        assert_eq!((refunds.len(), refunds[0].amount), (1, 500));
        assert_eq!(refunds[0].metadata["galley_refund"], REFUND);
        assert_eq!(refunds[0].metadata["reason"], "It came too late.");
        assert_eq!(desk.control().payment(&payment).unwrap().refunded, 500);
    }
}

#[tokio::test]
async fn a_refund_behind_a_kept_failure_is_found_in_the_list() {
    let desk = Desk::new().await;
    let payment = desk.paid().await;
    let intent = refund_of(&payment);
    assert_eq!(desk.stripe.find_refund(&intent).await.unwrap(), None);
    desk.bad(StripeMode::Stored500After);
    let error = desk.stripe.refund(&intent).await.unwrap_err();
    assert!(matches!(error, GatewayError::Unknown { .. }), "{error:?}");
    let error = desk.stripe.refund(&intent).await.unwrap_err();
    assert!(matches!(error, GatewayError::Replayed { .. }), "{error:?}");
    let found = desk.stripe.find_refund(&intent).await.unwrap().unwrap();
    assert_eq!(found.state, RefundState::Succeeded);
    let known = RefundIntent { external_id: found.external_id.clone(), ..intent };
    assert_eq!(desk.stripe.find_refund(&known).await.unwrap(), Some(found));
}

#[tokio::test]
async fn a_refund_may_wait_and_fail_later() {
    let desk = Desk::new().await;
    let payment = desk.paid().await;
    desk.bad(StripeMode::RefundFailed);
    let answer = desk.stripe.refund(&refund_of(&payment)).await.unwrap();
    assert_eq!(answer.state, RefundState::Pending);
    let known = RefundIntent { external_id: answer.external_id, ..refund_of(&payment) };
    let failed = desk.stripe.find_refund(&known).await.unwrap().unwrap();
    assert_eq!(failed.state, RefundState::Failed);
    assert!(failed.detail.is_some());
}

#[tokio::test]
async fn more_than_was_paid_is_refused() {
    let desk = Desk::new().await;
    let payment = desk.paid().await;
    let much =
        RefundIntent { amount: Money { minor: 12_901, ..refund_of(&payment).amount }, ..refund_of(&payment) };
    let error = desk.stripe.refund(&much).await.unwrap_err();
    assert!(matches!(error, GatewayError::Refused { .. }), "{error:?}");
}

#[tokio::test]
async fn refunds_and_disputes_of_the_dashboard_are_listed() {
    let desk = Desk::new().await;
    let payment = desk.paid().await;
    let refund = desk.control().refund(&payment, Some(300)).unwrap();
    let dispute = desk.control().dispute(&payment).unwrap();
    let observed = desk.stripe.list_money(now() - TimeDelta::hours(1)).await.unwrap();
    let [Observation::Money(first), Observation::Money(second)] = observed.as_slice() else {
        panic!("{observed:?}")
    };
    assert_eq!((&first.payment_ref, &second.payment_ref), (&payment, &payment));
    let MoneyChange::Refund(fact) = &first.change else { panic!("{first:?}") };
    assert_eq!((&fact.external_id, fact.refund, fact.amount_minor), (&refund.id, None, 300));
    let MoneyChange::Dispute(fact) = &second.change else { panic!("{second:?}") };
    assert_eq!((&fact.external_id, fact.state), (&dispute.id, DisputeState::Open));
    assert!(desk.stripe.list_money(now() + TimeDelta::seconds(1)).await.unwrap().is_empty());
}
