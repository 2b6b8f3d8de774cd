//! `GET /order-status/{orderId}/download.md` and `.html`: the newest version, to keep.

use crate::{Api, access::OrderAccess, contract::faults, envelope::ApiError};
use askama::Template;
use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use galley_content::slug::slug;
use galley_store::OrderView;

/// The text as a page without anything around it.
#[derive(Template)]
#[template(path = "order_status/download.html")]
struct Document<'a> {
    language: &'a str,
    title: &'a str,
    /// Safe: the sanitiser made it.
    html: &'a str,
}

#[utoipa::path(
    get,
    path = "/order-status/{orderId}/download.md",
    operation_id = "downloadMarkdown",
    tag = "pages",
    summary = "The newest version as Markdown, to keep.",
    params(OrderAccess),
    responses(
        (status = 200, description = "A file.", body = String, content_type = "text/markdown"),
        faults::OfOrder,
    ),
    security(("orderToken" = []), ("orderTokenInQuery" = [])),
)]
pub(crate) async fn markdown(State(api): State<Api>, access: OrderAccess) -> Result<Response, ApiError> {
    let order = api.store.order_view(access.order).await?.ok_or_else(ApiError::not_found)?;
    let version = order.version.ok_or_else(ApiError::not_found)?;
    file(&version.title, "md", "text/markdown; charset=utf-8", version.source)
}

#[utoipa::path(
    get,
    path = "/order-status/{orderId}/download.html",
    operation_id = "downloadHtml",
    tag = "pages",
    summary = "The newest version as HTML, to keep.",
    params(OrderAccess),
    responses(
        (status = 200, description = "A file.", body = String, content_type = "text/html"),
        faults::OfOrder,
    ),
    security(("orderToken" = []), ("orderTokenInQuery" = [])),
)]
pub(crate) async fn html(State(api): State<Api>, access: OrderAccess) -> Result<Response, ApiError> {
    let OrderView { brief, version, .. } =
        api.store.order_view(access.order).await?.ok_or_else(ApiError::not_found)?;
    let version = version.ok_or_else(ApiError::not_found)?;
    let document = Document { language: &brief.language, title: &version.title, html: &version.html };
    let document = document.render().map_err(ApiError::internal)?;
    file(&version.title, "html", "text/html; charset=utf-8", document)
}

fn file(title: &str, ending: &str, kind: &'static str, content: String) -> Result<Response, ApiError> {
    let disposition = format!("attachment; filename=\"{}.{ending}\"", slug(title));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_DISPOSITION, HeaderValue::from_str(&disposition).map_err(ApiError::internal)?),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, content).into_response())
}
