//! What the handlers that ask payment gateways share.

use super::JobError;
use chrono::TimeDelta;
use galley_domain::payment::Gateway;
use galley_integrations::gateway::{Gateways, PaymentGateway};

/// How long a gateway remembers an idempotency key at least. Under an older one it may do again what
/// it did before.
pub(super) const KEY_LIFE: TimeDelta = TimeDelta::hours(24);

pub(super) fn find(gateways: &Gateways, gateway: Gateway) -> Result<&dyn PaymentGateway, JobError> {
    let found = gateways.find(gateway).map(AsRef::as_ref);
    found.ok_or_else(|| JobError::discarded(&format!("this shop takes no money through {gateway}")))
}

/// Whether the same request may be sent again after nobody knows what became of the first.
///
/// Stripe keeps idempotency keys: under the same key it does nothing twice, it answers again.
/// SSLCommerz keeps none, and cannot be asked for a refund by our id: a second request may be a
/// second refund.
pub(super) const fn repeats_safely(gateway: Gateway) -> bool {
    match gateway {
        Gateway::Stripe => true,
        Gateway::Sslcommerz => false,
    }
}
