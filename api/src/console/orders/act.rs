//! What staff decide about an order, sent from its page, from the review or from the failed ones.

use super::{actions::Back, article, refused::Refused};
use crate::{
    Api,
    admin::orders::retry_all::{failed, retry},
    console::{
        desk::{Desk, Needs, OwnerDesk, ReviewerDesk},
        refund, review,
    },
    contract::faults,
    envelope::ApiError,
    extract::{Named, Params, RawBody},
    json::{NOTES_CHARS, readable},
    pages::see_other,
};
use axum::{extract::State, response::Response};
use galley_domain::{id::OrderId, order::Command};
use galley_store::RefundTarget;

#[utoipa::path(
    post,
    path = "/admin/orders/{orderId}/approve",
    operation_id = "sendApproval",
    tag = "console",
    summary = "Approves the version that was looked at. Needs the role `reviewer`.",
    params(("orderId" = String, Path, format = "uuid", description = "The order")),
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses((status = 303, description = "Back to the order, or to the next review."), faults::OfDecision),
    security(("staffSession" = [])),
)]
pub(crate) async fn send_approval(
    State(api): State<Api>,
    desk: ReviewerDesk,
    Named(id): Named<OrderId>,
    RawBody(body): RawBody,
) -> Result<Response, ApiError> {
    let sent = Params::of(&body);
    let version = sent.get("version").and_then(|version| version.parse().ok());
    let version = version.ok_or_else(|| ApiError::malformed("The form names no version."))?;
    decide(&api, &desk, id, &sent, Ok(Command::Approve { version }), "approved").await
}

#[utoipa::path(
    post,
    path = "/admin/orders/{orderId}/request-changes",
    operation_id = "sendChanges",
    tag = "console",
    summary = "Sends an order back with notes. Needs the role `reviewer`.",
    params(("orderId" = String, Path, format = "uuid", description = "The order")),
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses((status = 303, description = "Back to the order, or to the next review."), faults::OfDecision),
    security(("staffSession" = [])),
)]
pub(crate) async fn send_changes(
    State(api): State<Api>,
    desk: ReviewerDesk,
    Named(id): Named<OrderId>,
    RawBody(body): RawBody,
) -> Result<Response, ApiError> {
    let sent = Params::of(&body);
    let (notes, revise) = (readable(sent.get("notes").unwrap_or_default()), sent.get("revise").is_some());
    let command = if NOTES_CHARS.contains(&notes.chars().count()) {
        Ok(Command::RequestChanges { notes, revise })
    } else {
        let message = "Say what should be different, in 10 to 5,000 characters.";
        Err(ApiError::invalid_field("notes", message))
    };
    decide(&api, &desk, id, &sent, command, if revise { "revising" } else { "sent-back" }).await
}

#[utoipa::path(
    post,
    path = "/admin/orders/{orderId}/retry",
    operation_id = "sendRetry",
    tag = "console",
    summary = "Starts a failed order again. Needs the role `reviewer`.",
    params(("orderId" = String, Path, format = "uuid", description = "The order")),
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses((status = 303, description = "Back to the order, or to the failed ones."), faults::OfDecision),
    security(("staffSession" = [])),
)]
pub(crate) async fn send_retry(
    State(api): State<Api>,
    desk: ReviewerDesk,
    Named(id): Named<OrderId>,
    RawBody(body): RawBody,
) -> Result<Response, ApiError> {
    decide(&api, &desk, id, &Params::of(&body), Ok(Command::Retry), "retried").await
}

#[utoipa::path(
    post,
    path = "/admin/orders/{orderId}/cancel",
    operation_id = "sendCancellation",
    tag = "console",
    summary = "Ends an order. Needs the role `reviewer`.",
    params(("orderId" = String, Path, format = "uuid", description = "The order")),
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses((status = 303, description = "Back to the order."), faults::OfDecision),
    security(("staffSession" = [])),
)]
pub(crate) async fn send_cancellation(
    State(api): State<Api>,
    desk: ReviewerDesk,
    Named(id): Named<OrderId>,
    RawBody(body): RawBody,
) -> Result<Response, ApiError> {
    let sent = Params::of(&body);
    let command = sent.reason().map(|reason| Command::Cancel { reason });
    decide(&api, &desk, id, &sent, command.map_err(|wrong| ApiError::invalid(vec![wrong])), "cancelled").await
}

