//! `POST /api/v1/webhooks/sslcommerz`: instant payment notices.

use super::stripe::Receipt;
use crate::{
    Api,
    contract::faults,
    envelope::{ApiError, Success},
    error_code::ErrorCode,
    extract::RawBody,
};
use axum::extract::State;
use galley_integrations::sslcommerz::ipn::interpret;

/// Takes in a notice and answers once it is on disk. Nothing in it is believed: it leads to a question
/// to the gateway.
#[utoipa::path(
    post,
    path = "/api/v1/webhooks/sslcommerz",
    operation_id = "receiveSslcommerzNotice",
    tag = "webhooks",
    summary = "Takes in an instant payment notice and answers once it is on disk.",
    description = "404 where the shop does not use SSLCommerz.",
    request_body(
        content = String,
        content_type = "application/x-www-form-urlencoded",
        description = "The form as SSLCommerz posts it, with `verify_sign` and `verify_key`",
    ),
    responses((status = 200, description = "It is on disk.", body = Success<Receipt>), faults::OfNotice),
)]
pub(crate) async fn sslcommerz(
    State(api): State<Api>,
    RawBody(body): RawBody,
) -> Result<Success<Receipt>, ApiError> {
    let Some(store) = &api.payments.sslcommerz else { return Err(ApiError::not_found()) };
    let notice = interpret(&body, &store.store_id, &store.password)
        .map_err(|error| ApiError::new(ErrorCode::InvalidSignature, error.to_string()))?;
    let kind = notice.kind.clone();
    let received = api.store.receive(notice).await?;
    tracing::debug!(event.kind = kind, ?received, "A notice of SSLCommerz came in");
    Ok(Success::new(Receipt::of(&received)))
}
