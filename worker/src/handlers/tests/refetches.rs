use super::{again_after, done, not_done, refused, replayed, unknown};
use crate::{
    handlers::{JobError, payment_refetch},
    testing::{Asked, Fate, Scripted, Shop, job},
};
use galley_domain::{
    id::{CheckoutSessionId, PaymentEventId},
    job::JobKind,
    payment::{CheckoutState, Gateway},
};
use galley_integrations::gateway::GatewayError;
use galley_store::Outcome;
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

async fn setup() -> (Shop, Arc<Scripted>, CheckoutSessionId) {
    let shop = Shop::open().await;
    let gateway = Arc::new(Scripted::new(Gateway::Sslcommerz));
    let id = shop.open_checkout(&gateway, "a").await;
    gateway.set("a", CheckoutState::Paid);
    (shop, gateway, id)
}

fn payload(shop: &Shop, detail: Option<&str>) -> Value {
    json!({
        "gateway": "sslcommerz",
        "externalId": "cs_a",
        "detail": detail,
        "paymentEventId": PaymentEventId(shop.store.clock().new_id()),
    })
}

async fn run(shop: &Shop, gateway: &Arc<Scripted>, payload: Value) -> Result<Outcome, JobError> {
    let job = job(JobKind::PaymentRefetch, payload);
    payment_refetch::look(&shop.store, &gateway.alone(), &job).await
}

#[tokio::test]
async fn what_the_gateway_says_is_settled_once() {
    let (shop, gateway, id) = setup().await;
    for detail in [Some("val_1"), None] {
        assert!(done(&run(&shop, &gateway, payload(&shop, detail)).await));
        assert_eq!(shop.settled(&[id]).await, 1);
    }
    let fetch = |detail: Option<&str>| Asked::Fetch {
        external_id: "cs_a".to_owned(),
        detail: detail.map(str::to_owned),
    };
    assert_eq!(gateway.calls(), [fetch(Some("val_1")), fetch(None)]);
}

#[tokio::test]
async fn a_question_without_an_answer_is_asked_again() {
    let cases: [(GatewayError, Option<Duration>); 3] =
        [(not_done(), Some(Duration::from_secs(7))), (unknown(), None), (replayed(), None)];
    for (error, pause) in cases {
        let (shop, gateway, id) = setup().await;
        gateway.rule(move |_, _| Fate::Fail(error.clone()));
        assert!(again_after(&run(&shop, &gateway, payload(&shop, None)).await, pause));
        assert_eq!(shop.settled(&[id]).await, 0);
    }
}

#[tokio::test]
async fn a_session_that_the_gateway_does_not_know_is_the_end_of_it() {
    let (shop, gateway, id) = setup().await;
    gateway.rule(|_, _| Fate::Fail(refused()));
    assert!(done(&run(&shop, &gateway, payload(&shop, None)).await));
    assert_eq!(shop.settled(&[id]).await, 0);
}

#[tokio::test]
async fn a_job_that_names_nothing_is_discarded() {
    let (shop, gateway, _) = setup().await;
    for name in ["gateway", "externalId", "paymentEventId"] {
        let mut payload = payload(&shop, None);
        payload[name] = Value::Null;
        assert!(run(&shop, &gateway, payload).await.unwrap_err().discard, "{name}");
    }
    assert_eq!(gateway.calls(), []);
}
