use super::{
    Alert, AskedBy, Command, Decision, DisputeOutcome, EventKind, Failure, JobsEffect, NewJob, Order,
    OrderStatus, Refusal, RefusalCode, Transition, Transition as Change,
};
use crate::{brief::ProductKind, id::OrderId, job::JobKind, mail::MailKind};

/// Priority of a revision: a customer is watching.
const PRIORITY_REVISION: i16 = 10;
/// Priority of everything else.
pub(super) const PRIORITY_NORMAL: i16 = 0;

/// Opens the order of a paid checkout, in PROCESSING with its first run.
pub fn open(id: OrderId, product: ProductKind) -> Transition {
    let next = Order {
        id,
        product,
        status: OrderStatus::Processing,
        run: 1,
        current_version: None,
        publishing: false,
        frozen: false,
        refund_open: false,
        asked_by: AskedBy::Customer,
        failure: None,
        step: 2,
        nudges: 0,
    };
    Transition {
        jobs: vec![NewJob { kind: first_job(product), priority: PRIORITY_NORMAL }],
        mails: vec![MailKind::OrderReceived],
        ..Change::of(next, EventKind::OrderReceived)
    }
}

/// Decides what `command` does to `order`. Pure: the same answer, however often it is asked.
///
/// A refusal names the status, the command and what can be done instead. Redelivered commands are
/// [`Decision::AlreadyApplied`]; content of a run that is over is [`Decision::Stale`].
pub fn decide(order: &Order, command: &Command) -> Result<Decision, Refusal> {
    if order.frozen && command.waits_for_dispute() {
        let hint = "the payment is disputed; this order is on hold until the bank has decided";
        return Err(refusal(RefusalCode::Frozen, order, command, hint));
    }
    match command {
        Command::ContentReady { run } => Ok(content_ready(order, *run)),
        Command::Exhausted { run, .. } => Ok(exhausted(order, *run)),
        Command::RequestRevision { busy, .. } => request_revision(order, command, *busy),
        Command::Submit => submit(order, command, EventKind::Submitted),
        Command::Remind { stage } => remind(order, command, *stage),
        Command::AutoSubmit => submit(order, command, EventKind::AutoSubmitted),
        Command::Restore { number } => restore(order, command, *number),
        Command::TakeBack => take_back(order, command),
        Command::Approve { version } => approve(order, command, *version),
        Command::EditAndApprove { version } => edit_and_approve(order, command, *version),
        Command::Published { .. } => Ok(published(order)),
        Command::PublicationFailed { .. } => Ok(publication_failed(order)),
        Command::RequestChanges { revise, .. } => request_changes(order, command, *revise),
        Command::Retry => retry(order, command),
        Command::Cancel { .. } => cancel(order, command),
        Command::FullyRefunded => Ok(refunded(order, EventKind::Refunded)),
        Command::RefundRequested { whole } => Ok(refund_requested(order, *whole)),
        Command::RefundRefused { others_open } => {
            Ok(refund_ended(order, EventKind::RefundRefused, *others_open).alert(Alert::RefundFailed).done())
        }
        Command::PartlyRefunded { others_open } => {
            Ok(refund_ended(order, EventKind::PartlyRefunded, *others_open).done())
        }
        Command::DisputeOpened => Ok(dispute_opened(order)),
        Command::DisputeClosed { outcome } => Ok(dispute_closed(order, *outcome)),
    }
}

fn content_ready(order: &Order, run: i32) -> Decision {
    match order.status {
        OrderStatus::Processing if run == order.run => {}
        OrderStatus::QualityCheck if run == order.run => return Decision::AlreadyApplied,
        _ => return Decision::Stale,
    }
    let mail = match (order.current_version, order.product) {
        (Some(_), _) => MailKind::RevisionReady,
        (None, ProductKind::Article) => MailKind::ArticleReady,
        (None, ProductKind::Backlink) => MailKind::BacklinkIntegrated,
    };
    Change::to(order, OrderStatus::QualityCheck, EventKind::ContentReady).new_version().mail(mail).done()
}

