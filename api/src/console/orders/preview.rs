//! `GET /admin/orders/{orderId}/preview/{number}`: a version as it will be published, for a frame.

use crate::{
    Api,
    admin::orders::version::numbered,
    console::desk::ReadOnlyDesk,
    contract::faults,
    envelope::ApiError,
    pages::{Asset, page},
};
use askama::Template;
use axum::{
    extract::{Path, State},
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use std::collections::HashMap;

/// Others wrote this text: nothing in it runs, loads or is sent, whatever the sanitiser let through.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; \
     sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox",
);

#[derive(Template)]
#[template(path = "console/preview.html")]
struct Preview<'a> {
    stylesheet: &'static str,
    language: &'a str,
    title: &'a str,
    /// Safe: the sanitiser made it.
    html: &'a str,
}

#[utoipa::path(
    get,
    path = "/admin/orders/{orderId}/preview/{number}",
    operation_id = "showPreview",
    tag = "console",
    summary = "A version as it will be published, for a frame.",
    params(
        ("orderId" = String, Path, format = "uuid", description = "The order"),
        ("number" = i32, Path, minimum = 0, description = "The version"),
    ),
    responses(
        (status = 200, description = "A page.", body = String, content_type = "text/html"),
        (status = 303, description = "To the login."),
        faults::OfStaffLook,
    ),
    security(("staffSession" = [])),
)]
pub(crate) async fn preview(
    State(api): State<Api>,
    _: ReadOnlyDesk,
    Path(path): Path<HashMap<String, String>>,
) -> Result<Response, ApiError> {
    let (id, number) = numbered(&path).ok_or_else(ApiError::not_found)?;
    let order = api.store.order_summary(id).await?.ok_or_else(ApiError::not_found)?;
    let version = api.store.find_version(id, number).await?.ok_or_else(ApiError::not_found)?;
    let preview = Preview {
        stylesheet: Asset::Stylesheet.href(),
        language: &order.brief.language,
        title: &version.title,
        html: &version.html,
    };
    let mut response = page(StatusCode::OK, &preview, true)?;
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, POLICY);
    Ok(response)
}
