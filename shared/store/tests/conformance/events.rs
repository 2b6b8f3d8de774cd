//! What gateways and workers hand in.

use galley_domain::{
    id::CheckoutSessionId,
    money::Currency,
    payment::{
        ChargeFact, CheckoutState, DisputeFact, DisputeState, Fact, Gateway, Inbound, MoneyChange, MoneyFact,
        Observation, RefundFact, RefundState, Sale, SessionFact,
    },
    quality::{QualityReport, Verdict},
};
use galley_store::{NewVersion, Provenance};

/// Event `evt_{name}`: somebody paid for an article in session `cs_{name}`, with payment `pi_{name}`.
pub(crate) fn paid(name: &str) -> Inbound {
    event(&format!("evt_{name}"), name, CheckoutState::Paid)
}

/// An event of session `cs_{session}`.
pub(crate) fn event(dedupe_key: &str, session: &str, state: CheckoutState) -> Inbound {
    let metadata = [("product", "article"), ("topic", "Tea"), ("keywords", "tea, green tea")];
    let sale = Sale {
        amount_total_minor: Some(12_900),
        currency: Some(Currency::USD),
        email: Some(format!("{session}@customer.example")),
        metadata: metadata.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
        ..Sale::default()
    };
    let fact = SessionFact {
        gateway: Gateway::Stripe,
        account: String::new(),
        checkout: None,
        external_id: format!("cs_{session}"),
        payment_ref: format!("pi_{session}"),
        state,
        sale,
        livemode: Some(false),
    };
    Inbound {
        gateway: Gateway::Stripe,
        account: String::new(),
        dedupe_key: dedupe_key.to_owned(),
        kind: "checkout.session.completed".to_owned(),
        object_ref: Some(fact.external_id.clone()),
        payment_ref: Some(fact.payment_ref.clone()),
        api_version: Some("2026-09-30.endive".to_owned()),
        livemode: Some(false),
        created_at: None,
        payload: "{}".to_owned(),
        fact: Fact::Observed(Observation::Session(Box::new(fact))),
    }
}

/// Changes what an event says of its session.
pub(crate) fn with(mut event: Inbound, change: impl FnOnce(&mut SessionFact)) -> Inbound {
    let Fact::Observed(Observation::Session(fact)) = &mut event.fact else { panic!("not about a session") };
    change(fact);
    event
}

/// The event, but of another payment.
pub(crate) fn with_payment(event: Inbound, payment_ref: &str) -> Inbound {
    with(event, |fact| payment_ref.clone_into(&mut fact.payment_ref))
}

/// The event, but of a checkout of ours: it names our id, and holds no brief.
pub(crate) fn of_ours(event: Inbound, checkout: CheckoutSessionId) -> Inbound {
    with(event, |fact| {
        fact.checkout = Some(checkout);
        fact.sale.metadata.clear();
    })
}

/// What an event says, as a gateway would answer it when it is asked.
pub(crate) fn observed(event: Inbound) -> Observation {
    let Fact::Observed(observation) = event.fact else { panic!("it says nothing") };
    observation
}

/// An event about the money of payment `pi_{payment}`.
pub(crate) fn money(dedupe_key: &str, fact: MoneyFact) -> Inbound {
    let payment_ref = Some(fact.payment_ref.clone());
    let fact = Fact::Observed(Observation::Money(Box::new(fact)));
    Inbound { payment_ref, object_ref: None, ..other(dedupe_key, "charge.updated", fact) }
}

fn of_payment(payment: &str, change: MoneyChange) -> MoneyFact {
    let payment_ref = format!("pi_{payment}");
    MoneyFact { gateway: Gateway::Stripe, account: String::new(), payment_ref, change }
}

/// Refund `re_{name}`, made in the gateway's dashboard.
pub(crate) fn refund(payment: &str, name: &str, amount_minor: i64, state: RefundState) -> MoneyFact {
    let external_id = format!("re_{name}");
    let fact = RefundFact { external_id, refund: None, amount_minor, state, reason: None };
    of_payment(payment, MoneyChange::Refund(fact))
}

/// How much of a payment went back in all.
pub(crate) fn charge(payment: &str, refunded_minor: i64) -> MoneyFact {
    of_payment(payment, MoneyChange::Charge(ChargeFact { refunded_minor }))
}

/// Dispute `du_{name}`.
pub(crate) fn dispute(payment: &str, name: &str, state: DisputeState) -> MoneyFact {
    let fact = DisputeFact {
        external_id: format!("du_{name}"),
        amount_minor: Some(12_900),
        state,
        reason: Some("fraudulent".to_owned()),
    };
    of_payment(payment, MoneyChange::Dispute(fact))
}

/// An event that is not about a session.
pub(crate) fn other(dedupe_key: &str, kind: &str, fact: Fact) -> Inbound {
    Inbound { kind: kind.to_owned(), fact, ..event(dedupe_key, "none", CheckoutState::Open) }
}

pub(crate) fn version(title: &str) -> NewVersion {
    NewVersion {
        title: title.to_owned(),
        source: format!("# {title}\n\nTea."),
        html: format!("<h1>{title}</h1><p>Tea.</p>"),
        report: QualityReport { verdict: Verdict::Pass, score: 97, word_count: 1, checks: Vec::new() },
        provenance: Provenance { model: "test".to_owned(), calls: 1, ..Provenance::default() },
        insertion: None,
        sketch: vec![1, 2, 3],
    }
}