fn exhausted(order: &Order, run: i32) -> Decision {
    match order.status {
        OrderStatus::Processing if run == order.run => {}
        OrderStatus::Failed if run == order.run && order.failure == Some(Failure::Exhausted) => {
            return Decision::AlreadyApplied;
        }
        _ => return Decision::Stale,
    }
    match (order.current_version, order.asked_by) {
        (None, _) => Change::to(order, OrderStatus::Failed, EventKind::ContentFailed)
            .failure(Failure::Exhausted)
            .mail(MailKind::OrderFailed)
            .alert(Alert::OrderFailed)
            .done(),
        (Some(_), AskedBy::Customer) => {
            Change::to(order, OrderStatus::QualityCheck, EventKind::ContentFailed)
                .mail(MailKind::RevisionFailed)
                .done()
        }
        (Some(_), AskedBy::Staff) => Change::to(order, OrderStatus::AdminReview, EventKind::ContentFailed)
            .alert(Alert::RevisionFailed)
            .done(),
    }
}

fn request_revision(order: &Order, command: &Command, busy: bool) -> Result<Decision, Refusal> {
    match order.status {
        OrderStatus::QualityCheck if order.refund_open => Err(refund_under_way(order, command)),
        OrderStatus::QualityCheck => {
            let priority = if busy { PRIORITY_NORMAL } else { PRIORITY_REVISION };
            let change = Change::to(order, OrderStatus::Processing, EventKind::RevisionRequested)
                .run(AskedBy::Customer)
                .job(JobKind::BacklinkRevision, priority);
            Ok(if busy { change.alert(Alert::ManyRevisions) } else { change }.done())
        }
        OrderStatus::AdminReview if order.publishing => Err(publishing(order, command)),
        OrderStatus::AdminReview => Err(wrong_status(order, command, "take it back from the editor first")),
        _ => Err(wrong_status(order, command, not_in_customers_hands(order.status))),
    }
}

fn remind(order: &Order, command: &Command, stage: i32) -> Result<Decision, Refusal> {
    match order.status {
        OrderStatus::QualityCheck if stage == order.nudges => {
            let mut change = Change::fact(order, EventKind::Reminded);
            change.next.nudges += 1;
            Ok(change.mail(MailKind::ReviewReminder).done())
        }
        // Told already, or the customer has acted since.
        OrderStatus::QualityCheck => Ok(Decision::AlreadyApplied),
        _ => Err(wrong_status(order, command, not_in_customers_hands(order.status))),
    }
}

fn submit(order: &Order, command: &Command, event: EventKind) -> Result<Decision, Refusal> {
    match order.status {
        OrderStatus::QualityCheck => Ok(Change::to(order, OrderStatus::AdminReview, event)
            .mail(MailKind::Submitted)
            .mail(MailKind::ReadyForReview)
            .done()),
        OrderStatus::AdminReview => Ok(Decision::AlreadyApplied),
        _ => Err(wrong_status(order, command, not_in_customers_hands(order.status))),
    }
}

fn restore(order: &Order, command: &Command, number: i32) -> Result<Decision, Refusal> {
    match order.status {
        OrderStatus::QualityCheck if Some(number) == order.current_version => Ok(Decision::AlreadyApplied),
        OrderStatus::QualityCheck if number >= 1 && Some(number) < order.current_version => {
            Ok(Change::to(order, OrderStatus::QualityCheck, EventKind::VersionRestored).new_version().done())
        }
        OrderStatus::QualityCheck => {
            Err(refusal(RefusalCode::NoSuchVersion, order, command, "choose one of the versions listed"))
        }
        OrderStatus::AdminReview if order.publishing => Err(publishing(order, command)),
        OrderStatus::AdminReview => Err(wrong_status(order, command, "take it back from the editor first")),
        _ => Err(wrong_status(order, command, not_in_customers_hands(order.status))),
    }
}

fn take_back(order: &Order, command: &Command) -> Result<Decision, Refusal> {
    match order.status {
        OrderStatus::AdminReview if order.publishing => Err(publishing(order, command)),
        OrderStatus::AdminReview => {
            Ok(Change::to(order, OrderStatus::QualityCheck, EventKind::TakenBack).done())
        }
        OrderStatus::QualityCheck => Ok(Decision::AlreadyApplied),
        _ => Err(wrong_status(order, command, not_in_customers_hands(order.status))),
    }
}

