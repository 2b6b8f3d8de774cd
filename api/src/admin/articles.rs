//! `/api/v1/admin/articles`: taking in, taking off, putting back.

use super::{ReadOnlyStaff, ReviewerStaff, page::Page};
use crate::{
    Api,
    contract::faults,
    envelope::{ApiError, ErrorDetail, Success},
    extract::{Named, Params, RawBody},
    json::{Fields, readable},
};
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use galley_domain::id::ArticleId;
use galley_store::{DeskArticle, NewArticle};
use serde::Serialize;
use utoipa::ToSchema;

/// Longest title, in characters.
const TITLE_MAX_CHARS: usize = 200;
/// Longest text, in bytes.
const SOURCE_MAX_BYTES: usize = 500_000;

/// An article as staff see it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Article)]
struct ArticleBody<'a> {
    #[schema(format = "uuid")]
    article_id: String,
    slug: &'a str,
    title: &'a str,
    language: &'a str,
    /// The order that it was written for; null for one that was taken in.
    #[schema(required = true, format = "uuid")]
    order_id: Option<String>,
    /// How many links were sold into it.
    links: usize,
    /// Since when it is public; null if it is not.
    #[schema(required = true)]
    published_at: Option<DateTime<Utc>>,
    updated_at: DateTime<Utc>,
    /// The address of its copy on another site.
    #[schema(required = true)]
    remote_url: Option<&'a str>,
}

impl<'a> ArticleBody<'a> {
    fn of(article: &'a DeskArticle) -> Self {
        Self {
            article_id: article.id.to_string(),
            slug: &article.slug,
            title: &article.title,
            language: &article.language,
            order_id: article.order_id.map(|id| id.to_string()),
            links: article.links.len(),
            published_at: article.published_at,
            updated_at: article.updated_at,
            remote_url: article.remote_url.as_deref(),
        }
    }
}

/// Articles, newest first.
#[derive(Serialize, ToSchema)]
struct ArticleList<'a> {
    articles: Vec<ArticleBody<'a>>,
    /// Send it as `before` to get the next page; null on the last.
    #[schema(required = true, format = "uuid")]
    next: Option<String>,
}

/// An article of the shop's.
#[derive(ToSchema)]
#[expect(dead_code, reason = "a shape to be described, never a value")]
struct ArticleRequest {
    #[schema(max_length = 200)]
    title: String,
    /// What it is called in addresses; made of the title unless given.
    #[schema(nullable = false)]
    slug: Option<String>,
    /// Markdown.
    content: String,
    /// `en` unless given.
    #[schema(nullable = false)]
    language: Option<String>,
}

/// An article that was typed in or sent, or everything that is wrong with it.
pub(crate) fn checked(
    title: Option<&str>,
    slug: Option<&str>,
    content: Option<&str>,
    language: Option<&str>,
) -> Result<NewArticle, Vec<ErrorDetail>> {
    let mut wrong = Vec::new();
    let title = title.map(readable).unwrap_or_default();
    if title.is_empty() || title.contains('\n') || title.chars().count() > TITLE_MAX_CHARS {
        let message = format!("Give a title of at most {TITLE_MAX_CHARS} characters, on one line.");
        wrong.push(ErrorDetail::new("title", message));
    }
    let source = content.map(|text| readable(&text.replace('\t', "    "))).unwrap_or_default();
    if source.is_empty() || source.len() > SOURCE_MAX_BYTES {
        wrong.push(ErrorDetail::new("content", "Give the text as Markdown, at most 500 kB of it."));
    }
    let language = language.map_or("en", str::trim);
    let letters = language.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    if !letters || !(2..=12).contains(&language.len()) {
        wrong.push(ErrorDetail::new("language", "Give a code such as en, de or pt-br."));
    }
    let slug = slug.map(readable).filter(|slug| !slug.is_empty()).unwrap_or_else(|| title.clone());
    let new = NewArticle { slug, title, source, language: language.to_owned() };
    if wrong.is_empty() { Ok(new) } else { Err(wrong) }
}

