//! What Stripe is asked: requests of async-stripe's typed builders, not yet sent.

use super::failure::refused;
use crate::{
    gateway::{GatewayError, Window},
    stripe::{money::REFUND_KEY, session::CHECKOUT_KEY},
};
use chrono::{DateTime, TimeDelta, Utc};
use galley_domain::{
    money::Money,
    payment::{CheckoutIntent, RefundIntent},
};
use std::{collections::HashMap, convert::Infallible};
use stripe_checkout::{
    CheckoutSessionMode, CheckoutSessionStatus,
    checkout_session::{
        CreateCheckoutSession, CreateCheckoutSessionLineItems, CreateCheckoutSessionLineItemsPriceData,
        CreateCheckoutSessionPaymentIntentData, ListCheckoutSession, ProductData, RetrieveCheckoutSession,
    },
};
use stripe_client_core::{RequestBuilder, StripeMethod, StripeRequest as _};
use stripe_core::{
    dispute::ListDispute,
    refund::{CreateRefund, CreateRefundReason, ListRefund, RetrieveRefund},
};
use stripe_types::{Currency, RangeBoundsTs, RangeQueryTs};
use url::Url;

/// How long a page can be paid, in hours. Stripe takes up to 24, by its own clock.
const PAGE_LIFE_HOURS: i64 = 23;
/// Longest product name that is sent, in characters.
const TITLE_MAX_CHARS: usize = 250;
/// Longest value of a metadata key at Stripe, in characters.
const METADATA_MAX_CHARS: usize = 500;
/// The most that a page of a list holds at Stripe.
const PAGE_ITEMS: i64 = 100;

/// A page for a checkout. The same intent makes the same request, however often: Stripe takes
/// another one under the same key for a mistake.
pub(super) fn create_checkout(
    intent: &CheckoutIntent,
    return_base: &Url,
) -> Result<RequestBuilder, GatewayError> {
    chargeable(intent.price)?;
    let metadata = || HashMap::from([(CHECKOUT_KEY.to_owned(), intent.checkout.to_string())]);
    let item = CreateCheckoutSessionLineItems {
        quantity: Some(1),
        price_data: Some(CreateCheckoutSessionLineItemsPriceData {
            unit_amount: Some(intent.price.minor),
            product_data: Some(ProductData::new(first_chars(&intent.title, TITLE_MAX_CHARS))),
            ..CreateCheckoutSessionLineItemsPriceData::new(currency(intent.price))
        }),
        ..CreateCheckoutSessionLineItems::new()
    };
    let payment = CreateCheckoutSessionPaymentIntentData {
        metadata: Some(metadata()),
        ..CreateCheckoutSessionPaymentIntentData::new()
    };
    let request = CreateCheckoutSession::new()
        .mode(CheckoutSessionMode::Payment)
        .line_items([item])
        .customer_email(&intent.email)
        .client_reference_id(intent.checkout.to_string())
        .metadata(metadata())
        .payment_intent_data(payment)
        .success_url(success_url(intent, return_base))
        .cancel_url(cancel_url(intent, return_base))
        .expires_at((intent.created_at + TimeDelta::hours(PAGE_LIFE_HOURS)).timestamp());
    Ok(request.build())
}

/// Where Stripe sends a customer who has paid.
pub(super) fn success_url(intent: &CheckoutIntent, return_base: &Url) -> Url {
    let mut url = below(return_base, "payment/success");
    url.query_pairs_mut()
        .append_pair("session_id", &intent.checkout.to_string())
        .append_pair("token", &intent.token);
    url
}

fn cancel_url(intent: &CheckoutIntent, return_base: &Url) -> Url {
    let mut url = below(return_base, &format!("checkout/{}", intent.checkout));
    url.query_pairs_mut().append_pair("token", &intent.token);
    url
}

/// A page of ours; the base may have a path of its own, with or without a slash at its end.
fn below(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}/{path}", base.path().trim_end_matches('/')));
    url.set_query(None);
    url.set_fragment(None);
    url
}

/// A session.
pub(super) fn session(id: &str) -> Result<RequestBuilder, GatewayError> {
    Ok(RetrieveCheckoutSession::new(checked(id)?).build())
}

/// Sessions made in a window, newest first.
pub(super) fn sessions(window: &Window, complete: bool, after: Option<&str>) -> RequestBuilder {
    let bounds = RangeBoundsTs {
        gte: Some(window.from.timestamp()),
        lt: Some(window.until.timestamp()),
        ..RangeBoundsTs::default()
    };
    let mut request = ListCheckoutSession::new().created(RangeQueryTs::Bounds(bounds)).limit(PAGE_ITEMS);
    if complete {
        request = request.status(CheckoutSessionStatus::Complete);
    }
    match after {
        Some(after) => request.starting_after(after).build(),
        None => request.build(),
    }
}

