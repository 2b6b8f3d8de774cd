//! `GET /order`, and the form as it is shown again when something in it is wrong.

use super::fields::Fields;
use crate::{
    Api,
    contract::{faults, mirror},
    envelope::{ApiError, ErrorDetail},
    extract::Params,
    pages::{
        assets::Asset,
        facts::gateway_name,
        frame::{Frame, page},
    },
};
use askama::Template;
use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use galley_content::slug::is_slug;
use galley_domain::{brief::ProductKind, product::Product};

#[derive(Template)]
#[template(path = "order.html")]
struct Order<'a> {
    frame: Frame<'a>,
    /// What went wrong on the whole, if something did.
    note: Option<String>,
    /// What is wrong with fields that the form does not have.
    stray: Vec<String>,
    tabs: Vec<Tab<'a>>,
    product: &'static str,
    price: String,
    fields: Fields,
    /// The article that receives the link, once it is clear which.
    chosen: Option<Chosen>,
    /// Nothing to choose from when there is only one.
    gateways: Vec<Choice>,
    /// Sending the form twice opens one checkout.
    key: String,
}

/// A product that can be ordered.
struct Tab<'a> {
    title: &'a str,
    price: String,
    href: String,
    chosen: bool,
}

/// An article, by its title.
struct Chosen {
    id: String,
    title: String,
    href: String,
}

/// A way to pay.
struct Choice {
    name: &'static str,
    label: &'static str,
    chosen: bool,
}

/// The form with what a customer has put in.
pub(super) struct Filled<'a> {
    pub(super) status: StatusCode,
    pub(super) sent: &'a Params,
    pub(super) wrong: &'a [ErrorDetail],
    pub(super) note: Option<String>,
    /// Under which it was sent, and may be sent again; a new one if `None`.
    pub(super) key: Option<String>,
}

#[utoipa::path(
    get,
    path = "/order",
    operation_id = "showOrderForm",
    tag = "pages",
    summary = "The form to order with.",
    params(
        ("product" = Option<mirror::ProductKind>, Query, nullable = false, description = "What to order"),
        ("article" = Option<String>, Query, nullable = false, description = "Which article gets the link, by its name"),
    ),
    responses(
        (status = 200, description = "A page.", body = String, content_type = "text/html"),
        faults::OfSession,
    ),
)]
pub(crate) async fn show(State(api): State<Api>, params: Params) -> Result<Response, ApiError> {
    form(&api, &Filled { status: StatusCode::OK, sent: &params, wrong: &[], note: None, key: None }).await
}

/// The form as a page.
pub(super) async fn form(api: &Api, filled: &Filled<'_>) -> Result<Response, ApiError> {
    let products = api.store.products().await?;
    let wanted = filled.sent.get("product").and_then(|name| name.parse::<ProductKind>().ok());
    let product = products.iter().find(|product| Some(product.kind) == wanted).or_else(|| products.first());
    let product = product.ok_or_else(ApiError::not_found)?;
    let fields = Fields::of(product.kind, filled.sent, filled.wrong);
    let chosen = match product.kind {
        ProductKind::Backlink => chosen(api, filled.sent).await?,
        ProductKind::Article => None,
    };
    let mut frame = Frame::new(api);
    frame.script = Asset::OrderForm.href();
    let order = Order {
        frame,
        note: filled.note.clone(),
        stray: fields.stray(filled.wrong),
        tabs: products.iter().map(|one| tab(one, one.kind == product.kind)).collect(),
        product: product.kind.as_str(),
        price: product.price.to_string(),
        fields,
        chosen,
        gateways: choices(api, filled.sent.get("gateway")),
        key: filled.key.clone().unwrap_or_else(|| api.store.clock().new_id().simple().to_string()),
    };
    let mut response = page(filled.status, &order, false)?;
    // Under `no-referrer` browsers send their forms with `Origin: null`, which says nothing. The address of
    // this page has no secret in it.
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    Ok(response)
}

/// By its id, as the form sends it, or by its name, as links to the form do.
async fn chosen(api: &Api, sent: &Params) -> Result<Option<Chosen>, ApiError> {
    let article = match (sent.get("articleId"), sent.get("article").filter(|name| is_slug(name))) {
        (Some(id), _) => match id.parse() {
            Ok(id) => api.store.article(id).await?,
            Err(_) => None,
        },
        (None, Some(name)) => match name.parse() {
            Ok(id) => api.store.article(id).await?,
            Err(_) => api.store.find_article(name).await?,
        },
        (None, None) => None,
    };
    Ok(article.map(|article| Chosen {
        id: article.id.to_string(),
        href: format!("/articles/{}", article.slug),
        title: article.title,
    }))
}

fn tab(product: &Product, chosen: bool) -> Tab<'_> {
    Tab {
        title: &product.title,
        price: product.price.to_string(),
        href: format!("/order?product={}", product.kind),
        chosen,
    }
}

fn choices(api: &Api, sent: Option<&str>) -> Vec<Choice> {
    let gateways: Vec<_> = api.payments.gateways.iter().map(|gateway| gateway.gateway()).collect();
    if gateways.len() < 2 {
        return Vec::new();
    }
    let chosen = gateways.iter().position(|gateway| sent == Some(gateway.as_str())).unwrap_or(0);
    let choice = |(position, gateway): (usize, &galley_domain::payment::Gateway)| Choice {
        name: gateway.as_str(),
        label: gateway_name(*gateway),
        chosen: position == chosen,
    };
    gateways.iter().enumerate().map(choice).collect()
}
