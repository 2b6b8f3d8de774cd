//! What holds in every database, whatever was done to it.

use crate::database::Raw;

/// States in which a job may still run.
const OPEN: &str = "('waiting', 'delayed', 'held', 'active')";

/// Each asks for the number of offenders.
fn offenders() -> Vec<(&'static str, String)> {
    vec![
        (
            "the history of an order is numbered from 1 without a gap, and the order knows its length",
            "SELECT COUNT(*) FROM orders o JOIN (SELECT order_id, COUNT(*) AS lines, MIN(sequence) AS first, \
             MAX(sequence) AS last FROM order_event GROUP BY order_id) e ON e.order_id = o.id \
             WHERE e.first <> 1 OR e.last <> e.lines OR o.events <> e.lines"
                .to_owned(),
        ),
        (
            "there is no order without history",
            "SELECT COUNT(*) FROM orders WHERE id NOT IN (SELECT order_id FROM order_event)".to_owned(),
        ),
        (
            "the last line of history says where the order stands",
            "SELECT COUNT(*) FROM orders o JOIN order_event e ON e.order_id = o.id AND e.sequence = o.events \
             WHERE e.to_status <> o.status OR e.run <> o.run"
                .to_owned(),
        ),
        (
            "each line of history begins where the one before it ended",
            "SELECT COUNT(*) FROM order_event e JOIN order_event p ON p.order_id = e.order_id \
             AND p.sequence = e.sequence - 1 WHERE e.from_status IS NULL OR e.from_status <> p.to_status"
                .to_owned(),
        ),
        (
            "an order has at most one open content job",
            format!(
                "SELECT COUNT(*) FROM (SELECT order_id FROM job WHERE queue = 'content' AND state IN {OPEN} \
                 GROUP BY order_id HAVING COUNT(*) > 1) AS twice"
            ),
        ),
        (
            "an order in PROCESSING has an open job of its run, or it would stay there for ever",
            format!(
                "SELECT COUNT(*) FROM orders o WHERE o.status = 'PROCESSING' AND NOT EXISTS (SELECT 1 FROM job j \
                 WHERE j.order_id = o.id AND j.run = o.run AND j.queue = 'content' AND j.state IN {OPEN})"
            ),
        ),
        (
            "an order's current version is its newest one",
            "SELECT COUNT(*) FROM orders o WHERE COALESCE(o.current_version, 0) <> \
             COALESCE((SELECT MAX(number) FROM content_version v WHERE v.order_id = o.id), 0)"
                .to_owned(),
        ),
        (
            "nothing of a frozen order is due",
            "SELECT COUNT(*) FROM job j JOIN orders o ON o.id = j.order_id \
             WHERE o.frozen AND j.state IN ('waiting', 'delayed')"
                .to_owned(),
        ),
        (
            "a job is active exactly while somebody holds a token for it",
            "SELECT COUNT(*) FROM job WHERE (state = 'active') <> (lease_token IS NOT NULL)".to_owned(),
        ),
        (
            "a delayed job knows when it is due",
            "SELECT COUNT(*) FROM job WHERE state = 'delayed' AND run_at IS NULL".to_owned(),
        ),
        (
            "a mail that waits has a job that may still deliver it",
            format!(
                "SELECT COUNT(*) FROM email e WHERE e.state = 'queued' AND NOT EXISTS (SELECT 1 FROM job j \
                 WHERE j.dedupe_key = 'mail:' || e.dedupe_key AND j.state IN {OPEN})"
            ),
        ),
        (
            "a paid payment has its order, and an order its paid payment",
            "SELECT COUNT(*) FROM payment p LEFT JOIN orders o ON o.id = p.order_id AND o.payment_id = p.id \
             WHERE (p.state = 'paid') <> (o.id IS NOT NULL)"
                .to_owned(),
        ),
    ]
}

pub(crate) async fn check(raw: &Raw) {
    for (what, sql) in offenders() {
        assert_eq!(raw.number(&sql).await, 0, "{what}");
    }
}
