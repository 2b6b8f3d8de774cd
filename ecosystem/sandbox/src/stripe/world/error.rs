/// Why something cannot be done to a session, a payment, a refund or a dispute.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StripeRefusal {
    /// There is none with this id.
    #[error("No such {kind}: '{id}'")]
    NoSuch {
        /// Stripe's word for what was looked for.
        kind: &'static str,
        /// What was looked for.
        id: String,
    },
    /// Only an open session can be paid, declined or expired.
    #[error(
        "Only Checkout Sessions with a status in [\"open\"] can be expired. \
         This Checkout Session has a status of `{status}`."
    )]
    NotOpen {
        /// `complete` or `expired`.
        status: &'static str,
    },
    /// The session is not one whose money is still on its way, or has arrived.
    #[error("The money of this Checkout Session is `{is}`, which it must not be for that.")]
    WrongMoney {
        /// What is the matter with the money.
        is: &'static str,
    },
    /// There is no money that could go back.
    #[error("This PaymentIntent ({payment_intent}) does not have a successful charge to refund.")]
    NotCharged {
        /// `pi_…`.
        payment_intent: String,
    },
    /// All of it has gone back, or is going.
    #[error("Charge {charge} has already been refunded.")]
    AlreadyRefunded {
        /// `ch_…`.
        charge: String,
    },
    /// More than is left.
    #[error("Refund amount ({asked}) is greater than unrefunded amount on charge ({left})")]
    MoreThanLeft {
        /// What was asked for, as a text for people.
        asked: String,
        /// What is left, as a text for people.
        left: String,
    },
    /// The customer's bank has the money, or is about to.
    #[error("Charge {charge} has been charged back; cannot issue a refund.")]
    Disputed {
        /// `ch_…`.
        charge: String,
    },
    /// A refund, or a dispute, that is over stays as it is.
    #[error("{id} is `{status}` already.")]
    Over {
        /// `re_…` or `dp_…`.
        id: String,
        /// What has become of it.
        status: String,
    },
    /// No word of Stripe's for how a dispute can be.
    #[error("Invalid status: {0}")]
    NoSuchStatus(String),
}
