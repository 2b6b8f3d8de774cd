//! `/assets/…`: the stylesheet and the script, under addresses that change with their content.

use crate::{contract::faults, extract::Params};
use axum::{
    http::{HeaderValue, header},
    response::IntoResponse,
};
use sha2::{Digest as _, Sha256};
use std::sync::LazyLock;

const STYLESHEET: &str = include_str!("../../assets/galley.css");
const SCRIPT: &str = include_str!("../../assets/checkout.js");
/// Of the hash, in hex digits.
const VERSION_CHARS: usize = 16;

struct Asset {
    href: String,
    version: String,
}

impl Asset {
    fn new(path: &str, content: &str) -> Self {
        let mut version = hex::encode(Sha256::digest(content));
        version.truncate(VERSION_CHARS);
        Self { href: format!("{path}?v={version}"), version }
    }

    /// Kept for a year under the address of this content. Under any other (a page of the version before
    /// or after, while one is being rolled out) it is not kept at all.
    fn caching(&self, params: &Params) -> HeaderValue {
        HeaderValue::from_static(if params.get("v") == Some(&self.version) {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        })
    }
}

static STYLESHEET_ASSET: LazyLock<Asset> = LazyLock::new(|| Asset::new("/assets/galley.css", STYLESHEET));
static SCRIPT_ASSET: LazyLock<Asset> = LazyLock::new(|| Asset::new("/assets/checkout.js", SCRIPT));

pub(super) fn stylesheet_href() -> &'static str {
    &STYLESHEET_ASSET.href
}

pub(super) fn script_href() -> &'static str {
    &SCRIPT_ASSET.href
}

/// The stylesheet of all pages.
#[utoipa::path(
    get,
    path = "/assets/galley.css",
    operation_id = "getStylesheet",
    tag = "pages",
    responses(
        (status = 200, description = "CSS", body = String, content_type = "text/css"),
        faults::Anywhere,
    ),
)]
pub(crate) async fn stylesheet(params: Params) -> impl IntoResponse {
    serve(&STYLESHEET_ASSET, "text/css; charset=utf-8", STYLESHEET, &params)
}

/// Watches a checkout for the pages that wait for one.
#[utoipa::path(
    get,
    path = "/assets/checkout.js",
    operation_id = "getScript",
    tag = "pages",
    responses(
        (status = 200, description = "JavaScript", body = String, content_type = "text/javascript"),
        faults::Anywhere,
    ),
)]
pub(crate) async fn script(params: Params) -> impl IntoResponse {
    serve(&SCRIPT_ASSET, "text/javascript; charset=utf-8", SCRIPT, &params)
}

fn serve(
    asset: &Asset,
    kind: &'static str,
    content: &'static str,
    params: &Params,
) -> impl IntoResponse + use<> {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, asset.caching(params)),
    ];
    (headers, content)
}
