//! How requests reach Stripe: over our own pool of connections, each once.
//!
//! The requests are async-stripe's; its clients are not used. They open a connection for every
//! request, try again under keys that nobody has written down, and decode answers with types that
//! refuse a body for the sake of fields that nobody reads.

use super::{
    bucket::Bucket,
    failure::{from_answer, from_transport, of_read, unknown},
};
use crate::{
    gateway::GatewayError,
    http::{self, BodyError},
    secret::Secret,
    stripe::{body, field::text},
};
use reqwest::{
    Client, Method,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue},
};
use serde_json::Value;
use stripe_client_core::{RequestBuilder, StripeMethod, VERSION};
use url::Url;

/// Longest answer about one object, in bytes.
const OBJECT_MAX_BYTES: usize = 1024 * 1024;
/// Longest page of a list, in bytes: a hundred sessions, each with metadata of up to 27 KB.
const LIST_MAX_BYTES: usize = 8 * 1024 * 1024;
/// Longest error body that is looked at, in bytes.
const ERROR_MAX_BYTES: usize = 64 * 1024;

/// The way to Stripe.
pub(super) struct Transport {
    pub(super) http: Client,
    pub(super) api_base: Url,
    pub(super) secret_key: Secret,
    /// `Bearer …`, marked as sensitive.
    pub(super) bearer: HeaderValue,
    pub(super) bucket: Option<Bucket>,
}

/// One page of a list, as it came.
pub(super) struct Listed {
    pub(super) items: Vec<Value>,
    /// Where the next one begins.
    pub(super) next: Option<String>,
}

impl Transport {
    /// Has something done, once, under a key that was written down before.
    pub(super) async fn write(&self, request: RequestBuilder, key: &str) -> Result<Value, GatewayError> {
        self.send(request, Some(key), OBJECT_MAX_BYTES).await
    }

    /// Reads an object.
    pub(super) async fn read(&self, request: RequestBuilder) -> Result<Value, GatewayError> {
        self.send(request, None, OBJECT_MAX_BYTES).await.map_err(of_read)
    }

    /// Reads a page of a list.
    pub(super) async fn list(&self, request: RequestBuilder) -> Result<Listed, GatewayError> {
        let mut page = self.send(request, None, LIST_MAX_BYTES).await.map_err(of_read)?;
        let Some(Value::Array(items)) = page.get_mut("data").map(Value::take) else {
            return Err(unknown("the answer is no list"));
        };
        let has_more = page.get("has_more").and_then(Value::as_bool).unwrap_or(false);
        let last = items.last().and_then(|item| text(item, "id"));
        if has_more && last.is_none() {
            return Err(unknown("the list goes on, but does not say from where"));
        }
        Ok(Listed { items, next: last.filter(|_| has_more) })
    }

    async fn send(
        &self,
        request: RequestBuilder,
        key: Option<&str>,
        max_bytes: usize,
    ) -> Result<Value, GatewayError> {
        if let Some(bucket) = &self.bucket {
            bucket.turn().await;
        }
        let method = match request.method {
            StripeMethod::Get => Method::GET,
            StripeMethod::Post => Method::POST,
            StripeMethod::Delete => Method::DELETE,
        };
        let mut asked = self
            .http
            .request(method, self.url(&request))
            .header(AUTHORIZATION, self.bearer.clone())
            .header("stripe-version", VERSION.as_str());
        if let Some(key) = key {
            asked = asked.header("idempotency-key", key);
        }
        if let Some(form) = &request.body {
            asked = asked.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(in_order(form));
        }
        let response = asked.send().await.map_err(|error| from_transport(&error))?;
        let status = response.status();
        if !status.is_success() {
            let headers = response.headers().clone();
            // Whatever keeps us from reading why, the status says enough.
            let body = http::body(response, ERROR_MAX_BYTES).await.unwrap_or_default();
            return Err(from_answer(status, &headers, &body, &self.secret_key));
        }
        // It was done: what goes wrong from here on says nothing about that.
        let raw = http::body(response, max_bytes).await.map_err(|error| match error {
            BodyError::TooLarge => unknown("the answer is too long"),
            BodyError::Broken(_) => unknown("the answer broke off"),
        })?;
        body::read(&raw).filter(Value::is_object).ok_or_else(|| unknown("the answer can't be read"))
    }

    fn url(&self, request: &RequestBuilder) -> Url {
        let mut url = self.api_base.clone();
        url.set_path(&format!("{}/v1{}", url.path().trim_end_matches('/'), request.path));
        url.set_query(request.query.as_deref().filter(|query| !query.is_empty()));
        url
    }
}

/// The fields of a form by their names: async-stripe keeps metadata in a map without an order, and
/// under one key every try must say the same.
fn in_order(form: &str) -> String {
    let mut fields: Vec<_> = form.split('&').collect();
    fields.sort_unstable();
    fields.join("&")
}
