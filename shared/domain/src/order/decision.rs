use super::{Order, OrderStatus};
use crate::{job::JobKind, mail::MailKind, text_enum::text_enum};

text_enum! {
    /// What happened, as kept in the history. Past tense; the names outlive the types.
    pub enum EventKind {
        /// The payment arrived and the order was made.
        OrderReceived = "order_received",
        /// A version is ready.
        ContentReady = "content_ready",
        /// Every attempt failed.
        ContentFailed = "content_failed",
        /// The customer asked for a new version.
        RevisionRequested = "revision_requested",
        /// The customer handed it in.
        Submitted = "submitted",
        /// The customer was reminded of it.
        Reminded = "reminded",
        /// It was handed in by itself.
        AutoSubmitted = "auto_submitted",
        /// An earlier version came back.
        VersionRestored = "version_restored",
        /// The customer took it back from review.
        TakenBack = "taken_back",
        /// Staff approved it.
        Approved = "approved",
        /// Staff edited and approved it.
        EditedAndApproved = "edited_and_approved",
        /// It is public.
        Published = "published",
        /// It could not be published.
        PublicationFailed = "publication_failed",
        /// Staff asked for changes.
        ChangesRequested = "changes_requested",
        /// Staff started it again.
        Retried = "retried",
        /// Staff ended it.
        Cancelled = "cancelled",
        /// Staff asked for a refund.
        RefundRequested = "refund_requested",
        /// The gateway refused it.
        RefundRefused = "refund_refused",
        /// The whole payment went back.
        Refunded = "refunded",
        /// A part of the payment went back.
        PartlyRefunded = "partly_refunded",
        /// A dispute froze it.
        DisputeOpened = "dispute_opened",
        /// A dispute ended.
        DisputeClosed = "dispute_closed",
    }
}

text_enum! {
    /// What staff are told about; alerts of one reason are gathered.
    pub enum Alert {
        /// An order failed for good.
        OrderFailed = "order-failed",
        /// A revision that staff had asked for failed.
        RevisionFailed = "revision-failed",
        /// An article could not be published.
        PublicationFailed = "publication-failed",
        /// A customer asks for very many revisions.
        ManyRevisions = "many-revisions",
        /// A payment needs a person.
        PaymentNeedsReview = "payment-needs-review",
        /// A gateway sent something that is none of ours or cannot be read.
        PaymentEventOdd = "payment-event-odd",
        /// A gateway event could not be worked on.
        PaymentEventFailed = "payment-event-failed",
        /// A dispute was opened.
        DisputeOpened = "dispute-opened",
        /// A refund was refused, came back, or nobody knows what became of it.
        RefundFailed = "refund-failed",
        /// A checkout was paid twice; the second payment goes back.
        PaidTwice = "paid-twice",
        /// A gateway refused to open a checkout, or could not for a day.
        CheckoutFailed = "checkout-failed",
    }
}

/// A job that a transition calls for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewJob {
    /// Which work.
    pub kind: JobKind,
    /// Higher is sooner.
    pub priority: i16,
}

text_enum! {
    /// What a transition does to the order's other jobs.
    pub enum JobsEffect {
        /// Content and publication jobs are cancelled; active ones lose their token.
        Cancel = "cancel",
        /// Waiting and delayed jobs are held.
        Hold = "hold",
        /// Held jobs go on.
        Release = "release",
    }
}

/// Everything that one change of an order writes, in one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// The order as it is afterwards. A higher `current_version` calls for a version row.
    pub next: Order,
    /// The line of history.
    pub event: EventKind,
    /// Jobs to insert.
    pub jobs: Vec<NewJob>,
    /// Mails to queue; held while the order is frozen.
    pub mails: Vec<MailKind>,
    /// Something that staff are told.
    pub alert: Option<Alert>,
    /// What becomes of the order's other jobs.
    pub other_jobs: Option<JobsEffect>,
}

/// What a command comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The order changes.
    Transition(Box<Transition>),
    /// It was done before: a redelivery, or a second click. Not an error.
    AlreadyApplied,
    /// It speaks of a run that is over; its job is closed, nothing else is written.
    Stale,
}

text_enum! {
    /// Why a command was refused; part of the API.
    pub enum RefusalCode {
        /// The status does not allow it.
        WrongStatus = "order_wrong_status",
        /// A dispute is open.
        Frozen = "order_frozen",
        /// The version has been replaced.
        VersionNotCurrent = "version_not_current",
        /// There is no such version.
        NoSuchVersion = "no_such_version",
        /// Earlier versions were brought back too often today.
        TooManyRestores = "too_many_restores",
        /// It is being published right now.
        Publishing = "order_publishing",
        /// A refund is under way.
        RefundOpen = "refund_open",
        /// More than is left of the payment.
        RefundTooLarge = "refund_too_large",
        /// The payment is past that: somebody else decided.
        PaymentDecided = "payment_already_decided",
        /// The payment cannot become an order as it is.
        PaymentUnfit = "payment_unfit",
        /// Something has that name already.
        NameTaken = "name_taken",
        /// The link that was to be sent opens nothing any more.
        LinkRevoked = "link_revoked",
        /// Nobody would be left who may do everything.
        LastOwner = "last_owner",
        /// Where the job stands does not allow it.
        WrongJobState = "wrong_job_state",
        /// Work of that kind is not called off.
        JobNotCancellable = "job_not_cancellable",
    }
}

/// A command that the state machine does not allow: HTTP 409.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot {command} while {from}: {hint}")]
pub struct Refusal {
    /// Which rule.
    pub code: RefusalCode,
    /// The status it met.
    pub from: OrderStatus,
    /// The command's name.
    pub command: &'static str,
    /// What the person can do instead.
    pub hint: &'static str,
}
