//! `POST /payment/return/sslcommerz/{sessionId}`: where SSLCommerz sends the customer's browser.

use super::frame::see_other;
use crate::{
    Api,
    checkout::find,
    contract::faults,
    envelope::ApiError,
    extract::{Named, Params},
    purchase::session::notice_waiting,
};
use axum::{extract::State, response::Response};
use url::form_urlencoded::Serializer;

/// The browser comes from another site, and says what it likes: nothing in it is believed, the form is
/// not even read. It tells one thing, that somebody waits.
#[utoipa::path(
    post,
    path = "/payment/return/sslcommerz/{sessionId}",
    operation_id = "returnFromSslcommerz",
    tag = "pages",
    summary = "Where SSLCommerz sends the customer's browser; on to the page that tells how it went.",
    params(
        ("sessionId" = String, Path, description = "Our id of the checkout"),
        ("token" = Option<String>, Query, nullable = false, description = "Opens the checkout"),
        ("outcome" = Option<String>, Query, nullable = false, description = "`success`, `failed` or `cancelled`"),
    ),
    responses((status = 303, description = "On to the page."), faults::OfSession),
)]
pub(crate) async fn sslcommerz(
    State(api): State<Api>,
    Named(name): Named<String>,
    params: Params,
) -> Result<Response, ApiError> {
    // Money may be on its way: whatever goes wrong here, the customer gets to a page that says so.
    let view = find(&api, &name).await.ok().flatten();
    if let Some(view) = &view {
        notice_waiting(&api, view).await;
    }
    let gave_up = matches!(params.get("outcome"), Some("failed" | "cancelled"));
    let mut query = Serializer::new(String::new());
    let path = match view {
        Some(view) if gave_up => format!("/checkout/{}", view.id),
        _ => {
            query.append_pair("session_id", &name);
            "/payment/success".to_owned()
        }
    };
    query.extend_pairs(params.get("token").map(|token| ("token", token)));
    let query = query.finish();
    let separator = if query.is_empty() { "" } else { "?" };
    see_other(&format!("{path}{separator}{query}"), None)
}
