//! What the interleavings have met: a run in which nothing happened would prove nothing.

use super::driver::Driver;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    orders: i64,
    in_review: i64,
    second_payments: i64,
    refunds: i64,
    refunded_orders: i64,
    disputes: i64,
    released: i64,
    crashes: i64,
}

impl Tally {
    pub(super) async fn of(driver: &Driver) -> Self {
        let db = &driver.shop.db;
        Self {
            orders: db.count("SELECT COUNT(*) FROM orders").await,
            in_review: db.count("SELECT COUNT(*) FROM payment WHERE review_reason IS NOT NULL").await,
            second_payments: db.count("SELECT COUNT(*) FROM payment WHERE state = 'duplicate'").await,
            refunds: db.count("SELECT COUNT(*) FROM refund").await,
            refunded_orders: db.count("SELECT COUNT(*) FROM orders WHERE status = 'REFUNDED'").await,
            disputes: db.count("SELECT COUNT(*) FROM dispute").await,
            released: db.count("SELECT COUNT(*) FROM audit_event WHERE action = 'payment_released'").await,
            crashes: driver.crashes,
        }
    }

    pub(super) fn add(&mut self, other: Self) {
        self.orders += other.orders;
        self.in_review += other.in_review;
        self.second_payments += other.second_payments;
        self.refunds += other.refunds;
        self.refunded_orders += other.refunded_orders;
        self.disputes += other.disputes;
        self.released += other.released;
        self.crashes += other.crashes;
    }

    /// Each of these has to be there, or the steps have to be chosen better.
    pub(super) fn has_seen_everything(&self) {
        let Self {
            orders,
            in_review,
            second_payments,
            refunds,
            refunded_orders,
            disputes,
            released,
            crashes,
        } = *self;
        let seen =
            [orders, in_review, second_payments, refunds, refunded_orders, disputes, released, crashes];
        assert!(seen.iter().all(|seen| *seen > 0), "something never happened: {self:?}");
    }
}
