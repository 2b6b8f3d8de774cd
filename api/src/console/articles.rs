//! `/admin/articles`: what is public, what was sold into it, and taking in what the shop has already.

use super::{
    desk::{Desk, Needs, ReadOnlyDesk, ReviewerDesk},
    frame::{Console, Section, show},
};
use crate::{
    Api,
    admin::{articles::checked, page::Page},
    contract::faults,
    envelope::{ApiError, ErrorDetail},
    error_code::ErrorCode,
    extract::{Named, Params, RawBody},
    moment::Moment,
    pages::see_other,
};
use askama::Template;
use axum::{extract::State, response::Response};
use galley_domain::id::ArticleId;
use galley_store::DeskArticle;

#[derive(Template)]
#[template(path = "console/articles.html")]
struct Articles<'a> {
    console: Console<'a>,
    rows: Vec<Row>,
    next: Option<String>,
}

struct Row {
    id: String,
    slug: String,
    title: String,
    public: Option<Moment>,
    /// It has no text yet: its order is still being published.
    empty: bool,
    order: Option<String>,
    links: usize,
    remote: Option<String>,
    changed: Moment,
}

#[utoipa::path(
    get,
    path = "/admin/articles",
    operation_id = "showArticlesAtDesk",
    tag = "console",
    summary = "Articles, public or not, newest first.",
    params(("before" = Option<String>, Query, nullable = false, format = "uuid", description = "Only older ones")),
    responses(
        (status = 200, description = "A page.", body = String, content_type = "text/html"),
        (status = 303, description = "To the login."),
        faults::OfStaffList,
    ),
    security(("staffSession" = [])),
)]
pub(crate) async fn articles(
    State(api): State<Api>,
    desk: ReadOnlyDesk,
    params: Params,
) -> Result<Response, ApiError> {
    let done = match params.get("done") {
        Some("imported") => Some("The article is public."),
        Some("withdrawn") => Some("The article was taken off the shop’s pages."),
        Some("restored") => Some("The article is public again."),
        _ => None,
    };
    let page = Page::of(&params)?;
    let mut articles = api.store.desk_articles(page.before, page.limit()).await?;
    let next = page.cut(&mut articles, |article| article.id);
    let now = api.store.clock().now();
    let row = |article: &DeskArticle| Row {
        id: article.id.to_string(),
        slug: article.slug.clone(),
        title: article.title.clone(),
        public: article.published_at.map(|at| Moment::new(at, now)),
        empty: article.revision == 0,
        order: article.order_id.map(|id| id.to_string()),
        links: article.links.len(),
        remote: article.remote_url.clone(),
        changed: Moment::new(article.updated_at, now),
    };
    show(&Articles {
        console: Console::new(&api, &desk, Section::Articles).await?.done(done),
        rows: articles.iter().map(row).collect(),
        next: next.map(|last| format!("/admin/articles?before={last}")),
    })
}

#[derive(Template)]
#[template(path = "console/article_import.html")]
struct Import<'a> {
    console: Console<'a>,
    note: Option<&'a str>,
    entries: Vec<Entry>,
}

struct Entry {
    name: &'static str,
    label: &'static str,
    long: bool,
    value: String,
    error: Option<String>,
}

const FIELDS: [(&str, &str, bool); 4] = [
    ("title", "Title", false),
    ("slug", "Name in addresses (made of the title unless given)", false),
    ("language", "Language, as a code such as en or pt-br", false),
    ("content", "Text, as Markdown", true),
];

async fn form<N: Needs>(
    api: &Api,
    desk: &Desk<N>,
    note: Option<&str>,
    sent: &Params,
    wrong: &[ErrorDetail],
) -> Result<Response, ApiError> {
    let entry = |(name, label, long)| Entry {
        name,
        label,
        long,
        value: sent.get(name).unwrap_or_default().to_owned(),
        error: wrong.iter().find(|wrong| wrong.field == name).map(|wrong| wrong.message.clone()),
    };
    show(&Import {
        console: Console::new(api, desk, Section::Articles).await?,
        note,
        entries: FIELDS.into_iter().map(entry).collect(),
    })
}

#[utoipa::path(
    get,
    path = "/admin/articles/new",
    operation_id = "showArticleImport",
    tag = "console",
    summary = "The form to take in an article of the shop’s. Needs the role `reviewer`.",
    responses(
        (status = 200, description = "A page.", body = String, content_type = "text/html"),
        (status = 303, description = "To the login."),
        faults::OfStaff,
    ),
    security(("staffSession" = [])),
)]
pub(crate) async fn new(State(api): State<Api>, desk: ReviewerDesk) -> Result<Response, ApiError> {
    form(&api, &desk, None, &Params::of(b"language=en"), &[]).await
}

#[utoipa::path(
    post,
    path = "/admin/articles/new",
    operation_id = "sendArticleImport",
    tag = "console",
    summary = "Takes in an article of the shop’s. Needs the role `reviewer`.",
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses((status = 303, description = "To the articles."), faults::OfDecision),
    security(("staffSession" = [])),
)]
pub(crate) async fn import(
    State(api): State<Api>,
    desk: ReviewerDesk,
    RawBody(body): RawBody,
) -> Result<Response, ApiError> {
    let sent = Params::of(&body);
    let new = checked(sent.get("title"), sent.get("slug"), sent.get("content"), sent.get("language"));
    let taken_in = match new {
        Ok(new) => api.store.import_article(&new, &desk.actor()).await.map_err(ApiError::from),
        Err(wrong) => Err(ApiError::invalid(wrong)),
    };
    let Err(error) = taken_in else { return see_other("/admin/articles?done=imported", None) };
    let note = match error.code {
        ErrorCode::ValidationFailed => "Please look at the fields that are marked.",
        ErrorCode::Refused(_) => &error.message,
        _ => return Err(error),
    };
    let mut response = form(&api, &desk, Some(note), &sent, &error.details).await?;
    *response.status_mut() = error.code.status();
    Ok(response)
}

#[utoipa::path(
    post,
    path = "/admin/articles/{articleId}/withdraw",
    operation_id = "sendWithdrawal",
    tag = "console",
    summary = "Takes an article off the shop’s pages. Needs the role `reviewer`.",
    params(("articleId" = String, Path, format = "uuid", description = "The article")),
    responses((status = 303, description = "Back to the articles."), faults::OfRetry),
    security(("staffSession" = [])),
)]
pub(crate) async fn withdraw(
    State(api): State<Api>,
    desk: ReviewerDesk,
    Named(id): Named<ArticleId>,
) -> Result<Response, ApiError> {
    api.store.withdraw_article(id, desk.actor()).await?;
    see_other("/admin/articles?done=withdrawn", None)
}

#[utoipa::path(
    post,
    path = "/admin/articles/{articleId}/restore",
    operation_id = "sendRestoration",
    tag = "console",
    summary = "Makes an article public again. Needs the role `reviewer`.",
    params(("articleId" = String, Path, format = "uuid", description = "The article")),
    responses((status = 303, description = "Back to the articles."), faults::OfRetry),
    security(("staffSession" = [])),
)]
pub(crate) async fn restore(
    State(api): State<Api>,
    desk: ReviewerDesk,
    Named(id): Named<ArticleId>,
) -> Result<Response, ApiError> {
    api.store.restore_article(id, desk.actor()).await?;
    see_other("/admin/articles?done=restored", None)
}
