mod faults;
mod pass;
mod sweep;
mod windows;

use super::{Pass, Reconciler, ReconcilerConfig};
use crate::testing::{Scripted, Shop};
use galley_integrations::gateway::GatewayError;
use std::{sync::Arc, time::Duration};

/// A fifth of what production waits.
fn quick() -> ReconcilerConfig {
    ReconcilerConfig {
        interval: Duration::from_secs(1),
        timeout: Duration::from_secs(2),
        hedge: Duration::from_millis(300),
        ..ReconcilerConfig::default()
    }
}

fn reconciler(shop: &Shop, gateway: &Arc<Scripted>) -> Reconciler {
    Reconciler::new(Arc::clone(&shop.store), gateway.alone(), quick())
}

async fn pass(shop: &Shop, gateway: &Arc<Scripted>) -> Pass {
    reconciler(shop, gateway).pass(false).await
}

fn broken() -> GatewayError {
    GatewayError::Unknown { detail: "the connection broke".to_owned() }
}

/// Spreads numbers evenly and without a pattern.
const fn scattered(number: usize) -> usize {
    number.wrapping_mul(0x9E37_79B9) >> 7
}
