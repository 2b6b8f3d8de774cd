//! Waiting for something, but not for ever.

use std::time::{Duration, Instant};

/// How often a condition is looked at.
const STEP: Duration = Duration::from_millis(20);
/// What anything may take that is promised within seconds.
pub(crate) const SOON: Duration = Duration::from_secs(30);
/// What many orders may take together on a machine that does other things, too.
pub(crate) const LONG: Duration = Duration::from_mins(2);

/// Looks until `holds` does.
pub(crate) async fn until(what: &str, limit: Duration, holds: impl AsyncFnMut() -> bool) {
    assert!(holds_within(limit, holds).await, "not within {limit:?}: {what}");
}

/// The same for somebody who has more to say when it never did: false then.
pub(crate) async fn holds_within(limit: Duration, mut holds: impl AsyncFnMut() -> bool) -> bool {
    let started = Instant::now();
    while !holds().await {
        if started.elapsed() >= limit {
            return false;
        }
        tokio::time::sleep(STEP).await;
    }
    true
}

/// Waits for a future that something outside completes.
pub(crate) async fn within<T>(what: &str, limit: Duration, future: impl Future<Output = T>) -> T {
    let ended = tokio::time::timeout(limit, future).await;
    ended.unwrap_or_else(|_| panic!("not within {limit:?}: {what}"))
}
