//! What customers pay for.

use crate::{clock::now, neighbours::delivery};
use galley_sandbox::stripe::{SessionSpec, checkout_session_completed};
use std::{collections::BTreeMap, sync::Arc};

const READERS: [&str; 8] = [
    "beginners",
    "small teams",
    "busy parents",
    "students",
    "new managers",
    "retired couples",
    "night workers",
    "young families",
];
const THINGS: [&str; 10] = [
    "running shoes",
    "garden tools",
    "coffee grinders",
    "office chairs",
    "hiking boots",
    "kitchen knives",
    "travel bags",
    "reading lamps",
    "winter jackets",
    "city bikes",
];

/// A paid article, and the request that tells Galley.
pub(crate) struct Purchase {
    /// The checkout session, by which its order is found in the database.
    pub(crate) session: String,
    /// The customer, who has no other order.
    pub(crate) email: String,
    request: Vec<u8>,
}

/// Makes and signs purchases; `series` keeps them apart from others in the same database.
pub(crate) fn purchases(series: &str, count: usize) -> Vec<Purchase> {
    (0..count).map(|number| purchase(series, number)).collect()
}

/// The requests alone, in their order.
pub(crate) fn requests(purchases: &[Purchase]) -> Arc<[Vec<u8>]> {
    purchases.iter().map(|purchase| purchase.request.clone()).collect()
}

fn words(number: usize) -> (&'static str, &'static str) {
    (READERS[number / THINGS.len() % READERS.len()], THINGS[number % THINGS.len()])
}

/// What an article is about.
pub(crate) fn topic(number: usize) -> String {
    let (reader, thing) = words(number);
    format!("How {reader} choose their {thing}")
}

fn purchase(series: &str, number: usize) -> Purchase {
    let (reader, thing) = words(number);
    let brief = [
        ("product", "article".to_owned()),
        ("topic", topic(number)),
        ("keywords", format!("{thing}, {reader}")),
        ("target_url", format!("https://shop.example/guide/{number}")),
        ("anchor_text", "this guide".to_owned()),
        ("word_count", "800".to_owned()),
        ("tone", "friendly".to_owned()),
        ("language", "en".to_owned()),
    ];
    let metadata: BTreeMap<String, String> =
        brief.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let session = format!("cs_test_{series}_{number}");
    let email = format!("{series}-{number}@bench.example");
    let event = checkout_session_completed(&SessionSpec {
        event_id: format!("evt_{series}_{number}"),
        session_id: session.clone(),
        payment_intent: Some(format!("pi_{series}_{number}")),
        amount_total: 12_900,
        email: Some(email.clone()),
        metadata,
        created: now().timestamp(),
        ..SessionSpec::default()
    });
    Purchase { session, email, request: delivery(&event.to_string()) }
}
