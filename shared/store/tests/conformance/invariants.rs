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
            "only an order that is in its customer's hands waits for them",
            "SELECT COUNT(*) FROM orders WHERE status <> 'QUALITY_CHECK' AND (nudge_at IS NOT NULL OR nudges <> 0)"
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
            "nobody is logged in who may not log in",
            "SELECT COUNT(*) FROM staff_session t JOIN staff s ON s.id = t.staff_id \
             WHERE s.disabled_at IS NOT NULL"
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

/// Where the gateway has not said yet whether it takes a refund on.
const REFUND_OPEN: &str = "('requested', 'unknown')";

/// The same about payments and checkouts.
fn money_offenders() -> Vec<(&'static str, String)> {
    vec![
        (
            "what we gave back or may give back of a payment is never more than the payment",
            "SELECT COUNT(*) FROM payment p WHERE (SELECT COALESCE(SUM(r.amount_minor), 0) FROM refund r \
             WHERE r.payment_id = p.id AND r.origin IN ('staff', 'auto') AND r.state <> 'failed') > p.amount_minor"
                .to_owned(),
        ),
        (
            "nothing is given back of a payment whose size nobody knows",
            "SELECT COUNT(*) FROM refund r JOIN payment p ON p.id = r.payment_id \
             WHERE r.origin IN ('staff', 'auto') AND (p.amount_minor IS NULL OR p.currency IS NULL)"
                .to_owned(),
        ),
        (
            "a payment has one order while it is paid, and none in any other state",
            "SELECT COUNT(*) FROM payment p WHERE (CASE WHEN p.state = 'paid' THEN 1 ELSE 0 END) \
             <> (SELECT COUNT(*) FROM orders o WHERE o.payment_id = p.id)"
                .to_owned(),
        ),
        (
            "a payment names an order exactly while it is paid",
            "SELECT COUNT(*) FROM payment WHERE (state = 'paid') <> (order_id IS NOT NULL)".to_owned(),
        ),
        (
            "what needs a person says why",
            "SELECT COUNT(*) FROM payment WHERE state = 'needs_review' AND review_reason IS NULL".to_owned(),
        ),
        (
            "no content job may run without a paid payment behind its order",
            format!(
                "SELECT COUNT(*) FROM job j WHERE j.queue = 'content' AND j.state IN {OPEN} AND NOT EXISTS (SELECT 1 \
                 FROM orders o JOIN payment p ON p.id = o.payment_id WHERE o.id = j.order_id AND p.state = 'paid')"
            ),
        ),
        (
            "a checkout with a payment is paid",
            "SELECT COUNT(*) FROM payment p JOIN checkout_session s ON s.id = p.checkout_session_id \
             WHERE s.state <> 'paid'"
                .to_owned(),
        ),
        (
            "a second payment goes back or staff know that nobody knows how much it was",
            "SELECT COUNT(*) FROM payment p WHERE p.state = 'duplicate' AND p.amount_minor > 0 \
             AND p.currency IS NOT NULL AND NOT EXISTS (SELECT 1 FROM refund r WHERE r.payment_id = p.id)"
                .to_owned(),
        ),
        (
            "a checkout whose page has not been made comes up again",
            "SELECT COUNT(*) FROM checkout_session WHERE state = 'creating' AND next_poll_at IS NULL".to_owned(),
        ),
        (
            "a checkout that is over is left alone",
            "SELECT COUNT(*) FROM checkout_session WHERE state IN ('paid', 'failed', 'expired') \
             AND next_poll_at IS NOT NULL"
                .to_owned(),
        ),
        (
            "a refund that is on its way comes up again",
            "SELECT COUNT(*) FROM refund WHERE (state IN ('requested', 'unknown', 'pending')) \
             <> (next_poll_at IS NOT NULL)"
                .to_owned(),
        ),
    ]
}

/// The same about orders whose money is not simply there.
fn stopped_offenders() -> Vec<(&'static str, String)> {
    vec![
        (
            "an order is frozen exactly while a dispute of its payment is open",
            "SELECT COUNT(*) FROM orders o WHERE o.status <> 'REFUNDED' AND o.frozen <> EXISTS (SELECT 1 \
             FROM dispute d WHERE d.payment_id = o.payment_id AND d.state = 'open')"
                .to_owned(),
        ),
        (
            "an order knows of a refund exactly while one of its payment is open",
            format!(
                "SELECT COUNT(*) FROM orders o WHERE o.status <> 'REFUNDED' AND o.refund_open <> EXISTS (SELECT 1 \
                 FROM refund r WHERE r.payment_id = o.payment_id AND r.state IN {REFUND_OPEN})"
            ),
        ),
        (
            "an order that ended with its money is stopped by nothing",
            "SELECT COUNT(*) FROM orders WHERE status = 'REFUNDED' AND (frozen OR refund_open OR publishing)"
                .to_owned(),
        ),
        (
            "an order whose money is gone as far as we count has ended",
            "SELECT COUNT(*) FROM orders o JOIN payment p ON p.id = o.payment_id WHERE o.status <> 'REFUNDED' \
             AND p.amount_minor > 0 AND (p.reported_minor >= p.amount_minor OR (SELECT COALESCE(SUM(r.amount_minor), \
             0) FROM refund r WHERE r.payment_id = p.id AND r.state IN ('pending', 'succeeded')) >= p.amount_minor)"
                .to_owned(),
        ),
        (
            "nothing of an order that ended with its money will run but its mails",
            format!(
                "SELECT COUNT(*) FROM job j JOIN orders o ON o.id = j.order_id WHERE o.status = 'REFUNDED' \
                 AND j.queue <> 'mail' AND j.state IN {OPEN}"
            ),
        ),
        (
            "what is held has something that holds it",
            "SELECT COUNT(*) FROM job j JOIN orders o ON o.id = j.order_id WHERE j.state = 'held' \
             AND NOT o.frozen AND NOT o.refund_open"
                .to_owned(),
        ),
    ]
}

/// Holds always.
pub(crate) async fn check(raw: &Raw) {
    for (what, sql) in [offenders(), money_offenders(), stopped_offenders()].concat() {
        assert_eq!(raw.number(&sql).await, 0, "{what}");
    }
}

/// Holds after [`galley_store::Store::meet_waiting`].
pub(crate) async fn check_met(raw: &Raw) {
    let waiting = "SELECT COUNT(*) FROM payment_event e JOIN payment p ON p.gateway = e.gateway \
                   AND p.account = e.account AND p.payment_ref = e.payment_ref \
                   WHERE e.state = 'pending' AND e.fact IS NOT NULL";
    assert_eq!(raw.number(waiting).await, 0, "no fact waits for a payment that is there");
}
