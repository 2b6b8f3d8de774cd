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
mod chance;
mod checkout;
mod console;
mod contract;
mod cookie;
mod cors;
mod csv;
mod envelope;
mod error_code;
mod extract;
mod health;
mod idempotency;
mod json;
mod limit;
mod live;
mod moment;
mod origin;
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
use std::{net::SocketAddr, sync::Arc};
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
    get "/api/v1/purchase/status/{orderId}" purchase::status::status,
    get "/api/v1/purchase/status/{orderId}/events" purchase::events::events,
    post "/api/v1/purchase/request-revision" purchase::act::request_revision::request_revision,
    post "/api/v1/purchase/submit-for-review" purchase::act::submit_for_review::submit_for_review,
    post "/api/v1/purchase/take-back" purchase::act::take_back::take_back,
    post "/api/v1/purchase/restore-version" purchase::act::restore_version::restore_version,
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
    get "/api/v1/admin/orders" admin::orders::list::list_orders,
    post "/api/v1/admin/orders/retry" admin::orders::retry_all::retry_all,
    get "/api/v1/admin/orders/{orderId}" admin::orders::get::get_order,
    get "/api/v1/admin/orders/{orderId}/timeline" admin::orders::timeline::get_timeline,
    get "/api/v1/admin/orders/{orderId}/versions/{number}" admin::orders::version::get_version,
    get "/api/v1/admin/search" admin::search::search,
    get "/api/v1/admin/payment-events/{eventId}" admin::payment_event::get_payment_event,
    post "/api/v1/admin/orders/{orderId}/approve" admin::orders::approve::approve,
    post "/api/v1/admin/orders/{orderId}/edit-and-approve" admin::orders::edit::edit,
    post "/api/v1/admin/orders/{orderId}/request-changes" admin::orders::request_changes::request_changes,
    post "/api/v1/admin/orders/{orderId}/retry" admin::orders::retry::retry,
    post "/api/v1/admin/orders/{orderId}/cancel" admin::orders::cancel::cancel,
    post "/api/v1/admin/checkout-sessions/reconcile" admin::reconcile::reconcile,
    post "/api/test/checkout-sessions" admin::reconcile::reconcile_for_tests,
    get "/" pages::front::front,
    get "/order" pages::order::show,
    post "/order" pages::order::send,
    get "/checkout/{sessionId}" pages::checkout::checkout,
    get "/payment/success" pages::success::success,
    post "/payment/return/sslcommerz/{sessionId}" pages::comeback::sslcommerz,
    get "/order-status/{orderId}" pages::order_status::show,
    get "/order-status/{orderId}/preview/{number}" pages::order_status::preview,
    get "/order-status/{orderId}/compare" pages::order_status::compare,
    get "/order-status/{orderId}/download.md" pages::order_status::markdown,
    get "/order-status/{orderId}/download.html" pages::order_status::html,
    post "/order-status/{orderId}/request-revision" pages::order_status::request_revision,
    post "/order-status/{orderId}/submit-for-review" pages::order_status::submit_for_review,
    post "/order-status/{orderId}/take-back" pages::order_status::take_back,
    post "/order-status/{orderId}/restore-version" pages::order_status::restore_version,
    get "/api/v1/admin/queues" admin::queues::list_queues,
    post "/api/v1/admin/queues/{kind}/pause" admin::queues::pause_queue,
    post "/api/v1/admin/queues/{kind}/resume" admin::queues::resume_queue,
    get "/api/v1/admin/jobs" admin::jobs::list::list_jobs,
    post "/api/v1/admin/jobs/retry" admin::jobs::retry_all::retry_jobs,
    get "/api/v1/admin/jobs/{jobId}" admin::jobs::show::get_job,
    post "/api/v1/admin/jobs/{jobId}/retry" admin::jobs::act::retry_job,
    post "/api/v1/admin/jobs/{jobId}/run-now" admin::jobs::act::run_job_now,
    post "/api/v1/admin/jobs/{jobId}/cancel" admin::jobs::act::cancel_job,
    get "/api/v1/admin/workers" admin::workers::list_workers,
    get "/api/v1/admin/analytics" admin::analytics::get_analytics,
    get "/admin" console::review::desk,
    get "/admin/review" console::review::review,
    get "/admin/search" console::search::search,
    get "/admin/orders" console::orders::list::orders,
    get "/admin/orders/export.csv" console::orders::export::export,
    post "/admin/orders/retry" console::orders::act::send_retries,
    get "/admin/orders/{orderId}" console::orders::article::order,
    get "/admin/orders/{orderId}/versions" console::orders::versions::versions,
    get "/admin/orders/{orderId}/versions/{number}" console::orders::versions::version,
    get "/admin/orders/{orderId}/preview/{number}" console::orders::preview::preview,
    get "/admin/orders/{orderId}/compare" console::orders::versions::compare,
    get "/admin/orders/{orderId}/timeline" console::orders::timeline::timeline,
    get "/admin/orders/{orderId}/brief" console::orders::brief::brief,
    get "/admin/orders/{orderId}/edit" console::orders::edit::show_edit,
    post "/admin/orders/{orderId}/edit" console::orders::edit::send_edit,
    post "/admin/orders/{orderId}/approve" console::orders::act::send_approval,
    post "/admin/orders/{orderId}/request-changes" console::orders::act::send_changes,
    post "/admin/orders/{orderId}/retry" console::orders::act::send_retry,
    post "/admin/orders/{orderId}/cancel" console::orders::act::send_cancellation,
    post "/admin/orders/{orderId}/refund" console::orders::act::send_refund,
    get "/admin/payment-events/{eventId}" console::orders::event::payment_event,
    get "/admin/payments" console::payments::list::payments,
    get "/admin/payments/{paymentId}" console::payments::show::payment,
    post "/admin/payments/{paymentId}/release" console::payments::act::release,
    post "/admin/payments/{paymentId}/dismiss" console::payments::act::dismiss,
    post "/admin/payments/{paymentId}/refund" console::payments::act::send_refund,
    get "/api/v1/admin/products" admin::products::list_products,
    put "/api/v1/admin/products/{product}" admin::products::change_product,
    get "/admin/products" console::products::products,
    post "/admin/products/{product}" console::products::change,
    get "/articles" pages::article::list,
    get "/articles/{slug}" pages::article::show,
    get "/sitemap.xml" pages::sitemap::sitemap,
    get "/robots.txt" pages::robots::robots,
    get "/api/v1/admin/staff" admin::members::list::list_staff,
    post "/api/v1/admin/staff" admin::members::add::add_staff,
    post "/api/v1/admin/staff/{staffId}/role" admin::members::change::change_role,
    post "/api/v1/admin/staff/{staffId}/disable" admin::members::change::disable,
    post "/api/v1/admin/staff/{staffId}/enable" admin::members::change::enable,
    post "/api/v1/admin/staff/{staffId}/password" admin::members::change::renew_password,
    get "/api/v1/admin/tokens" admin::tokens::list::list_tokens,
    post "/api/v1/admin/tokens" admin::tokens::create::create_token,
    delete "/api/v1/admin/tokens/{tokenId}" admin::tokens::revoke::revoke_token,
    get "/api/v1/admin/audit" admin::audit::list_audit,
    get "/admin/queue" console::queue::show_queue,
    post "/admin/queue/kinds/{kind}/pause" console::queue::send_pause,
    post "/admin/queue/kinds/{kind}/resume" console::queue::send_resume,
    get "/admin/queue/jobs" console::jobs::list::show_jobs,
    post "/admin/queue/jobs/retry" console::jobs::act::send_retry_all,
    get "/admin/queue/jobs/{jobId}" console::jobs::show::show_job,
    post "/admin/queue/jobs/{jobId}/retry" console::jobs::act::send_retry,
    post "/admin/queue/jobs/{jobId}/run-now" console::jobs::act::send_run_now,
    post "/admin/queue/jobs/{jobId}/cancel" console::jobs::act::send_cancel,
    get "/admin/analytics" console::analytics::show_analytics,
    get "/admin/staff" console::staff::show_staff,
    post "/admin/staff" console::staff::send_staff,
    post "/admin/staff/{staffId}/role" console::staff::send_role,
    post "/admin/staff/{staffId}/disable" console::staff::send_disable,
    post "/admin/staff/{staffId}/enable" console::staff::send_enable,
    post "/admin/staff/{staffId}/password" console::staff::send_password,
    get "/admin/tokens" console::tokens::show_tokens,
    post "/admin/tokens" console::tokens::send_token,
    post "/admin/tokens/{tokenId}/revoke" console::tokens::send_revoke,
    get "/admin/audit" console::audit::show_audit,
    get "/admin/login" console::login::show_login,
    post "/admin/login" console::login::log_in,
    post "/admin/logout" console::login::log_out,
    get "/admin/first" console::first::show_first,
    post "/admin/first" console::first::make_first,
    get "/admin/password" console::password::show_password,
    post "/admin/password" console::password::change_password,
    get "/api/v1/admin/mails" admin::mails::list_mails,
    get "/api/v1/admin/mails/{mailId}" admin::mails::get_mail,
    post "/api/v1/admin/mails/{mailId}/resend" admin::mails::resend_mail,
    get "/admin/mails" console::mails::mails,
    get "/admin/mails/{mailId}" console::mails::mail,
    get "/admin/mails/{mailId}/body" console::mails::body,
    post "/admin/mails/{mailId}/resend" console::mails::resend,
    get "/api/v1/admin/settings" admin::settings::get_settings,
    put "/api/v1/admin/settings" admin::settings::change_settings,
    get "/admin/settings" console::settings::settings,
    post "/admin/settings" console::settings::change,
    get "/api/v1/admin/customers" admin::customers::list_customers,
    get "/api/v1/admin/checkout-sessions" admin::checkouts::list_checkouts,
    get "/api/v1/admin/articles" admin::articles::list_articles,
    post "/api/v1/admin/articles" admin::articles::import_article,
    post "/api/v1/admin/articles/{articleId}/withdraw" admin::articles::withdraw_article,
    post "/api/v1/admin/articles/{articleId}/restore" admin::articles::restore_article,
    get "/admin/customers" console::customers::customers,
    get "/admin/checkouts" console::checkouts::checkouts,
    post "/admin/checkouts/reconcile" console::checkouts::reconcile,
    get "/admin/articles" console::articles::articles,
    get "/admin/articles/new" console::articles::new,
    post "/admin/articles/new" console::articles::import,
    post "/admin/articles/{articleId}/withdraw" console::articles::withdraw,
    post "/admin/articles/{articleId}/restore" console::articles::restore,
    get "/assets/theme.css" pages::theme::theme,
    get "/assets/{file}" pages::assets::asset,
}

/// The routes with everything that surrounds them.
pub fn router(api: Api) -> Router {
    routes()
        .fallback(|| async { ApiError::not_found() })
        .method_not_allowed_fallback(|| async { ApiError::method_not_allowed() })
        .layer(DefaultBodyLimit::max(BODY_MAX_BYTES))
        .layer(middleware::from_fn_with_state(api.clone(), cors::open))
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
    let live = Arc::clone(&api.live);
    let service = router(api).into_make_service_with_connect_info::<SocketAddr>();
    let stopped = async move {
        stop.cancelled().await;
        // Streams have no end of their own, and connections are waited for.
        live.close();
    };
    axum::serve(listener, service).with_graceful_shutdown(stopped).await
}
