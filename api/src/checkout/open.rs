//! Opening a checkout: on disk first, then at the gateway, in a task that outlives its caller.

use super::{Wanted, page::make_page};
use crate::{Api, envelope::ApiError, error_code::ErrorCode};
use galley_domain::payment::CheckoutState;
use galley_store::{CheckoutRef, CheckoutView, ClientKey, NewCheckout, StoreError};

/// Under which clients' keys are kept, and those of our own form: the two never meet.
pub(crate) const CLIENT_SCOPE: &str = "checkout";
pub(crate) const FORM_SCOPE: &str = "order-form";

/// Opens a checkout and tries to have its page made; then says how it stands. While it stands at
/// [`CheckoutState::Creating`] a job goes on with the page, under the same key.
///
/// A key that was used before opens nothing: it says how what it opened stands by now.
pub(crate) async fn open(
    api: &Api,
    wanted: Wanted,
    key: Option<ClientKey>,
) -> Result<CheckoutView, ApiError> {
    let new = NewCheckout { gateway: wanted.gateway, brief: wanted.brief, email: wanted.email, key };
    let opened = api.store.open_checkout(new).await.map_err(not_sold)?;
    if let Some(intent) = opened.intent {
        tracing::info!(checkout.id = %opened.id, gateway = %intent.gateway, "Checkout {} was opened", opened.id);
        // In a task: a client that goes away must not stop us between the gateway and the store.
        if let Err(error) = tokio::spawn(make_page(api.clone(), intent)).await {
            tracing::error!(checkout.id = %opened.id, %error, "Making the page of {} broke off", opened.id);
        }
    }
    let view = api.store.find_checkout(CheckoutRef::Id(opened.id)).await?;
    let view = view.ok_or_else(|| ApiError::internal("a checkout that was just opened is gone"))?;
    if view.state == CheckoutState::Failed && view.url.is_none() {
        let message = "The payment service did not take this order. Nothing was charged. \
                       Try another way to pay, or write to us.";
        return Err(ApiError::new(ErrorCode::GatewayRefused, message));
    }
    Ok(view)
}

fn not_sold(error: StoreError) -> ApiError {
    match error {
        StoreError::NotFound("product") => {
            ApiError::invalid_field("product", "The shop does not sell this at the moment.")
        }
        StoreError::NotFound("article") => {
            ApiError::invalid_field("articleId", "There is no such article to place a link in.")
        }
        error => error.into(),
    }
}