#[utoipa::path(
    get,
    path = "/api/v1/admin/articles",
    operation_id = "listAllArticles",
    tag = "admin",
    summary = "Articles, public or not, newest first.",
    description = "Needs the role `read-only`.",
    params(
        ("before" = Option<String>, Query, nullable = false, format = "uuid", description = "Only older ones"),
        ("limit" = Option<i64>, Query, nullable = false, minimum = 1, maximum = 200, description = "50 unless given"),
    ),
    responses((status = 200, description = "A page of them.", body = Success<ArticleList<'_>>), faults::OfStaffList),
    security(("staffToken" = [])),
)]
pub(crate) async fn list_articles(
    State(api): State<Api>,
    _: ReadOnlyStaff,
    params: Params,
) -> Result<Response, ApiError> {
    let page = Page::of(&params)?;
    let mut articles = api.store.desk_articles(page.before, page.limit()).await?;
    let next = page.cut(&mut articles, |article| article.id).map(|id| id.to_string());
    let list = ArticleList { articles: articles.iter().map(ArticleBody::of).collect(), next };
    Ok(Success::new(list).into_response())
}

#[utoipa::path(
    post,
    path = "/api/v1/admin/articles",
    operation_id = "importArticle",
    tag = "admin",
    summary = "Takes in an article of the shop's, public at once, so that links can be sold into it.",
    description = "Needs the role `reviewer`.",
    request_body(content = ArticleRequest),
    responses((status = 201, description = "It is public.", body = Success<ArticleBody<'_>>), faults::OfDecision),
    security(("staffToken" = [])),
)]
pub(crate) async fn import_article(
    State(api): State<Api>,
    staff: ReviewerStaff,
    RawBody(body): RawBody,
) -> Result<Response, ApiError> {
    let mut fields = Fields::read(&body)?;
    let [title, slug, content, language] =
        ["title", "slug", "content", "language"].map(|name| fields.text(name));
    let new = checked(title.as_deref(), slug.as_deref(), content.as_deref(), language.as_deref());
    let new = new.map_err(|wrong| fields.wrong.extend(wrong));
    fields.end()?;
    let Ok(new) = new else { return Err(ApiError::malformed("The article could not be read.")) };
    let id = api.store.import_article(&new, &staff.actor()).await?;
    let mut response = one(&api, id).await?;
    *response.status_mut() = StatusCode::CREATED;
    Ok(response)
}

#[utoipa::path(
    post,
    path = "/api/v1/admin/articles/{articleId}/withdraw",
    operation_id = "withdrawArticle",
    tag = "admin",
    summary = "Takes an article off the shop's pages; a copy on another site stays. Again changes nothing.",
    description = "Needs the role `reviewer`.",
    params(("articleId" = String, Path, format = "uuid", description = "The article")),
    responses((status = 200, description = "It is not public.", body = Success<ArticleBody<'_>>), faults::OfRetry),
    security(("staffToken" = [])),
)]
pub(crate) async fn withdraw_article(
    State(api): State<Api>,
    staff: ReviewerStaff,
    Named(id): Named<ArticleId>,
) -> Result<Response, ApiError> {
    api.store.withdraw_article(id, staff.actor()).await?;
    one(&api, id).await
}

#[utoipa::path(
    post,
    path = "/api/v1/admin/articles/{articleId}/restore",
    operation_id = "restoreArticle",
    tag = "admin",
    summary = "Makes an article public again. Again changes nothing.",
    description = "Needs the role `reviewer`.",
    params(("articleId" = String, Path, format = "uuid", description = "The article")),
    responses((status = 200, description = "It is public.", body = Success<ArticleBody<'_>>), faults::OfRetry),
    security(("staffToken" = [])),
)]
pub(crate) async fn restore_article(
    State(api): State<Api>,
    staff: ReviewerStaff,
    Named(id): Named<ArticleId>,
) -> Result<Response, ApiError> {
    api.store.restore_article(id, staff.actor()).await?;
    one(&api, id).await
}

async fn one(api: &Api, id: ArticleId) -> Result<Response, ApiError> {
    let article = api.store.desk_article(id).await?.ok_or_else(ApiError::not_found)?;
    Ok(Success::new(ArticleBody::of(&article)).into_response())
}
