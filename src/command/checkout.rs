//! `galley checkout`.

use crate::{
    boot::{self, Failure},
    config::{Config, Neighbour},
};
use clap::Subcommand;

#[derive(Subcommand)]
pub(crate) enum Checkout {
    /// Ask the gateways now how all open checkouts stand, and what was paid in the last day.
    Reconcile,
}

impl Checkout {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let Self::Reconcile = self;
        let config = Config::load()?;
        if matches!(config.stripe, Neighbour::Sandbox) {
            let ask = format!("http://{}/api/test/checkout-sessions", config.server.bind);
            return Err(format!("the sandbox's gateways live in `galley serve`: POST {ask} instead").into());
        }
        let gateways = boot::gateways(&config, None)?;
        let opened = boot::open(&config, false).await?;
        let pass = boot::reconciler(&config, &opened.store, gateways).pass(true).await;
        println!(
            "Checked {} checkouts, settled {}, {} errors, in {} ms.",
            pass.checked,
            pass.settled,
            pass.errors,
            pass.took.as_millis()
        );
        if pass.errors > 0 {
            return Err("some gateways did not answer; what they know is asked for again".into());
        }
        Ok(())
    }
}
