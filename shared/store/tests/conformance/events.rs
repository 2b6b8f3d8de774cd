//! What gateways and workers hand in.

use galley_domain::{
    money::Currency,
    payment::{CheckoutState, Fact, Inbound, Sale, SessionFact},
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
        external_id: format!("cs_{session}"),
        payment_ref: format!("pi_{session}"),
        state,
        sale,
        livemode: Some(false),
    };
    Inbound {
        gateway: "stripe",
        account: String::new(),
        dedupe_key: dedupe_key.to_owned(),
        kind: "checkout.session.completed".to_owned(),
        object_ref: Some(fact.external_id.clone()),
        payment_ref: Some(fact.payment_ref.clone()),
        api_version: Some("2026-09-30.endive".to_owned()),
        livemode: Some(false),
        created_at: None,
        payload: "{}".to_owned(),
        fact: Fact::Session(Box::new(fact)),
    }
}

/// Changes what an event says of its session.
pub(crate) fn with(mut event: Inbound, change: impl FnOnce(&mut SessionFact)) -> Inbound {
    let Fact::Session(fact) = &mut event.fact else { panic!("not about a session") };
    change(fact);
    event
}

/// The event, but of another payment.
pub(crate) fn with_payment(event: Inbound, payment_ref: &str) -> Inbound {
    with(event, |fact| payment_ref.clone_into(&mut fact.payment_ref))
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
