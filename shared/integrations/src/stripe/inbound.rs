//! What an authentic event means to us.

use super::{
    event::{Decoded, Event, PaymentStatus, Session, body_key, decode},
    money::MoneyKind,
};
use galley_domain::payment::{CheckoutState, Fact, Gateway, Inbound, Observation};

/// Decodes a body whose signature was verified.
///
/// Never fails: what we cannot understand is kept in the inbox for a person to look at, since
/// Stripe would only send the same bytes again. `livemode` is what our key is for; events of the
/// other mode, of connected accounts and of subscriptions are none of our money.
pub fn interpret(raw: &[u8], livemode: bool) -> Inbound {
    let Decoded::Event(event) = decode(raw) else {
        return Inbound {
            gateway: Gateway::Stripe,
            account: String::new(),
            dedupe_key: body_key(raw),
            kind: "unreadable".to_owned(),
            object_ref: None,
            payment_ref: None,
            api_version: None,
            livemode: None,
            created_at: None,
            payload: payload(raw),
            fact: Fact::Ignored { why: "it is signed, but it is no event that we can read", alert: true },
        };
    };
    let fact = fact(&event, livemode);
    Inbound {
        gateway: Gateway::Stripe,
        dedupe_key: event.dedupe_key(raw),
        object_ref: event.object_ref(),
        payment_ref: event.payment_ref(),
        account: event.account.unwrap_or_default(),
        kind: event.kind,
        api_version: event.api_version,
        livemode: event.livemode,
        created_at: event.created,
        payload: payload(raw),
        fact,
    }
}

/// The body as text. Postgres cannot keep a NUL, so one becomes the replacement character.
fn payload(raw: &[u8]) -> String {
    String::from_utf8_lossy(raw).replace('\0', "\u{fffd}")
}

fn fact(event: &Event, livemode: bool) -> Fact {
    let odd = |why| Fact::Ignored { why, alert: true };
    let kind = event.kind.as_str();
    let money = MoneyKind::of(kind);
    if money.is_none() && kind != FRAUD_WARNING && !SESSION_KINDS.contains(&kind) {
        return Fact::Ignored { why: "we do not act on events of this type", alert: false };
    }
    if event.account.is_some() {
        return odd("it is about a connected account");
    }
    if event.livemode.is_some_and(|mode| mode != livemode) {
        return odd("it is of the other mode: test events reach a live endpoint, or the reverse");
    }
    if kind == FRAUD_WARNING {
        return odd(
            "the card's network warns of fraud; look at the payment, perhaps refund it before it is disputed",
        );
    }
    if let Some(money) = money {
        let fact = money.read(&event.object).map(|fact| Fact::Observed(Observation::Money(Box::new(fact))));
        return fact.unwrap_or_else(|| odd("it does not say which payment it is about, or how much"));
    }
    let Some(session) = event.session() else { return odd("it names no checkout session") };
    if let Some(why) = session.foreign(livemode) {
        return odd(why);
    }
    let state = state(kind, &session);
    Fact::Observed(Observation::Session(Box::new(session.into_fact(state))))
}

/// Where a session stands by an event about it: the event's name says more than the session's own
/// status, which knows no failure. Whatever the name, `paid` is paid.
fn state(kind: &str, session: &Session) -> CheckoutState {
    match kind {
        _ if session.is_paid() => CheckoutState::Paid,
        "checkout.session.async_payment_failed" => CheckoutState::Failed,
        "checkout.session.expired" => CheckoutState::Expired,
        _ if session.payment_status == PaymentStatus::NoPaymentRequired => CheckoutState::Paid,
        _ => CheckoutState::Processing,
    }
}

/// The events that tell how a checkout session stands.
const SESSION_KINDS: [&str; 4] = [
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
];

