//! What staff decide about a payment, sent from its page.

use super::{
    brief,
    show::{Refused, page},
};
use crate::{
    Api,
    console::{
        desk::{Desk, Needs, OwnerDesk, ReviewerDesk},
        refund,
    },
    contract::faults,
    envelope::{ApiError, ErrorDetail},
    error_code::ErrorCode,
    extract::{Named, Params, RawBody},
    pages::see_other,
};
use axum::{extract::State, response::Response};
use galley_domain::{id::PaymentId, payment::parse_email};
use galley_store::{PaymentView, RefundTarget, Release};

#[utoipa::path(
    post,
    path = "/admin/payments/{paymentId}/release",
    operation_id = "sendRelease",
    tag = "console",
    summary = "Makes an order of a payment in review. Needs the role `reviewer`.",
    params(("paymentId" = String, Path, format = "uuid", description = "The payment")),
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses((status = 303, description = "To the order."), faults::OfDecision),
    security(("staffSession" = [])),
)]
pub(crate) async fn release(
    State(api): State<Api>,
    desk: ReviewerDesk,
    Named(id): Named<PaymentId>,
    RawBody(body): RawBody,
) -> Result<Response, ApiError> {
    let sent = Params::of(&body);
    let view = find(&api, id).await?;
    let mut wrong = Vec::new();
    let given = sent.get("email").filter(|email| Some(*email) != view.email.as_deref());
    let email = given.and_then(parse_email);
    if given.is_some() && email.is_none() {
        wrong.push(ErrorDetail::new("email", "Give an e-mail address that we can write to, or none."));
    }
    // What was agreed on in a checkout of ours is not for staff to change.
    let brief = if view.brief.is_some() {
        None
    } else {
        brief::typed(&sent).map_err(|errors| wrong.extend(errors)).ok()
    };
    let reason = sent.reason().map_err(|error| wrong.push(error)).unwrap_or_default();
    let released = if wrong.is_empty() {
        api.store.release(id, Release { brief, email, reason }, &desk.actor()).await.map_err(ApiError::from)
    } else {
        Err(ApiError::invalid(wrong))
    };
    match released {
        Ok(released) => see_other(&format!("/admin/orders/{}", released.order_id), None),
        Err(error) => again(&api, &desk, id, &sent, error).await,
    }
}

#[utoipa::path(
    post,
    path = "/admin/payments/{paymentId}/dismiss",
    operation_id = "sendDismissal",
    tag = "console",
    summary = "Sets a payment in review aside. Needs the role `reviewer`.",
    params(("paymentId" = String, Path, format = "uuid", description = "The payment")),
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses((status = 303, description = "Back to the payment."), faults::OfDecision),
    security(("staffSession" = [])),
)]
pub(crate) async fn dismiss(
    State(api): State<Api>,
    desk: ReviewerDesk,
    Named(id): Named<PaymentId>,
    RawBody(body): RawBody,
) -> Result<Response, ApiError> {
    let sent = Params::of(&body);
    let dismissed = match sent.reason() {
        Ok(reason) => api.store.dismiss(id, &reason, &desk.actor()).await.map_err(ApiError::from),
        Err(wrong) => Err(ApiError::invalid(vec![wrong])),
    };
    match dismissed {
        Ok(()) => see_other(&format!("/admin/payments/{id}?done=dismissed"), None),
        Err(error) => again(&api, &desk, id, &sent, error).await,
    }
}

#[utoipa::path(
    post,
    path = "/admin/payments/{paymentId}/refund",
    operation_id = "sendRefund",
    tag = "console",
    summary = "Gives money of a payment back. Needs the role `owner`.",
    params(("paymentId" = String, Path, format = "uuid", description = "The payment")),
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses((status = 303, description = "Back to the payment."), faults::OfDecision),
    security(("staffSession" = [])),
)]
pub(crate) async fn send_refund(
    State(api): State<Api>,
    desk: OwnerDesk,
    Named(id): Named<PaymentId>,
    RawBody(body): RawBody,
) -> Result<Response, ApiError> {
    let currency = find(&api, id).await?.currency.and_then(|code| code.parse().ok());
    let refunded = refund::ask(&api, &desk, RefundTarget::Payment(id), currency, &body).await;
    match refunded {
        Ok(()) => see_other(&format!("/admin/payments/{id}?done=refunded"), None),
        Err(error) => again(&api, &desk, id, &Params::of(&body), error).await,
    }
}

async fn find(api: &Api, id: PaymentId) -> Result<PaymentView, ApiError> {
    api.store.payment(id).await?.ok_or_else(ApiError::not_found)
}

/// The page once more with what was typed, if it is something that can be mended or read.
async fn again<N: Needs>(
    api: &Api,
    desk: &Desk<N>,
    id: PaymentId,
    sent: &Params,
    error: ApiError,
) -> Result<Response, ApiError> {
    let note = match error.code {
        ErrorCode::ValidationFailed => "Please look at the fields that are marked.",
        ErrorCode::Refused(_) | ErrorCode::KeyReused => &error.message,
        _ => return Err(error),
    };
    let refused = Refused { note: Some(note), wrong: &error.details, sent: Some(sent) };
    let mut response = page(api, desk, id, None, &refused).await?;
    *response.status_mut() = error.code.status();
    Ok(response)
}
