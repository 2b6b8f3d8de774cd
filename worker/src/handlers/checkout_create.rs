//! Having a gateway make the page on which a checkout is paid.
//!
//! Whoever opened the checkout tried already, and every try carries the same key: the gateway makes
//! one page, whoever gets through. What runs out of retries here is taken up again by the reconciler.

use super::{
    JobError,
    gateway::{self, KEY_LIFE, repeats_safely},
    id_in, read,
};
use galley_domain::{
    id::CheckoutSessionId,
    payment::{CheckoutIntent, HostedCheckout},
};
use galley_integrations::gateway::{GatewayError, Gateways, PaymentGateway};
use galley_store::{ClaimedJob, Outcome, Store};

/// Asks under the same key in every run: a page that was made before comes back.
pub(super) async fn make(store: &Store, gateways: &Gateways, job: &ClaimedJob) -> Result<Outcome, JobError> {
    let id: CheckoutSessionId = id_in(job, "checkoutSessionId")?;
    let Some(intent) = read(|| store.checkout_intent(id)).await? else {
        return Ok(Outcome::Done);
    };
    if store.clock().now() - intent.created_at > KEY_LIFE {
        return refused(store, id, "the gateway could not be reached for a day").await;
    }
    let gateway = gateway::find(gateways, intent.gateway)?;
    let mut answer = ask(gateway, &intent).await;
    if answer.as_ref().is_err_and(|error| is_spent(&intent, error)) {
        // What was made under the key all the same is looked for before another key is used.
        answer = match gateway.find_checkout(&intent).await {
            Ok(Some(hosted)) => Ok(hosted),
            Ok(None) => {
                let next = read(|| store.next_checkout_attempt(id, intent.attempt)).await?;
                let Some(next) = next else { return Ok(Outcome::Done) };
                ask(gateway, &next).await
            }
            Err(error) => Err(error),
        };
    }
    match answer {
        Ok(hosted) => {
            read(|| store.checkout_created(id, &hosted)).await?;
            Ok(Outcome::Done)
        }
        Err(GatewayError::Refused { detail }) => refused(store, id, &detail).await,
        Err(error) => Err(JobError::gateway(&error)),
    }
}

async fn ask(gateway: &dyn PaymentGateway, intent: &CheckoutIntent) -> Result<HostedCheckout, GatewayError> {
    fail::fail_point!("checkout-create.before-gateway");
    let answer = gateway.create_checkout(intent).await;
    fail::fail_point!("checkout-create.after-gateway");
    answer
}

/// Whether nothing can be had under this key any more. A gateway that keeps no keys may refuse what
/// it was asked before for no other reason than that.
const fn is_spent(intent: &CheckoutIntent, error: &GatewayError) -> bool {
    match error {
        GatewayError::Replayed { .. } => true,
        GatewayError::Refused { .. } => !repeats_safely(intent.gateway),
        GatewayError::NotDone { .. } | GatewayError::Unknown { .. } => false,
    }
}

/// The checkout has failed. The job has not: it found out.
async fn refused(store: &Store, id: CheckoutSessionId, detail: &str) -> Result<Outcome, JobError> {
    tracing::error!(checkout.id = %id, detail, "The gateway refused checkout {id}");
    read(|| store.checkout_refused(id, detail)).await?;
    Ok(Outcome::Done)
}
