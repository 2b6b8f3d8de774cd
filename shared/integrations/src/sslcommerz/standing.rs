//! How an attempt stands, in the words of the two questions that tell.

use super::{
    answer::{text, word},
    decimal,
    tran_id::checkout_of,
};
use galley_domain::{
    money::Currency,
    payment::{CheckoutState, Gateway, Observation, Sale, SessionFact},
};
use serde_json::Value;

/// What a validated `val_id` says; `None` when it does not stand for money of this very attempt at
/// our store.
///
/// `VALIDATED` means that somebody asked before: it is as good as `VALID`.
pub(super) fn of_validation(answer: &Value, tran_id: &str, store_id: &str) -> Option<Observation> {
    let paid = state_of(answer) == CheckoutState::Paid
        && text(answer, "tran_id").is_some_and(|named| named == tran_id)
        && is_of(answer, "store_id", store_id);
    paid.then(|| observation(answer, tran_id, CheckoutState::Paid))
}

/// What the question by `tran_id` says. Every transaction that was paid is one observation; if none
/// was, how the attempt stands is the only one.
pub(super) fn of_query(answer: &Value, tran_id: &str, store_id: &str) -> Vec<Observation> {
    // A single transaction comes without the list around it, at times.
    let elements = match answer.get("element") {
        Some(Value::Array(elements)) => elements.as_slice(),
        Some(element @ Value::Object(_)) => std::slice::from_ref(element),
        _ => &[],
    };
    let ours = || {
        elements
            .iter()
            .filter(|element| is_of(element, "tran_id", tran_id) && is_of(element, "store_id", store_id))
    };
    let paid: Vec<_> = ours()
        .filter(|element| state_of(element) == CheckoutState::Paid)
        .map(|element| observation(element, tran_id, CheckoutState::Paid))
        .collect();
    if !paid.is_empty() {
        return paid;
    }
    // What may still become money counts before what will not.
    let rank = |state: &CheckoutState| match state {
        CheckoutState::Processing => 3,
        CheckoutState::Failed => 2,
        CheckoutState::Expired => 1,
        _ => 0,
    };
    let state = ours().map(state_of).max_by_key(rank).unwrap_or(CheckoutState::Open);
    vec![observation(&Value::Null, tran_id, state)]
}

/// Whether there is money among these.
pub(super) fn is_paid(observations: &[Observation]) -> bool {
    observations
        .iter()
        .any(|one| matches!(one, Observation::Session(fact) if fact.state == CheckoutState::Paid))
}

/// A status in our words. One that we don't know says nothing: `INVALID` is what stands in the place
/// of a transaction that was not found.
fn state_of(element: &Value) -> CheckoutState {
    match word(element, "status").as_str() {
        "VALID" | "VALIDATED" => CheckoutState::Paid,
        "PENDING" => CheckoutState::Processing,
        "FAILED" | "CANCELLED" => CheckoutState::Failed,
        "UNATTEMPTED" | "EXPIRED" => CheckoutState::Expired,
        _ => CheckoutState::Open,
    }
}

/// Whether a field, if it is there at all, has this value: answers to a question under our own name
/// and about one `tran_id` need not repeat them, but must not contradict them.
fn is_of(object: &Value, key: &str, expected: &str) -> bool {
    text(object, key).is_none_or(|named| named == expected)
}

fn observation(element: &Value, tran_id: &str, state: CheckoutState) -> Observation {
    let (amount_total_minor, currency) = amount(element);
    Observation::Session(Box::new(SessionFact {
        gateway: Gateway::Sslcommerz,
        account: String::new(),
        checkout: checkout_of(tran_id).or_else(|| text(element, "value_a")?.parse().ok()),
        external_id: tran_id.to_owned(),
        // Refunds are asked for by the bank's id.
        payment_ref: text(element, "bank_tran_id")
            .or_else(|| text(element, "val_id"))
            .unwrap_or_else(|| tran_id.to_owned()),
        state,
        sale: Sale {
            amount_total_minor,
            currency,
            risky: text(element, "risk_level").as_deref() == Some("1"),
            ..Sale::default()
        },
        livemode: None,
    }))
}

