use super::OrderAccess;
use crate::{Api, envelope::ApiError, extract::RawBody};
use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
};
use galley_domain::id::OrderId;
use serde::Deserialize;

/// An order that the body names, whose link the caller holds; with that body.
///
/// Only the id is looked at before identity is clear: to a stranger every body is the same 404.
pub(crate) struct OrderInBody {
    pub(crate) order: OrderId,
    pub(crate) body: Bytes,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Named {
    order_id: String,
}

impl FromRequest<Api> for OrderInBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, api: &Api) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        let RawBody(body) = RawBody::from_request(Request::from_parts(parts.clone(), body), api).await?;
        let named: Option<Named> = serde_json::from_slice(&body).ok();
        let order = named.and_then(|named| named.order_id.parse().ok()).ok_or_else(ApiError::not_found)?;
        OrderAccess::check(&parts, api, order).await?;
        Ok(Self { order, body })
    }
}
