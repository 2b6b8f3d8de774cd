//! Calls of one gateway: so many at a time, each with an end.

use galley_integrations::gateway::GatewayError;
use std::{future::Future, sync::Arc, time::Duration};
use tokio::{
    sync::{Notify, Semaphore},
    time::{Instant, timeout},
};

/// Shared by all passes, so that those that overlap do not add up.
#[derive(Clone, Debug)]
pub(super) struct Calls {
    free: Arc<Semaphore>,
    limit: Duration,
}

impl Calls {
    pub(super) fn new(at_a_time: usize, limit: Duration) -> Self {
        Self { free: Arc::new(Semaphore::new(at_a_time.max(1))), limit }
    }

    /// Waits for its turn and asks, unless nobody wants to know any more when it is its turn. `slow`
    /// is told when there is no answer within its time, which begins with the call; the call goes on.
    pub(super) async fn ask<T>(
        &self,
        wanted: impl FnOnce() -> bool,
        call: impl Future<Output = Result<T, GatewayError>>,
        slow: Option<(&Notify, Duration)>,
    ) -> Option<Answer<T>> {
        // Never closed.
        let _turn = self.free.acquire().await.ok()?;
        if !wanted() {
            return None;
        }
        let began = Instant::now();
        let limited = async {
            let late = |_| GatewayError::Unknown { detail: format!("no answer within {:?}", self.limit) };
            timeout(self.limit, call).await.map_err(late).flatten()
        };
        tokio::pin!(limited);
        let result = match slow {
            None => limited.await,
            Some((slow, patience)) => {
                tokio::select! {
                    result = &mut limited => result,
                    () = tokio::time::sleep(patience) => {
                        slow.notify_one();
                        limited.await
                    }
                }
            }
        };
        Some(Answer { result, took: began.elapsed() })
    }
}

/// What a gateway said, and how long that took.
pub(super) struct Answer<T> {
    pub(super) result: Result<T, GatewayError>,
    pub(super) took: Duration,
}