/// Money that goes back.
pub(super) fn create_refund(intent: &RefundIntent) -> Result<RequestBuilder, GatewayError> {
    chargeable(intent.amount)?;
    let mut metadata = HashMap::from([(REFUND_KEY.to_owned(), intent.refund.to_string())]);
    let reason = first_chars(intent.reason.trim(), METADATA_MAX_CHARS);
    if !reason.is_empty() {
        metadata.insert("reason".to_owned(), reason);
    }
    let request = CreateRefund::new()
        .amount(intent.amount.minor)
        .reason(CreateRefundReason::RequestedByCustomer)
        .metadata(metadata);
    let request = match payment(&intent.payment_ref)? {
        Payment::Charge(id) => request.charge(id),
        Payment::Intent(id) => request.payment_intent(id),
    };
    Ok(request.build())
}

/// A refund.
pub(super) fn refund(id: &str) -> Result<RequestBuilder, GatewayError> {
    Ok(RetrieveRefund::new(checked(id)?).build())
}

/// The refunds of a payment, newest first.
pub(super) fn refunds_of(payment_ref: &str, after: Option<&str>) -> Result<RequestBuilder, GatewayError> {
    let request = match payment(payment_ref)? {
        Payment::Charge(id) => ListRefund::new().charge(id),
        Payment::Intent(id) => ListRefund::new().payment_intent(id),
    };
    let request = request.limit(PAGE_ITEMS);
    Ok(match after {
        Some(after) => request.starting_after(after).build(),
        None => request.build(),
    })
}

/// Refunds made since, newest first.
pub(super) fn refunds(since: DateTime<Utc>, after: Option<&str>) -> RequestBuilder {
    let request = ListRefund::new().created(RangeQueryTs::gte(since.timestamp())).limit(PAGE_ITEMS);
    match after {
        Some(after) => request.starting_after(after).build(),
        None => request.build(),
    }
}

/// Disputes made since, newest first.
pub(super) fn disputes(since: DateTime<Utc>, after: Option<&str>) -> RequestBuilder {
    let request = ListDispute::new().created(RangeQueryTs::gte(since.timestamp())).limit(PAGE_ITEMS);
    match after {
        Some(after) => request.starting_after(after).build(),
        None => request.build(),
    }
}

/// The account that the key belongs to; its builder would need one more generated crate.
pub(super) fn account() -> RequestBuilder {
    RequestBuilder::new(StripeMethod::Get, "/account")
}

enum Payment<'a> {
    Intent(&'a str),
    /// What was paid without an intent.
    Charge(&'a str),
}

fn payment(payment_ref: &str) -> Result<Payment<'_>, GatewayError> {
    let id = checked(payment_ref)?;
    match id.split_once('_').map(|(kind, _)| kind) {
        Some("ch" | "py") => Ok(Payment::Charge(id)),
        // Known by its session, since it had nothing to pay.
        Some("cs") => Err(refused("nothing was paid, so nothing can go back")),
        _ => Ok(Payment::Intent(id)),
    }
}

/// An id goes into a path: what is none must not lead elsewhere.
fn checked(id: &str) -> Result<&str, GatewayError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if !id.is_empty() && id.len() <= 255 && id.chars().all(plain) {
        Ok(id)
    } else {
        Err(refused("that is no id of Stripe's"))
    }
}

/// Whether Stripe takes such an amount (<https://docs.stripe.com/currencies#special-cases>). Ours
/// are in Stripe's minor units already.
fn chargeable(amount: Money) -> Result<(), GatewayError> {
    if amount.minor <= 0 {
        return Err(refused(format!("{amount} is no amount that can move")));
    }
    let step = match amount.currency.as_str() {
        "ISK" | "UGX" => 100,
        _ if amount.currency.decimals() == 3 => 10,
        _ => 1,
    };
    if amount.minor % step == 0 {
        return Ok(());
    }
    let step = Money { minor: step, ..amount };
    Err(refused(format!("{amount} is too fine: Stripe takes {} in steps of {step}", amount.currency)))
}

fn currency(amount: Money) -> Currency {
    let parsed: Result<Currency, Infallible> = amount.currency.as_str().to_ascii_lowercase().parse();
    match parsed {
        Ok(currency) => currency,
    }
}

fn first_chars(text: &str, max: usize) -> String {
    text.chars().take(max).collect()
}
