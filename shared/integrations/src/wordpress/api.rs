//! One question to WordPress, and every way in which it can go wrong.

use super::{
    WordpressConfig, WordpressSetupError,
    answer::{self, Post, text},
};
use crate::{
    http::{self, BodyError, below, retry_after},
    secret::Secret,
    site::SiteError,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::{Client, RequestBuilder, StatusCode, header};
use serde_json::Value;
use std::fmt;
use url::Url;

const POSTS: &str = "/wp-json/wp/v2/posts";
const ME: &str = "/wp-json/wp/v2/users/me";
/// Longest answer, in bytes: a list holds whole articles.
const ANSWER_MAX_BYTES: usize = 16 * 1024 * 1024;
/// How many posts of a search are looked at: one is ours.
const FOUND_MAX: &str = "10";
/// Longest detail that is kept of an answer, in characters.
const DETAIL_MAX_CHARS: usize = 300;

/// Asks as the site's user.
#[derive(Clone)]
pub(super) struct Api {
    http: Client,
    base: Url,
    user: String,
    password: Secret,
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api").field("base", &self.base.as_str()).finish_non_exhaustive()
    }
}

impl Api {
    pub(super) fn new(config: WordpressConfig) -> Result<Self, WordpressSetupError> {
        let http = http::client(&config.url, config.timeout)
            .map_err(|error| WordpressSetupError::Client(error.without_url().to_string()))?;
        let WordpressConfig { url: base, user, app_password: password, .. } = config;
        Ok(Self { http, base, user, password })
    }

    /// Who we are there.
    pub(super) async fn me(&self) -> Result<Value, SiteError> {
        let mut url = below(&self.base, ME);
        url.query_pairs_mut().append_pair("context", "edit");
        self.answer(self.http.get(url)).await
    }

    /// A post by its id; one that is not there is [`SiteError::Gone`].
    pub(super) async fn get(&self, id: &str) -> Result<Post, SiteError> {
        let id: i64 = id.parse().map_err(|_| refused("the id of its copy is no number"))?;
        let mut url = self.post_url(id);
        url.query_pairs_mut().append_pair("context", "edit");
        self.post(self.http.get(url)).await
    }

    /// Posts that are not in the trash, by their `slug` or by a `search`.
    pub(super) async fn list(&self, name: &str, value: &str) -> Result<Vec<Post>, SiteError> {
        let mut url = below(&self.base, POSTS);
        url.query_pairs_mut()
            .append_pair("context", "edit")
            .append_pair("status", "any")
            .append_pair("per_page", FOUND_MAX)
            .append_pair(name, value);
        match self.answer(self.http.get(url)).await? {
            Value::Array(posts) => Ok(posts.iter().filter_map(Post::read).collect()),
            _ => Err(unavailable("the answer is no list of posts")),
        }
    }

    pub(super) async fn create(&self, writing: &Value) -> Result<Post, SiteError> {
        self.post(self.http.post(below(&self.base, POSTS)).json(writing)).await
    }

    pub(super) async fn update(&self, id: i64, writing: &Value) -> Result<Post, SiteError> {
        self.post(self.http.post(self.post_url(id)).json(writing)).await
    }

    fn post_url(&self, id: i64) -> Url {
        below(&self.base, &format!("{POSTS}/{id}"))
    }

    async fn post(&self, request: RequestBuilder) -> Result<Post, SiteError> {
        let answer = self.answer(request).await?;
        Post::read(&answer).ok_or_else(|| unavailable("the answer is no post with its text"))
    }

    async fn answer(&self, request: RequestBuilder) -> Result<Value, SiteError> {
        let request = request
            .basic_auth(&self.user, Some(self.password.expose()))
            .header(header::ACCEPT, "application/json");
        let response = request.send().await.map_err(|error| from_transport(&error))?;
        let status = response.status();
        if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() {
            let after = retry_after(response.headers());
            return Err(SiteError::Unavailable { detail: format!("HTTP {}", status.as_u16()), after });
        }
        if status.is_redirection() {
            let location = response.headers().get(header::LOCATION).and_then(|to| to.to_str().ok());
            let to =
                location.and_then(|to| self.base.join(to).ok()).map(|to| to.origin().ascii_serialization());
            let to = to.unwrap_or_else(|| "elsewhere".to_owned());
            return Err(refused(format!(
                "its address leads on to {to}; WORDPRESS_URL must name the last one"
            )));
        }
        let body = http::body(response, ANSWER_MAX_BYTES).await;
        if !status.is_success() {
            // Whatever keeps us from reading why it was refused, it was refused.
            return Err(self.refusal(status, &body.unwrap_or_default()));
        }
        let body = body.map_err(|error| from_body(&error))?;
        answer::json(&body).ok_or_else(|| unavailable("the answer is not JSON"))
    }

    /// From an answer that is a no. The code tells what is missing: the post, or all of REST.
    fn refusal(&self, status: StatusCode, body: &[u8]) -> SiteError {
        let said = answer::json(body).unwrap_or_default();
        let code = text(&said, "code").unwrap_or_default();
        let message = text(&said, "message").unwrap_or_default();
        let words = format!("HTTP {} {code} {message}", status.as_u16());
        let detail = self.scrubbed(&words);
        match (status.as_u16(), code.as_str()) {
            (404 | 410, "rest_post_invalid_id") | (410, _) => SiteError::Gone { detail },
            (404, _) => refused("there is no WordPress REST interface at its address (HTTP 404)"),
            (408 | 425, _) => unavailable(detail),
            // Without a login the code is about rights: the header got lost on its way.
            (401, code) if code.starts_with("rest_") => {
                refused(format!("{detail} (does its server pass on the Authorization header?)"))
            }
            _ => refused(detail),
        }
    }

    /// One line of theirs without our password, in whatever form it was sent.
    fn scrubbed(&self, words: &str) -> String {
        let password = self.password.expose();
        let header = STANDARD.encode(format!("{}:{password}", self.user));
        let bare: String = password.split_whitespace().collect();
        let scrubbed = [header, bare]
            .into_iter()
            .fold(self.password.scrubbed(words), |words, form| Secret::new(form).scrubbed(&words));
        let one_line = scrubbed.split_whitespace().collect::<Vec<_>>().join(" ");
        one_line.chars().filter(|c| !c.is_control()).take(DETAIL_MAX_CHARS).collect()
    }
}

fn refused(detail: impl Into<String>) -> SiteError {
    SiteError::Refused { detail: detail.into() }
}

fn unavailable(detail: impl Into<String>) -> SiteError {
    SiteError::Unavailable { detail: detail.into(), after: None }
}

/// From a question that got no answer. It may have been done; asking again finds out.
pub(super) fn from_transport(error: &reqwest::Error) -> SiteError {
    unavailable(if error.is_connect() {
        "no connection"
    } else if error.is_timeout() {
        "no answer in time"
    } else {
        "the connection broke"
    })
}

pub(super) fn from_body(error: &BodyError) -> SiteError {
    match error {
        BodyError::TooLarge => refused("the answer is far too long"),
        BodyError::Broken(error) => from_transport(error),
    }
}
