//! `POST /order`.

use super::{
    fields::{brief_input, wish},
    show::{Filled, form},
};
use crate::{
    Api,
    checkout::{FORM_SCOPE, Wanted, open},
    contract::faults,
    envelope::ApiError,
    error_code::ErrorCode,
    extract::{Params, RawBody},
    idempotency::{client_key, is_key},
    limit::Admitted,
    origin::FromOurPage,
    pages::{cookie, frame::see_other},
};
use axum::{extract::State, response::Response};
use galley_domain::payment::CheckoutState;

/// Opens the checkout and sends the customer on to pay.
#[utoipa::path(
    post,
    path = "/order",
    operation_id = "sendOrderForm",
    tag = "pages",
    summary = "Opens a checkout and sends the customer on to pay. Only from our own page.",
    request_body(
        content = String,
        content_type = "application/x-www-form-urlencoded",
        description = "The fields of the form, named as in the API; lists as lines, keywords with commas",
    ),
    responses(
        (status = 303, description = "On to the gateway, or to the checkout's page until that is ready."),
        (status = 422, description = "The form, with what is wrong.", body = String, content_type = "text/html"),
        (status = 502, description = "The form: the gateway refused.", body = String, content_type = "text/html"),
        faults::OfForm,
    ),
)]
pub(crate) async fn send(
    State(api): State<Api>,
    _: FromOurPage,
    _: Admitted,
    RawBody(body): RawBody,
) -> Result<Response, ApiError> {
    let sent = Params::of(&body);
    let key = sent.get("key").filter(|key| is_key(key)).map(str::to_owned);
    let opened = match Wanted::of_form(brief_input(&sent), wish(&sent), &api.payments.gateways) {
        Ok(wanted) => open(&api, wanted, key.clone().map(|key| client_key(FORM_SCOPE, key, &body))).await,
        Err(wrong) => Err(ApiError::invalid(wrong)),
    };
    match opened {
        Ok(view) => {
            let cookie = cookie::with_token(&api, view.id)?;
            // What is no longer to be paid, or not yet, has words of its own.
            let payable = view.url.as_deref().filter(|_| view.state == CheckoutState::Open);
            let own = format!("/checkout/{}", view.id);
            see_other(payable.unwrap_or(&own), Some(cookie))
        }
        Err(error) => again(&api, &sent, key, error).await,
    }
}

/// The form once more with what the customer put in, if it is something that they can mend.
async fn again(api: &Api, sent: &Params, key: Option<String>, error: ApiError) -> Result<Response, ApiError> {
    let (note, key) = match error.code {
        // Nothing was opened, so the key is still good.
        ErrorCode::ValidationFailed => ("Please look at the fields that are marked.".to_owned(), key),
        ErrorCode::KeyReused => {
            let note =
                "You have changed the form after sending it once. Send it again to order this as well.";
            (note.to_owned(), None)
        }
        ErrorCode::GatewayRefused => (error.message, None),
        _ => return Err(error),
    };
    let status = error.code.status();
    form(api, &Filled { status, sent, wrong: &error.details, note: Some(note), key }).await
}
