use serde::{Deserialize, Serialize};

/// How Stripe behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StripeMode {
    /// As it should; with `latencyMs`, late.
    Ok,
    /// 500, and nothing is done. Under an idempotency key the 500 is kept and given again.
    #[serde(rename = "stored_500", alias = "status_500")]
    Stored500,
    /// 500, although it is done. Under an idempotency key the 500 is kept and given again.
    #[serde(rename = "stored_500_after", alias = "status_500_after")]
    Stored500After,
    /// It is done, and kept under the key, but the connection is reset instead of an answer.
    LostAnswer,
    /// 503, and nothing is done or kept.
    #[serde(rename = "status_503")]
    Status503,
    /// 429 with `Retry-After`, and nothing is done or kept.
    RateLimited,
    /// The same, with `Stripe-Should-Retry: false`.
    RateLimitedNoRetry,
    /// Takes the request, does nothing, and never answers.
    Hang,
    /// It is done at once; the answer comes late: by `latencyMs`, or by two seconds.
    Slow,
    /// The connection is reset, and nothing is done.
    Reset,
    /// Every connection is reset, also those of customers on the pay page. Only `/` and `/_control`
    /// answer.
    Down,
    /// It is done, and the answer is a 200 with something that is not JSON.
    Garbage,
    /// The answer, and events, have unexpected types in the fields that nobody should read.
    OddShape,
    /// Objects and events say `livemode: true` (or `false`, where the account is live).
    LivemodeFlip,
    /// A new refund is pending until somebody says what becomes of it.
    RefundPending,
    /// A new refund is pending in the answer, and has failed when anybody looks again.
    RefundFailed,
}

impl StripeMode {
    /// Whether it bends what is said, also in events.
    pub(in crate::stripe) fn bends(self) -> bool {
        matches!(self, Self::OddShape | Self::LivemodeFlip)
    }
}
