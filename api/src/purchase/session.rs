//! `GET /api/v1/purchase/session/{sessionId}`.

use crate::{
    Api,
    amount::Amount,
    checkout::{Holder, find},
    contract::{faults, mirror},
    envelope::{ApiError, Success},
    extract::{Named, Params, bearer},
};
use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::IntoResponse,
};
use galley_domain::payment::{CheckoutState, Gateway, SessionStatus};
use galley_store::CheckoutView;
use serde::Serialize;
use utoipa::ToSchema;

/// How a checkout stands. What is left out is for the holder of its token only.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Session)]
struct SessionBody<'a> {
    /// Ours, also when asked by the gateway's.
    #[schema(format = "uuid")]
    session_id: String,
    #[schema(value_type = mirror::SessionStatus)]
    status: SessionStatus,
    /// The money is in, and a person has to look at it before it becomes an order.
    in_review: bool,
    #[schema(value_type = mirror::Gateway)]
    gateway: Gateway,
    /// Where it is paid, while it can be.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = "uri")]
    url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    amount: Option<Amount>,
    /// What it became once it was paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = "uuid")]
    order_id: Option<String>,
    /// The order's page, signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = "uri")]
    order_url: Option<String>,
    /// The token of that page, for the API.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    order_token: Option<String>,
}

#[utoipa::path(
    get,
    path = "/api/v1/purchase/session/{sessionId}",
    operation_id = "getSession",
    tag = "checkout",
    summary = "How a checkout stands; with its token also what it became.",
    description = "Without a token only the status. `failure` and `timeout` may still become `success`: late money \
                   counts. Asking has us ask the gateway soon.",
    params(
        ("sessionId" = String, Path, description = "Ours, or the gateway's (`cs_…`)"),
    ),
    responses((status = 200, description = "As it stands.", body = Success<SessionBody<'_>>), faults::OfSession),
    security((), ("checkoutToken" = []), ("checkoutTokenInQuery" = [])),
)]
pub(crate) async fn session(
    State(api): State<Api>,
    Named(name): Named<String>,
    params: Params,
    headers: HeaderMap,
) -> Result<impl IntoResponse, ApiError> {
    let view = find(&api, &name).await?.ok_or_else(ApiError::not_found)?;
    let holder = Holder::of(&api, &view, bearer(&headers).or_else(|| params.get("token")));
    if holder == Holder::Impostor {
        return Err(ApiError::not_found());
    }
    notice_waiting(&api, &view).await;
    let no_store = (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(([no_store], Success::new(body(&api, &view, holder))).into_response())
}

/// Somebody waits for it, so the gateway is asked soon. A hint: when it is lost, that takes a little
/// longer, and nobody need hear of it.
pub(crate) async fn notice_waiting(api: &Api, view: &CheckoutView) {
    if SessionStatus::from(view.state) != SessionStatus::Open {
        return;
    }
    if let Err(error) = api.store.await_checkout(view.id).await {
        tracing::debug!(checkout.id = %view.id, %error, "That somebody waits for {} is not on disk", view.id);
    }
}

fn body<'a>(api: &Api, view: &'a CheckoutView, holder: Holder) -> SessionBody<'a> {
    let open = SessionBody {
        session_id: view.id.to_string(),
        status: view.state.into(),
        in_review: view.in_review,
        gateway: view.gateway,
        url: None,
        amount: None,
        order_id: None,
        order_url: None,
        order_token: None,
    };
    if holder != Holder::Customer {
        return open;
    }
    SessionBody {
        url: view.url.as_deref().filter(|_| view.state == CheckoutState::Open),
        amount: view.price.map(Amount::of),
        order_id: view.order.map(|(id, _)| id.to_string()),
        order_url: view.order.map(|(id, epoch)| api.links.url(id, epoch).into()),
        order_token: view.order.map(|(id, epoch)| api.links.signer.sign(id, epoch)),
        ..open
    }
}