/// What was paid, in the currency that was asked for; where an answer leaves that out, in taka.
fn amount(element: &Value) -> (Option<i64>, Option<Currency>) {
    let read = |currency_key, amount_key| {
        let currency: Currency = text(element, currency_key)?.parse().ok()?;
        let minor = text(element, amount_key).and_then(|text| decimal::minor(&text, currency));
        Some((minor, Some(currency)))
    };
    read("currency_type", "currency_amount").or_else(|| read("currency", "amount")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sslcommerz::tran_id;
    use serde_json::json;

    fn ours() -> String {
        tran_id("0198c0de-7a11-7000-8000-0123456789ab".parse().unwrap(), 2).unwrap()
    }

    fn transaction(status: &str) -> Value {
        json!({
            "status": status, "tran_id": ours(), "val_id": "val1", "bank_tran_id": "bank1",
            "amount": "140300.00", "currency": "BDT", "currency_type": "USD", "currency_amount": "1150.00",
            "risk_level": "0", "value_a": "0198c0de-7a11-7000-8000-0000000000ff",
        })
    }

    fn facts(elements: &Value) -> Vec<SessionFact> {
        let answer = json!({ "APIConnect": "DONE", "no_of_trans_found": 1, "element": elements });
        of_query(&answer, &ours(), "testbox").into_iter().map(fact).collect()
    }

    fn fact(observation: Observation) -> SessionFact {
        match observation {
            Observation::Session(fact) => *fact,
            Observation::Money(_) => panic!("no session"),
        }
    }

    fn states(statuses: &[&str]) -> Vec<CheckoutState> {
        let elements = statuses.iter().map(|status| transaction(status)).collect();
        facts(&elements).into_iter().map(|fact| fact.state).collect()
    }

    #[test]
    fn a_paid_transaction_says_who_what_and_how_much() {
        for status in ["VALID", "VALIDATED"] {
            let fact = fact(of_validation(&transaction(status), &ours(), "testbox").unwrap());
            assert_eq!(fact.checkout, checkout_of(&ours()), "the tran_id counts before value_a");
            assert_eq!((fact.external_id, fact.payment_ref.as_str()), (ours(), "bank1"));
            assert_eq!((fact.state, fact.livemode), (CheckoutState::Paid, None));
            assert_eq!(fact.sale.amount_total_minor, Some(115_000));
            assert_eq!(fact.sale.currency, Some(Currency::USD));
            assert!(!fact.sale.risky);
        }
    }

    #[test]
    fn a_val_id_of_something_else_is_nothing() {
        let with = |key: &str, value: Value| {
            let mut answer = transaction("VALID");
            answer[key] = value;
            of_validation(&answer, &ours(), "testbox")
        };
        assert!(with("store_id", json!("testbox")).is_some());
        assert!(with("store_id", json!("other")).is_none());
        assert!(with("tran_id", json!("5646dd9d4b484")).is_none());
        assert!(with("tran_id", json!(null)).is_none());
        for status in ["INVALID_TRANSACTION", "PENDING", "FAILED", "", "PAID"] {
            assert!(with("status", json!(status)).is_none(), "{status}");
        }
    }

    #[test]
    fn what_is_not_known_of_money_is_left_open_and_the_money_is_seen() {
        let with = |changes: &[(&str, Value)]| {
            let mut answer = transaction("VALID");
            for (key, value) in changes {
                answer[*key] = value.clone();
            }
            fact(of_validation(&answer, &ours(), "testbox").unwrap())
        };
        assert!(with(&[("risk_level", json!(1))]).sale.risky);
        let odd = with(&[("currency_amount", json!("1,150.00"))]).sale;
        assert_eq!((odd.amount_total_minor, odd.currency), (None, Some(Currency::USD)));
        let settled = with(&[("currency_type", json!(""))]).sale;
        assert_eq!(settled.amount_total_minor, Some(14_030_000));
        let nothing = with(&[("currency_type", json!(null)), ("currency", json!(null))]).sale;
        assert_eq!((nothing.amount_total_minor, nothing.currency), (None, None));
        assert_eq!(with(&[("bank_tran_id", json!(""))]).payment_ref, "val1");
        assert_eq!(with(&[("bank_tran_id", json!("")), ("val_id", json!(""))]).payment_ref, ours());
    }

    #[test]
    fn each_transaction_that_was_paid_is_seen() {
        let mut second = transaction("VALID");
        second["bank_tran_id"] = json!("bank2");
        let facts = facts(&json!([transaction("FAILED"), transaction("VALIDATED"), second]));
        let refs: Vec<_> = facts.iter().map(|fact| (fact.payment_ref.as_str(), fact.state)).collect();
        assert_eq!(refs, [("bank1", CheckoutState::Paid), ("bank2", CheckoutState::Paid)]);
    }

    #[test]
    fn without_money_the_most_hopeful_state_counts() {
        use CheckoutState::{Expired, Failed, Open, Processing};
        for (statuses, expected) in [
            (&["PENDING"][..], Processing),
            (&["FAILED", "PENDING", "EXPIRED"], Processing),
            (&["FAILED", "CANCELLED"], Failed),
            (&["EXPIRED", "FAILED"], Failed),
            (&["UNATTEMPTED"], Expired),
            (&["EXPIRED"], Expired),
            (&["INVALID"], Open),
            (&["something new"], Open),
            (&[], Open),
        ] {
            assert_eq!(states(statuses), [expected], "{statuses:?}");
        }
        let fact = facts(&json!([transaction("FAILED")])).remove(0);
        assert_eq!((fact.payment_ref, fact.checkout), (ours(), checkout_of(&ours())));
    }

    #[test]
    fn one_transaction_may_come_without_a_list_and_a_foreign_one_is_passed_over() {
        assert_eq!(facts(&transaction("VALID"))[0].state, CheckoutState::Paid);
        assert_eq!(facts(&json!("none"))[0].state, CheckoutState::Open);
        let mut foreign = transaction("VALID");
        foreign["tran_id"] = json!("5646dd9d4b484");
        assert_eq!(facts(&json!([foreign]))[0].state, CheckoutState::Open);
    }

    #[test]
    fn a_transaction_under_a_foreign_name_is_found_by_what_we_put_into_it() {
        let answer =
            json!({ "element": [{ "status": "VALID", "value_a": "0198c0de-7a11-7000-8000-0123456789ab" }] });
        let fact = fact(of_query(&answer, "5646dd9d4b484", "testbox").remove(0));
        assert_eq!(fact.checkout, checkout_of(&ours()));
        assert_eq!(fact.external_id, "5646dd9d4b484");
    }
}
