//! Who may see an order and act on it: whoever holds its link.

mod cookie;
mod in_body;

pub(crate) use cookie::order_cookie;
pub(crate) use in_body::OrderInBody;

use crate::{Api, envelope::ApiError, extract::bearer, origin};
use axum::{
    extract::{FromRequestParts, Path, Query},
    http::request::Parts,
};
use galley_domain::id::OrderId;
use galley_store::Stamp;
use serde::Deserialize;
use std::collections::HashMap;
use utoipa::{
    IntoParams,
    openapi::{
        ObjectBuilder, Required, SchemaFormat, Type,
        path::{Parameter, ParameterBuilder, ParameterIn},
    },
};

/// An order whose link the caller holds: as `Authorization: Bearer`, as `?token=` where nothing is
/// changed, or as the cookie that our page has set.
///
/// Identity comes first: without the right token the answer is the same 404 as for an order that
/// does not exist, whatever else is wrong with the request.
pub(crate) struct OrderAccess {
    pub(crate) order: OrderId,
    pub(crate) stamp: Stamp,
}

impl OrderAccess {
    /// Whoever names a token is judged by it alone. A cookie comes along by itself, so what changes
    /// something must then come from our own page.
    pub(crate) async fn check(parts: &Parts, api: &Api, order: OrderId) -> Result<Self, ApiError> {
        let stamp = api.store.stamp(order).await?.ok_or_else(ApiError::not_found)?;
        let opens = |token: &str| api.links.signer.verify(order, stamp.link_epoch, token);
        match bearer(&parts.headers).map(str::to_owned).or_else(|| query_token(parts)) {
            Some(token) if opens(&token) => {}
            None if cookie::opens(api, &parts.headers, order, stamp.link_epoch) => {
                if !parts.method.is_safe() {
                    origin::demand(&parts.headers, &api.payments)?;
                }
            }
            _ => return Err(ApiError::not_found()),
        }
        Ok(Self { order, stamp })
    }
}

#[derive(Deserialize)]
struct Token {
    token: Option<String>,
}

impl FromRequestParts<Api> for OrderAccess {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, ApiError> {
        let Ok(Path(path)) = Path::<HashMap<String, String>>::from_request_parts(parts, api).await else {
            return Err(ApiError::not_found());
        };
        let order: OrderId =
            path.get("orderId").and_then(|id| id.parse().ok()).ok_or_else(ApiError::not_found)?;
        Self::check(parts, api, order).await
    }
}

/// The order's id. The token is a security scheme of the document.
impl IntoParams for OrderAccess {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let uuid = SchemaFormat::Custom("uuid".to_owned());
        let id = ParameterBuilder::new()
            .name("orderId")
            .parameter_in(ParameterIn::Path)
            .required(Required::True)
            .description(Some("The order"))
            .schema(Some(ObjectBuilder::new().schema_type(Type::String).format(Some(uuid))));
        vec![id.build()]
    }
}

/// The link in a mail carries its token in the query; only reading is possible that way.
fn query_token(parts: &Parts) -> Option<String> {
    let Query(query) = Query::<Token>::try_from_uri(&parts.uri).ok()?;
    query.token.filter(|_| parts.method.is_safe())
}
