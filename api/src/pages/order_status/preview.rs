//! `GET /order-status/{orderId}/preview/{number}`: a version as it will look when it is published.

use super::{address, link::marked, versions::name};
use crate::{
    Api,
    access::OrderAccess,
    contract::faults,
    envelope::ApiError,
    extract::Params,
    pages::{assets::Asset, frame::page, theme},
};
use askama::Template;
use axum::{
    extract::{Path, State},
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use std::collections::HashMap;

/// Others wrote this text: nothing in it runs, loads or is sent, whatever the sanitiser let through. Our
/// page may frame it and measure it.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; \
     sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox",
);

#[derive(Template)]
#[template(path = "order_status/preview.html")]
struct Preview<'a> {
    stylesheet: &'static str,
    /// The shop's own colour, if it has one.
    theme: Option<String>,
    language: &'a str,
    title: &'a str,
    /// Safe: the sanitiser made it.
    html: String,
    /// Where the reader came from, if not framed.
    back: Option<Back>,
}

struct Back {
    href: String,
    version: String,
}

#[utoipa::path(
    get,
    path = "/order-status/{orderId}/preview/{number}",
    operation_id = "previewVersion",
    tag = "pages",
    summary = "A version as it will look when it is published; for a frame, or alone.",
    params(
        OrderAccess,
        ("number" = i32, Path, minimum = 0, description = "The version"),
        ("alone" = Option<String>, Query, nullable = false, description = "With a way back to the order"),
    ),
    responses(
        (status = 200, description = "A page.", body = String, content_type = "text/html"),
        faults::OfOrder,
    ),
    security(("orderToken" = []), ("orderTokenInQuery" = [])),
)]
pub(crate) async fn preview(
    State(api): State<Api>,
    access: OrderAccess,
    Path(path): Path<HashMap<String, String>>,
    params: Params,
) -> Result<Response, ApiError> {
    let number = path.get("number").and_then(|number| number.parse().ok()).ok_or_else(ApiError::not_found)?;
    let order = api.store.order_view(access.order).await?.ok_or_else(ApiError::not_found)?;
    let brief = order.brief;
    let version = match order.version.filter(|version| version.number == number) {
        Some(newest) => newest,
        None => api.store.find_version(access.order, number).await?.ok_or_else(ApiError::not_found)?,
    };
    let html = match &brief.link {
        Some(link) => marked(&version.html, link),
        None => version.html,
    };
    let preview = Preview {
        stylesheet: Asset::Stylesheet.href(),
        theme: theme::href(&api.store.known_settings()),
        language: &brief.language,
        title: &version.title,
        html,
        back: params.get("alone").map(|_| Back { href: address(access.order), version: name(number) }),
    };
    let mut response = page(StatusCode::OK, &preview, true)?;
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, POLICY);
    Ok(response)
}
