//! `GET /api/v1/admin/products` and `PUT /api/v1/admin/products/{product}`.

use super::{OwnerStaff, ReadOnlyStaff};
use crate::{
    Api,
    amount::Amount,
    contract::{faults, mirror},
    envelope::{ApiError, ErrorDetail, Success},
    extract::{Named, RawBody},
    json::Fields,
};
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use galley_domain::{
    brief::ProductKind,
    money::{Currency, Money},
    product::Product,
    quality::QualitySettings,
};
use serde::Serialize;
use utoipa::ToSchema;

/// What the shop sells.
#[derive(Serialize, ToSchema)]
#[schema(as = Product)]
struct ProductBody<'a> {
    #[schema(value_type = mirror::ProductKind)]
    product: ProductKind,
    title: &'a str,
    price: Amount,
    #[schema(value_type = mirror::QualitySettings)]
    quality: &'a QualitySettings,
}

impl<'a> ProductBody<'a> {
    fn of(product: &'a Product) -> Self {
        Self {
            product: product.kind,
            title: &product.title,
            price: Amount::of(product.price),
            quality: &product.quality,
        }
    }
}

/// The catalogue.
#[derive(Serialize, ToSchema)]
struct ProductList<'a> {
    products: Vec<ProductBody<'a>>,
}

/// How a product is sold from now on; what is left out stays as it is.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "a shape to be described, never a value")]
struct ProductRequest {
    #[schema(nullable = false, max_length = 80)]
    title: Option<String>,
    /// In the smallest unit of the currency.
    #[schema(nullable = false, minimum = 1)]
    price_minor: Option<i64>,
    /// ISO 4217.
    #[schema(nullable = false)]
    currency: Option<String>,
    /// All of them: a setting that is left out has its default.
    #[schema(nullable = false, value_type = Option<mirror::QualitySettings>)]
    quality: Option<QualitySettings>,
}

#[utoipa::path(
    get,
    path = "/api/v1/admin/products",
    operation_id = "listProducts",
    tag = "admin",
    summary = "What the shop sells, and how its content is judged.",
    description = "Needs the role `read-only`.",
    responses((status = 200, description = "All of it.", body = Success<ProductList<'_>>), faults::OfStaff),
    security(("staffToken" = [])),
)]
pub(crate) async fn list_products(State(api): State<Api>, _: ReadOnlyStaff) -> Result<Response, ApiError> {
    let products = api.store.products().await?;
    Ok(Success::new(ProductList { products: products.iter().map(ProductBody::of).collect() }).into_response())
}

#[utoipa::path(
    put,
    path = "/api/v1/admin/products/{product}",
    operation_id = "changeProduct",
    tag = "admin",
    summary = "Changes how a product is sold and judged.",
    description = "Needs the role `owner`. Sessions that were made before may still be paid at their price.",
    params(("product" = mirror::ProductKind, Path, description = "Which one")),
    request_body(content = ProductRequest),
    responses((status = 200, description = "As it is sold now.", body = Success<ProductBody<'_>>), faults::OfDecision),
    security(("staffToken" = [])),
)]
pub(crate) async fn change_product(
    State(api): State<Api>,
    staff: OwnerStaff,
    Named(kind): Named<ProductKind>,
    RawBody(body): RawBody,
) -> Result<Response, ApiError> {
    let mut fields = Fields::read(&body)?;
    let mut product = find_product(&api, kind).await?;
    if let Some(title) = fields.text("title") {
        title.trim().clone_into(&mut product.title);
    }
    if let Some(minor) = fields.minor("priceMinor") {
        product.price.minor = minor;
    }
    if let Some(code) = fields.text("currency") {
        match code.parse::<Currency>() {
            Ok(currency) => product.price = Money { currency, ..product.price },
            Err(_) => fields.wrong("currency", "Give a code of three letters, such as USD."),
        }
    }
    if let Some(quality) = fields.shape("quality", "Give an object of settings, as `listProducts` shows it.")
    {
        product.quality = quality;
    }
    fields.end()?;
    sell(&api, &product, &staff.actor()).await?;
    Ok(Success::new(ProductBody::of(&product)).into_response())
}

/// A product as it is sold today.
pub(crate) async fn find_product(api: &Api, kind: ProductKind) -> Result<Product, ApiError> {
    let products = api.store.products().await?;
    products.into_iter().find(|product| product.kind == kind).ok_or_else(ApiError::not_found)
}

/// Sells it like this, if it can be sold like this.
pub(crate) async fn sell(
    api: &Api,
    product: &Product,
    actor: &galley_domain::actor::Actor,
) -> Result<(), ApiError> {
    let problems: Vec<_> = product.problems().into_iter().map(ErrorDetail::from).collect();
    if !problems.is_empty() {
        return Err(ApiError::invalid(problems));
    }
    Ok(api.store.change_product(product, actor).await?)
}
