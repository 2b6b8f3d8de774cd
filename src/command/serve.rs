//! `galley serve | api | worker`.

use super::asked_to_stop;
use crate::{
    boot::{Failure, Role, Running},
    config::Config,
};

pub(super) async fn run(role: Role) -> Result<(), Failure> {
    let config = Config::load()?;
    let running = Running::start(&config, role, None).await?;
    banner(&running);
    asked_to_stop().await;
    tracing::info!("Stopping; what runs may end");
    running.stop().await;
    Ok(())
}

fn banner(running: &Running) {
    if let Some(address) = running.address {
        tracing::info!("Listening on http://{address}");
    }
    if let Some(link) = &running.first_link {
        tracing::warn!("Nobody can log in yet. For 15 minutes the first owner can come in at {link}");
    }
    if let Some(secret) = &running.webhook_secret {
        // Only the sandbox's own secret, made for this run, is ever shown.
        tracing::warn!("SANDBOX: Stripe's events are signed with {}", secret.expose());
    }
    if let Some(sandbox) = &running.sandbox {
        if let (Some(stripe), Some(address)) = (sandbox.stripe(), running.address) {
            tracing::warn!("SANDBOX: no real money moves; buy something at http://{address}/order");
            tracing::warn!("SANDBOX: the stand-in Stripe is at {}", stripe.base_url());
        }
        if let Some(sslcommerz) = sandbox.sslcommerz() {
            tracing::warn!("SANDBOX: the stand-in SSLCommerz is at {}", sslcommerz.base_url());
        }
        if let Some(ai) = sandbox.ai() {
            tracing::warn!("SANDBOX: the stand-in AI service is at {}", ai.base_url());
        }
        if let Some(inbox) = sandbox.inbox() {
            tracing::warn!("SANDBOX: no mail leaves; read what was sent at {}", inbox.url());
        }
    }
}
