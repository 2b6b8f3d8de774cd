use super::sign::sign;
use crate::Now;
use serde_json::Value;
use std::{fmt, time::Duration};
use tokio::sync::Semaphore;

/// How long one delivery may take.
const TIMEOUT: Duration = Duration::from_secs(30);
/// How much of an answer is read.
const ANSWER_MAX_BYTES: usize = 64 * 1024;

/// Delivers events to a webhook endpoint.
#[derive(Clone)]
pub struct WebhookSender {
    url: String,
    secrets: Vec<String>,
    now: Now,
    client: reqwest::Client,
}

/// The secrets stay out of it.
impl fmt::Debug for WebhookSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookSender").field("url", &self.url).finish_non_exhaustive()
    }
}

/// What the endpoint answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The HTTP status.
    pub status: u16,
    /// The body, its first 64 KiB.
    pub body: String,
    /// Which try this was, from 1.
    pub attempt: u32,
}

impl Delivery {
    /// Whether the sender is content (2xx) and will not come again.
    pub fn accepted(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// A delivery to which nobody answered.
#[derive(Debug, thiserror::Error)]
#[error("no answer from the webhook endpoint {url}: is it listening, and is the address right?")]
pub struct DeliveryError {
    url: String,
    #[source]
    source: reqwest::Error,
}

/// How often, and with which pauses, a delivery is tried again.
#[derive(Clone, Copy, Debug)]
pub struct RetryPlan {
    /// Tries in all.
    pub attempts: u32,
    /// The pause after the first try; each one doubles.
    pub first_pause: Duration,
    /// The pause that no doubling exceeds.
    pub longest_pause: Duration,
}

impl Default for RetryPlan {
    /// A day of Stripe's patience squeezed into the length of a demo.
    fn default() -> Self {
        Self { attempts: 8, first_pause: Duration::from_millis(500), longest_pause: Duration::from_secs(15) }
    }
}

impl WebhookSender {
    /// Will deliver to `url`, signing with each of `secrets`.
    pub fn new(url: impl Into<String>, secrets: Vec<String>, now: Now) -> Result<Self, reqwest::Error> {
        Ok(Self::over(Self::connections()?, url.into(), secrets, now))
    }

    /// What several senders may share.
    pub(super) fn connections() -> Result<reqwest::Client, reqwest::Error> {
        // An error only means that the binary has chosen its provider already.
        rustls::crypto::ring::default_provider().install_default().ok();
        reqwest::Client::builder().timeout(TIMEOUT).no_proxy().build()
    }

    pub(super) fn over(client: reqwest::Client, url: String, secrets: Vec<String>, now: Now) -> Self {
        Self { url, secrets, now, client }
    }

    /// The header that [`send`](Self::send) would send with `body` now.
    pub fn signature(&self, body: &[u8]) -> String {
        let secrets: Vec<&str> = self.secrets.iter().map(String::as_str).collect();
        sign(body, &secrets, (self.now)().timestamp())
    }

    /// Delivers `event` once, signed with the time of the clock.
    pub async fn send(&self, event: &Value) -> Result<Delivery, DeliveryError> {
        let body = event.to_string();
        let header = self.signature(body.as_bytes());
        self.send_raw(body, &header).await
    }

    /// Delivers any bytes with any signature header.
    pub async fn send_raw(
        &self,
        body: impl Into<Vec<u8>>,
        signature: &str,
    ) -> Result<Delivery, DeliveryError> {
        let request = self
            .client
            .post(&self.url)
            .header("content-type", "application/json; charset=utf-8")
            .header("user-agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)")
            .header("stripe-signature", signature)
            .body(body.into());
        self.exchange(request)
            .await
            .map_err(|source| DeliveryError { url: self.url.clone(), source: source.without_url() })
    }

    async fn exchange(&self, request: reqwest::RequestBuilder) -> Result<Delivery, reqwest::Error> {
        let mut response = request.send().await?;
        let status = response.status().as_u16();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            body.extend_from_slice(&chunk);
            if body.len() >= ANSWER_MAX_BYTES {
                body.truncate(ANSWER_MAX_BYTES);
                break;
            }
        }
        Ok(Delivery { status, body: String::from_utf8_lossy(&body).into_owned(), attempt: 1 })
    }

    /// Delivers `event` until it is accepted or `plan` is used up; each try is signed afresh.
    ///
    /// Answers with the last try. The receiver may have acted on every one of them.
    pub async fn deliver_at_least_once(
        &self,
        event: &Value,
        plan: RetryPlan,
    ) -> Result<Delivery, DeliveryError> {
        self.deliver_through(&event.to_string(), plan, &Semaphore::new(1)).await
    }

    /// The same with an event that is text already; each try takes a place at the `gate`.
    pub(super) async fn deliver_through(
        &self,
        body: &str,
        plan: RetryPlan,
        gate: &Semaphore,
    ) -> Result<Delivery, DeliveryError> {
        let mut pause = plan.first_pause;
        let mut attempt = 1;
        loop {
            let place = gate.acquire().await;
            let header = self.signature(body.as_bytes());
            let outcome = self.send_raw(body.to_owned(), &header).await;
            drop(place);
            let outcome = outcome.map(|delivery| Delivery { attempt, ..delivery });
            let accepted = outcome.as_ref().is_ok_and(Delivery::accepted);
            if accepted || attempt >= plan.attempts {
                return outcome;
            }
            tracing::debug!(attempt, "A webhook was not accepted and will be delivered again");
            tokio::time::sleep(pause.min(plan.longest_pause)).await;
            pause = pause.saturating_mul(2);
            attempt += 1;
        }
    }
}
