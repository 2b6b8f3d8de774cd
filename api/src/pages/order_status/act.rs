//! What a customer does on the order's page: each a form that leads back to it.

use super::{
    address,
    show::{Again, show_again},
    state::sentence,
};
use crate::{
    Api,
    access::OrderAccess,
    contract::faults,
    envelope::ApiError,
    extract::{Params, RawBody},
    idempotency::{client_key, is_key},
    json::{NOTES_CHARS, readable},
    pages::frame::see_other,
};
use axum::{extract::State, http::StatusCode, response::Response};
use galley_domain::{
    actor::Actor,
    id::OrderId,
    order::{Command, Refusal},
};
use galley_store::{ClientKey, OrderPageFrom, StoreError};

#[utoipa::path(
    post,
    path = "/order-status/{orderId}/request-revision",
    operation_id = "sendRevisionForm",
    tag = "pages",
    summary = "Asks for changes. Only from our own page.",
    params(OrderAccess),
    request_body(
        content = String,
        content_type = "application/x-www-form-urlencoded",
        description = "`notes`, and the form's `key`"
    ),
    responses(
        (status = 303, description = "Back to the order."),
        (status = 409, description = "The order, with why not.", body = String, content_type = "text/html"),
        (status = 422, description = "The form, with what is wrong.", body = String, content_type = "text/html"),
        faults::OfOrderForm,
    ),
    security(("orderToken" = [])),
)]
pub(crate) async fn request_revision(
    State(api): State<Api>,
    access: OrderAccess,
    RawBody(body): RawBody,
) -> Result<Response, ApiError> {
    let sent = Params::of(&body);
    let typed = sent.get("notes").unwrap_or_default();
    let notes = readable(typed);
    if let Some(error) = wrong(&notes) {
        let again = Again {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            notes: typed,
            error: Some(error),
            ..Again::default()
        };
        return show_again(&api, &access, OrderPageFrom::default(), &again).await;
    }
    let key = key("revise", access.order, &sent, &notes);
    let made = api.store.request_revision(access.order, &notes, Actor::Customer, key.as_ref()).await;
    back(&api, &access, made.map(drop), typed).await
}

/// What is wrong with notes, in words for the field.
fn wrong(notes: &str) -> Option<&'static str> {
    match notes.chars().count() {
        0 => Some("Say what is to change, in a sentence or two."),
        short if short < *NOTES_CHARS.start() => Some("Say a little more: at least 10 characters."),
        long if long > *NOTES_CHARS.end() => Some("That is too long: at most 5,000 characters."),
        _ => None,
    }
}

#[utoipa::path(
    post,
    path = "/order-status/{orderId}/submit-for-review",
    operation_id = "sendToEditor",
    tag = "pages",
    summary = "Sends the newest version to the editor. Only from our own page.",
    params(OrderAccess),
    responses(
        (status = 303, description = "Back to the order."),
        (status = 409, description = "The order, with why not.", body = String, content_type = "text/html"),
        faults::OfOrderForm,
    ),
    security(("orderToken" = [])),
)]
pub(crate) async fn submit_for_review(
    State(api): State<Api>,
    access: OrderAccess,
) -> Result<Response, ApiError> {
    let done = api.store.apply(access.order, &Command::Submit, Actor::Customer).await;
    back(&api, &access, done.map(drop), "").await
}

#[utoipa::path(
    post,
    path = "/order-status/{orderId}/take-back",
    operation_id = "takeBackFromEditor",
    tag = "pages",
    summary = "Takes an order back from the editor. Only from our own page.",
    params(OrderAccess),
    responses(
        (status = 303, description = "Back to the order."),
        (status = 409, description = "The order, with why not.", body = String, content_type = "text/html"),
        faults::OfOrderForm,
    ),
    security(("orderToken" = [])),
)]
pub(crate) async fn take_back(State(api): State<Api>, access: OrderAccess) -> Result<Response, ApiError> {
    let done = api.store.apply(access.order, &Command::TakeBack, Actor::Customer).await;
    back(&api, &access, done.map(drop), "").await
}

#[utoipa::path(
    post,
    path = "/order-status/{orderId}/restore-version",
    operation_id = "sendRestoreForm",
    tag = "pages",
    summary = "Makes an earlier version the newest once more. Only from our own page.",
    params(OrderAccess),
    request_body(
        content = String,
        content_type = "application/x-www-form-urlencoded",
        description = "`number` of the version, and the form's `key`"
    ),
    responses(
        (status = 303, description = "Back to the order."),
        (status = 409, description = "The order, with why not.", body = String, content_type = "text/html"),
        faults::OfOrderForm,
    ),
    security(("orderToken" = [])),
)]
pub(crate) async fn restore_version(
    State(api): State<Api>,
    access: OrderAccess,
    RawBody(body): RawBody,
) -> Result<Response, ApiError> {
    let sent = Params::of(&body);
    let number: Option<i32> = sent.get("number").and_then(|number| number.parse().ok());
    let number = number.ok_or_else(ApiError::not_found)?;
    let key = key("restore", access.order, &sent, &number.to_string());
    let made = api.store.restore_version(access.order, number, Actor::Customer, key.as_ref()).await;
    back(&api, &access, made.map(drop), "").await
}

/// The form's key: sent twice, it counts once.
fn key(act: &str, order: OrderId, sent: &Params, meant: &str) -> Option<ClientKey> {
    let key = sent.get("key").filter(|key| is_key(key))?;
    Some(client_key(format!("order-page:{act}:{order}"), key.to_owned(), meant.as_bytes()))
}

/// To the order's page; with why not, if it could not be done as the order stands.
async fn back(
    api: &Api,
    access: &OrderAccess,
    done: Result<(), StoreError>,
    notes: &str,
) -> Result<Response, ApiError> {
    let trouble = match done {
        Ok(()) => return see_other(&address(access.order), None),
        Err(StoreError::Refused(refusal)) => why_not(&refusal),
        Err(StoreError::Declined { message, .. }) => message,
        Err(StoreError::KeyReused) => {
            "You sent this form before, with other words. Send it again to ask for this as well.".to_owned()
        }
        Err(error) => return Err(error.into()),
    };
    let again = Again { status: StatusCode::CONFLICT, trouble: Some(trouble), notes, ..Again::default() };
    show_again(api, access, OrderPageFrom::default(), &again).await
}

fn why_not(refusal: &Refusal) -> String {
    format!("That can’t be done just now. {}", sentence(refusal.hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_say_something_and_have_an_end() {
        for (notes, right) in [
            (String::new(), false),
            ("Shorter!!".to_owned(), false),
            ("Shorter!!!".to_owned(), true),
            ("é".repeat(5_000), true),
            ("é".repeat(5_001), false),
        ] {
            assert_eq!(wrong(&notes).is_none(), right, "{} characters", notes.chars().count());
        }
    }
}
