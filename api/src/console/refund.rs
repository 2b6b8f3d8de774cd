//! Giving money back, as a form asks for it: of a payment, or of an order's.

use super::desk::OwnerDesk;
use crate::{
    Api,
    envelope::{ApiError, ErrorDetail},
    extract::Params,
    idempotency::{client_key, is_key},
};
use galley_domain::money::{Currency, Money};
use galley_store::{RefundRequest, RefundTarget};

/// Asks for it once per key of the form. Nothing typed is all that is left; `None` for a currency that
/// nobody knows.
pub(super) async fn ask(
    api: &Api,
    desk: &OwnerDesk,
    target: RefundTarget,
    currency: Option<Currency>,
    body: &[u8],
) -> Result<(), ApiError> {
    let sent = Params::of(body);
    let mut wrong = Vec::new();
    let amount_minor = amount(&sent, currency).map_err(|error| wrong.push(error)).unwrap_or_default();
    let reason = sent.reason().map_err(|error| wrong.push(error)).unwrap_or_default();
    if !wrong.is_empty() {
        return Err(ApiError::invalid(wrong));
    }
    let scope = match target {
        RefundTarget::Payment(id) => format!("refund:payment:{id}:{}", desk.name),
        RefundTarget::Order(id) => format!("refund:order:{id}:{}", desk.name),
    };
    let key = sent.get("key").filter(|key| is_key(key));
    let key = key.map(|key| client_key(scope, key.to_owned(), body));
    let request = RefundRequest { target, amount_minor, reason, actor: desk.actor(), key };
    api.store.request_refund(request).await?;
    Ok(())
}

fn amount(sent: &Params, currency: Option<Currency>) -> Result<Option<i64>, ErrorDetail> {
    let Some(typed) = sent.get("amount") else { return Ok(None) };
    let money = currency.and_then(|currency| Money::from_decimal(typed, currency));
    let minor = money.map(|money| money.minor).filter(|minor| *minor > 0);
    let advice = "Give an amount such as 49.00, or nothing for all of it.";
    minor.map(Some).ok_or_else(|| ErrorDetail::new("amount", advice))
}
