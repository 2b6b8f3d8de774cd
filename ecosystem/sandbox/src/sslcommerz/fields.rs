//! The fields of an attempt: what the browser brings back, the IPN says and the validation answers.

use super::{
    draw, money,
    money::Price,
    sign::Form,
    view::SslcommerzStatus,
    world::{Attempt, Session},
};
use serde_json::{Map, Value, json};

const DECLINED: &str = "Transaction declined by the bank (SANDBOX)";
const CANCELLED: &str = "Cancelled by User";

/// What the IPN and the form for the browser say, without a signature.
///
/// Only what was paid has a `val_id`, and what was cancelled names no card.
pub(super) fn notice(attempt: &Attempt, store_id: &str) -> Form {
    let mut form = form(&money_of(&attempt.session.order.price));
    form.extend(self::form(&of_attempt(attempt)));
    form.extend(values(&attempt.session));
    form.push(("store_id".to_owned(), store_id.to_owned()));
    form
}

fn form(pairs: &[(&str, String)]) -> Form {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

fn values(session: &Session) -> Form {
    let names = ["value_a", "value_b", "value_c", "value_d"].map(str::to_owned);
    names.into_iter().zip(session.order.values.clone()).collect()
}

fn money_of(price: &Price) -> Vec<(&'static str, String)> {
    vec![
        ("amount", money::write(price.amount)),
        ("currency", "BDT".to_owned()),
        ("currency_type", price.currency.to_owned()),
        ("currency_amount", money::write(price.requested)),
        ("currency_rate", price.rate()),
        ("base_fair", "0.00".to_owned()),
    ]
}

fn of_attempt(attempt: &Attempt) -> Vec<(&'static str, String)> {
    let mut pairs = vec![
        ("status", attempt.status.name().to_owned()),
        ("tran_date", draw::date(attempt.at)),
        ("tran_id", attempt.session.order.tran_id.clone()),
        ("bank_tran_id", attempt.bank_tran_id.clone()),
    ];
    match attempt.status {
        SslcommerzStatus::Cancelled => pairs.push(("error", CANCELLED.to_owned())),
        SslcommerzStatus::Failed => {
            pairs.push(("error", DECLINED.to_owned()));
            pairs.extend(card());
        }
        SslcommerzStatus::Valid | SslcommerzStatus::Validated => {
            pairs.push(("error", String::new()));
            pairs.push(("val_id", attempt.val_id.clone().unwrap_or_default()));
            pairs.push(("store_amount", money::write(attempt.session.order.price.for_the_shop())));
            pairs.extend(card());
            pairs.extend(risk(attempt.risky));
        }
    }
    pairs
}

fn card() -> [(&'static str, String); 7] {
    [
        ("card_type", "VISA-Brac bank"),
        ("card_no", "432149XXXXXX0667"),
        ("card_issuer", "BRAC BANK, LTD."),
        ("card_brand", "VISA"),
        ("card_sub_brand", "Classic"),
        ("card_issuer_country", "Bangladesh"),
        ("card_issuer_country_code", "BD"),
    ]
    .map(|(name, value)| (name, value.to_owned()))
}

fn risk(risky: bool) -> [(&'static str, String); 2] {
    let (level, title) = if risky { ("1", "Not Safe") } else { ("0", "Safe") };
    [("risk_level", level.to_owned()), ("risk_title", title.to_owned())]
}

/// What the validation and the queries say about an attempt; numbers are strings.
pub(super) fn answer(attempt: &Attempt, price: &Price) -> Map<String, Value> {
    let mut object = pending(&attempt.session);
    object.extend(object_of(money_of(price)));
    object.extend(object_of(of_attempt(attempt)));
    if let Some(at) = attempt.validated {
        object.insert("validated_on".to_owned(), json!(draw::date(at)));
    }
    if attempt.status.paid() {
        object.insert("store_amount".to_owned(), json!(money::write(price.for_the_shop())));
    }
    object
}

/// What the queries say about a session that nobody has tried to pay; every field is there.
pub(super) fn pending(session: &Session) -> Map<String, Value> {
    let empty = [
        "val_id",
        "bank_tran_id",
        "store_amount",
        "card_type",
        "card_no",
        "card_issuer",
        "card_brand",
        "card_sub_brand",
        "card_issuer_country",
        "card_issuer_country_code",
        "error",
        "validated_on",
        "risk_title",
        "emi_description",
        "emi_issuer",
        "account_details",
        "discount_remarks",
    ];
    let mut object = object_of(empty.map(|name| (name, String::new())));
    let fixed = [
        ("status", "PENDING"),
        ("risk_level", "0"),
        ("emi_instalment", "0"),
        ("emi_amount", "0.00"),
        ("discount_percentage", "0"),
        ("discount_amount", "0.00"),
    ];
    object.extend(object_of(fixed.map(|(name, value)| (name, value.to_owned()))));
    object.extend(object_of([
        ("tran_id", session.order.tran_id.clone()),
        ("tran_date", draw::date(session.opened)),
    ]));
    object.extend(object_of(money_of(&session.order.price)));
    object.extend(values(session).into_iter().map(|(name, value)| (name, Value::String(value))));
    object
}

fn object_of(pairs: impl IntoIterator<Item = (&'static str, String)>) -> Map<String, Value> {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), Value::String(value))).collect()
}
