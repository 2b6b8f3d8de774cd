//! The AI service: any that speaks `POST {base}/chat/completions` as `OpenAI` does.
//!
//! One call, one answer, no streaming. Trying again is the job's business: an [`AiError`] says
//! whether that has a point, and how long the service wants to be left alone.

mod answer;
mod error;

#[cfg(test)]
mod tests;

pub use error::{AiError, AiSetupError};

use crate::{http, secret::Secret};
use error::{from_body, from_status, from_transport};
use reqwest::{Client, header};
use serde::Serialize;
use std::{
    fmt,
    time::{Duration, Instant},
};
use url::Url;

/// Longest error body that is looked at, in bytes.
const ERROR_BODY_MAX_BYTES: usize = 16 * 1024;

/// Which service, which model, and how long and how much we take from it.
#[derive(Clone, Debug)]
pub struct AiConfig {
    /// Everything before `/chat/completions` (`https://api.openai.com/v1`).
    pub base_url: Url,
    /// Sent as a bearer token; an empty one is not sent (local models want none).
    pub api_key: Secret,
    /// The model's name at the service.
    pub model: String,
    /// Longest wait for a whole answer.
    pub timeout: Duration,
    /// Longest answer, in bytes of the response body.
    pub max_answer_bytes: usize,
    /// What tokens cost; without it no cost is known.
    pub prices: Option<Prices>,
}

/// Prices per million tokens, in micros (millionths of the currency they are quoted in).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prices {
    /// For a million tokens that we send.
    pub prompt_micros: i64,
    /// For a million tokens that come back.
    pub completion_micros: i64,
}

impl Prices {
    /// What one call cost, rounded up to a micro.
    pub fn cost_micros(&self, prompt_tokens: i64, completion_tokens: i64) -> i64 {
        let prompt = i128::from(self.prompt_micros) * i128::from(prompt_tokens);
        let completion = i128::from(self.completion_micros) * i128::from(completion_tokens);
        i64::try_from((prompt + completion + 999_999) / 1_000_000).unwrap_or(i64::MAX)
    }
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The text, as it came; never empty.
    pub text: String,
    /// The model that the service says it used, else the one we asked for.
    pub model: String,
    /// Tokens of the prompt, where the service counts them.
    pub prompt_tokens: Option<i64>,
    /// Tokens of the answer, where the service counts them.
    pub completion_tokens: Option<i64>,
    /// What the call cost, where tokens and prices are known.
    pub cost_micros: Option<i64>,
    /// From the first byte sent to the last byte read.
    pub duration_ms: i64,
}

/// The client: one pool of connections, cheap to clone.
#[derive(Clone)]
pub struct AiClient {
    http: Client,
    url: Url,
    config: AiConfig,
}

impl fmt::Debug for AiClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AiClient").field("config", &self.config).finish_non_exhaustive()
    }
}

#[derive(Serialize)]
struct Request<'a> {
    model: &'a str,
    messages: [Message<'a>; 2],
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: &'a str,
}

impl AiClient {
    /// Builds the client; nothing is sent yet.
    pub fn new(config: AiConfig) -> Result<Self, AiSetupError> {
        let url = completions(&config.base_url)?;
        let http = http::client(&config.base_url, config.timeout)
            .map_err(|error| AiSetupError::Client(error.to_string()))?;
        Ok(Self { http, url, config })
    }

    /// Asks the model once. `system` sets the rules, `user` holds the task and its data.
    pub async fn complete(&self, system: &str, user: &str) -> Result<Completion, AiError> {
        let started = Instant::now();
        let messages = [Message { role: "system", content: system }, Message { role: "user", content: user }];
        let mut request = self
            .http
            .post(self.url.clone())
            .header(header::ACCEPT, "application/json")
            .json(&Request { model: &self.config.model, messages });
        if !self.config.api_key.is_empty() {
            request = request.bearer_auth(self.config.api_key.expose());
        }
        let response = request.send().await.map_err(from_transport)?;
        let status = response.status();
        if !status.is_success() {
            let headers = response.headers().clone();
            // Whatever keeps us from reading why it was refused, it was refused.
            let body = http::body(response, ERROR_BODY_MAX_BYTES).await.unwrap_or_default();
            return Err(from_status(status, &headers, &body, &self.config.api_key));
        }
        let body = http::body(response, self.config.max_answer_bytes).await.map_err(from_body)?;
        let answer = answer::read(&body)?;
        let tokens = answer.prompt_tokens.zip(answer.completion_tokens);
        let cost = |prices: Prices| tokens.map(|(sent, made)| prices.cost_micros(sent, made));
        Ok(Completion {
            text: answer.text,
            model: answer.model.unwrap_or_else(|| self.config.model.clone()),
            prompt_tokens: answer.prompt_tokens,
            completion_tokens: answer.completion_tokens,
            cost_micros: self.config.prices.and_then(cost),
            duration_ms: i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX),
        })
    }
}

/// The address of the one call, or why the base can't be used.
fn completions(base: &Url) -> Result<Url, AiSetupError> {
    if !matches!(base.scheme(), "http" | "https") {
        return Err(AiSetupError::NotHttp);
    }
    if !base.username().is_empty() || base.password().is_some() {
        return Err(AiSetupError::HoldsCredentials);
    }
    let mut url = base.clone();
    url.set_path(&format!("{}/chat/completions", base.path().trim_end_matches('/')));
    Ok(url)
}
