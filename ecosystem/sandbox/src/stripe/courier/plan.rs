use serde::{Deserialize, Serialize};

/// How events are delivered.
///
/// The same JSON is taken by `POST /_control/webhooks`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct WebhookPlan {
    /// Nothing is delivered; events are only kept.
    pub off: bool,
    /// How often each event is delivered, at the same time; 1 is once.
    pub copies: u32,
    /// How long a delivery is held back, in milliseconds.
    pub delay_ms: u64,
    /// Each other event waits for the one after it and arrives second.
    pub reorder: bool,
}

impl Default for WebhookPlan {
    /// Each event once, at once.
    fn default() -> Self {
        Self { off: false, copies: 1, delay_ms: 0, reorder: false }
    }
}
