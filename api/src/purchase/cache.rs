//! Finished status answers, kept as long as their order has not changed.

use axum::body::Bytes;
use galley_domain::id::OrderId;
use galley_store::Stamp;
use quick_cache::{Weighter, sync::Cache};

/// Memory that answers may take, in bytes.
const CACHE_MAX_BYTES: u64 = 32 * 1024 * 1024;
/// What an answer is expected to take, in bytes.
const ANSWER_BYTES: u64 = 16 * 1024;

#[derive(Clone)]
struct ByBytes;

impl Weighter<OrderId, (Stamp, Bytes)> for ByBytes {
    fn weight(&self, _order: &OrderId, (_, body): &(Stamp, Bytes)) -> u64 {
        body.len() as u64 + 128
    }
}

/// An answer is true while the order's stamp is the one it was made under; the stamp is asked for
/// at every request, so nothing here can be stale.
pub(crate) struct StatusCache(Cache<OrderId, (Stamp, Bytes), ByBytes>);

impl StatusCache {
    pub(crate) fn new() -> Self {
        let items = usize::try_from(CACHE_MAX_BYTES / ANSWER_BYTES).unwrap_or(1_024);
        Self(Cache::with_weighter(items, CACHE_MAX_BYTES, ByBytes))
    }

    pub(crate) fn find(&self, order: OrderId, stamp: Stamp) -> Option<Bytes> {
        self.0.get(&order).filter(|(made_under, _)| *made_under == stamp).map(|(_, body)| body)
    }

    pub(crate) fn keep(&self, order: OrderId, stamp: Stamp, body: Bytes) {
        self.0.insert(order, (stamp, body));
    }
}
