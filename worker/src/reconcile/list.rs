//! Reading a list to its end, however long it is.

use super::{
    calls::Answer,
    round::{READ_PAUSE, Round},
    window::halves,
};
use futures_util::future::{BoxFuture, FutureExt as _, select_ok, try_join_all};
use galley_integrations::gateway::{GatewayError, Page, Window};
use std::sync::atomic::Ordering;
use tokio::sync::Notify;

/// Most pages that a pass asks a gateway for: one whose lists have no end is not followed for ever.
const PAGES_MAX: usize = 2_000;

impl Round<'_> {
    /// Shows all sessions of a window that were completed. Each page is handed on as it comes; `slow`
    /// is told of each that lets us wait.
    ///
    /// Where there is a second page, the list is paged on, and beside that both halves of the window
    /// are listed: the one is sure to end soon where everything happened in the same second, the
    /// other where much is spread over a long time. The first to reach its end counts.
    pub(super) fn list<'b>(
        &'b self,
        window: Window,
        slow: &'b Notify,
    ) -> BoxFuture<'b, Result<(), GatewayError>> {
        async move {
            let Some(next) = self.page(&window, None, slow).await? else { return Ok(()) };
            let onwards = self.onwards(window, next, slow).boxed();
            let Some(halves) = halves(&window) else { return onwards.await };
            let parts = halves.map(|half| self.list(half, slow));
            let parts = async { try_join_all(parts).await.map(drop) }.boxed();
            select_ok([onwards, parts]).await.map(|((), _)| ())
        }
        .boxed()
    }

    async fn onwards(&self, window: Window, first: String, slow: &Notify) -> Result<(), GatewayError> {
        let mut after = first;
        while let Some(next) = self.page(&window, Some(&after), slow).await? {
            if next == after {
                return Err(unending());
            }
            after = next;
        }
        Ok(())
    }

    /// One page; where the next one begins.
    async fn page(
        &self,
        window: &Window,
        after: Option<&str>,
        slow: &Notify,
    ) -> Result<Option<String>, GatewayError> {
        let mut answer = self.ask_for_page(window, after, slow).await?;
        // A failed list costs a question for each checkout in it: a moment's trouble is not worth that.
        if self.is_passing(&answer) {
            tokio::time::sleep(READ_PAUSE).await;
            answer = self.ask_for_page(window, after, slow).await?;
        }
        let page = answer.result.inspect_err(|error| {
            self.context.tally.failed("Checkouts could not be listed", error);
        })?;
        fail::fail_point!("reconcile.after-list");
        self.seen(page.observations);
        Ok(page.next)
    }

    async fn ask_for_page(
        &self,
        window: &Window,
        after: Option<&str>,
        slow: &Notify,
    ) -> Result<Answer<Page>, GatewayError> {
        if self.pages.fetch_add(1, Ordering::Relaxed) >= PAGES_MAX {
            return Err(unending());
        }
        let call = self.gateway.list_complete(window, after);
        let slow = Some((slow, self.context.config.hedge));
        self.calls.ask(|| true, call, slow).await.ok_or_else(unending)
    }
}

fn unending() -> GatewayError {
    GatewayError::Unknown { detail: "the list has no end".to_owned() }
}
