use crate::text_enum::text_enum;

text_enum! {
    /// How a dispute ended.
    pub enum DisputeOutcome {
        /// In our favour.
        Won = "won",
        /// A warning that came to nothing.
        WarningClosed = "warning_closed",
        /// The money is gone.
        Lost = "lost",
    }
}

/// What somebody wants of an order. Imperative; the event that follows is in the past tense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// A worker finished the content of `run`.
    ContentReady {
        /// The run it was made for.
        run: i32,
    },
    /// A worker has no attempts left for `run`.
    Exhausted {
        /// The run that failed.
        run: i32,
        /// Why, in words that a customer understands.
        reason: String,
    },
    /// The customer asks for a new version.
    RequestRevision {
        /// What to change.
        notes: String,
        /// More than 20 revisions today: no priority, and staff are told.
        busy: bool,
    },
    /// The customer hands the order in.
    Submit,
    /// The customer has not acted for a while.
    Remind {
        /// The stage of the wait that is over.
        stage: i32,
    },
    /// Nobody acted for long enough, and all checks passed.
    AutoSubmit,
    /// The customer goes back to an earlier version.
    Restore {
        /// Its number.
        number: i32,
    },
    /// The customer wants it back from review.
    TakeBack,
    /// Staff approve a version.
    Approve {
        /// The version they looked at.
        version: i32,
    },
    /// Staff approve their own edit, which becomes a new version.
    EditAndApprove {
        /// The version that they edited.
        version: i32,
    },
    /// The publication job is done.
    Published {
        /// The public address.
        url: String,
    },
    /// The publication job failed for good.
    PublicationFailed {
        /// Why, for staff.
        reason: String,
    },
    /// Staff want it changed.
    RequestChanges {
        /// What, for the customer.
        notes: String,
        /// The AI shall revise it, rather than the customer decide.
        revise: bool,
    },
    /// Staff start a failed order again.
    Retry,
    /// Staff end an order.
    Cancel {
        /// Why.
        reason: String,
    },
    /// A refund was asked for, and its amount is reserved.
    RefundRequested {
        /// Of all that is left: no more work is begun meanwhile.
        whole: bool,
    },
    /// The gateway refused a refund.
    RefundRefused {
        /// Others are still on their way.
        others_open: bool,
    },
    /// The gateway accepted refunds that add up to the whole payment.
    FullyRefunded,
    /// The gateway accepted a refund of a part.
    PartlyRefunded {
        /// Others are still on their way.
        others_open: bool,
    },
    /// The customer's bank disputes the payment.
    DisputeOpened,
    /// The dispute came to an end.
    DisputeClosed {
        /// How.
        outcome: DisputeOutcome,
    },
}

impl Command {
    /// Its name in refusals and history.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::ContentReady { .. } => "content ready",
            Self::Exhausted { .. } => "exhausted",
            Self::RequestRevision { .. } => "request revision",
            Self::Submit => "submit",
            Self::Remind { .. } => "remind",
            Self::AutoSubmit => "auto-submit",
            Self::Restore { .. } => "restore version",
            Self::TakeBack => "take back",
            Self::Approve { .. } => "approve",
            Self::EditAndApprove { .. } => "edit and approve",
            Self::Published { .. } => "published",
            Self::PublicationFailed { .. } => "publication failed",
            Self::RequestChanges { .. } => "request changes",
            Self::Retry => "retry",
            Self::Cancel { .. } => "cancel",
            Self::RefundRequested { .. } => "refund",
            Self::RefundRefused { .. } => "refund refused",
            Self::FullyRefunded => "fully refunded",
            Self::PartlyRefunded { .. } => "partly refunded",
            Self::DisputeOpened => "dispute opened",
            Self::DisputeClosed { .. } => "dispute closed",
        }
    }

    /// Commands of people wait while a dispute is open; facts do not.
    pub(super) const fn waits_for_dispute(&self) -> bool {
        matches!(
            self,
            Self::RequestRevision { .. }
                | Self::Submit
                | Self::Remind { .. }
                | Self::AutoSubmit
                | Self::Restore { .. }
                | Self::TakeBack
                | Self::Approve { .. }
                | Self::EditAndApprove { .. }
                | Self::RequestChanges { .. }
                | Self::Retry
                | Self::Cancel { .. }
                | Self::RefundRequested { .. }
        )
    }
}
