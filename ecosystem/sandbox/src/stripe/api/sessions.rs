use super::{error::ApiError, form::Form, list::Window};
use crate::stripe::{
    money::{formatted, smallest},
    world::{LineItem, NewSession, Shown, World},
};
use std::collections::BTreeMap;

pub(super) const URL: &str = "/v1/checkout/sessions";
const URL_MAX: usize = 5_000;
const REFERENCE_MAX: usize = 200;
const ENTRIES_MAX: usize = 50;
const NAME_MAX: usize = 40;
const VALUE_MAX: usize = 500;
const LINE_ITEMS_MAX: usize = 100;
const SOONEST_SECONDS: i64 = 30 * 60;
const LATEST_SECONDS: i64 = 24 * 60 * 60;

/// What the API knows; of most of it nothing comes here.
const PARAMS: [&str; 48] = [
    "adaptive_pricing",
    "after_expiration",
    "allow_promotion_codes",
    "automatic_tax",
    "billing_address_collection",
    "branding_settings",
    "cancel_url",
    "client_reference_id",
    "consent_collection",
    "currency",
    "custom_fields",
    "custom_text",
    "customer",
    "customer_account",
    "customer_creation",
    "customer_email",
    "customer_update",
    "discounts",
    "excluded_payment_method_types",
    "expand",
    "expires_at",
    "integration_identifier",
    "invoice_creation",
    "line_items",
    "locale",
    "managed_payments",
    "metadata",
    "mode",
    "name_collection",
    "optional_items",
    "origin_context",
    "payment_intent_data",
    "payment_method_collection",
    "payment_method_configuration",
    "payment_method_data",
    "payment_method_options",
    "payment_method_types",
    "permissions",
    "phone_number_collection",
    "saved_payment_method_options",
    "setup_intent_data",
    "shipping_address_collection",
    "shipping_options",
    "submit_type",
    "subscription_data",
    "success_url",
    "tax_id_collection",
    "ui_mode",
];

/// `POST /v1/checkout/sessions`.
pub(super) fn create(world: &mut World, form: &Form) -> Result<String, ApiError> {
    let new = read(form, world.now())?;
    let session = world.create_session(new);
    Ok(session.object().to_string())
}

fn read(form: &Form, now: i64) -> Result<NewSession, ApiError> {
    if let Some(stranger) = form.stranger(&PARAMS) {
        return Err(ApiError::unknown(stranger));
    }
    match form.get("mode") {
        None => return Err(ApiError::missing("mode")),
        Some("payment") => {}
        Some("setup" | "subscription") => {
            return Err(ApiError::invalid("The sandbox knows only `payment` mode.", "mode"));
        }
        Some(_) => {
            let message = "Invalid mode: must be one of payment, setup, or subscription";
            return Err(ApiError::invalid(message, "mode"));
        }
    }
    let success_url = form.get("success_url").ok_or_else(|| ApiError::missing("success_url"))?;
    check_url(success_url, "success_url")?;
    let cancel_url = form.get("cancel_url");
    if let Some(url) = cancel_url {
        check_url(url, "cancel_url")?;
    }
    let (line_items, currency) = read_line_items(form)?;
    let email = form.get("customer_email");
    if let Some(email) = email.filter(|email| !is_address(email)) {
        let error = ApiError::invalid(format!("Invalid email address: {email}"), "customer_email");
        return Err(error.code("email_invalid"));
    }
    let reference = form.get("client_reference_id");
    if reference.is_some_and(|reference| reference.chars().count() > REFERENCE_MAX) {
        let message = "Invalid string: must be at most 200 characters";
        return Err(ApiError::invalid(message, "client_reference_id"));
    }
    let new = NewSession {
        line_items,
        amount_tax: 0,
        amount_shipping: 0,
        currency,
        email: email.map(str::to_owned),
        metadata: read_metadata(form, "metadata")?,
        payment_metadata: read_metadata(form, "payment_intent_data[metadata]")?,
        client_reference_id: reference.map(str::to_owned),
        success_url: success_url.to_owned(),
        cancel_url: cancel_url.map(str::to_owned),
        expires_at: read_end(form, now)?,
    };
    let (total, least) = (new.amount_total(), smallest(&new.currency));
    if total != 0 && total < least {
        let least = formatted(least, &new.currency);
        let message = format!("The Checkout Session's total amount due must add up to at least {least}");
        return Err(ApiError::new(400, "invalid_request_error", message).code("amount_too_small"));
    }
    Ok(new)
}

fn check_url(url: &str, param: &str) -> Result<(), ApiError> {
    let is_web = url.starts_with("https://") || url.starts_with("http://");
    if is_web && url.len() <= URL_MAX && !url.contains(|c: char| c.is_control() || c == ' ') {
        return Ok(());
    }
    Err(ApiError::invalid("Not a valid URL", param).code("url_invalid"))
}

fn is_address(email: &str) -> bool {
    email.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'))
        && !email.contains(char::is_whitespace)
}

