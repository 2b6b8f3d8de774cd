//! `GET /robots.txt` (RFC 9309).

use crate::{Api, contract::faults};
use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::IntoResponse,
};

/// What is staff's or one customer's. These pages say `noindex` themselves, for those that read no
/// such file.
const KEPT_OUT: &str = "User-agent: *\nDisallow: /admin\nDisallow: /api/\nDisallow: /checkout\n\
    Disallow: /order-status\nDisallow: /payment/\n";

#[utoipa::path(
    get,
    path = "/robots.txt",
    operation_id = "getRobots",
    tag = "pages",
    summary = "What search engines may read, and where the map of the site is.",
    responses(
        (status = 200, description = "Plain text.", body = String, content_type = "text/plain"),
        faults::Anywhere,
    ),
)]
pub(crate) async fn robots(State(api): State<Api>) -> impl IntoResponse {
    let base = api.payments.public_url.as_str().trim_end_matches('/');
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600")),
    ];
    (headers, format!("{KEPT_OUT}\nSitemap: {base}/sitemap.xml\n"))
}