#[utoipa::path(
    post,
    path = "/admin/orders/{orderId}/refund",
    operation_id = "sendOrderRefund",
    tag = "console",
    summary = "Gives money of an order's payment back. Needs the role `owner`.",
    params(("orderId" = String, Path, format = "uuid", description = "The order")),
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses((status = 303, description = "Back to the order."), faults::OfDecision),
    security(("staffSession" = [])),
)]
pub(crate) async fn send_refund(
    State(api): State<Api>,
    desk: OwnerDesk,
    Named(id): Named<OrderId>,
    RawBody(body): RawBody,
) -> Result<Response, ApiError> {
    let order = api.store.order_summary(id).await?.ok_or_else(ApiError::not_found)?;
    let asked = refund::ask(&api, &desk, RefundTarget::Order(id), Some(order.amount.currency), &body).await;
    match asked {
        Ok(()) => see_other(&format!("/admin/orders/{id}?done=refunded"), None),
        Err(error) => again(&api, &desk, id, Back::Order, error, &Params::of(&body)).await,
    }
}

#[utoipa::path(
    post,
    path = "/admin/orders/retry",
    operation_id = "sendRetries",
    tag = "console",
    summary = "Starts all failed orders again that match, up to 200 at once. Needs the role `reviewer`.",
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses((status = 303, description = "Back to the failed ones."), faults::OfDecision),
    security(("staffSession" = [])),
)]
pub(crate) async fn send_retries(
    State(api): State<Api>,
    desk: ReviewerDesk,
    RawBody(body): RawBody,
) -> Result<Response, ApiError> {
    let done = retry(&api, &failed(&Params::of(&body))?, &desk.actor()).await?;
    let done = match (done.retried, done.left) {
        (0, _) => "retried-none",
        (_, 0) => "retried-all",
        _ => "retried-some",
    };
    see_other(&format!("/admin/orders?status=FAILED&done={done}"), None)
}

/// Puts a command to an order and goes on; what is refused is shown where it was sent from.
async fn decide<N: Needs>(
    api: &Api,
    desk: &Desk<N>,
    id: OrderId,
    sent: &Params,
    command: Result<Command, ApiError>,
    done: &str,
) -> Result<Response, ApiError> {
    let back = Back::parse(sent.get("back"));
    let decided = match command {
        Ok(command) => api.store.apply(id, &command, desk.actor()).await.map_err(ApiError::from),
        Err(error) => Err(error),
    };
    match decided {
        Ok(_) => see_other(&back.address(id, done), None),
        Err(error) => again(api, desk, id, back, error, sent).await,
    }
}

impl Back {
    /// Where one goes on after something was done.
    pub(super) fn address(self, id: OrderId, done: &str) -> String {
        match self {
            Self::Order => format!("/admin/orders/{id}?done={done}"),
            Self::Review => format!("/admin/review?after={id}&done={done}"),
            Self::Failed => format!("/admin/orders?status=FAILED&done={done}"),
        }
    }
}

/// The page that it was sent from once more, with what was typed.
async fn again<N: Needs>(
    api: &Api,
    desk: &Desk<N>,
    id: OrderId,
    back: Back,
    error: ApiError,
    sent: &Params,
) -> Result<Response, ApiError> {
    let status = error.code.status();
    let refused = Refused::of(error, sent)?;
    let mut response = match back {
        Back::Review => review::page(api, desk, id, &refused).await?,
        Back::Order | Back::Failed => article::page(api, desk, id, None, &refused).await?,
    };
    *response.status_mut() = status;
    Ok(response)
}

/// What was just done, in words.
pub(crate) fn done(word: Option<&str>) -> Option<&'static str> {
    Some(match word? {
        "approved" => "Approved. It is being published.",
        "edited" => "Saved as a new version and approved. It is being published.",
        "sent-back" => "Sent back. The customer was written to.",
        "revising" => "Sent back. The AI revises it now, and the customer was written to.",
        "retried" => "Started again.",
        "retried-all" => "All of them were started again.",
        "retried-some" => "200 were started again. There are more: send it once more.",
        "retried-none" => "There was nothing to start again.",
        "cancelled" => "Cancelled. Its money stays where it is until it is refunded.",
        "refunded" => "The refund was asked for. The gateway is told in a moment.",
        _ => return None,
    })
}
