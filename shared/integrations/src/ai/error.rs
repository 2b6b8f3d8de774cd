//! How the AI service can fail us, what that means for another try, and what customers are told.

use crate::{
    http::{BodyError, retry_after},
    secret::Secret,
};
use reqwest::{StatusCode, header::HeaderMap};
use serde_json::Value;
use std::time::Duration;

/// Longest detail that is kept of an answer, in characters.
const DETAIL_MAX_CHARS: usize = 300;

/// Why a client can't be built.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum AiSetupError {
    /// The base address is neither http nor https.
    #[error("the address of the AI service must start with http:// or https://")]
    NotHttp,
    /// A key in an address ends up in logs.
    #[error("the address of the AI service must not hold a user name or a password")]
    HoldsCredentials,
    /// TLS could not be set up.
    #[error("the HTTP client for the AI service can't be built: {0}")]
    Client(String),
}

/// Why there is no answer. `Display` is for staff and logs; it holds no secret and no prompt.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AiError {
    /// 429 or 503: it wants to be left alone for a while.
    #[error("the AI service is busy")]
    Busy {
        /// How long, where it says so; at most ten minutes.
        retry_after: Option<Duration>,
    },
    /// Another 5xx, no connection, or one that broke.
    #[error("the AI service is unavailable: {detail}")]
    Unavailable {
        /// What happened.
        detail: String,
    },
    /// No whole answer within the time we give it.
    #[error("the AI service did not answer in time")]
    TimedOut,
    /// It understood us and said no: the key, the model or the request is wrong.
    #[error("the AI service refused the request ({status}): {detail}")]
    Rejected {
        /// The HTTP status.
        status: u16,
        /// What it said, shortened and without our key.
        detail: String,
    },
    /// A 200 without a text in it.
    #[error("the AI service's answer can't be used: {detail}")]
    Unreadable {
        /// What is missing.
        detail: &'static str,
    },
    /// Longer than we take.
    #[error("the AI service's answer is too long")]
    TooLarge,
}

impl AiError {
    /// Whether the same request may succeed later.
    ///
    /// A rejection is final until someone changes the configuration or the prompt, except for
    /// 408 (it gave up waiting), 409 and 425 (it asks to try again). An unreadable or endless
    /// answer is worth another try: the model draws a new one.
    pub fn retryable(&self) -> bool {
        match self {
            Self::Rejected { status, .. } => matches!(status, 408 | 409 | 425),
            Self::Busy { .. }
            | Self::Unavailable { .. }
            | Self::TimedOut
            | Self::Unreadable { .. }
            | Self::TooLarge => true,
        }
    }

    /// How long the service asked us to wait, if it did.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Busy { retry_after } => *retry_after,
            _ => None,
        }
    }

    /// The same in plain words for a customer.
    pub fn public_reason(&self) -> &'static str {
        match self {
            Self::Busy { .. } => "The writing service was too busy.",
            Self::Unavailable { .. } => "The writing service could not be reached.",
            Self::TimedOut => "The writing service did not answer in time.",
            Self::Rejected { .. } => "The writing service did not accept the request.",
            Self::Unreadable { .. } => "The text we got was empty, and trying again didn’t help.",
            Self::TooLarge => "The writing service gave an answer that was far too long.",
        }
    }
}

/// From a request that got no answer.
#[expect(clippy::needless_pass_by_value, reason = "the shape that `map_err` wants")]
pub(super) fn from_transport(error: reqwest::Error) -> AiError {
    if error.is_timeout() && !error.is_connect() {
        return AiError::TimedOut;
    }
    // The kind only: the error itself names the address and what stands behind it.
    let detail = if error.is_connect() { "no connection" } else { "the connection broke" };
    AiError::Unavailable { detail: detail.to_owned() }
}

/// From an answer that was not read to its end.
pub(super) fn from_body(error: BodyError) -> AiError {
    match error {
        BodyError::TooLarge => AiError::TooLarge,
        BodyError::Broken(error) => from_transport(error),
    }
}

/// From an answer that is not a 2xx.
pub(super) fn from_status(status: StatusCode, headers: &HeaderMap, body: &[u8], api_key: &Secret) -> AiError {
    match status.as_u16() {
        429 | 503 => AiError::Busy { retry_after: retry_after(headers) },
        code if status.is_server_error() => AiError::Unavailable { detail: format!("HTTP {code}") },
        code => AiError::Rejected { status: code, detail: said(body, api_key) },
    }
}

/// What an error body says: `error.message` as `OpenAI` has it, else the text itself.
fn said(body: &[u8], api_key: &Secret) -> String {
    let parsed: Value = serde_json::from_slice(body).unwrap_or_default();
    let message = ["/error/message", "/error", "/message", "/detail"]
        .iter()
        .find_map(|pointer| parsed.pointer(pointer)?.as_str().map(str::to_owned))
        .unwrap_or_else(|| String::from_utf8_lossy(body).into_owned());
    let one_line = message.split_whitespace().collect::<Vec<_>>().join(" ");
    let detail: String =
        api_key.scrubbed(&one_line).chars().filter(|c| !c.is_control()).take(DETAIL_MAX_CHARS).collect();
    if detail.is_empty() { "no reason given".to_owned() } else { detail }
}
