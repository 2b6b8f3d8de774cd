//! `galley payments`.

use super::operator;
use crate::{boot, boot::Failure, config::Config};
use clap::{Args, Subcommand};
use galley_domain::{
    brief::{Brief, BriefInput},
    id::PaymentId,
    money::Money,
    payment::{PaymentState, parse_email},
};
use galley_store::{PaymentView, RefundRequest, RefundTarget, Release, Store};

#[derive(Subcommand)]
pub(crate) enum Payments {
    /// List payments.
    List {
        /// Those that wait for a person, with the reason.
        #[arg(long, conflicts_with = "state")]
        review: bool,
        /// Those in this state: `paid`, `needs_review`, `duplicate` or `dismissed`.
        #[arg(long)]
        state: Option<PaymentState>,
    },
    /// Make the order of a payment in review after all.
    Release(ReleaseOptions),
    /// Give money back.
    Refund {
        /// The payment.
        payment: PaymentId,
        /// How much, in minor units (cents); everything that is left unless given.
        #[arg(long)]
        amount_minor: Option<i64>,
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// Set a payment in review aside: it becomes no order, and is not given back.
    Dismiss {
        /// The payment.
        payment: PaymentId,
        /// Why.
        #[arg(long)]
        reason: String,
    },
}

#[derive(Args)]
pub(crate) struct ReleaseOptions {
    /// The payment.
    payment: PaymentId,
    /// Why it is fine.
    #[arg(long)]
    reason: String,
    /// The brief as JSON under its API names, if the checkout's cannot be used.
    #[arg(long)]
    brief: Option<String>,
    /// The customer's address, if the checkout has none.
    #[arg(long)]
    email: Option<String>,
}

/// Most payments that are listed.
const LIST_MAX: i64 = 500;

impl Payments {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let store = boot::open(&Config::load()?, false).await?.store;
        // Who sits at the machine may do everything; the history says where it came from.
        let actor = operator();
        match self {
            Self::List { review, state } => {
                list(&store, state.or(review.then_some(PaymentState::NeedsReview))).await?;
            }
            Self::Release(options) => {
                let release = options.read()?;
                let released = store.release(options.payment, release, &actor).await?;
                let already = if released.new { "" } else { " already" };
                println!("Payment {} is{already} order {}.", options.payment, released.order_id);
            }
            Self::Refund { payment, amount_minor, reason } => {
                let target = RefundTarget::Payment(payment);
                let request = RefundRequest { target, amount_minor, reason, actor, key: None };
                let refund = store.request_refund(request).await?;
                println!("Refund {} is asked for; the gateway is told by a worker.", refund.id);
            }
            Self::Dismiss { payment, reason } => {
                store.dismiss(payment, &reason, &actor).await?;
                println!("Payment {payment} is set aside.");
            }
        }
        Ok(())
    }
}

impl ReleaseOptions {
    fn read(&self) -> Result<Release, Failure> {
        let brief = self.brief.as_deref().map(|text| {
            let input: BriefInput = serde_json::from_str(text)?;
            Brief::parse(input).map_err(|errors| {
                let errors: Vec<_> = errors.iter().map(|e| format!("{}: {}", e.field, e.message)).collect();
                Failure::from(errors.join("\n"))
            })
        });
        let email = self.email.as_deref().map(|text| {
            parse_email(text).ok_or_else(|| Failure::from(format!("`{text}` is no e-mail address")))
        });
        Ok(Release { brief: brief.transpose()?, email: email.transpose()?, reason: self.reason.clone() })
    }
}

async fn list(store: &Store, state: Option<PaymentState>) -> Result<(), Failure> {
    let payments = store.payments(state, None, LIST_MAX).await?;
    if payments.is_empty() {
        println!("No payment {}.", if state.is_some() { "is in that state" } else { "has come in" });
    }
    for payment in payments {
        println!("{}", line(&payment));
        if let Some(reason) = payment.review_reason {
            let detail = payment.review_detail.as_deref().unwrap_or_default();
            let session = payment.session_ref.as_deref().unwrap_or("?");
            println!("    {reason}: {detail} (checkout {session})");
        }
    }
    Ok(())
}

fn line(payment: &PaymentView) -> String {
    let amount = match (payment.amount_minor, payment.currency.as_deref().map(str::parse)) {
        (Some(minor), Some(Ok(currency))) => Money { minor, currency }.to_string(),
        _ => "unknown amount".to_owned(),
    };
    let back = match payment.refunded_minor {
        0 => String::new(),
        minor => format!(", {minor} went back (minor units)"),
    };
    format!(
        "{} {} {} {amount}{back} from {} at {}",
        payment.id,
        payment.state,
        payment.payment_ref,
        payment.email.as_deref().unwrap_or("nobody"),
        payment.paid_at.format("%Y-%m-%d %H:%M:%S UTC"),
    )
}
