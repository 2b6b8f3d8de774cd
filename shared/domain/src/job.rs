//! Jobs: their kinds, their states and when a failed one runs again.

use crate::text_enum::text_enum;
use std::time::Duration;

text_enum! {
    /// Which work a job is. The names are on disk: they outlive renames of handlers.
    pub enum JobKind {
        /// Writes an article.
        ArticleGeneration = "article-generation",
        /// Places a link into an existing article.
        BacklinkIntegration = "backlink-integration",
        /// Revises the current version, of articles and backlinks alike.
        BacklinkRevision = "backlink-revision",
        /// Publishes an approved version.
        Publication = "publication",
        /// Sends one mail of the log.
        EmailDelivery = "email-delivery",
        /// Works on a gateway event again that could not be worked on when it came in.
        PaymentEvent = "payment-event",
        /// Has a gateway make the page on which a checkout is paid.
        CheckoutCreate = "checkout-create",
        /// Asks a gateway how a checkout stands.
        PaymentRefetch = "payment-refetch",
        /// Has a gateway give money back, or asks how that stands.
        Refund = "refund",
    }
}

text_enum! {
    /// Where a job stands: the words that the status API and the console show.
    pub enum JobState {
        /// Due.
        Waiting = "waiting",
        /// Due later.
        Delayed = "delayed",
        /// Its order is frozen.
        Held = "held",
        /// A worker has it.
        Active = "active",
        /// Done.
        Completed = "completed",
        /// No attempts left.
        Failed = "failed",
        /// Not wanted any more.
        Cancelled = "cancelled",
    }
}

text_enum! {
    /// Where a job waits: one runtime with its own concurrency per queue. Priority counts within it.
    pub enum Queue {
        /// Writing and revising; slow, calls the AI service.
        Content = "content",
        /// Publishing approved versions.
        Publication = "publication",
        /// Sending mails.
        Mail = "mail",
        /// Steps that concern money.
        Payment = "payment",
    }
}

/// How often a job may be given back because its worker died, before it is held to be the cause.
pub const LOST_LEASES_MAX: i32 = 5;
/// The longest pause a neighbour's `Retry-After` is honoured for.
pub const RETRY_AFTER_MAX: Duration = Duration::from_mins(10);

impl JobKind {
    /// Content jobs make versions; an order has at most one open.
    pub const fn is_content(self) -> bool {
        matches!(self, Self::ArticleGeneration | Self::BacklinkIntegration | Self::BacklinkRevision)
    }

    /// Where it waits.
    pub const fn queue(self) -> Queue {
        match self {
            Self::ArticleGeneration | Self::BacklinkIntegration | Self::BacklinkRevision => Queue::Content,
            Self::Publication => Queue::Publication,
            Self::EmailDelivery => Queue::Mail,
            Self::PaymentEvent | Self::CheckoutCreate | Self::PaymentRefetch | Self::Refund => Queue::Payment,
        }
    }

    /// The pauses of the kind; one run more than there are pauses.
    pub const fn retry_policy(self) -> RetryPolicy {
        match self {
            Self::ArticleGeneration
            | Self::BacklinkIntegration
            | Self::BacklinkRevision
            | Self::Publication => RetryPolicy { pauses_seconds: &[30, 120] },
            Self::EmailDelivery => RetryPolicy { pauses_seconds: &[5, 30, 120, 600, 1_800, 7_200, 21_600] },
            Self::PaymentEvent | Self::CheckoutCreate | Self::PaymentRefetch | Self::Refund => {
                RetryPolicy { pauses_seconds: &[2, 4, 8, 16, 32] }
            }
        }
    }
}

/// Pauses between the runs of a job. "3 attempts" is 3 runs with 2 pauses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The pause after the first failure, after the second, …
    pub pauses_seconds: &'static [u64],
}

impl RetryPolicy {
    /// How often the job runs at most.
    pub fn max_attempts(self) -> i32 {
        i32::try_from(self.pauses_seconds.len()).unwrap_or(i32::MAX - 1) + 1
    }

    /// How long to wait after run `attempt` (counted from 1) failed; `None` when it was the last.
    ///
    /// `scale` shortens or stretches the pauses (1.0 is the policy as written). `jitter`, from 0 to
    /// 1, adds up to 20 %; it never subtracts. A neighbour's `retry_after` is honoured when it is
    /// longer, up to [`RETRY_AFTER_MAX`].
    pub fn pause_after(
        self,
        attempt: i32,
        scale: f64,
        jitter: f64,
        retry_after: Option<Duration>,
    ) -> Option<Duration> {
        let index = usize::try_from(attempt.max(1) - 1).ok()?;
        let seconds = *self.pauses_seconds.get(index)?;
        let pause = Duration::from_secs(seconds).mul_f64(scale * (1.0 + 0.2 * jitter.clamp(0.0, 1.0)));
        Some(pause.max(retry_after.unwrap_or_default().min(RETRY_AFTER_MAX)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_runs_three_times_with_growing_pauses() {
        let policy = JobKind::ArticleGeneration.retry_policy();
        assert_eq!(policy.max_attempts(), 3);
        let pauses: Vec<_> = (1..=3).map(|attempt| policy.pause_after(attempt, 1.0, 0.0, None)).collect();
        assert_eq!(pauses, [Some(Duration::from_secs(30)), Some(Duration::from_mins(2)), None]);
    }

    #[test]
    fn jitter_adds_up_to_a_fifth_and_never_subtracts() {
        let policy = JobKind::PaymentEvent.retry_policy();
        assert_eq!(policy.pause_after(5, 1.0, 1.0, None), Some(Duration::from_secs_f64(38.4)));
        assert_eq!(policy.pause_after(5, 1.0, -3.0, None), Some(Duration::from_secs(32)));
        assert_eq!(policy.pause_after(6, 1.0, 0.0, None), None);
    }

    #[test]
    fn a_neighbours_retry_after_is_honoured_up_to_ten_minutes() {
        let policy = JobKind::EmailDelivery.retry_policy();
        let asked = |seconds| policy.pause_after(1, 1.0, 0.0, Some(Duration::from_secs(seconds)));
        assert_eq!(asked(1), Some(Duration::from_secs(5)));
        assert_eq!(asked(60), Some(Duration::from_mins(1)));
        assert_eq!(asked(86_400), Some(RETRY_AFTER_MAX));
        assert_eq!(policy.pause_after(8, 1.0, 0.0, Some(RETRY_AFTER_MAX)), None);
    }
}
