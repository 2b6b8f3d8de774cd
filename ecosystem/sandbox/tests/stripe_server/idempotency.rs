use crate::desk::{Desk, ORDER, SESSIONS, order_with};
use galley_sandbox::{fault::Fault, stripe::StripeMode};
use std::time::Duration;

#[tokio::test]
async fn the_same_key_gives_the_same_session_again() {
    let desk = Desk::new().await;
    let first = desk.post_as("checkout:1", SESSIONS, &ORDER).await;
    let mut turned = ORDER;
    turned.reverse();
    let again = desk.post_as("checkout:1", SESSIONS, &turned).await;
    assert_eq!((again.status, again.is_replayed(), first.is_replayed()), (200, true, false));
    assert_eq!(again.json, first.json);
    assert_eq!(again.headers["original-request"], first.headers["request-id"]);
    assert_ne!(again.headers["request-id"], first.headers["request-id"]);
    assert_ne!(desk.post_as("checkout:2", SESSIONS, &ORDER).await.id(), first.id());
    assert_eq!((desk.control().sessions().len(), desk.control().counters().replays), (2, 1));
}

#[tokio::test]
async fn a_key_with_other_parameters_or_another_place_is_refused() {
    let desk = Desk::new().await;
    let (_, intent) = desk.paid().await;
    desk.post_as("k", SESSIONS, &ORDER).await.id();
    let changed = desk.post_as("k", SESSIONS, &order_with("client_reference_id", Some("order_43"))).await;
    assert_eq!((changed.status, changed.error("type")), (400, "idempotency_error"));
    assert!(changed.error("message").contains("same parameters"));
    let moved = desk.post_as("k", "/v1/refunds", &[("payment_intent", &intent)]).await;
    assert_eq!((moved.status, moved.error("type")), (400, "idempotency_error"));
    assert!(moved.error("message").contains("same endpoint"));
    assert!(desk.control().refunds().is_empty());
    let long = desk.post_as(&"k".repeat(256), SESSIONS, &ORDER).await;
    assert_eq!((long.status, long.error("type")), (400, "invalid_request_error"));
}

#[tokio::test]
async fn what_was_refused_before_it_began_leaves_its_key_free() {
    let desk = Desk::new().await;
    assert_eq!(desk.post_as("k", SESSIONS, &order_with("mode", None)).await.status, 400);
    for mode in [StripeMode::RateLimited, StripeMode::Status503] {
        desk.control().set(Fault::times(mode, 1));
        assert_ne!(desk.post_as("k", SESSIONS, &ORDER).await.status, 200);
    }
    let made = desk.post_as("k", SESSIONS, &ORDER).await;
    assert_eq!((made.status, made.is_replayed()), (200, false));
}

#[tokio::test]
async fn what_was_refused_after_it_began_is_refused_again() {
    let desk = Desk::new().await;
    let (_, intent) = desk.paid().await;
    desk.control().dispute(&intent).unwrap();
    let form = [("payment_intent", intent.as_str())];
    assert_eq!(desk.post_as("r", "/v1/refunds", &form).await.error("code"), "charge_disputed");
    let dispute = desk.control().disputes()[0].id.clone();
    desk.control().close_dispute(&dispute, "won").unwrap();
    let again = desk.post_as("r", "/v1/refunds", &form).await;
    assert_eq!((again.error("code"), again.is_replayed()), ("charge_disputed", true));
    assert_eq!(desk.post_as("r2", "/v1/refunds", &form).await.status, 200);
}

#[tokio::test]
async fn a_stored_500_comes_again_for_its_key_whether_or_not_it_was_done() {
    let desk = Desk::new().await;
    for (mode, done) in [(StripeMode::Stored500, 0), (StripeMode::Stored500After, 1)] {
        let key = format!("{mode:?}");
        desk.control().set(Fault::times(mode, 1));
        let first = desk.post_as(&key, SESSIONS, &ORDER).await;
        assert_eq!((first.status, first.error("type"), first.is_replayed()), (500, "api_error", false));
        for _ in 0..2 {
            let again = desk.post_as(&key, SESSIONS, &ORDER).await;
            assert_eq!((again.status, again.is_replayed()), (500, true));
        }
        assert_eq!(desk.control().sessions().len(), done, "{mode:?}");
    }
    assert_eq!(desk.post_as("another", SESSIONS, &ORDER).await.status, 200);
}

#[tokio::test]
async fn after_a_lost_answer_the_key_gives_the_session_that_was_made() {
    let desk = Desk::new().await;
    desk.control().set(Fault::times(StripeMode::LostAnswer, 1));
    assert!(desk.try_post(SESSIONS, &ORDER, Some("k")).await.is_err());
    let made = desk.control().sessions();
    assert_eq!(made.len(), 1, "it was done");
    let again = desk.post_as("k", SESSIONS, &ORDER).await;
    assert_eq!((again.id(), again.is_replayed()), (made[0].id.clone(), true));
    assert_eq!(desk.control().sessions().len(), 1);
}

#[tokio::test]
async fn a_key_in_use_is_a_conflict_until_the_answer_is_out() {
    let desk = Desk::new().await;
    desk.control().set(Fault::times(StripeMode::Ok, 1).latency(Duration::from_hours(1)));
    let waiting = tokio::time::timeout(Duration::from_mins(1), desk.try_post(SESSIONS, &ORDER, Some("k")));
    let meanwhile = async {
        desk.control().counters_reach(|counters| counters.creates == 1).await;
        desk.post_as("k", SESSIONS, &ORDER).await
    };
    let conflict = tokio::select! {
        conflict = meanwhile => conflict,
        _ = waiting => panic!("it was answered"),
    };
    assert_eq!((conflict.status, conflict.error("code")), (409, "idempotency_key_in_use"));
    // The first one has hung up by now.
    desk.control().counters_reach(|counters| counters.in_flight == 0).await;
    let again = desk.post_as("k", SESSIONS, &ORDER).await;
    assert_eq!((again.status, again.is_replayed(), desk.control().sessions().len()), (200, true, 1));
}