/// Comes days before the dispute that it announces, or instead of one.
const FRAUD_WARNING: &str = "radar.early_fraud_warning.created";

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn event() -> Value {
        serde_json::from_str(include_str!("fixtures/checkout.session.completed.paid.json")).unwrap()
    }

    fn fact_of(event: &Value) -> Fact {
        interpret(event.to_string().as_bytes(), false).fact
    }

    fn state_of(event: &Value) -> Option<CheckoutState> {
        match fact_of(event) {
            Fact::Observed(Observation::Session(fact)) => Some(fact.state),
            _ => None,
        }
    }

    #[test]
    fn a_session_settles_when_and_only_when_it_is_paid() {
        let mut event = event();
        assert_eq!(state_of(&event), Some(CheckoutState::Paid));
        event["data"]["object"]["payment_status"] = json!("unpaid");
        assert_eq!(state_of(&event), Some(CheckoutState::Processing));
        event["data"]["object"]["payment_status"] = json!("something_new");
        assert_eq!(state_of(&event), Some(CheckoutState::Processing));
        event["type"] = json!("checkout.session.async_payment_failed");
        assert_eq!(state_of(&event), Some(CheckoutState::Failed));
        event["type"] = json!("checkout.session.expired");
        assert_eq!(state_of(&event), Some(CheckoutState::Expired));
        event["data"]["object"]["payment_status"] = json!("paid");
        assert_eq!(state_of(&event), Some(CheckoutState::Paid), "late money counts");
    }

    #[test]
    fn what_costs_nothing_is_paid_once_the_customer_is_through_with_it() {
        let mut event = event();
        event["data"]["object"]["payment_status"] = json!("no_payment_required");
        assert_eq!(state_of(&event), Some(CheckoutState::Paid));
        event["data"]["object"]["status"] = Value::Null;
        assert_eq!(state_of(&event), Some(CheckoutState::Paid));
        event["data"]["object"]["status"] = json!("expired");
        event["type"] = json!("checkout.session.expired");
        assert_eq!(state_of(&event), Some(CheckoutState::Expired));
    }

    #[test]
    fn money_that_goes_back_is_a_fact_about_its_payment() {
        for (text, payment) in [
            (include_str!("fixtures/refund.updated.json"), "pi_3ProbePI0000000000000000"),
            (include_str!("fixtures/charge.refunded.json"), "pi_3ProbePI0000000000000000"),
            (include_str!("fixtures/charge.dispute.created.json"), "pi_3ProbePI0000000000000000"),
        ] {
            let event: Value = serde_json::from_str(text).unwrap();
            let inbound = interpret(text.as_bytes(), false);
            let Fact::Observed(Observation::Money(fact)) = inbound.fact else { panic!("{:?}", inbound.fact) };
            assert_eq!(fact.payment_ref, payment);
            assert_eq!(inbound.payment_ref.as_deref(), Some(payment));
            for (key, value) in [("account", json!("acct_1")), ("livemode", json!(true))] {
                let mut foreign = event.clone();
                foreign[key] = value;
                let fact = fact_of(&foreign);
                assert!(matches!(fact, Fact::Ignored { alert: true, .. }), "{key}: {fact:?}");
            }
            let mut nameless = event.clone();
            for key in ["id", "charge", "payment_intent"] {
                nameless["data"]["object"][key] = Value::Null;
            }
            let fact = fact_of(&nameless);
            assert!(matches!(fact, Fact::Ignored { alert: true, .. }), "{fact:?}");
        }
    }

    #[test]
    fn a_warning_of_fraud_is_for_a_person() {
        let warning = json!({
            "id": "evt_1", "type": "radar.early_fraud_warning.created", "livemode": false,
            "data": { "object": { "id": "issfr_1", "charge": "ch_1", "payment_intent": "pi_1" } },
        });
        let Fact::Ignored { why, alert } = fact_of(&warning) else { panic!("not ignored") };
        assert!(alert && why.contains("fraud"), "{why}");
        assert_eq!(interpret(warning.to_string().as_bytes(), false).payment_ref.as_deref(), Some("pi_1"));
    }

    #[test]
    fn what_is_none_of_our_money_is_kept_with_its_reason() {
        let changed = |path: &[&str], value: Value| {
            let mut event = event();
            let mut place = &mut event;
            for key in path {
                place = &mut place[*key];
            }
            *place = value;
            fact_of(&event)
        };
        for fact in [
            changed(&["livemode"], json!(true)),
            changed(&["account"], json!("acct_1")),
            changed(&["data", "object", "mode"], json!("subscription")),
            changed(&["data", "object", "livemode"], json!(true)),
            changed(&["data", "object", "id"], json!(null)),
        ] {
            assert!(matches!(fact, Fact::Ignored { alert: true, .. }), "{fact:?}");
        }
        for kind in ["customer.created", "checkout.session.something_new"] {
            let unknown = changed(&["type"], json!(kind));
            assert!(matches!(unknown, Fact::Ignored { alert: false, .. }), "{unknown:?}");
        }
    }

    #[test]
    fn a_signed_body_that_is_no_event_is_kept_under_its_hash() {
        let inbound = interpret(b"{\"hello\": \"\0\"", false);
        assert_eq!(inbound.dedupe_key.len(), 64);
        assert!(!inbound.payload.contains('\0'));
        assert!(matches!(inbound.fact, Fact::Ignored { alert: true, .. }));
    }

    #[test]
    fn a_session_without_an_intent_is_known_by_its_own_id() {
        let mut event = event();
        event["data"]["object"]["payment_intent"] = Value::Null;
        let Fact::Observed(Observation::Session(fact)) = fact_of(&event) else { panic!("no session") };
        assert_eq!(fact.payment_ref, fact.external_id);
    }
}
