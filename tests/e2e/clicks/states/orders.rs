//! Orders, each stopped where its name says.

use super::Street;
use crate::shop::{Order, sale};
use galley_sandbox::{ai::AiMode, stripe::SessionSpec};
use serde_json::json;
use uuid::Uuid;

const NOTES: &str = include_str!("../../../../src/command/demo/article.md");

impl Street {
    pub(super) async fn fill_orders(&mut self) {
        self.unfinished().await;
        self.with_customers().await;
        self.with_the_editor().await;
        self.ended().await;
        // Last, for nothing is published from here on.
        self.publishing().await;
    }

    /// An order for an article, ready for its customer.
    async fn ready(&mut self, name: &'static str, topic: &str) -> Order {
        self.bought(name, &sale::article(topic)).await
    }

    async fn bought(&mut self, name: &'static str, sale: &SessionSpec) -> Order {
        let order = self.shop.sell(sale).await;
        self.is_ready(&order).await;
        self.orders.insert(name, order.clone());
        order
    }

    async fn handed_in(&mut self, name: &'static str, topic: &str) -> Order {
        let order = self.ready(name, topic).await;
        self.acts(&order, "submit-for-review", json!({})).await;
        order
    }

    async fn unfinished(&mut self) {
        for (name, topic, mode) in [
            ("writing", "How beginners choose running shoes", AiMode::Held),
            ("delayed", "Why old running shoes hurt", AiMode::RateLimited),
            ("failed", "What nobody can write about running shoes", AiMode::Garbage),
        ] {
            self.trouble(topic, mode);
            let order = self.shop.sell(&sale::article(topic)).await;
            self.orders.insert(name, order);
        }
        self.tells(&self.orders["delayed"], "a try failed", |status| status.to_string().contains("delayed"))
            .await;
        self.shop.order_is(&self.orders["failed"], "FAILED").await;
    }

    async fn with_customers(&mut self) {
        self.ready("ready", "Ten first runs for slow people").await;
        let order = self.ready("revised", "How to lace running shoes").await;
        let notes = json!({ "revisionNotes": "Please say more about flat laces, and make the introduction shorter." });
        self.acts(&order, "request-revision", notes.clone()).await;
        self.tells(&order, "the second version is ready", |status| status["version"]["number"] == 2).await;
        self.acts(&order, "restore-version", json!({ "number": 1 })).await;

        let order = self.ready("revising", "Running shoes for wet weather").await;
        self.trouble("Running shoes for wet weather", AiMode::Held);
        self.acts(&order, "request-revision", notes.clone()).await;

        let order = self.ready("revision failed", "Running shoes and knees").await;
        self.trouble("Running shoes and knees", AiMode::Garbage);
        self.acts(&order, "request-revision", notes).await;
        self.shop.order_is(&order, "PROCESSING").await;
        self.is_ready(&order).await;
    }

    async fn with_the_editor(&mut self) {
        self.handed_in("with the editor", "Washing running shoes").await;
        self.handed_in("next with the editor", "Drying running shoes").await;
        let order = self.handed_in("sent back", "Storing running shoes").await;
        let notes = json!({ "notes": "The second heading promises more than it holds.", "revise": false });
        self.decides(&format!("orders/{}/request-changes", order.id), notes).await;
        self.is_ready(&order).await;

        let order = self.handed_in("published", "Buying running shoes without regret").await;
        self.approve(&order).await;
        self.shop.order_is(&order, "COMPLETED").await;
        let article =
            self.shop.db.insert_article("better-notes", "Better notes for small teams", NOTES).await;
        let order = self.link("published link", article, "https://paper.example/notebooks").await;
        self.acts(&order, "submit-for-review", json!({})).await;
        self.approve(&order).await;
        self.shop.order_is(&order, "COMPLETED").await;
        let order = self.link("link with the editor", article, "https://ink.example/bottles").await;
        self.acts(&order, "submit-for-review", json!({})).await;
        self.link("ready link", article, "https://pens.example/nibs").await;
    }

    async fn link(&mut self, name: &'static str, article: Uuid, target: &str) -> Order {
        self.bought(name, &sale::with(sale::backlink(article), "target_url", target)).await
    }

    async fn approve(&self, order: &Order) {
        self.decides(&format!("orders/{}/approve", order.id), json!({ "version": 1 })).await;
    }

    async fn ended(&mut self) {
        let order = self.handed_in("cancelled", "Running shoes on ice").await;
        let reason = json!({ "reason": "We sell no texts about ice." });
        self.decides(&format!("orders/{}/cancel", order.id), reason).await;
        self.shop.order_is(&order, "FAILED").await;

        let sold = self.shop.sold("Running shoes that nobody wants").await;
        self.is_ready(&sold.order).await;
        let answer = self.shop.refund(&self.token, sold.order.id, None).await;
        assert_eq!(answer.status, 202, "{answer:?}");
        self.shop.order_is(&sold.order, "REFUNDED").await;
        self.payments.insert("refunded", sold.payment);
        self.orders.insert("refunded", sold.order);

        let sold = self.shop.sold("Running shoes in doubt").await;
        self.is_ready(&sold.order).await;
        self.shop.till.control().dispute(&sold.intent).unwrap();
        self.tells(&sold.order, "the order is on hold", |status| status["onHold"] == true).await;
        self.payments.insert("disputed", sold.payment);
        self.orders.insert("on hold", sold.order);
    }

    async fn publishing(&mut self) {
        self.decides("queues/publication/pause", json!({})).await;
        let order = self.handed_in("publishing", "Running shoes for the city").await;
        self.approve(&order).await;
    }
}
