//! `GET /articles`.

use crate::{
    Api,
    contract::faults,
    envelope::ApiError,
    extract::Params,
    pages::frame::{Frame, page},
};
use askama::Template;
use axum::{extract::State, http::StatusCode, response::Response};
use chrono::SecondsFormat;
use galley_domain::brief::ProductKind;
use galley_store::ArticleLine;

/// How many stand on a page.
const ARTICLES: i64 = 20;

#[derive(Template)]
#[template(path = "articles.html")]
struct Page<'a> {
    frame: Frame<'a>,
    articles: Vec<Entry>,
    /// Whether this is a page of older ones.
    older: bool,
    next: Option<String>,
}

/// An article in a list.
pub(in crate::pages) struct Entry {
    pub(in crate::pages) title: String,
    pub(in crate::pages) language: String,
    pub(in crate::pages) href: String,
    pub(in crate::pages) iso: String,
    pub(in crate::pages) date: String,
    /// Where a link into it is ordered, if the shop sells that.
    pub(in crate::pages) order_href: Option<String>,
}

impl Entry {
    pub(in crate::pages) fn of(line: ArticleLine, sells_links: bool) -> Self {
        Self {
            href: format!("/articles/{}", line.slug),
            iso: line.published_at.to_rfc3339_opts(SecondsFormat::Secs, true),
            date: line.published_at.format("%-d %B %Y").to_string(),
            order_href: sells_links.then(|| format!("/order?product=backlink&article={}", line.slug)),
            title: line.title,
            language: line.language,
        }
    }
}

#[utoipa::path(
    get,
    path = "/articles",
    operation_id = "listArticles",
    tag = "pages",
    summary = "Public articles, newest first.",
    params(("before" = Option<String>, Query, nullable = false, format = "uuid", description = "Only older ones")),
    responses(
        (status = 200, description = "A page.", body = String, content_type = "text/html"),
        faults::OfList,
    ),
)]
pub(crate) async fn list(State(api): State<Api>, params: Params) -> Result<Response, ApiError> {
    let mut wrong = Vec::new();
    let before = params.parsed("before", "Give the id of an article.", &mut wrong);
    if !wrong.is_empty() {
        return Err(ApiError::invalid(wrong));
    }
    let mut lines = api.store.list_articles(before, ARTICLES + 1).await?;
    let more = i64::try_from(lines.len()).is_ok_and(|found| found > ARTICLES);
    lines.truncate(usize::try_from(ARTICLES).unwrap_or(usize::MAX));
    let next = lines.last().filter(|_| more).map(|line| format!("/articles?before={}", line.id));
    let sells_links = api.store.products().await?.iter().any(|product| product.kind == ProductKind::Backlink);
    let articles = lines.into_iter().map(|line| Entry::of(line, sells_links)).collect();
    let list = Page { frame: Frame::new(&api), articles, older: before.is_some(), next };
    page(StatusCode::OK, &list, false)
}
