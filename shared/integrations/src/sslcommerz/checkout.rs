//! A page to pay on: what is sent for it, and what comes back.

use super::{
    answer::{text, word},
    api::{Api, unknown},
    decimal,
    tran_id::tran_id,
};
use crate::{gateway::GatewayError, http::below};
use galley_domain::{
    id::CheckoutSessionId,
    money::{Currency, Money},
    payment::{CheckoutIntent, HostedCheckout},
};
use serde_json::Value;
use url::Url;

/// The currencies that the documentation names. All but taka are converted to taka.
pub const SUPPORTED_CURRENCIES: [&str; 6] = ["BDT", "USD", "EUR", "SGD", "INR", "MYR"];

/// The currency of every store.
pub(super) const STORE_CURRENCY: &str = "BDT";

/// Least amount, in poisha: 10.00 BDT.
const AMOUNT_MIN_POISHA: i64 = 1_000;
/// Greatest amount, in poisha: 500000.00 BDT.
const AMOUNT_MAX_POISHA: i64 = 50_000_000;
/// Longest name of what is sold, in characters.
const PRODUCT_NAME_MAX_CHARS: usize = 255;

/// What we must say of the customer and of the goods, but don't know or don't have. Empty texts are
/// refused.
const NEUTRAL: [(&str, &str); 11] = [
    ("cus_name", "Customer"),
    ("cus_add1", "N/A"),
    ("cus_city", "N/A"),
    ("cus_postcode", "0000"),
    ("cus_country", "Bangladesh"),
    ("cus_phone", "00000000000"),
    ("product_category", "digital content"),
    ("product_profile", "non-physical-goods"),
    ("shipping_method", "NO"),
    ("num_of_item", "1"),
    ("emi_option", "0"),
];

/// One attempt at a checkout, ready to be sent.
pub(super) struct Order {
    pub(super) tran_id: String,
    fields: Vec<(&'static str, String)>,
}

impl Order {
    /// Refuses what SSLCommerz would refuse, before it is asked.
    pub(super) fn new(intent: &CheckoutIntent, public_url: &Url) -> Result<Self, GatewayError> {
        check(intent.price)?;
        let tran_id = tran_id_of(intent.checkout, intent.attempt)?;
        let product_name: String = intent.title.chars().take(PRODUCT_NAME_MAX_CHARS).collect();
        let returned = |outcome| String::from(return_url(public_url, intent, Some(outcome)));
        let fields = vec![
            ("total_amount", decimal::written(intent.price)),
            ("currency", intent.price.currency.to_string()),
            ("tran_id", tran_id.clone()),
            ("success_url", returned("success")),
            ("fail_url", returned("failed")),
            ("cancel_url", returned("cancelled")),
            ("ipn_url", below(public_url, "/api/v1/webhooks/sslcommerz").into()),
            ("cus_email", intent.email.clone()),
            ("product_name", if product_name.is_empty() { "Order".to_owned() } else { product_name }),
            ("value_a", intent.checkout.to_string()),
        ];
        Ok(Self { tran_id, fields })
    }

    pub(super) fn form(&self) -> Vec<(&str, &str)> {
        NEUTRAL.into_iter().chain(self.fields.iter().map(|(key, value)| (*key, value.as_str()))).collect()
    }
}

fn refused<T>(detail: String) -> Result<T, GatewayError> {
    Err(GatewayError::Refused { detail })
}

fn check(price: Money) -> Result<(), GatewayError> {
    let code = price.currency.as_str();
    if !SUPPORTED_CURRENCIES.contains(&code) {
        return refused(format!("SSLCommerz takes {}, not {code}", SUPPORTED_CURRENCIES.join(", ")));
    }
    // What the limits are in other currencies depends on the day's rate: that is theirs to say.
    let limits =
        if is_store_currency(price.currency) { AMOUNT_MIN_POISHA..=AMOUNT_MAX_POISHA } else { 1..=i64::MAX };
    if limits.contains(&price.minor) {
        return Ok(());
    }
    refused(format!("{price} is not within the 10.00 to 500000.00 BDT that SSLCommerz takes"))
}

pub(super) fn is_store_currency(currency: Currency) -> bool {
    currency.as_str() == STORE_CURRENCY
}

/// The `tran_id` of an attempt.
pub(super) fn tran_id_of(checkout: CheckoutSessionId, attempt: i32) -> Result<String, GatewayError> {
    tran_id(checkout, attempt).ok_or_else(|| GatewayError::Refused {
        detail: format!("attempt {attempt} has no tran_id: there are too many"),
    })
}

/// Where the customer comes back to. The outcome in it is what the browser says, and nobody believes
/// it.
pub(super) fn return_url(public_url: &Url, intent: &CheckoutIntent, outcome: Option<&str>) -> Url {
    let mut url = below(public_url, &format!("/payment/return/sslcommerz/{}", intent.checkout));
    url.query_pairs_mut()
        .append_pair("token", &intent.token)
        .extend_pairs(outcome.map(|outcome| ("outcome", outcome)));
    url
}

/// The page that was made. A refusal comes as HTTP 200, too.
pub(super) fn page(api: &Api, answer: &Value, external_id: String) -> Result<HostedCheckout, GatewayError> {
    match word(answer, "status").as_str() {
        "SUCCESS" => {}
        "FAILED" => return Err(api.refused("no page was made", answer)),
        _ => return Err(unknown("the answer has no status that we know")),
    }
    let url = text(answer, "GatewayPageURL").filter(|url| is_web_address(url));
    let Some(url) = url else { return Err(unknown("the answer has no GatewayPageURL")) };
    Ok(HostedCheckout { external_id, url, expires_at: None })
}

/// Customers are sent there, so it must be a page.
fn is_web_address(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}
