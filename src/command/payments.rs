//! `galley payments`.

use crate::{boot, boot::Failure, config::Config};
use clap::Subcommand;
use galley_domain::money::Money;

#[derive(Subcommand)]
pub(crate) enum Payments {
    /// List payments.
    List {
        /// Those that wait for a person, with the reason.
        #[arg(long, required = true)]
        review: bool,
    },
}

/// Most payments that are listed.
const LIST_MAX: i64 = 500;

impl Payments {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let Self::List { review: _ } = self;
        let store = boot::open(&Config::load()?, false).await?.store;
        let payments = store.payments_in_review(LIST_MAX).await?;
        if payments.is_empty() {
            println!("No payment waits for review.");
        }
        for payment in payments {
            let amount = match (payment.amount_minor, payment.currency.as_deref().map(str::parse)) {
                (Some(minor), Some(Ok(currency))) => Money { minor, currency }.to_string(),
                _ => "unknown amount".to_owned(),
            };
            println!(
                "{} {} {amount} from {} at {}",
                payment.id,
                payment.payment_ref,
                payment.email.as_deref().unwrap_or("nobody"),
                payment.paid_at.format("%Y-%m-%d %H:%M:%S UTC"),
            );
            println!(
                "    {}: {} (checkout {})",
                payment.review_reason.as_deref().unwrap_or("unknown"),
                payment.review_detail.as_deref().unwrap_or(""),
                payment.session_ref
            );
        }
        Ok(())
    }
}
