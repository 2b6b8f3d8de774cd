use super::StripeMode;
use serde::Serialize;
use std::collections::VecDeque;

/// How many of the last requests are remembered.
pub const REQUESTS_KEPT_MAX: usize = 1_000;

/// One request to the API, as it came in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StripeRequest {
    /// Counts from 1.
    pub number: u64,
    /// What was done with it.
    pub mode: StripeMode,
    /// `GET`, `POST`, …
    pub method: String,
    /// Without the query.
    pub path: String,
    /// As it came, percent-encoded; empty where there is none.
    pub query: String,
    /// What `Idempotency-Key` said.
    pub idempotency_key: Option<String>,
    /// The decoded fields of the body, in their order.
    pub form: Vec<(String, String)>,
}

impl StripeRequest {
    /// The first field of the body with this name (`metadata[order_id]`).
    pub fn field(&self, name: &str) -> Option<&str> {
        self.form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// The last requests.
#[derive(Debug, Default)]
pub(super) struct Record {
    requests: VecDeque<StripeRequest>,
}

impl Record {
    pub(super) fn add(&mut self, request: StripeRequest) {
        self.requests.push_back(request);
        if self.requests.len() > REQUESTS_KEPT_MAX {
            self.requests.pop_front();
        }
    }

    pub(super) fn list(&self) -> Vec<StripeRequest> {
        self.requests.iter().cloned().collect()
    }
}
