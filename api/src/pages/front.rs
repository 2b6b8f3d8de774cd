//! `GET /`: what the shop sells.

use super::frame::{Frame, page};
use crate::{Api, contract::faults, envelope::ApiError};
use askama::Template;
use axum::{extract::State, http::StatusCode, response::Response};
use galley_domain::{brief::ProductKind, product::Product};

#[derive(Template)]
#[template(path = "front.html")]
struct Front<'a> {
    frame: Frame<'a>,
    offers: Vec<Offer<'a>>,
}

struct Offer<'a> {
    title: &'a str,
    about: &'static str,
    price: String,
    href: String,
}

impl<'a> Offer<'a> {
    fn of(product: &'a Product) -> Self {
        Self {
            title: &product.title,
            about: about(product.kind),
            price: product.price.to_string(),
            href: format!("/order?product={}", product.kind),
        }
    }
}

const fn about(kind: ProductKind) -> &'static str {
    match kind {
        ProductKind::Article => {
            "A new article on your topic, held against your brief point by point. \
             Ask for changes until it is right; an editor reads it before it is public."
        }
        ProductKind::Backlink => {
            "Your link in an article of ours that is already public. \
             One paragraph changes, and you see which words."
        }
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
    let offers = products.iter().map(Offer::of).collect();
    page(StatusCode::OK, &Front { frame: Frame::new(&api.payments), offers }, false)
}
