//! `GET /api/v1/admin/search`.

use super::{ReadOnlyStaff, orders::body::OrderBody};
use crate::{
    Api,
    contract::faults,
    envelope::{ApiError, Success},
    extract::Params,
};
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use galley_store::OrderSearch;
use serde::Serialize;
use utoipa::ToSchema;

/// Of each kind.
const HITS: i64 = 20;

/// What was found, up to 20 of each kind.
#[derive(Serialize, ToSchema)]
struct Found<'a> {
    orders: Vec<OrderBody<'a>>,
    /// Those that are none of the orders' own.
    payments: Vec<FoundPayment<'a>>,
    customers: Vec<FoundCustomer<'a>>,
    articles: Vec<FoundArticle<'a>>,
}

/// A payment that was found.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct FoundPayment<'a> {
    #[schema(format = "uuid")]
    payment_id: String,
    /// The gateway's id of the payment.
    payment_ref: &'a str,
}

/// A customer who was found.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct FoundCustomer<'a> {
    #[schema(format = "uuid")]
    customer_id: String,
    email: &'a str,
}

/// An article that was found.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct FoundArticle<'a> {
    #[schema(format = "uuid")]
    article_id: String,
    slug: &'a str,
    title: &'a str,
}

#[utoipa::path(
    get,
    path = "/api/v1/admin/search",
    operation_id = "search",
    tag = "admin",
    summary = "Orders, payments, customers and articles by what somebody has in hand.",
    description = "Needs the role `read-only`.",
    params((
        "q" = String,
        Query,
        max_length = 300,
        description = "An id of ours or of a gateway's, the beginning of an e-mail address, the address that an ordered \
                       link leads to, or that of an article",
    )),
    responses((status = 200, description = "What was found.", body = Success<Found<'_>>), faults::OfStaffList),
    security(("staffToken" = [])),
)]
pub(crate) async fn search(
    State(api): State<Api>,
    _: ReadOnlyStaff,
    params: Params,
) -> Result<Response, ApiError> {
    let search = params.get("q").and_then(OrderSearch::parse);
    let search =
        search.ok_or_else(|| ApiError::invalid_field("q", "Give something of 1 to 300 characters."))?;
    let hits = api.store.search(&search, HITS).await?;
    let payments = hits.payments.iter();
    let customers = hits.customers.iter();
    let articles = hits.articles.iter();
    let found = Found {
        orders: hits.orders.iter().map(OrderBody::of).collect(),
        payments: payments
            .map(|hit| FoundPayment { payment_id: hit.id.to_string(), payment_ref: &hit.payment_ref })
            .collect(),
        customers: customers
            .map(|hit| FoundCustomer { customer_id: hit.id.to_string(), email: &hit.email })
            .collect(),
        articles: articles
            .map(|hit| FoundArticle { article_id: hit.id.to_string(), slug: &hit.slug, title: &hit.title })
            .collect(),
    };
    Ok(Success::new(found).into_response())
}
