//! What becomes of money in a shop: sales, refunds, and what staff are told of them.

use super::{
    Answer, Checkout, Order, STAFF, Shop, bearer, json_headers,
    patience::{SOON, until},
};
use galley_domain::id::OrderId;
use galley_sandbox::stripe::{EventChoice, WebhookPlan};
use serde_json::{Value, json};
use uuid::Uuid;

/// What an article costs, in cents.
pub(crate) const PRICE: i64 = 12_900;

/// A checkout of ours that was paid and has become an order.
#[derive(Clone, Debug)]
pub(crate) struct Sold {
    pub(crate) order: Order,
    pub(crate) payment: Uuid,
    /// Stripe's id of the payment.
    pub(crate) intent: String,
    /// Stripe's id of the session.
    pub(crate) session: String,
}

impl Shop {
    /// Has a checkout opened and paid at Stripe, and waits for its order.
    pub(crate) async fn sold(&self, topic: &str) -> Sold {
        let checkout = self.checkout(topic, "ann@example.com").await;
        let intent = self.pay(&checkout);
        self.became(&checkout.session(), intent).await
    }

    /// A customer pays; Stripe's id of the payment.
    pub(crate) fn pay(&self, checkout: &Checkout) -> String {
        self.till.control().pay(&checkout.session()).unwrap().payment_intent.unwrap()
    }

    /// Waits for the order of a session that was paid.
    pub(crate) async fn became(&self, session: &str, intent: String) -> Sold {
        until("the payment is an order", SOON, async || self.db.order_of(session).await.is_some()).await;
        let id = self.db.order_of(session).await.unwrap();
        let token = self.signer.sign(OrderId(id), 0);
        let order = Order { id, token, email: "ann@example.com".to_owned() };
        let payment = self.payment(&intent).await;
        Sold { order, payment, intent, session: session.to_owned() }
    }

    /// Our id of a payment, by the gateway's, as soon as we have heard of it.
    pub(crate) async fn payment(&self, payment_ref: &str) -> Uuid {
        let sql = format!("SELECT id FROM payment WHERE payment_ref = '{payment_ref}'");
        let mut found = Vec::new();
        until("we know of the payment", SOON, async || {
            found = self.db.ids(&sql).await;
            !found.is_empty()
        })
        .await;
        found[0]
    }

    /// Staff ask for a refund of an order: of all that is left, or of a part.
    pub(crate) async fn refund(&self, token: &str, order: Uuid, minor: Option<i64>) -> Answer {
        self.refund_once(token, order, minor, None).await
    }

    /// The same under a key of the client's.
    pub(crate) async fn refund_once(
        &self,
        token: &str,
        order: Uuid,
        minor: Option<i64>,
        key: Option<&str>,
    ) -> Answer {
        let mut headers = bearer(token);
        headers.extend(json_headers());
        if let Some(key) = key {
            headers.insert("idempotency-key", key.parse().unwrap());
        }
        let mut body = json!({ "reason": "They changed their mind." });
        if let Some(minor) = minor {
            body["amountMinor"] = json!(minor);
        }
        self.post(&format!("/api/v1/admin/orders/{order}/refund"), headers, body.to_string()).await
    }

    /// A payment with its refunds, as staff see it.
    pub(crate) async fn account(&self, token: &str, payment: Uuid) -> Value {
        let path = format!("/api/v1/admin/payments/{payment}");
        let answer = self.ask(reqwest::Method::GET, &path, bearer(token)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["data"].take()
    }

    /// The states of a payment's refunds, oldest first.
    pub(crate) async fn refund_states(&self, payment: Uuid) -> Vec<String> {
        self.db.texts_of("SELECT state FROM refund WHERE payment_id = $1 ORDER BY id", payment).await
    }

    /// Waits until a payment's refunds stand like this, oldest first.
    pub(crate) async fn refunds_are(&self, payment: Uuid, states: &[&str]) {
        let what = format!("the refunds are {states:?}");
        until(&what, SOON, async || self.refund_states(payment).await == states).await;
    }

    /// Waits until an order has this status.
    pub(crate) async fn order_is(&self, order: &Order, status: &str) {
        until(&format!("the order is {status}"), SOON, async || self.status(order).await["status"] == status)
            .await;
    }

    /// Waits until staff have been mailed about this.
    pub(crate) async fn staff_hear_of(&self, alert: &str) {
        until(&format!("staff hear of {alert}"), SOON, async || self.heard_of(alert)).await;
    }

    /// Whether staff have been mailed about this.
    pub(crate) fn heard_of(&self, alert: &str) -> bool {
        self.subjects_to(STAFF).iter().any(|subject| subject.contains(alert))
    }

    /// Stripe keeps its events to itself until they are asked for.
    pub(crate) fn silence(&self) {
        self.till.control().webhooks(WebhookPlan { off: true, ..WebhookPlan::default() });
    }

    /// Stripe sends all events of this kind again, and each is taken in.
    pub(crate) async fn resend(&self, kind: &str) {
        let till = self.till.control();
        assert!(till.resend_events(&EventChoice::Kind(kind.to_owned())) > 0, "there is a {kind}");
        till.settled().await;
        assert_eq!(till.counters().given_up, 0, "each was taken in");
    }
}
