//! `GET /assets/theme.css`: the shop's own colour.

use crate::{Api, contract::faults, envelope::ApiError, extract::Params};
use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::IntoResponse,
};
use galley_domain::settings::{Accent, Shade, ShopSettings};
use sha2::{Digest as _, Sha256};

/// Of the hash, in hex digits.
const VERSION_CHARS: usize = 16;

/// Where the stylesheet is for these settings; `None` while the shop has no colour of its own.
pub(crate) fn href(settings: &ShopSettings) -> Option<String> {
    settings.accent.map(|accent| format!("/assets/theme.css?v={}", version(&css(Some(accent)))))
}

fn version(css: &str) -> String {
    let mut version = hex::encode(Sha256::digest(css));
    version.truncate(VERSION_CHARS);
    version
}

/// Comes after the stylesheet of all pages, whose names it sets anew.
fn css(accent: Option<Accent>) -> String {
    let Some(accent) = accent else { return String::new() };
    let shades = accent.shades();
    let names = |Shade { accent, on_accent }: Shade| {
        format!(":root {{ --accent: {accent}; --on-accent: {on_accent}; }}")
    };
    let (light, dark) = (names(shades.light), names(shades.dark));
    format!("{light}\n@media (prefers-color-scheme: dark) {{ {dark} }}\n")
}

#[utoipa::path(
    get,
    path = "/assets/theme.css",
    operation_id = "getTheme",
    tag = "pages",
    summary = "The shop's own colour, made fit to be read on light and dark paper.",
    responses(
        (status = 200, description = "CSS; empty while the shop has none.", body = String, content_type = "text/css"),
        faults::Anywhere,
    ),
)]
pub(crate) async fn theme(State(api): State<Api>, params: Params) -> Result<impl IntoResponse, ApiError> {
    let css = css(api.store.settings().await?.accent);
    // Kept for a year under the address of this colour, and under no other.
    let caching = if params.get("v") == Some(&version(&css)) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static(caching)),
    ];
    Ok((headers, css))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_set_by_day_and_by_night() {
        let css = css("#ffcc00".parse().ok());
        assert_eq!(css.matches("--accent: #").count(), 2, "{css}");
        assert!(!css.contains("--accent: #ffcc00; --on-accent: #fdfcf9"), "nobody could read that: {css}");
        assert!(css.contains("{ :root { --accent: #ffcc00; --on-accent: #1b1916; } }"), "{css}");
    }

    #[test]
    fn the_address_changes_with_the_colour() {
        let of =
            |accent: &str| href(&ShopSettings { accent: accent.parse().ok(), ..ShopSettings::default() });
        assert_eq!(of("none"), None);
        assert_ne!(of("#ffcc00"), of("#ffcc01"));
        assert_eq!(of("#FFCC00"), of("#ffcc00"));
    }
}
