//! `GET /`: what the shop sells.

use super::frame::{Frame, page};
use crate::{Api, contract::faults, envelope::ApiError};
use askama::Template;
use axum::{extract::State, http::StatusCode, response::Response};
use galley_domain::{brief::ProductKind, product::Product};

/// How many of the newest articles are named.
const LATEST: i64 = 5;

#[derive(Template)]
#[template(path = "front.html")]
struct Front<'a> {
    frame: Frame<'a>,
    offers: Vec<Offer<'a>>,
    latest: Vec<Latest>,
}

/// An article that was published of late.
struct Latest {
    title: String,
    href: String,
}

struct Offer<'a> {
    title: &'a str,
    about: &'static str,
    /// What is part of it.
    points: &'static [&'static str],
    price: String,
    href: String,
}

impl<'a> Offer<'a> {
    fn of(product: &'a Product) -> Self {
        Self {
            title: &product.title,
            about: about(product.kind),
            points: points(product.kind),
            price: product.price.to_string(),
            href: format!("/order?product={}", product.kind),
        }
    }
}

const fn about(kind: ProductKind) -> &'static str {
    match kind {
        ProductKind::Article => "A new article on your topic, public at its own address.",
        ProductKind::Backlink => "Your link in an article of ours that is already public.",
    }
}

const fn points(kind: ProductKind) -> &'static [&'static str] {
    match kind {
        ProductKind::Article => &[
            "Written to your brief: topic, length, tone, headings, your link",
            "Held against your brief point by point, and you see the report",
            "Changes as often as you like, at no extra cost",
            "Read by an editor before it is public",
        ],
        ProductKind::Backlink => &[
            "One paragraph changes, and you see which words",
            "Exactly your address and your words, marked as you say",
            "Changes as often as you like, at no extra cost",
            "Read by an editor before it is public",
        ],
    }
}

#[utoipa::path(
    get,
    path = "/",
    operation_id = "showFront",
    tag = "pages",
    summary = "What the shop sells.",
    responses(
        (status = 200, description = "A page.", body = String, content_type = "text/html"),
        faults::OfStore,
    ),
)]
pub(crate) async fn front(State(api): State<Api>) -> Result<Response, ApiError> {
    let products = api.store.products().await?;
    let latest = api.store.list_articles(None, LATEST).await?.into_iter();
    let front = Front {
        frame: Frame::new(&api),
        offers: products.iter().map(Offer::of).collect(),
        latest: latest
            .map(|line| Latest { href: format!("/articles/{}", line.slug), title: line.title })
            .collect(),
    };
    page(StatusCode::OK, &front, false)
}
