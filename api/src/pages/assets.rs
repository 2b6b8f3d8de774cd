//! `/assets/…`: the stylesheet and the scripts, under addresses that change with their content.

use crate::{
    contract::faults,
    envelope::ApiError,
    extract::{Named, Params},
};
use axum::{
    http::{HeaderValue, header},
    response::IntoResponse,
};
use sha2::{Digest as _, Sha256};
use std::{str::FromStr, sync::LazyLock};

const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
/// Of the hash, in hex digits.
const VERSION_CHARS: usize = 16;

macro_rules! assets {
    ($($(#[$meta:meta])* $name:ident = $file:literal, $kind:ident, $content:expr;)+) => {
        /// A file of ours that pages name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Asset {
            $($(#[$meta])* $name,)+
        }

        const FILES: &[File] = &[$(File { name: $file, kind: $kind, content: $content },)+];

        impl FromStr for Asset {
            type Err = ();

            fn from_str(name: &str) -> Result<Self, ()> {
                match name {
                    $($file => Ok(Self::$name),)+
                    _ => Err(()),
                }
            }
        }
    };
}

assets! {
    /// The stylesheet of all pages.
    Stylesheet = "galley.css", CSS, concat!(
        include_str!("../../assets/css/base.css"),
        include_str!("../../assets/css/order.css"),
        include_str!("../../assets/css/article.css"),
        include_str!("../../assets/css/console.css"),
        include_str!("../../assets/css/review.css"),
        include_str!("../../assets/css/charts.css"),
    );
    /// Watches a checkout for the pages that wait for one.
    Checkout = "checkout.js", JAVASCRIPT, include_str!("../../assets/checkout.js");
    /// Keeps the page of an order true.
    Order = "order.js", JAVASCRIPT, include_str!("../../assets/order.js");
    /// Checks an order form while it is filled in.
    OrderForm = "order-form.js", JAVASCRIPT, include_str!("../../assets/order-form.js");
    /// Makes the console quicker to use.
    Console = "console.js", JAVASCRIPT, include_str!("../../assets/console.js");
    /// Keys for the review.
    Review = "review.js", JAVASCRIPT, include_str!("../../assets/review.js");
}

struct File {
    name: &'static str,
    kind: &'static str,
    content: &'static str,
}

struct Address {
    href: String,
    version: String,
}

static ADDRESSES: LazyLock<Vec<Address>> = LazyLock::new(|| {
    let address = |file: &File| {
        let mut version = hex::encode(Sha256::digest(file.content));
        version.truncate(VERSION_CHARS);
        Address { href: format!("/assets/{}?v={version}", file.name), version }
    };
    FILES.iter().map(address).collect()
});

impl Asset {
    /// Where it is, for this content.
    pub(crate) fn href(self) -> &'static str {
        &ADDRESSES[self as usize].href
    }

    /// Kept for a year under the address of this content. Under any other (a page of the version before
    /// or after, while one is being rolled out) it is not kept at all.
    fn caching(self, params: &Params) -> HeaderValue {
        HeaderValue::from_static(if params.get("v") == Some(&ADDRESSES[self as usize].version) {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        })
    }
}

#[utoipa::path(
    get,
    path = "/assets/{file}",
    operation_id = "getAsset",
    tag = "pages",
    summary = "The stylesheet and the scripts of the pages.",
    params(("file" = String, Path, description = "Its name")),
    responses(
        (status = 200, description = "CSS or JavaScript.", body = String, content_type = "text/css"),
        faults::Anywhere,
    ),
)]
pub(crate) async fn asset(Named(asset): Named<Asset>, params: Params) -> Result<impl IntoResponse, ApiError> {
    let file = &FILES[asset as usize];
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(file.kind)),
        (header::CACHE_CONTROL, asset.caching(&params)),
    ];
    Ok((headers, file.content))
}
