//! Where everything that concerns money stands. The names are on disk.

use crate::text_enum::text_enum;

text_enum! {
    /// Where a payment stands.
    pub enum PaymentState {
        /// In, and turned into an order.
        Paid = "paid",
        /// In, but a person must decide what it becomes.
        NeedsReview = "needs_review",
        /// A second payment for one checkout; goes back.
        Duplicate = "duplicate",
        /// Looked at and set aside.
        Dismissed = "dismissed",
    }
}

text_enum! {
    /// Where a checkout stands. Moves forward only; `paid` overrides everything.
    pub enum CheckoutState {
        /// Ours, before the gateway has answered.
        Creating = "creating",
        /// The customer can pay.
        Open = "open",
        /// Complete, the money is still on its way.
        Processing = "processing",
        /// The money is in.
        Paid = "paid",
        /// The payment failed.
        Failed = "failed",
        /// Nobody paid in time.
        Expired = "expired",
    }
}

impl CheckoutState {
    /// States move to a higher rank only; failed and expired are both overridden by paid.
    pub const fn rank(self) -> i16 {
        match self {
            Self::Creating => 0,
            Self::Open => 1,
            Self::Processing => 2,
            Self::Failed | Self::Expired => 3,
            Self::Paid => 4,
        }
    }
}

text_enum! {
    /// What became of a gateway event in the inbox.
    pub enum PaymentEventState {
        /// Worked on.
        Done = "done",
        /// Waits for something it speaks of.
        Pending = "pending",
        /// Could not be worked on; a job tries again.
        Failed = "failed",
        /// None of our business, kept for the record.
        Ignored = "ignored",
    }
}

text_enum! {
    /// Why a payment needs a person.
    pub enum ReviewReason {
        /// Less than the product costs.
        AmountTooSmall = "amount_too_small",
        /// The gateway did not say how much.
        AmountUnknown = "amount_unknown",
        /// Not the currency of the product.
        WrongCurrency = "wrong_currency",
        /// The session names no product.
        MissingProduct = "missing_product",
        /// The session names a product that is not in the catalogue.
        UnknownProduct = "unknown_product",
        /// The brief cannot be worked with.
        UnusableBrief = "unusable_brief",
        /// Nobody to write to.
        NoEmail = "no_email",
        /// The article that shall receive the link is not known.
        UnknownArticle = "unknown_article",
        /// Not what was agreed on when the checkout was opened.
        AmountMismatch = "amount_mismatch",
        /// The gateway holds the payment to be risky and asks to verify the customer.
        Risky = "risky",
    }
}

text_enum! {
    /// Who takes the money.
    pub enum Gateway {
        /// <https://stripe.com>
        Stripe = "stripe",
        /// <https://sslcommerz.com>
        Sslcommerz = "sslcommerz",
    }
}

text_enum! {
    /// What a customer is told of a checkout.
    pub enum SessionStatus {
        /// It can be paid, or the money is on its way.
        Open = "open",
        /// The money is in.
        Success = "success",
        /// The payment failed; it may still become a success.
        Failure = "failure",
        /// Nobody paid in time; it may still become a success.
        Timeout = "timeout",
    }
}

impl From<CheckoutState> for SessionStatus {
    fn from(state: CheckoutState) -> Self {
        match state {
            CheckoutState::Creating | CheckoutState::Open | CheckoutState::Processing => Self::Open,
            CheckoutState::Paid => Self::Success,
            CheckoutState::Failed => Self::Failure,
            CheckoutState::Expired => Self::Timeout,
        }
    }
}

text_enum! {
    /// Where a refund stands. Moves forward only.
    pub enum RefundState {
        /// Asked for; the gateway has not been told, or its answer is not known yet.
        Requested = "requested",
        /// The gateway was told and may have done it: nobody knows.
        Unknown = "unknown",
        /// The gateway accepted it; the money is on its way.
        Pending = "pending",
        /// The money went back.
        Succeeded = "succeeded",
        /// It was refused, or came back.
        Failed = "failed",
    }
}

impl RefundState {
    /// States move to a higher rank only: a refund can fail after it succeeded, never the reverse.
    pub const fn rank(self) -> i16 {
        match self {
            Self::Requested => 0,
            Self::Unknown => 1,
            Self::Pending => 2,
            Self::Succeeded => 3,
            Self::Failed => 4,
        }
    }

    /// The gateway has taken it on.
    pub const fn is_accepted(self) -> bool {
        matches!(self, Self::Pending | Self::Succeeded)
    }

    /// Nobody knows yet whether the gateway takes it on.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Requested | Self::Unknown)
    }
}

text_enum! {
    /// Who wanted a refund.
    pub enum RefundOrigin {
        /// Staff, here.
        Staff = "staff",
        /// Somebody at the gateway, in its dashboard.
        Gateway = "gateway",
        /// Galley: a second payment for one checkout.
        Auto = "auto",
    }
}

text_enum! {
    /// Where a dispute stands. Moves forward only.
    pub enum DisputeState {
        /// The bank has not decided.
        Open = "open",
        /// In our favour.
        Won = "won",
        /// A warning that came to nothing.
        WarningClosed = "warning_closed",
        /// The money is gone.
        Lost = "lost",
    }
}
