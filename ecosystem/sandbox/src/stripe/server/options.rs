use crate::{Now, stripe::RetryPlan};
use std::{fmt, net::SocketAddr, time::Duration};

/// How a stand-in Stripe is set up.
#[derive(Clone)]
pub struct StripeOptions {
    /// Where it listens; port 0 takes a free one.
    pub bind: SocketAddr,
    /// The key that requests must bear.
    pub secret_key: String,
    /// `acct_…`, what `GET /v1/account` says.
    pub account: String,
    /// Real money; the ids say so too.
    pub livemode: bool,
    /// Where chance starts. The same seed makes the same ids, so a shop that keeps its database
    /// over restarts wants another one each time.
    pub seed: u64,
    /// Dates everything, and lets sessions expire.
    pub now: Now,
    /// What the addresses of pay pages start with, where customers cannot reach the socket itself.
    pub public_url: Option<String>,
    /// How long money takes that was sent by bank transfer on the pay page.
    pub transfer: Duration,
    /// How events that are not accepted are delivered again.
    pub retries: RetryPlan,
}

impl StripeOptions {
    /// A free port on loopback, the key `sk_test_sandbox`, always the same ids.
    pub fn new(now: Now) -> Self {
        Self {
            bind: SocketAddr::from(([127, 0, 0, 1], 0)),
            secret_key: "sk_test_sandbox".to_owned(),
            account: "acct_1SandboxAccount01".to_owned(),
            livemode: false,
            seed: 0,
            now,
            public_url: None,
            transfer: Duration::from_secs(20),
            retries: RetryPlan::default(),
        }
    }
}

/// The key stays out of it.
impl fmt::Debug for StripeOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StripeOptions")
            .field("bind", &self.bind)
            .field("account", &self.account)
            .field("livemode", &self.livemode)
            .field("public_url", &self.public_url)
            .finish_non_exhaustive()
    }
}
