//! Orders whose article is being written while something happens to the worker.

use super::{
    Order, Shop,
    patience::{SOON, until, within},
    sale,
};
use galley_sandbox::{ai::AiMode, fault::Fault};
use std::time::Duration;

/// Six seconds are promised from the loss of a worker to the next call; three times that is only a
/// guard.
pub(crate) const TAKE_OVER_GUARD: Duration = Duration::from_secs(18);
/// Longer than any test lasts.
pub(crate) const ENDLESS: Duration = Duration::from_mins(5);

impl Shop {
    /// Sells an article and waits until a worker has asked the AI service for it; its answer takes
    /// `latency`, those to later calls none.
    pub(crate) async fn sell_slowly(&self, latency: Duration) -> Order {
        self.ai.control().set(Fault::times(AiMode::Slow, 1).latency(latency));
        let order = self.sell(&sale::short_article("Tea at work")).await;
        within("the AI service is asked", SOON, self.ai.control().calls_reach(1)).await;
        // Nothing but the article shall be under way.
        let sent = "SELECT COUNT(*) FROM email WHERE state = 'sent'";
        until("the first mail is out", SOON, async || self.db.count(sent).await == 1).await;
        order
    }

    /// The order has become ready once: one version, one mail of each kind, one attempt.
    pub(crate) async fn assert_done_once(&self, order: &Order, lost_leases: i64) {
        self.settled(order, "QUALITY_CHECK").await;
        self.drained().await;
        let lost = "SELECT COUNT(*) FROM job WHERE order_id = $1 AND queue = 'content' AND state = 'completed' \
                    AND attempt = 1 AND lost_leases = ";
        assert_eq!(self.db.count_of(&format!("{lost}{lost_leases}"), order.id).await, 1);
        let versions = "SELECT COUNT(*) FROM content_version WHERE order_id = $1";
        assert_eq!(self.db.count_of(versions, order.id).await, 1);
        let subjects = self.subjects_to(&order.email);
        assert_eq!(subjects.len(), 2, "one mail of each kind: {subjects:?}");
    }
}
