//! Checkouts at the second gateway.

use super::{Checkout, Shop, Sold, checkout_in, wish};
use galley_sandbox::sslcommerz::SslcommerzControl;
use serde_json::json;

impl Shop {
    /// The second gateway, of a shop that has one.
    pub(crate) fn sslcommerz(&self) -> &SslcommerzControl {
        self.sslcommerz.as_ref().expect("a shop with SSLCommerz").control()
    }

    /// Sells for taka from now on: the only money that SSLCommerz gives back.
    pub(crate) async fn in_taka(self) -> Self {
        self.db.change("UPDATE product SET price_minor = 115000, currency = 'BDT'").await;
        self
    }

    /// Opens a checkout at SSLCommerz that can be paid at once.
    pub(crate) async fn checkout_elsewhere(&self, topic: &str) -> Checkout {
        let mut wish = wish(topic, "ann@example.com");
        wish["gateway"] = json!("sslcommerz");
        let answer = self.open_checkout(&wish, None).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        checkout_in(&answer)
    }

    /// Waits for the order of what was paid first at SSLCommerz.
    pub(crate) async fn paid_elsewhere(&self) -> Sold {
        let attempts = self.sslcommerz().world().transactions;
        let paid = attempts.iter().find(|attempt| attempt.status.paid()).expect("somebody has paid");
        self.became(&paid.tran_id, paid.bank_tran_id.clone()).await
    }

    /// Has a checkout paid at SSLCommerz, and waits until its order is ready.
    pub(crate) async fn sold_elsewhere(&self, topic: &str) -> Sold {
        let checkout = self.checkout_elsewhere(topic).await;
        self.sslcommerz().pay(&checkout.session()).await.unwrap();
        let sold = self.paid_elsewhere().await;
        self.settled(&sold.order, "QUALITY_CHECK").await;
        sold
    }
}
