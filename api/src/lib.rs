//! The HTTP face of Galley: webhooks in, the JSON API.
//!
//! A request becomes a value, the store takes the value, its answer becomes JSON. Every way to fail
//! wears the same envelope, with a code out of one closed set; causes are logged once, at the edge,
//! and never leave.
//!
//! Architecture invariant: this crate knows nothing of workers, and begins no transaction.

mod access;
mod envelope;
mod health;
mod purchase;
mod request;
mod state;
mod webhooks;

pub use envelope::{ApiError, ErrorCode, ErrorDetail};
pub use state::{Api, StripeWebhooks};

use axum::serve::ListenerExt as _;
use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{get, post},
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;

/// Longest body that is read, in bytes. Stripe's events are a few kilobytes.
pub const BODY_MAX_BYTES: usize = 1024 * 1024;

/// All routes.
pub fn router(api: Api) -> Router {
    let order = "/api/v1/purchase/orders/{order_id}/versions";
    Router::new()
        .route("/livez", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/api/health", get(health::health))
        .route("/api/v1/webhooks/stripe", post(webhooks::stripe))
        .route("/api/v1/purchase/status/{order_id}", get(purchase::status))
        .route(order, get(purchase::list_versions))
        .route(&format!("{order}/{{number}}"), get(purchase::get_version))
        .route(&format!("{order}/{{number}}/diff/{{other}}"), get(purchase::diff_versions))
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
    axum::serve(listener, router(api)).with_graceful_shutdown(async move { stop.cancelled().await }).await
}