fn read_line_items(form: &Form) -> Result<(Vec<LineItem>, String), ApiError> {
    let is_item = |number: &usize| {
        let start = format!("line_items[{number}]");
        form.fields().iter().any(|(name, _)| name.starts_with(&start))
    };
    let mut items = Vec::new();
    let mut currency = None;
    for number in (0..LINE_ITEMS_MAX).take_while(is_item) {
        let at = format!("line_items[{number}]");
        let needed = |name: &str| {
            let param = format!("{at}{name}");
            form.get(&param).ok_or_else(|| ApiError::missing(&param))
        };
        if let Some(price) = form.get(&format!("{at}[price]")) {
            let message = format!("No such price: '{price}'");
            return Err(ApiError::invalid(message, format!("{at}[price]")).code("resource_missing"));
        }
        let of_item = needed("[price_data][currency]")?.to_lowercase();
        if of_item.len() != 3 || !of_item.chars().all(|c| c.is_ascii_lowercase()) {
            let message = format!("Invalid currency: {of_item}.");
            return Err(ApiError::invalid(message, format!("{at}[price_data][currency]")));
        }
        if *currency.get_or_insert_with(|| of_item.clone()) != of_item {
            let message = "All line items must have the same currency.";
            return Err(ApiError::invalid(message, format!("{at}[price_data][currency]")));
        }
        let whole = |name: &str, least: i64| {
            let text = needed(name)?;
            let number = text.parse::<i64>().ok().filter(|number| *number >= least);
            number.ok_or_else(|| ApiError::invalid(format!("Invalid integer: {text}"), format!("{at}{name}")))
        };
        items.push(LineItem {
            unit_amount: whole("[price_data][unit_amount]", 0)?,
            name: needed("[price_data][product_data][name]")?.to_owned(),
            quantity: whole("[quantity]", 1)?,
        });
    }
    let currency = currency.ok_or_else(|| ApiError::missing("line_items"))?;
    Ok((items, currency))
}

/// The entries of a metadata map, within Stripe's limits.
pub(super) fn read_metadata(form: &Form, name: &str) -> Result<BTreeMap<String, String>, ApiError> {
    let entries = form.map(name);
    if entries.len() > ENTRIES_MAX {
        return Err(ApiError::invalid("Metadata can have at most 50 keys", name));
    }
    for (key, value) in &entries {
        let param = format!("{name}[{key}]");
        if key.chars().count() > NAME_MAX {
            let message = format!("Metadata keys must be at most 40 characters, but '{key}' is longer");
            return Err(ApiError::invalid(message, param));
        }
        if value.chars().count() > VALUE_MAX {
            let message = format!(
                "Metadata values can have up to 500 characters, but you passed in a value that is {} \
                 characters. Invalid value: {key}",
                value.chars().count()
            );
            return Err(ApiError::invalid(message, param));
        }
    }
    Ok(entries)
}

fn read_end(form: &Form, now: i64) -> Result<Option<i64>, ApiError> {
    let Some(text) = form.get("expires_at") else { return Ok(None) };
    let invalid = |message: &str| ApiError::invalid(message, "expires_at");
    let end: i64 = text.parse().map_err(|_| invalid(&format!("Invalid integer: {text}")))?;
    if end < now.saturating_add(SOONEST_SECONDS) {
        let message =
            "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.";
        return Err(invalid(message));
    }
    if end > now.saturating_add(LATEST_SECONDS) {
        let message = "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.";
        return Err(invalid(message));
    }
    Ok(Some(end))
}

/// `GET /v1/checkout/sessions`.
pub(super) fn list(world: &World, query: &Form) -> Result<String, ApiError> {
    let params = ["status", "payment_intent", "customer_details"];
    let window = Window::read(query, &params)?;
    let status = query.get("status");
    if status.is_some_and(|status| !["open", "complete", "expired"].contains(&status)) {
        let message = "Invalid status: must be one of complete, expired, or open";
        return Err(ApiError::invalid(message, "status"));
    }
    let intent = query.get("payment_intent");
    let of_intent = intent.map(|intent| world.payments.find(intent).map(|payment| payment.session.as_str()));
    let of_intent =
        of_intent.transpose().map_err(|refusal| ApiError::from(refusal).about("payment_intent"))?;
    let email = query.get("customer_details[email]");
    window.page(&world.sessions, URL, |session| {
        status.is_none_or(|status| session.status.as_str() == status)
            && of_intent.is_none_or(|id| session.id == id)
            && email.is_none_or(|email| session.email.as_deref() == Some(email))
    })
}

/// `GET /v1/checkout/sessions/{id}`.
pub(super) fn show(world: &World, id: &str) -> Result<String, ApiError> {
    Ok(world.sessions.find(id)?.text())
}

/// `POST /v1/checkout/sessions/{id}/expire`.
pub(super) fn expire(world: &mut World, id: &str) -> Result<String, ApiError> {
    Ok(world.expire(id)?.object().to_string())
}