fn approve(order: &Order, command: &Command, version: i32) -> Result<Decision, Refusal> {
    let current = Some(version) == order.current_version;
    match order.status {
        OrderStatus::Completed if current => Ok(Decision::AlreadyApplied),
        OrderStatus::AdminReview if !current => Err(not_current(order, command)),
        OrderStatus::AdminReview if order.publishing => Ok(Decision::AlreadyApplied),
        OrderStatus::AdminReview if order.refund_open => Err(refund_under_way(order, command)),
        OrderStatus::AdminReview => {
            Ok(Change::to(order, OrderStatus::AdminReview, EventKind::Approved).publish().done())
        }
        _ => Err(wrong_status(order, command, "only an order in review can be approved")),
    }
}

fn edit_and_approve(order: &Order, command: &Command, version: i32) -> Result<Decision, Refusal> {
    match order.status {
        OrderStatus::AdminReview if order.publishing => Err(publishing(order, command)),
        OrderStatus::AdminReview if Some(version) != order.current_version => {
            Err(not_current(order, command))
        }
        OrderStatus::AdminReview if order.refund_open => Err(refund_under_way(order, command)),
        OrderStatus::AdminReview => {
            Ok(Change::to(order, OrderStatus::AdminReview, EventKind::EditedAndApproved)
                .new_version()
                .publish()
                .done())
        }
        _ => Err(wrong_status(order, command, "only an order in review can be approved")),
    }
}

fn published(order: &Order) -> Decision {
    match order.status {
        OrderStatus::AdminReview if order.publishing => {
            Change::to(order, OrderStatus::Completed, EventKind::Published)
                .mail(MailKind::OrderCompleted)
                .done()
        }
        OrderStatus::Completed => Decision::AlreadyApplied,
        _ => Decision::Stale,
    }
}

fn publication_failed(order: &Order) -> Decision {
    if order.status != OrderStatus::AdminReview || !order.publishing {
        return Decision::Stale;
    }
    Change::to(order, OrderStatus::AdminReview, EventKind::PublicationFailed)
        .alert(Alert::PublicationFailed)
        .done()
}

fn request_changes(order: &Order, command: &Command, revise: bool) -> Result<Decision, Refusal> {
    match order.status {
        OrderStatus::AdminReview if order.publishing => Err(publishing(order, command)),
        OrderStatus::AdminReview if revise && order.refund_open => Err(refund_under_way(order, command)),
        OrderStatus::AdminReview if revise => {
            Ok(Change::to(order, OrderStatus::Processing, EventKind::ChangesRequested)
                .run(AskedBy::Staff)
                .job(JobKind::BacklinkRevision, PRIORITY_REVISION)
                .mail(MailKind::ChangesRequested)
                .done())
        }
        OrderStatus::AdminReview => {
            Ok(Change::to(order, OrderStatus::QualityCheck, EventKind::ChangesRequested)
                .mail(MailKind::ChangesRequested)
                .done())
        }
        _ => Err(wrong_status(order, command, "only an order in review can be sent back")),
    }
}

fn retry(order: &Order, command: &Command) -> Result<Decision, Refusal> {
    match order.status {
        OrderStatus::Processing => Ok(Decision::AlreadyApplied),
        OrderStatus::Failed if order.refund_open => Err(refund_under_way(order, command)),
        OrderStatus::Failed => Ok(Change::to(order, OrderStatus::Processing, EventKind::Retried)
            .run(AskedBy::Staff)
            .job(first_job(order.product), PRIORITY_NORMAL)
            .done()),
        _ => Err(wrong_status(order, command, "only a failed order can be started again")),
    }
}

/// No work is begun that may have to be given back.
fn refund_under_way(order: &Order, command: &Command) -> Refusal {
    let hint = "a refund is under way; wait until it has gone through or was refused";
    refusal(RefusalCode::RefundOpen, order, command, hint)
}

