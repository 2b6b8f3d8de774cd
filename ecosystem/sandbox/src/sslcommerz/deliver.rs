use super::{control::SslcommerzIpnPlan, desk::Desk, sign::Form};
use std::{sync::Arc, time::Duration};

/// An attempt whose IPN is being delivered; dropping it ends that.
struct UnderWay {
    desk: Arc<Desk>,
}

impl UnderWay {
    fn begin(desk: Arc<Desk>) -> Self {
        desk.counters.send_modify(|counters| counters.ipns_under_way += 1);
        Self { desk }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.desk.counters.send_modify(|counters| counters.ipns_under_way -= 1);
    }
}

impl Desk {
    /// Delivers IPNs as planned; waits for it only if the plan says so.
    pub(super) async fn deliver(self: &Arc<Self>, url: String, forms: Vec<Form>) {
        let plan = self.plan();
        if plan.off {
            return;
        }
        let under_way = UnderWay::begin(self.clone());
        // Even if it is waited for: a browser that goes away must not stop it.
        let delivery = tokio::spawn(async move {
            let desk = &under_way.desk;
            desk.stop.run_until_cancelled(desk.deliver_all(&url, &forms, plan)).await;
        });
        if plan.before_redirect {
            // An error means that the runtime is going down.
            delivery.await.ok();
        }
    }

    async fn deliver_all(&self, url: &str, forms: &[Form], plan: SslcommerzIpnPlan) {
        tokio::time::sleep(Duration::from_millis(plan.delay_ms)).await;
        for form in forms {
            let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
            for _ in 0..plan.copies {
                self.deliver_one(url, body.clone()).await;
            }
        }
    }

    async fn deliver_one(&self, url: &str, body: String) {
        let request = self
            .client
            .post(url)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("user-agent", "SSLCOMMERZ (SANDBOX)")
            .body(body);
        let status = request.send().await.map(|answer| answer.status());
        let accepted = status.as_ref().is_ok_and(reqwest::StatusCode::is_success);
        if !accepted {
            // The address is the shop's and may hold a secret.
            let status = status.map_err(reqwest::Error::without_url);
            tracing::debug!(?status, "An IPN was not accepted and will not be delivered again");
        }
        self.counters.send_modify(|counters| {
            if accepted {
                counters.ipns_accepted += 1;
            } else {
                counters.ipns_refused += 1;
            }
        });
    }
}
