//! What gateways tell the store.

use galley_domain::{
    id::CheckoutSessionId,
    money::Currency,
    payment::{CheckoutState, Fact, Gateway, Inbound, Observation, Sale, SessionFact},
};

/// Session `cs_{name}` stands so; or the one that the scripted gateway has made for a checkout of ours.
pub(crate) fn session(name: &str, state: CheckoutState, checkout: Option<CheckoutSessionId>) -> Inbound {
    let metadata = [("product", "article"), ("topic", "Tea")];
    let metadata = metadata.map(|(key, value)| (key.to_owned(), value.to_owned()));
    let sale = Sale {
        amount_total_minor: Some(12_900),
        currency: Some(Currency::USD),
        email: Some(format!("{name}@customer.example")),
        metadata: if checkout.is_none() { metadata.into() } else { [].into() },
        ..Sale::default()
    };
    let fact = SessionFact {
        gateway: Gateway::Stripe,
        account: String::new(),
        checkout,
        external_id: checkout.map_or_else(|| format!("cs_{name}"), |id| format!("cs_{}", id.0.simple())),
        payment_ref: format!("pi_{name}"),
        state,
        sale,
        livemode: Some(false),
    };
    Inbound {
        gateway: Gateway::Stripe,
        account: String::new(),
        dedupe_key: format!("evt_{name}_{state}"),
        kind: "checkout.session.completed".to_owned(),
        object_ref: Some(fact.external_id.clone()),
        payment_ref: Some(fact.payment_ref.clone()),
        api_version: None,
        livemode: Some(false),
        created_at: None,
        payload: "{}".to_owned(),
        fact: Fact::Observed(Observation::Session(Box::new(fact))),
    }
}

/// The same, but of another amount: it needs a person.
pub(crate) fn with_amount(mut event: Inbound, minor: i64) -> Inbound {
    let Fact::Observed(Observation::Session(fact)) = &mut event.fact else { panic!("not about a session") };
    fact.sale.amount_total_minor = Some(minor);
    event
}

/// A storefront's session that was paid.
pub(crate) fn paid(name: &str) -> Inbound {
    session(name, CheckoutState::Paid, None)
}

/// The same without a word of what was bought: it needs a person.
pub(crate) fn unfit(name: &str) -> Inbound {
    let mut event = paid(name);
    let Fact::Observed(Observation::Session(fact)) = &mut event.fact else { panic!("not about a session") };
    fact.sale.metadata.clear();
    event
}
