//! `POST /api/v1/purchase/checkout`.

use crate::{
    Api,
    checkout::{CLIENT_SCOPE, Wanted, open},
    contract::{faults, mirror},
    envelope::{ApiError, Success},
    extract::RawBody,
    idempotency::IdempotencyKey,
    json::Fields,
    limit::Admitted,
};
use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use galley_domain::payment::{CheckoutState, SessionStatus};
use serde::Serialize;
use utoipa::ToSchema;

/// What to order.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "a shape to be described, never a value")]
struct CheckoutRequest {
    #[serde(flatten)]
    brief: mirror::BriefFields,
    /// Where we write to.
    #[schema(format = "email")]
    email: String,
    /// The shop's first one unless named.
    #[schema(nullable = false)]
    gateway: Option<mirror::Gateway>,
}

/// A checkout that is on disk.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Checkout)]
struct CheckoutBody<'a> {
    #[schema(format = "uuid")]
    session_id: String,
    /// Where it is paid; null until the gateway has made that page, and once it was paid.
    #[schema(required = true, format = "uri")]
    url: Option<&'a str>,
    /// Opens the session, and the order that it becomes. Whoever has it is the customer.
    checkout_token: String,
    #[schema(value_type = mirror::SessionStatus)]
    status: SessionStatus,
}

#[utoipa::path(
    post,
    path = "/api/v1/purchase/checkout",
    operation_id = "openCheckout",
    tag = "checkout",
    summary = "Opens a checkout at today's price and answers with the address where it is paid.",
    description = "With a key that came before it answers how that checkout stands by now. Send the customer to \
                   `url`; keep `checkoutToken` to ask for the session.",
    params((
        "Idempotency-Key" = Option<String>,
        Header,
        nullable = false,
        description = "1 to 255 visible ASCII characters; the same request with the same key opens one checkout",
    )),
    request_body(content = CheckoutRequest),
    responses(
        (status = 201, description = "It can be paid at `url`.", body = Success<CheckoutBody<'_>>),
        (
            status = 202,
            description = "The gateway has not made the page yet, and we go on by ourselves: ask for the session \
                           until it has a `url`.",
            body = Success<CheckoutBody<'_>>,
        ),
        faults::OfCheckout,
    ),
)]
pub(crate) async fn checkout(
    State(api): State<Api>,
    _: Admitted,
    key: IdempotencyKey,
    RawBody(body): RawBody,
) -> Result<Response, ApiError> {
    let wanted = Wanted::of_json(Fields::read(&body)?, &api.payments.gateways).map_err(ApiError::invalid)?;
    let view = open(&api, wanted, key.within(CLIENT_SCOPE, &body)).await?;
    let status =
        if view.state == CheckoutState::Creating { StatusCode::ACCEPTED } else { StatusCode::CREATED };
    let body = CheckoutBody {
        session_id: view.id.to_string(),
        url: view.url.as_deref().filter(|_| view.state == CheckoutState::Open),
        checkout_token: api.links.signer.sign_checkout(view.id),
        status: view.state.into(),
    };
    let no_store = (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok((status, [no_store], Success::new(body)).into_response())
}
