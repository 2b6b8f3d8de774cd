//! The client of Stripe against the sandbox's Stripe: over real sockets, with everything that goes
//! wrong on a bad day.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod checkouts;
mod refunds;

use chrono::{DateTime, TimeDelta, Utc};
use galley_domain::{
    money::Money,
    payment::{
        CheckoutIntent, CheckoutState, DisputeState, Gateway, MoneyChange, Observation, RefundIntent,
        RefundState, SessionFact,
    },
};
use galley_integrations::{
    gateway::{GatewayError, PaymentGateway as _, Window},
    secret::Secret,
    stripe::client::{StripeConfig, StripeGateway},
};
use galley_sandbox::{
    fault::Fault,
    stripe::{NewSession, StripeControl, StripeMode, StripeOptions, StripeServer},
};
use std::time::Duration;

const KEY: &str = "sk_test_51SandboxSecretabcd";
const CHECKOUT: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
const REFUND: &str = "01890a5d-ac96-774b-bcce-b302099a8058";

/// Stands still: what is made in a test is made in one second.
fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_760_000_000, 0).unwrap()
}

fn gateway(server: &StripeServer, key: &str) -> StripeGateway {
    StripeGateway::new(StripeConfig {
        secret_key: Secret::new(key),
        api_base: server.base_url().parse().unwrap(),
        livemode: false,
        return_base: "https://shop.example".parse().unwrap(),
        timeout: Duration::from_secs(2),
        rate_per_second: None,
    })
    .unwrap()
}

struct Desk {
    server: StripeServer,
    stripe: StripeGateway,
}

impl Desk {
    async fn new() -> Self {
        let options = StripeOptions { secret_key: KEY.to_owned(), ..StripeOptions::new(now) };
        let server = StripeServer::start(options).await.unwrap();
        let stripe = gateway(&server, KEY);
        Self { server, stripe }
    }

    fn control(&self) -> &StripeControl {
        self.server.control()
    }

    /// The next request goes wrong.
    fn bad(&self, mode: StripeMode) {
        self.control().set(Fault::times(mode, 1));
    }

    async fn session(&self, id: &str) -> SessionFact {
        match self.stripe.fetch(id, None).await.unwrap().as_slice() {
            [Observation::Session(fact)] => SessionFact::clone(fact),
            other => panic!("{other:?}"),
        }
    }

    /// A checkout that was paid: the payment's id.
    async fn paid(&self) -> String {
        let page = self.stripe.create_checkout(&intent()).await.unwrap();
        self.control().pay(&page.external_id).unwrap();
        self.session(&page.external_id).await.payment_ref
    }
}

fn intent() -> CheckoutIntent {
    CheckoutIntent {
        checkout: CHECKOUT.parse().unwrap(),
        gateway: Gateway::Stripe,
        attempt: 1,
        title: "Article".to_owned(),
        price: Money { minor: 12_900, currency: "USD".parse().unwrap() },
        email: "ann@example.com".to_owned(),
        token: "t0ken".to_owned(),
        created_at: now(),
    }
}

fn refund_of(payment_ref: &str) -> RefundIntent {
    RefundIntent {
        refund: REFUND.parse().unwrap(),
        gateway: Gateway::Stripe,
        attempt: 1,
        payment_ref: payment_ref.to_owned(),
        external_id: None,
        amount: Money { minor: 500, currency: "USD".parse().unwrap() },
        reason: "It came too late.".to_owned(),
        state: RefundState::Requested,
        created_at: now(),
    }
}

fn today() -> Window {
    Window { from: now() - TimeDelta::hours(1), until: now() + TimeDelta::hours(1) }
}
