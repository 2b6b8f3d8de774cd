//! `GET /articles/{slug}`.

use super::linked_data::linked_data;
use crate::{Api, contract::faults, envelope::ApiError, extract::Named, pages::frame::Frame};
use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use chrono::SecondsFormat;
use galley_content::{
    markdown::{description, reading_minutes, without_title, word_count},
    slug,
};
use sha2::{Digest as _, Sha256};

/// Of the page's hash, in hex digits.
const ETAG_CHARS: usize = 32;
/// Browsers and caches may keep it, and ask each time whether it is still true: a link that was sold
/// is there from one moment to the next.
const CACHING: HeaderValue = HeaderValue::from_static("public, no-cache");

#[derive(Template)]
#[template(path = "article.html")]
struct Page<'a> {
    frame: Frame<'a>,
    title: &'a str,
    /// What our sanitiser made.
    html: &'a str,
    language: &'a str,
    description: &'a str,
    /// The address to cite.
    canonical: &'a str,
    published_iso: String,
    updated_iso: String,
    published: String,
    minutes: usize,
    /// Escaped for the inside of a `<script>`.
    linked_data: String,
}

#[utoipa::path(
    get,
    path = "/articles/{slug}",
    operation_id = "showArticle",
    tag = "pages",
    summary = "A public article.",
    params(
        ("slug" = String, Path, description = "Its name"),
        ("If-None-Match" = Option<String>, Header, nullable = false, description = "The `ETag` that you have"),
    ),
    responses(
        (
            status = 200,
            description = "A page.",
            body = String,
            content_type = "text/html",
            headers(("ETag" = String, description = "Changes with the page")),
        ),
        (status = 304, description = "Nothing has changed.", headers(("ETag" = String, description = "As sent"))),
        faults::OfSession,
    ),
)]
pub(crate) async fn show(
    State(api): State<Api>,
    Named(name): Named<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    if !slug::is_slug(&name) {
        return Err(ApiError::not_found());
    }
    let article = api.store.find_article(&name).await?.ok_or_else(ApiError::not_found)?;
    let own = slug::address(&api.payments.public_url, &article.slug);
    let canonical = article.remote_url.as_deref().unwrap_or(&own);
    let (description, words) = (description(&article.source), word_count(&article.source));
    let frame = Frame::new(&api);
    let page = Page {
        title: &article.title,
        html: without_title(&article.html),
        language: &article.language,
        description: &description,
        canonical,
        published_iso: article.published_at.to_rfc3339_opts(SecondsFormat::Secs, true),
        updated_iso: article.updated_at.to_rfc3339_opts(SecondsFormat::Secs, true),
        published: article.published_at.format("%-d %B %Y").to_string(),
        minutes: reading_minutes(words),
        linked_data: linked_data(&article, frame.shop_name, canonical, &description, words),
        frame,
    };
    let html = page.render().map_err(ApiError::internal)?;
    answer(html, &headers)
}

/// The page, unless the browser has it.
fn answer(html: String, headers: &HeaderMap) -> Result<Response, ApiError> {
    let mut hash = hex::encode(Sha256::digest(&html));
    hash.truncate(ETAG_CHARS);
    let etag = format!("\"{hash}\"");
    let known = headers.get(header::IF_NONE_MATCH).and_then(|tags| tags.to_str().ok());
    let is_known =
        known.is_some_and(|tags| tags.split(',').any(|tag| tag.trim().trim_start_matches("W/") == etag));
    let etag = HeaderValue::from_str(&etag).map_err(ApiError::internal)?;
    let headers = [(header::ETAG, etag), (header::CACHE_CONTROL, CACHING)];
    Ok(if is_known {
        (StatusCode::NOT_MODIFIED, headers).into_response()
    } else {
        (headers, Html(html)).into_response()
    })
}
