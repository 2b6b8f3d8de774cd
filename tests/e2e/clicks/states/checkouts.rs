//! Checkouts and payments that are no orders yet, or never will be.

use super::Street;
use crate::shop::{Checkout, SOON, sale, until};
use galley_sandbox::{fault::Fault, stripe::StripeMode};

impl Street {
    pub(super) async fn fill_checkouts(&mut self) {
        self.checkout("open", "Tea for one").await;
        let expired = self.checkout("expired", "Tea for nobody").await;
        self.shop.till.control().expire(&expired.session()).unwrap();
        let on_its_way = self.checkout("on its way", "Tea by bank transfer").await;
        self.shop.till.control().pay_later(&on_its_way.session()).unwrap();
        let bought = self.checkout("bought", "Tea for two").await;
        self.shop.till.control().pay(&bought.session()).unwrap();
        let came_back = success_of(&bought);
        self.checkouts.insert("paid", came_back);

        // Somebody changes the price while the customer pays: what they agreed on counts.
        let doubtful = self.checkout("in review", "Tea at another price").await;
        let session = doubtful.session();
        self.shop
            .db
            .change(&format!(
                "UPDATE checkout_session SET expected_minor = 12901 WHERE external_id = '{session}'"
            ))
            .await;
        let intent = self.shop.pay(&doubtful);
        let payment = self.shop.payment(&intent).await;
        self.payments.insert("in review", payment);
        let came_back = success_of(&doubtful);
        self.checkouts.insert("paid, in review", came_back);

        // One that says nothing of what it is for.
        let nameless = sale::with(sale::article("Tea"), "topic", "");
        let delivery = self.shop.stripe.send(&sale::paid(&nameless)).await.unwrap();
        assert_eq!(delivery.status, 200, "{}", delivery.body);
        let payment = self.shop.payment(nameless.payment_intent.as_deref().unwrap()).await;
        self.payments.insert("without a brief", payment);

        self.shop.till.control().set(Fault::always(StripeMode::Status503).only("POST /v1/checkout/sessions"));
        let answer = self.shop.open_checkout(&crate::shop::wish("Tea soon", "ann@example.com"), None).await;
        let unready = crate::shop::checkout_in(&answer);
        self.remember("being prepared", &unready);
        self.shop.till.control().clear();
        let sql = "SELECT COUNT(*) FROM orders";
        until("the paid one is an order", SOON, async || self.shop.db.count(sql).await > 0).await;
    }

    async fn checkout(&mut self, name: &'static str, topic: &str) -> Checkout {
        let checkout = self.shop.checkout(topic, "ann@example.com").await;
        self.remember(name, &checkout);
        checkout
    }

    fn remember(&mut self, name: &'static str, checkout: &Checkout) {
        let address = format!("/checkout/{}?token={}", checkout.id, checkout.token);
        self.checkouts.insert(name, address);
    }
}

/// Where the gateway sends the customer back to.
fn success_of(checkout: &Checkout) -> String {
    format!("/payment/success?session_id={}", checkout.session())
}
