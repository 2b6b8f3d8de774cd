//! `GET /sitemap.xml`: the public articles for search engines (<https://www.sitemaps.org/protocol.html>).
//!
//! A map has at most 50,000 addresses. A shop with more gets an index of maps, each of which begins
//! after an id.

use crate::{Api, contract::faults, envelope::ApiError, extract::Params};
use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use chrono::SecondsFormat;
use galley_domain::id::ArticleId;
use galley_store::Store;
use std::fmt::Write as _;

/// Most addresses of one map.
const ADDRESSES_MAX: i64 = 50_000;
/// Most maps of the index.
const MAPS_MAX: usize = 1_000;
/// Addresses read at a time.
const PAGE: i64 = 5_000;

/// No id comes before it.
const BEFORE_ALL: &str = "00000000-0000-0000-0000-000000000000";

const XML: HeaderValue = HeaderValue::from_static("application/xml; charset=utf-8");
/// How long a map may be kept: an hour.
const CACHING: HeaderValue = HeaderValue::from_static("public, max-age=3600");

#[utoipa::path(
    get,
    path = "/sitemap.xml",
    operation_id = "getSitemap",
    tag = "pages",
    summary = "The public articles for search engines.",
    params(("after" = Option<String>, Query, nullable = false, format = "uuid", description = "Only later ones")),
    responses(
        (status = 200, description = "A map, or an index of maps.", body = String, content_type = "application/xml"),
        faults::OfList,
    ),
)]
pub(crate) async fn sitemap(State(api): State<Api>, params: Params) -> Result<Response, ApiError> {
    let mut wrong = Vec::new();
    let after: Option<ArticleId> = params.parsed("after", "Give the id of an article.", &mut wrong);
    if !wrong.is_empty() {
        return Err(ApiError::invalid(wrong));
    }
    let base = escaped(api.payments.public_url.as_str().trim_end_matches('/'));
    let is_whole = after.is_none() && api.store.article_after(None, ADDRESSES_MAX + 1).await?.is_none();
    let xml = if after.is_some() || is_whole {
        map(&api.store, &base, after).await?
    } else {
        index(&api.store, &base).await?
    };
    Ok(([(header::CONTENT_TYPE, XML), (header::CACHE_CONTROL, CACHING)], xml).into_response())
}

/// One map, read page by page.
async fn map(store: &Store, base: &str, mut after: Option<ArticleId>) -> Result<String, ApiError> {
    let mut xml = start("urlset");
    let mut left = ADDRESSES_MAX;
    while left > 0 {
        let page = store.article_addresses(after, PAGE.min(left)).await?;
        for article in &page {
            let changed = article.updated_at.to_rfc3339_opts(SecondsFormat::Secs, true);
            // Writing to a string cannot fail.
            let _ = writeln!(
                xml,
                "<url><loc>{base}/articles/{}</loc><lastmod>{changed}</lastmod></url>",
                article.slug
            );
        }
        let read = i64::try_from(page.len()).unwrap_or(i64::MAX);
        if read < PAGE {
            break;
        }
        left -= read;
        after = page.last().map(|article| article.id);
    }
    xml.push_str("</urlset>\n");
    Ok(xml)
}

async fn index(store: &Store, base: &str) -> Result<String, ApiError> {
    let mut xml = start("sitemapindex");
    let mut after = None;
    for _ in 0..MAPS_MAX {
        let name = after.map_or_else(|| BEFORE_ALL.to_owned(), |id: ArticleId| id.to_string());
        let _ = writeln!(xml, "<sitemap><loc>{base}/sitemap.xml?after={name}</loc></sitemap>");
        after = store.article_after(after, ADDRESSES_MAX).await?;
        if after.is_none() {
            break;
        }
    }
    xml.push_str("</sitemapindex>\n");
    Ok(xml)
}

fn start(root: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root} xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('\'', "&apos;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_escaped_once() {
        assert_eq!(
            escaped("https://a.example/?a=1&b='<2>'"),
            "https://a.example/?a=1&amp;b=&apos;&lt;2&gt;&apos;"
        );
    }
}
