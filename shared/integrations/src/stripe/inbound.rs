//! What an authentic event means to us.

use super::event::{Decoded, Event, PaymentStatus, Session, body_key, decode};
use galley_domain::payment::{CheckoutState, Fact, Inbound, Sale, SessionFact};

/// The gateway's name in our tables.
pub const GATEWAY: &str = "stripe";

/// Decodes a body whose signature was verified.
///
/// Never fails: what we cannot understand is kept in the inbox for a person to look at, since
/// Stripe would only send the same bytes again. `livemode` is what our key is for; events of the
/// other mode, of connected accounts and of subscriptions are none of our money.
pub fn interpret(raw: &[u8], livemode: bool) -> Inbound {
    let Decoded::Event(event) = decode(raw) else {
        return Inbound {
            gateway: GATEWAY,
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
        gateway: GATEWAY,
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
    if !SESSION_KINDS.contains(&event.kind.as_str()) && !is_money(&event.kind) {
        return Fact::Ignored { why: "we do not act on events of this type", alert: false };
    }
    if event.account.is_some() {
        return odd("it is about a connected account");
    }
    if event.livemode.is_some_and(|mode| mode != livemode) {
        return odd("it is of the other mode: test events reach a live endpoint, or the reverse");
    }
    if is_money(&event.kind) {
        return Fact::Money;
    }
    let Some(session) = event.session() else { return odd("it names no checkout session") };
    if session.mode.as_deref().is_some_and(|mode| mode != "payment") {
        return odd("the session is not for a single payment");
    }
    let paid = matches!(session.payment_status, PaymentStatus::Paid | PaymentStatus::NoPaymentRequired);
    let state = match event.kind.as_str() {
        _ if paid => CheckoutState::Paid,
        "checkout.session.async_payment_failed" => CheckoutState::Failed,
        "checkout.session.expired" => CheckoutState::Expired,
        _ => CheckoutState::Processing,
    };
    Fact::Session(Box::new(session_fact(session, state)))
}

/// The events that tell how a checkout session stands.
const SESSION_KINDS: [&str; 4] = [
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
];

fn is_money(kind: &str) -> bool {
    kind == "charge.refunded"
        || ["refund.", "charge.refund.", "charge.dispute."].iter().any(|prefix| kind.starts_with(prefix))
}

fn session_fact(session: Session, state: CheckoutState) -> SessionFact {
    SessionFact {
        payment_ref: session.payment_intent.unwrap_or_else(|| session.id.clone()),
        external_id: session.id,
        state,
        livemode: session.livemode,
        sale: Sale {
            amount_total_minor: session.amount_total,
            amount_tax_minor: session.amount_tax,
            amount_shipping_minor: session.amount_shipping,
            currency: session.currency.and_then(|code| code.parse().ok()),
            email: session.email,
            metadata: session.metadata,
        },
    }
}

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
            Fact::Session(fact) => Some(fact.state),
            Fact::Money | Fact::Ignored { .. } => None,
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
        let Fact::Session(fact) = fact_of(&event) else { panic!("no session") };
        assert_eq!(fact.payment_ref, fact.external_id);
    }
}
