//! What taking money needs, put together by whoever starts the server.

use futures_util::future::BoxFuture;
use galley_integrations::{gateway::Gateways, secret::Secret};
use std::{fmt, net::IpAddr, sync::Arc};
use url::{Origin, Url};

/// How this shop takes money, and what its pages say.
pub struct Payments {
    /// The first one is what a checkout takes that names none.
    pub gateways: Gateways,
    /// How SSLCommerz's notices are judged; without it they are a 404.
    pub sslcommerz: Option<SslcommerzIpn>,
    /// Asks the gateways how their checkouts stand.
    pub reconcile: Arc<dyn Reconcile>,
    /// Routes for tests exist, and a form may lead to http.
    pub development: bool,
    /// The pages say that no real money is taken.
    pub sandbox: bool,
    /// On every page.
    pub shop_name: String,
    /// Where customers reach us.
    pub public_url: Url,
    /// Where links to orders lead.
    pub frontend_url: Url,
    /// Whose pages may use the customers' API from a browser.
    pub other_origins: Vec<Origin>,
    /// Checkouts that one address may open in a minute; 0 for any number.
    pub checkout_per_minute: u32,
    /// Orders that may be watched live at once, each window counted.
    pub live_streams_max: usize,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
}

/// How SSLCommerz's notices are judged.
#[derive(Clone, Debug)]
pub struct SslcommerzIpn {
    /// Ours; what is for another store is turned away.
    pub store_id: String,
    /// What their hash is made with.
    pub password: Secret,
}

/// Asks the gateways how their checkouts stand, now instead of in a moment.
pub trait Reconcile: Send + Sync {
    /// One pass over everything that can still change, due or not.
    fn run_now(&self) -> BoxFuture<'_, Reconciled>;
}

/// What a pass found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// Checkouts that gateways were asked about.
    pub checked: u64,
    /// Payments that came in that way.
    pub settled: u64,
    /// Questions that failed.
    pub errors: u64,
    /// How long it took.
    pub duration_ms: u64,
}

impl Payments {
    /// Whether an address of ours is only reached encrypted.
    pub(crate) fn is_https(&self) -> bool {
        self.public_url.scheme() == "https"
    }

    /// Whose `X-Forwarded-For` is believed.
    pub(crate) fn trusts(&self, address: IpAddr) -> bool {
        self.trusted_proxies.iter().any(|proxy| proxy.to_canonical() == address.to_canonical())
    }
}

impl fmt::Debug for Payments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Payments").field("gateways", &self.gateways).finish_non_exhaustive()
    }
}
