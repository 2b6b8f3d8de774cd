//! Having a checkout's page made while the customer waits: two quick tries. What is not done then, a
//! job does.

use crate::Api;
use galley_domain::payment::CheckoutIntent;
use galley_integrations::gateway::{GatewayError, PaymentGateway};
use std::time::Duration;

/// How long one try may take.
const TRY_TIMEOUT: Duration = Duration::from_secs(4);
/// The pause between the two.
const TRY_PAUSE: Duration = Duration::from_millis(200);

/// Asks the gateway and writes down what it says. Both tries carry the same key, and so does the
/// job's: the gateway makes one page, whoever of them gets through.
pub(super) async fn make_page(api: Api, intent: CheckoutIntent) {
    let id = intent.checkout;
    let Some(gateway) = api.payments.gateways.find(intent.gateway) else { return };
    fail::fail_point!("checkout.before-gateway");
    let mut answer = ask(gateway.as_ref(), &intent).await;
    if answer.as_ref().is_err_and(is_passing) {
        tokio::time::sleep(TRY_PAUSE).await;
        answer = ask(gateway.as_ref(), &intent).await;
    }
    fail::fail_point!("checkout.after-gateway");
    let written = match answer {
        Ok(hosted) => api.store.checkout_created(id, &hosted).await,
        Err(GatewayError::Refused { detail }) => {
            tracing::error!(checkout.id = %id, detail, "The gateway refused checkout {id}");
            api.store.checkout_refused(id, &detail).await
        }
        Err(error) => {
            tracing::warn!(checkout.id = %id, %error, "The page of checkout {id} is left to its job");
            return;
        }
    };
    if let Err(error) = written {
        tracing::error!(checkout.id = %id, %error, "What the gateway said of checkout {id} is not on disk");
    }
    fail::fail_point!("checkout.after-recorded");
}

async fn ask(
    gateway: &dyn PaymentGateway,
    intent: &CheckoutIntent,
) -> Result<galley_domain::payment::HostedCheckout, GatewayError> {
    let asked = tokio::time::timeout(TRY_TIMEOUT, gateway.create_checkout(intent)).await;
    asked.unwrap_or_else(|_| {
        Err(GatewayError::Unknown { detail: format!("no answer within {} s", TRY_TIMEOUT.as_secs()) })
    })
}

/// Whether the same question is right a moment later. Who asks to be left alone for longer than that
/// is left alone.
fn is_passing(error: &GatewayError) -> bool {
    match error {
        GatewayError::NotDone { after, .. } => after.is_none_or(|after| after <= TRY_PAUSE),
        GatewayError::Unknown { .. } => true,
        GatewayError::Replayed { .. } | GatewayError::Refused { .. } => false,
    }
}
