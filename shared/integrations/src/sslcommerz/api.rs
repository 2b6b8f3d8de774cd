//! One question to SSLCommerz, and every way in which it can go wrong.

use super::{
    SslcommerzConfig, SslcommerzSetupError,
    answer::{self, first, one_line, word},
};
use crate::{
    gateway::GatewayError,
    http::{self, BodyError, below, retry_after},
    secret::Secret,
};
use md5::{Digest as _, Md5};
use percent_encoding::percent_decode_str;
use reqwest::{Client, RequestBuilder, StatusCode, header};
use serde_json::Value;
use std::fmt;
use url::{Url, form_urlencoded};

/// Makes a page to pay on.
pub(super) const CREATE: &str = "/gwprocess/v4/api.php";
/// Says whether a `val_id` stands for money.
pub(super) const VALIDATE: &str = "/validator/api/validationserverAPI.php";
/// Everything else: how a transaction stands, refunds, and how those stand. Which one is meant it
/// tells by the fields.
pub(super) const QUERY: &str = "/validator/api/merchantTransIDvalidationAPI.php";

/// Longest answer, in bytes. That of a new page lists every bank with its logo.
const ANSWER_MAX_BYTES: usize = 1024 * 1024;

/// Asks under the store's name.
#[derive(Clone)]
pub(super) struct Api {
    http: Client,
    base: Url,
    store_id: String,
    store_password: Secret,
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api")
            .field("base", &self.base.as_str())
            .field("store_id", &self.store_id)
            .finish_non_exhaustive()
    }
}

impl Api {
    pub(super) fn new(config: SslcommerzConfig) -> Result<Self, SslcommerzSetupError> {
        let http = http::client(&config.api_base, config.timeout)
            .map_err(|error| SslcommerzSetupError::Client(error.without_url().to_string()))?;
        let SslcommerzConfig { store_id, store_password, api_base: base, .. } = config;
        Ok(Self { http, base, store_id, store_password })
    }

    pub(super) fn store_id(&self) -> &str {
        &self.store_id
    }

    /// Sends a form.
    pub(super) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Result<Value, GatewayError> {
        let form = self.signed(fields).finish();
        let request = self
            .http
            .post(below(&self.base, path))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form);
        self.answer(request).await
    }

    /// Asks a question.
    pub(super) async fn get(&self, path: &str, fields: &[(&str, &str)]) -> Result<Value, GatewayError> {
        let mut url = below(&self.base, path);
        url.set_query(Some(&self.signed(fields).append_pair("format", "json").finish()));
        self.answer(self.http.get(url)).await
    }

    /// The fields, and who asks.
    fn signed(&self, fields: &[(&str, &str)]) -> form_urlencoded::Serializer<'static, String> {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields)
            .append_pair("store_id", &self.store_id)
            .append_pair("store_passwd", self.store_password.expose());
        form
    }

    async fn answer(&self, request: RequestBuilder) -> Result<Value, GatewayError> {
        let request = request.header(header::ACCEPT, "application/json");
        let response = request.send().await.map_err(|error| from_transport(&error))?;
        let status = response.status();
        if status == StatusCode::TOO_MANY_REQUESTS {
            let after = retry_after(response.headers());
            return Err(GatewayError::NotDone { detail: "HTTP 429".to_owned(), after });
        }
        if !status.is_success() {
            return Err(from_status(status));
        }
        let body = http::body(response, ANSWER_MAX_BYTES).await.map_err(|error| from_body(&error))?;
        answer::read(&body).ok_or_else(|| unknown("the answer is not a JSON object"))
    }

    /// Whether the question was taken at all: `APIConnect`.
    pub(super) fn connected(&self, answer: &Value) -> Result<(), GatewayError> {
        match word(answer, "APIConnect").as_str() {
            "DONE" => Ok(()),
            "INVALID_REQUEST" => Err(self.refused("INVALID_REQUEST", answer)),
            "INACTIVE" => Err(self.refused("the store is INACTIVE", answer)),
            // It says so of a password that it does not know, but also when it is not well.
            "FAILED" => Err(unknown("APIConnect is FAILED: is the store's password right?")),
            "" => Err(unknown("the answer has no APIConnect")),
            _ => Err(unknown("APIConnect has a value that we don't know")),
        }
    }

    /// No, and why they say so.
    pub(super) fn refused(&self, what: &str, answer: &Value) -> GatewayError {
        let reason = self.said(answer).unwrap_or_else(|| "no reason given".to_owned());
        GatewayError::Refused { detail: format!("{what}: {reason}") }
    }

    /// What they say of a failure, without our password.
    pub(super) fn said(&self, answer: &Value) -> Option<String> {
        let text = first(answer, &["failedreason", "errorReason"])?;
        Some(one_line(&self.scrubbed(&text)))
    }

    /// A text of theirs without our password: as it is, as it travels, and hashed, which is what
    /// notices are signed with. In any other spelling the whole text goes.
    fn scrubbed(&self, text: &str) -> String {
        let password = self.store_password.expose();
        let encoded: String = form_urlencoded::byte_serialize(password.as_bytes()).collect();
        let hashed = hex::encode(Md5::digest(password));
        let scrubbed = [encoded, hashed]
            .into_iter()
            .fold(self.store_password.scrubbed(text), |text, form| Secret::new(form).scrubbed(&text));
        let decoded = percent_decode_str(&scrubbed).decode_utf8_lossy();
        if decoded.contains(password) { "it quotes the password".to_owned() } else { scrubbed }
    }
}

pub(super) fn unknown(detail: impl Into<String>) -> GatewayError {
    GatewayError::Unknown { detail: detail.into() }
}

/// From a question that got no answer. The kind only: the error itself names the address, and with
/// it the password.
fn from_transport(error: &reqwest::Error) -> GatewayError {
    if error.is_connect() {
        return GatewayError::NotDone { detail: "no connection".to_owned(), after: None };
    }
    unknown(if error.is_timeout() { "no answer in time" } else { "the connection broke" })
}

fn from_body(error: &BodyError) -> GatewayError {
    match error {
        BodyError::TooLarge => unknown("the answer is far too long"),
        BodyError::Broken(error) => from_transport(error),
    }
}

/// From an answer that is neither a 2xx nor a 429. A 4xx is a no; behind anything else it may have
/// been done.
fn from_status(status: StatusCode) -> GatewayError {
    let detail = format!("HTTP {}", status.as_u16());
    if status.is_client_error() && status != StatusCode::REQUEST_TIMEOUT {
        GatewayError::Refused { detail }
    } else {
        unknown(detail)
    }
}