fn cancel(order: &Order, command: &Command) -> Result<Decision, Refusal> {
    match order.status {
        OrderStatus::Completed | OrderStatus::Refunded => {
            Err(wrong_status(order, command, "it has already come to its end"))
        }
        OrderStatus::Failed if order.failure == Some(Failure::Cancelled) => Ok(Decision::AlreadyApplied),
        // The customer was told when it failed.
        OrderStatus::Failed => Ok(Change::to(order, OrderStatus::Failed, EventKind::Cancelled)
            .failure(Failure::Cancelled)
            .jobs(JobsEffect::Cancel)
            .done()),
        _ => Ok(Change::to(order, OrderStatus::Failed, EventKind::Cancelled)
            .failure(Failure::Cancelled)
            .mail(MailKind::OrderFailed)
            .jobs(JobsEffect::Cancel)
            .done()),
    }
}

/// Nothing is begun for an order whose whole payment is on its way back. One that is at its end
/// stays as it is, should money have come back that is sent once more.
fn refund_requested(order: &Order, whole: bool) -> Decision {
    if order.status == OrderStatus::Refunded {
        return Decision::AlreadyApplied;
    }
    let mut change = Change::fact(order, EventKind::RefundRequested);
    change.next.refund_open = true;
    if whole { change.jobs(JobsEffect::Hold) } else { change }.done()
}

/// The order goes on, unless a dispute or another refund holds it.
fn refund_ended(order: &Order, event: EventKind, others_open: bool) -> Change {
    let mut change = Change::fact(order, event);
    change.next.refund_open = others_open && order.status != OrderStatus::Refunded;
    let goes_on = order.refund_open && !others_open && !order.frozen;
    if goes_on { change.jobs(JobsEffect::Release) } else { change }
}

fn refunded(order: &Order, event: EventKind) -> Decision {
    if order.status == OrderStatus::Refunded {
        return Decision::AlreadyApplied;
    }
    let mut change = Change::to(order, OrderStatus::Refunded, event);
    change.next.frozen = false;
    change.next.refund_open = false;
    change.mail(MailKind::OrderRefunded).jobs(JobsEffect::Cancel).done()
}

fn dispute_opened(order: &Order) -> Decision {
    if order.frozen || order.status == OrderStatus::Refunded {
        return Decision::AlreadyApplied;
    }
    let mut change = Change::fact(order, EventKind::DisputeOpened);
    change.next.frozen = true;
    change.alert(Alert::DisputeOpened).jobs(JobsEffect::Hold).done()
}

fn dispute_closed(order: &Order, outcome: DisputeOutcome) -> Decision {
    if outcome == DisputeOutcome::Lost {
        return refunded(order, EventKind::DisputeClosed);
    }
    if !order.frozen {
        return Decision::AlreadyApplied;
    }
    let mut change = Change::fact(order, EventKind::DisputeClosed);
    change.next.frozen = false;
    if order.refund_open { change.done() } else { change.jobs(JobsEffect::Release).done() }
}

const fn first_job(product: ProductKind) -> JobKind {
    match product {
        ProductKind::Article => JobKind::ArticleGeneration,
        ProductKind::Backlink => JobKind::BacklinkIntegration,
    }
}

const fn not_in_customers_hands(status: OrderStatus) -> &'static str {
    match status {
        OrderStatus::Processing => "it is being written; wait until it is ready",
        OrderStatus::Completed => "it is published",
        OrderStatus::Failed => "it could not be finished; we are looking at it",
        OrderStatus::Refunded => "it was refunded",
        OrderStatus::QualityCheck | OrderStatus::AdminReview => "it is with the editor",
    }
}

fn refusal(code: RefusalCode, order: &Order, command: &Command, hint: &'static str) -> Refusal {
    Refusal { code, from: order.status, command: command.name(), hint }
}

fn wrong_status(order: &Order, command: &Command, hint: &'static str) -> Refusal {
    refusal(RefusalCode::WrongStatus, order, command, hint)
}

fn not_current(order: &Order, command: &Command) -> Refusal {
    let hint = "there is a newer version; look at it before you approve";
    refusal(RefusalCode::VersionNotCurrent, order, command, hint)
}

fn publishing(order: &Order, command: &Command) -> Refusal {
    refusal(RefusalCode::Publishing, order, command, "it is being published right now")
}
