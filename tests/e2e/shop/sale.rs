//! What customers buy: checkout sessions as a storefront makes them.

use galley_sandbox::stripe::{SessionSpec, checkout_session_completed};
use serde_json::Value;
use std::sync::atomic::{AtomicU32, Ordering};
use uuid::Uuid;

static SOLD: AtomicU32 = AtomicU32::new(1);

/// A session that nobody else has, with its own customer.
fn session(amount_total: i64, metadata: &[(&str, &str)]) -> SessionSpec {
    let number = SOLD.fetch_add(1, Ordering::Relaxed);
    SessionSpec {
        event_id: format!("evt_e2e_{number}"),
        session_id: format!("cs_test_e2e_{number}"),
        payment_intent: Some(format!("pi_e2e_{number}")),
        amount_total,
        email: Some(format!("customer{number}@example.com")),
        metadata: metadata.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
        created: super::now().timestamp(),
        ..SessionSpec::default()
    }
}

/// An article about `topic`.
pub(crate) fn article(topic: &str) -> SessionSpec {
    let metadata = [
        ("product", "article"),
        ("topic", topic),
        ("keywords", "running shoes, beginner running"),
        ("target_url", "https://shoes.example/guide"),
        ("anchor_text", "shoe guide"),
        ("word_count", "500"),
        ("tone", "friendly"),
        ("language", "en"),
    ];
    session(12_900, &metadata)
}

/// A short article without a link, for tests that need many.
pub(crate) fn short_article(topic: &str) -> SessionSpec {
    session(12_900, &[("product", "article"), ("topic", topic), ("word_count", "200")])
}

/// A link in an article of the shop.
pub(crate) fn backlink(article: Uuid) -> SessionSpec {
    let metadata = [
        ("product", "backlink"),
        ("article_id", &article.to_string()),
        ("target_url", "https://paper.example/notebooks"),
        ("anchor_text", "good paper"),
        ("keywords", "notebooks"),
    ];
    session(7_900, &metadata)
}

/// The same session with one entry of its metadata changed.
pub(crate) fn with(mut sale: SessionSpec, key: &str, value: &str) -> SessionSpec {
    sale.metadata.insert(key.to_owned(), value.to_owned());
    sale
}

/// The event that says that it was paid.
pub(crate) fn paid(sale: &SessionSpec) -> Value {
    checkout_session_completed(sale)
}
