//! Holds what Stripe has against what Galley has.

use super::driver::Driver;
use galley_sandbox::stripe::{RefundStatus, StripePayment};
use std::{fmt::Write as _, time::Duration};

/// What it may take until everything has been noticed that nobody told.
const LIMIT: Duration = Duration::from_mins(2);

/// Waits until both agree, having the gateways asked again and again, as the reconciler would.
pub(super) async fn agrees(driver: &Driver) {
    let started = std::time::Instant::now();
    loop {
        driver.shop.reconcile().await;
        let complaints = complaints(driver).await;
        if complaints.is_empty() {
            return;
        }
        assert!(started.elapsed() < LIMIT, "Stripe and Galley do not agree:\n{complaints}");
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

async fn complaints(driver: &Driver) -> String {
    let mut complaints = String::new();
    for payment in driver.shop.till.control().payments() {
        if payment.paid {
            complain_of(driver, &payment, &mut complaints).await;
        }
    }
    let db = &driver.shop.db;
    for (what, sql) in RULES {
        let offenders = db.count(sql).await;
        if offenders > 0 {
            let _ = writeln!(complaints, "{what}: {offenders}");
        }
    }
    complaints
}

/// What must find nothing.
const RULES: [(&str, &str); 10] = [
    (
        "refunds that exceed their payment",
        "SELECT COUNT(*) FROM payment p WHERE p.amount_minor < (SELECT COALESCE(SUM(r.amount_minor), 0) FROM refund r \
         WHERE r.payment_id = p.id AND r.state IN ('requested', 'unknown', 'pending', 'succeeded'))",
    ),
    (
        "orders without a paid payment",
        "SELECT COUNT(*) FROM orders o WHERE NOT EXISTS (SELECT 1 FROM payment p WHERE p.id = o.payment_id \
         AND p.state = 'paid' AND p.order_id = o.id)",
    ),
    (
        "paid payments without an order",
        "SELECT COUNT(*) FROM payment p WHERE p.state = 'paid' AND NOT EXISTS (SELECT 1 FROM orders o \
         WHERE o.payment_id = p.id)",
    ),
    (
        "content jobs without an order",
        "SELECT COUNT(*) FROM job WHERE queue = 'content' AND order_id IS NULL",
    ),
    (
        "orders with two first jobs",
        "SELECT COUNT(*) FROM (SELECT order_id FROM job WHERE kind = 'article-generation' AND run = 1 \
         GROUP BY order_id HAVING COUNT(*) > 1) AS twice",
    ),
    (
        "refunds that nobody has heard of",
        "SELECT COUNT(*) FROM refund WHERE state IN ('requested', 'unknown')",
    ),
    (
        "checkouts with two payments that count",
        "SELECT COUNT(*) FROM (SELECT checkout_session_id FROM payment WHERE state <> 'duplicate' \
         GROUP BY checkout_session_id HAVING COUNT(*) > 1) AS twice",
    ),
    (
        "checkouts with no payment that counts",
        "SELECT COUNT(*) FROM checkout_session s WHERE s.state = 'paid' AND NOT EXISTS (SELECT 1 FROM payment p \
         WHERE p.checkout_session_id = s.id AND p.state <> 'duplicate')",
    ),
    (
        "open work of refunded orders",
        "SELECT COUNT(*) FROM job j JOIN orders o ON o.id = j.order_id WHERE o.status = 'REFUNDED' \
         AND j.queue = 'content' AND j.state IN ('waiting', 'delayed', 'held', 'active')",
    ),
    (
        "mails that were queued twice",
        "SELECT COUNT(*) FROM (SELECT order_id FROM email WHERE kind = 'order-received' GROUP BY order_id \
         HAVING COUNT(*) > 1) AS twice",
    ),
];

async fn complain_of(driver: &Driver, payment: &StripePayment, complaints: &mut String) {
    let (db, till) = (&driver.shop.db, driver.shop.till.control());
    let name = &payment.payment_intent;
    let one = |column: &str| format!("SELECT {column} FROM payment p WHERE p.payment_ref = '{name}'");
    let states = db.texts(&one("p.state")).await;
    let [state] = states.as_slice() else {
        let _ = writeln!(complaints, "{name} is recorded {} times", states.len());
        return;
    };
    let refunds: Vec<_> =
        till.refunds().into_iter().filter(|refund| refund.payment_intent == *name).collect();
    let gone: i64 = refunds
        .iter()
        .filter(|refund| matches!(refund.status, RefundStatus::Succeeded | RefundStatus::Pending))
        .map(|refund| refund.amount)
        .sum();
    if gone > payment.amount {
        let _ = writeln!(complaints, "{name}: {gone} of {} went back", payment.amount);
    }
    let came_back = refunds.iter().any(|refund| refund.status == RefundStatus::Failed);
    if state == "duplicate" && gone < payment.amount && !came_back && !payment.disputed {
        let _ = writeln!(complaints, "{name} is a second payment, and only {gone} went back");
    }
    let disputes: Vec<_> =
        till.disputes().into_iter().filter(|dispute| dispute.payment_intent == *name).collect();
    let lost = disputes.iter().any(|dispute| dispute.status == "lost");
    let open = disputes.iter().any(|d| !matches!(d.status.as_str(), "won" | "lost" | "warning_closed"));
    let order = "SELECT o.status FROM orders o JOIN payment p ON p.id = o.payment_id WHERE p.payment_ref = ";
    let statuses = db.texts(&format!("{order}'{name}'")).await;
    if let Some(status) = statuses.first() {
        let ended = gone >= payment.amount || lost;
        // A refund that comes back leaves the order as it is: staff are told.
        if ended && status != "REFUNDED" || status == "REFUNDED" && !ended && !came_back {
            let _ = writeln!(complaints, "{name}: {gone} of {} went back, order {status}", payment.amount);
        }
        let frozen = db
            .count(&format!(
                "SELECT COUNT(*) FROM orders o JOIN payment p ON p.id = o.payment_id \
                                        WHERE o.frozen AND p.payment_ref = '{name}'"
            ))
            .await;
        if (frozen == 1) != (open && status != "REFUNDED") {
            let _ = writeln!(complaints, "{name}: frozen {frozen}, disputed {open}, order {status}");
        }
    }
}
