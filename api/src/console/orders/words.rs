//! Orders in words for staff.

use galley_domain::{
    brief::ProductKind,
    job::JobKind,
    order::{EventKind, Failure, OrderStatus},
    quality::Verdict,
};
use galley_store::OrderSummary;

/// A state with the class of its dot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) class: &'static str,
    pub(crate) word: &'static str,
}

const fn state(class: &'static str, word: &'static str) -> State {
    State { class, word }
}

/// Where an order stands: first its status, then what holds it.
pub(crate) fn states(order: &OrderSummary) -> Vec<State> {
    let mut states = vec![match order.status {
        OrderStatus::Processing if order.current_version.is_some() => state("busy", "Being revised"),
        OrderStatus::AdminReview if order.publishing => state("busy", "Being published"),
        OrderStatus::Failed if order.failure == Some(Failure::Cancelled) => state("quiet", "Cancelled"),
        status => of_status(status),
    }];
    if order.frozen {
        states.push(state("bad", "Disputed"));
    }
    if order.refund_open {
        states.push(state("busy", "Refund under way"));
    }
    states
}

pub(crate) const fn of_status(status: OrderStatus) -> State {
    match status {
        OrderStatus::Processing => state("busy", "Being written"),
        OrderStatus::QualityCheck => state("quiet", "With the customer"),
        OrderStatus::AdminReview => state("warn", "In review"),
        OrderStatus::Completed => state("ok", "Published"),
        OrderStatus::Failed => state("bad", "Failed"),
        OrderStatus::Refunded => state("quiet", "Refunded"),
    }
}

pub(crate) const fn product(kind: ProductKind) -> &'static str {
    match kind {
        ProductKind::Article => "Article",
        ProductKind::Backlink => "Backlink",
    }
}

/// What happened, in the past tense.
pub(super) const fn event(kind: EventKind) -> &'static str {
    match kind {
        EventKind::OrderReceived => "Paid, and writing began",
        EventKind::ContentReady => "The text became ready",
        EventKind::ContentFailed => "The text could not be made",
        EventKind::RevisionRequested => "The customer asked for changes",
        EventKind::Submitted => "Handed in for review",
        EventKind::AutoSubmitted => "Handed in for review by itself",
        EventKind::VersionRestored => "An earlier version came back",
        EventKind::TakenBack => "The customer took it back from review",
        EventKind::Approved => "Approved",
        EventKind::EditedAndApproved => "Edited and approved",
        EventKind::Published => "Published",
        EventKind::PublicationFailed => "It could not be published",
        EventKind::ChangesRequested => "Sent back with notes",
        EventKind::Reminded => "The customer was reminded",
        EventKind::Retried => "Started again",
        EventKind::Cancelled => "Cancelled",
        EventKind::RefundRequested => "A refund was asked for",
        EventKind::RefundRefused => "The gateway refused a refund",
        EventKind::Refunded => "All of the money went back",
        EventKind::PartlyRefunded => "A part of the money went back",
        EventKind::DisputeOpened => "The customer’s bank opened a dispute",
        EventKind::DisputeClosed => "The dispute ended",
    }
}

pub(super) const fn job(kind: JobKind) -> &'static str {
    match kind {
        JobKind::ArticleGeneration => "Writing the article",
        JobKind::BacklinkIntegration => "Placing the link",
        JobKind::BacklinkRevision => "Revising the text",
        JobKind::Publication => "Publishing",
        JobKind::EmailDelivery => "Sending a mail",
        JobKind::PaymentEvent => "Working on a gateway’s event",
        JobKind::CheckoutCreate => "Opening a checkout",
        JobKind::PaymentRefetch => "Asking the gateway",
        JobKind::Refund => "Giving money back",
    }
}

/// What a check came to.
pub(super) const fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "Passed",
        Verdict::Warn => "Worth a look",
        Verdict::Fail => "Failed",
    }
}

/// The class of the dot of a job, mail, gateway event, refund, dispute or verdict.
pub(super) fn class_of(state: &str) -> &'static str {
    match state {
        "completed" | "sent" | "done" | "succeeded" | "won" | "warning_closed" | "pass" | "COMPLETED" => "ok",
        "failed" | "lost" | "open" | "fail" | "FAILED" => "bad",
        "warn" | "held" | "ADMIN_REVIEW" => "warn",
        "active" | "waiting" | "delayed" | "queued" | "pending" | "requested" | "unknown" | "PROCESSING" => {
            "busy"
        }
        _ => "quiet",
    }
}

/// `staff:ann` as it is said.
pub(crate) fn actor(label: &str) -> String {
    match label.split_once(':') {
        Some((_, name)) => name.to_owned(),
        None if label == "customer" => "the customer".to_owned(),
        None => "Galley".to_owned(),
    }
}
