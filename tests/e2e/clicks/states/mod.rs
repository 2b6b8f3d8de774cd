//! A shop with something in every state that a page can show, come to by real means.

mod checkouts;
mod orders;

use crate::shop::{Order, Plan, SOON, Setup, Shop, until};
use galley_sandbox::{ai::AiMode, fault::Fault};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The owner's login.
pub(super) const OWNER: &str = "olive";

/// The shop, and where to find what.
pub(super) struct Street {
    pub(super) shop: Shop,
    /// By the state that they are in.
    pub(super) orders: BTreeMap<&'static str, Order>,
    /// Addresses of pages of checkouts, by their state.
    pub(super) checkouts: BTreeMap<&'static str, String>,
    /// Our ids of payments, by their state.
    pub(super) payments: BTreeMap<&'static str, Uuid>,
    /// Opens the admin API.
    token: String,
}

/// Opens such a shop.
pub(super) async fn every_state() -> Street {
    let shop = Plan::new(Setup::Sqlite).with("RECONCILE_INTERVAL_SECONDS", "3600").open().await;
    shop.staff_member(OWNER, "owner").await;
    shop.staff_member("rita", "reviewer").await;
    let token = shop.staff("export to the bookkeeper", "owner").await;
    let mut street = Street {
        shop,
        orders: BTreeMap::new(),
        checkouts: BTreeMap::new(),
        payments: BTreeMap::new(),
        token,
    };
    street.fill_checkouts().await;
    street.fill_orders().await;
    street
}

impl Street {
    /// A fault for everything that the AI service is asked about a topic.
    fn trouble(&self, topic: &str, mode: AiMode) {
        // As it stands in the JSON of a request inside that of a message.
        self.shop.ai.control().set(Fault::always(mode).only(topic).retry_after_seconds(600));
    }

    /// Something that staff do, and must be allowed to.
    async fn decides(&self, path: &str, body: Value) {
        let answer = self.shop.admin(&self.token, path, &body).await;
        assert!(matches!(answer.status, 200..=202), "{path}: {answer:?}");
    }

    /// Something that a customer does with an order, and must be allowed to.
    async fn acts(&self, order: &Order, action: &str, more: Value) {
        let mut body = json!({ "orderId": order.id });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let mut headers = crate::shop::json_headers();
        headers.extend(order.bearer());
        let answer = self.shop.post(&format!("/api/v1/purchase/{action}"), headers, body.to_string()).await;
        assert_eq!(answer.status, 200, "{action}: {answer:?}");
    }

    async fn is_ready(&self, order: &Order) {
        self.shop.order_is(order, "QUALITY_CHECK").await;
    }

    /// Waits until an order tells its customer this.
    async fn tells(&self, order: &Order, what: &str, holds: impl Fn(&Value) -> bool) {
        until(what, SOON, async || holds(&self.shop.status(order).await)).await;
    }
}
