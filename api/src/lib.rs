//! The HTTP face of Galley: webhooks in, the JSON API, the hosted pages.
//!
//! A request becomes a value, the store takes the value, its answer becomes JSON. Every way to fail
//! wears the same envelope, with a code out of one closed set; causes are logged once, at the edge,
//! and never leave.
//!
//! Architecture invariant: this crate knows nothing of workers, and begins no transaction.

mod access;
mod admin;
mod amount;
mod checkout;
mod contract;
mod envelope;
mod error_code;
mod extract;
mod health;
mod idempotency;
mod json;
mod limit;
mod pages;
mod payments;
mod purchase;
mod request;
mod state;
mod webhooks;

pub use contract::{ERRORS_FILE, OPENAPI_FILE, errors_json, openapi_json};
pub use envelope::{ApiError, ErrorDetail};
pub use error_code::ErrorCode;
pub use payments::{Payments, Reconcile, Reconciled, SslcommerzIpn};
pub use state::{Api, ApiParts, StripeWebhooks};

use axum::serve::ListenerExt as _;
use axum::{Router, extract::DefaultBodyLimit, middleware};
use std::net::SocketAddr;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;

/// Longest body that is read, in bytes. Stripe's events are a few kilobytes.
pub const BODY_MAX_BYTES: usize = 1024 * 1024;

// All routes, and with them all operations of `GET /openapi.json`: there is no second list.
contract::endpoints! {
    get "/livez" health::live,
    get "/readyz" health::ready,
    get "/api/health" health::health,
    get "/openapi.json" contract::document,
    post "/api/v1/webhooks/stripe" webhooks::stripe::stripe,
    post "/api/v1/webhooks/sslcommerz" webhooks::sslcommerz::sslcommerz,
    post "/api/v1/purchase/checkout" purchase::checkout::checkout,
    get "/api/v1/purchase/session/{sessionId}" purchase::session::session,
    get "/order-status/{orderId}" purchase::link::follow,
    get "/api/v1/purchase/status/{orderId}" purchase::status::status,
    get "/api/v1/purchase/orders/{orderId}/versions" purchase::versions::list_versions,
    get "/api/v1/purchase/orders/{orderId}/versions/{number}" purchase::versions::get_version,
    get "/api/v1/purchase/orders/{orderId}/versions/{number}/diff/{other}" purchase::versions::diff_versions,
    get "/api/v1/admin/payments" admin::payments::list_payments,
    get "/api/v1/admin/payments/{paymentId}" admin::payment::get_payment,
    post "/api/v1/admin/payments/{paymentId}/release" admin::release::release,
    post "/api/v1/admin/payments/{paymentId}/dismiss" admin::dismiss::dismiss,
    post "/api/v1/admin/payments/{paymentId}/refund" admin::refund::refund_payment,
    get "/api/v1/admin/payments/{paymentId}/refunds" admin::refund::list_refunds,
    post "/api/v1/admin/orders/{orderId}/refund" admin::refund::refund_order,
    post "/api/v1/admin/checkout-sessions/reconcile" admin::reconcile::reconcile,
    post "/api/test/checkout-sessions" admin::reconcile::reconcile_for_tests,
    get "/" pages::front::front,
    get "/order" pages::order::show,
    post "/order" pages::order::send,
    get "/checkout/{sessionId}" pages::checkout::checkout,
    get "/payment/success" pages::success::success,
    post "/payment/return/sslcommerz/{sessionId}" pages::comeback::sslcommerz,
    get "/assets/galley.css" pages::assets::stylesheet,
    get "/assets/checkout.js" pages::assets::script,
}

/// The routes with everything that surrounds them.
pub fn router(api: Api) -> Router {
    routes()
        .fallback(|| async { ApiError::not_found() })
        .method_not_allowed_fallback(|| async { ApiError::method_not_allowed() })
        .layer(DefaultBodyLimit::max(BODY_MAX_BYTES))
        .layer(CatchPanicLayer::custom(request::panicked))
        .layer(middleware::from_fn_with_state(api.clone(), request::attend))
        .with_state(api)
}

/// Serves until `stop` is cancelled, then lets requests under way end.
pub async fn serve(listener: TcpListener, api: Api, stop: CancellationToken) -> std::io::Result<()> {
    // Answers are small and written at once: waiting to fill a packet only delays them.
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    // Whoever asks is counted, so handlers need to know where from.
    let service = router(api).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(async move { stop.cancelled().await }).await
}
