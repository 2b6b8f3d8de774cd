//! The policy on one page: what every command comes to in every state.
//!
//! A diff of the snapshot is a change of policy. Section 4 of the design holds the same table in
//! words.

use galley_domain::{
    brief::ProductKind,
    id::OrderId,
    job::JobKind,
    order::{
        AskedBy, Command, Decision, DisputeOutcome, Failure, Order, OrderStatus, Transition, decide, open,
    },
};
use std::fmt::{Display, Write as _};
use uuid::Uuid;

/// How wide each column is, but for the last.
const WIDTHS: [usize; 6] = [36, 41, 19, 26, 27, 18];
const HEADS: [&str; 7] = ["command", "to", "event", "jobs", "mails", "alert", "other jobs"];

#[test]
fn every_command_in_every_state() {
    let mut page = String::from("(none)\n");
    heads(&mut page);
    for product in [ProductKind::Article, ProductKind::Backlink] {
        let opened = open(id(), product);
        let mut cells = vec![format!("settle paid checkout, {product}")];
        cells.push(format!("{} (run {})", opened.next.status, opened.next.run));
        cells.extend(writes(&opened));
        line(&mut page, &cells);
    }
    for (name, order) in states() {
        let _ = write!(page, "\n{name}\n");
        heads(&mut page);
        for (command_name, command) in commands(&order) {
            let mut cells = vec![command_name];
            cells.extend(outcome(&order, &command));
            line(&mut page, &cells);
        }
    }
    page.push_str("\nwhere a backlink differs from an article\n");
    for (name, order) in states() {
        let backlink = Order { product: ProductKind::Backlink, ..order.clone() };
        for (command_name, command) in commands(&order) {
            let cells = outcome(&backlink, &command);
            if cells != outcome(&order, &command) {
                let _ = writeln!(page, "  {name}");
                line(&mut page, &[vec![command_name], cells].concat());
            }
        }
    }
    insta::assert_snapshot!("state_table", page);
}

/// The customer was told when it failed; a second mail would say the same in other words.
#[test]
fn ending_an_order_that_failed_before_tells_the_customer_nothing_new() {
    let failed = Order { status: OrderStatus::Failed, ..open(id(), ProductKind::Article).next };
    let cancel = Command::Cancel { reason: "as agreed on the phone".to_owned() };
    let mails = |failure| match decide(&Order { failure: Some(failure), ..failed.clone() }, &cancel) {
        Ok(Decision::Transition(transition)) => Some(transition.mails),
        Ok(Decision::AlreadyApplied) => None,
        other => panic!("{other:?}"),
    };
    assert_eq!((mails(Failure::Exhausted), mails(Failure::Cancelled)), (Some(Vec::new()), None));
}

fn id() -> OrderId {
    OrderId(Uuid::nil())
}

/// Every status with the facts that make a difference in it.
fn states() -> Vec<(&'static str, Order)> {
    let first = open(id(), ProductKind::Article).next;
    let writing = Order { run: 3, current_version: Some(2), ..first.clone() };
    let at = |status: OrderStatus| Order { status, step: status.step().unwrap_or(4), ..writing.clone() };
    let failed = |failure| Order { failure: Some(failure), step: 2, ..at(OrderStatus::Failed) };
    let publishing = Order { publishing: true, ..at(OrderStatus::AdminReview) };
    let frozen = |order: &Order| Order { frozen: true, ..order.clone() };
    vec![
        ("PROCESSING, no version yet", first.clone()),
        ("PROCESSING, a version exists, asked by the customer", writing.clone()),
        (
            "PROCESSING, a version exists, asked by staff",
            Order { asked_by: AskedBy::Staff, ..writing.clone() },
        ),
        ("QUALITY_CHECK", at(OrderStatus::QualityCheck)),
        ("ADMIN_REVIEW", at(OrderStatus::AdminReview)),
        ("ADMIN_REVIEW, publishing", publishing.clone()),
        ("COMPLETED", at(OrderStatus::Completed)),
        ("FAILED, exhausted", Order { current_version: None, run: 1, ..failed(Failure::Exhausted) }),
        ("FAILED, cancelled", failed(Failure::Cancelled)),
        ("FAILED, a refund is open", Order { refund_open: true, ..failed(Failure::Cancelled) }),
        ("QUALITY_CHECK, a refund is open", Order { refund_open: true, ..at(OrderStatus::QualityCheck) }),
        ("ADMIN_REVIEW, a refund is open", Order { refund_open: true, ..at(OrderStatus::AdminReview) }),
        ("PROCESSING, a refund is open", Order { refund_open: true, ..writing.clone() }),
        ("REFUNDED", at(OrderStatus::Refunded)),
        ("PROCESSING, frozen", frozen(&writing)),
        ("QUALITY_CHECK, frozen", frozen(&at(OrderStatus::QualityCheck))),
        ("ADMIN_REVIEW, publishing, frozen", frozen(&publishing)),
        ("PROCESSING, a refund is open, frozen", Order { refund_open: true, ..frozen(&writing) }),
        ("COMPLETED, frozen", frozen(&at(OrderStatus::Completed))),
        ("FAILED, cancelled, frozen", frozen(&failed(Failure::Cancelled))),
    ]
}

/// Every command, aimed at the run and the version of `order` and beside them.
fn commands(order: &Order) -> Vec<(String, Command)> {
    let run = order.run;
    let current = order.current_version.unwrap_or(1);
    let exhausted = |run| Command::Exhausted { run, reason: String::new() };
    let revision = |busy| Command::RequestRevision { notes: String::new(), busy };
    let changes = |revise| Command::RequestChanges { notes: String::new(), revise };
    let all = [
        ("", Command::ContentReady { run }),
        ("old run", Command::ContentReady { run: run - 1 }),
        ("", exhausted(run)),
        ("old run", exhausted(run - 1)),
        ("", revision(false)),
        ("busy", revision(true)),
        ("", Command::Submit),
        ("", Command::Remind { stage: 0 }),
        ("again", Command::Remind { stage: -1 }),
        ("", Command::AutoSubmit),
        ("the current one", Command::Restore { number: current }),
        ("an older one", Command::Restore { number: current - 1 }),
        ("number 0", Command::Restore { number: 0 }),
        ("unknown", Command::Restore { number: current + 1 }),
        ("", Command::TakeBack),
        ("the current version", Command::Approve { version: current }),
        ("an older version", Command::Approve { version: current - 1 }),
        ("the current one", Command::EditAndApprove { version: current }),
        ("an older one", Command::EditAndApprove { version: current - 1 }),
        ("", Command::Published { url: String::new() }),
        ("", Command::PublicationFailed { reason: String::new() }),
        ("", changes(false)),
        ("the AI revises", changes(true)),
        ("", Command::Retry),
        ("", Command::Cancel { reason: String::new() }),
        ("the whole", Command::RefundRequested { whole: true }),
        ("a part", Command::RefundRequested { whole: false }),
        ("", Command::RefundRefused { others_open: false }),
        ("others are open", Command::RefundRefused { others_open: true }),
        ("", Command::FullyRefunded),
        ("", Command::PartlyRefunded { others_open: false }),
        ("others are open", Command::PartlyRefunded { others_open: true }),
        ("", Command::DisputeOpened),
        ("won", Command::DisputeClosed { outcome: DisputeOutcome::Won }),
        ("warning closed", Command::DisputeClosed { outcome: DisputeOutcome::WarningClosed }),
        ("lost", Command::DisputeClosed { outcome: DisputeOutcome::Lost }),
    ];
    let named = |(aim, command): (&str, Command)| {
        let comma = if aim.is_empty() { "" } else { ", " };
        (format!("{}{comma}{aim}", command.name()), command)
    };
    all.into_iter().map(named).collect()
}

/// The cells behind the command's name.
fn outcome(order: &Order, command: &Command) -> Vec<String> {
    match decide(order, command) {
        Ok(Decision::Transition(transition)) => {
            let mut cells = vec![becomes(order, &transition.next)];
            cells.extend(writes(&transition));
            cells
        }
        Ok(Decision::AlreadyApplied) => vec!["already applied".to_owned()],
        Ok(Decision::Stale) => vec!["stale".to_owned()],
        Err(refusal) => vec![format!("refused {}", refusal.code)],
    }
}

/// `STATUS (…)`: what grew, and what holds afterwards.
fn becomes(before: &Order, next: &Order) -> String {
    let mut facts: Vec<String> = Vec::new();
    if next.run != before.run {
        facts.push(format!("run{:+}, {} asked", next.run - before.run, next.asked_by));
    }
    if next.current_version != before.current_version {
        let grown = next.current_version.unwrap_or(0) - before.current_version.unwrap_or(0);
        facts.push(format!("version{grown:+}"));
    }
    let holds = [(next.publishing, "publishing"), (next.frozen, "frozen"), (next.refund_open, "refund open")];
    facts.extend(holds.iter().filter(|(holds, _)| *holds).map(|(_, name)| (*name).to_owned()));
    facts.extend(next.failure.map(|failure| failure.to_string()));
    if next.status.step() != Some(next.step) {
        facts.push(format!("step {}", next.step));
    }
    if facts.is_empty() { next.status.to_string() } else { format!("{} ({})", next.status, facts.join(", ")) }
}

/// Event, jobs, mails, alert, other jobs. A job shows its priority where it is not the normal one.
fn writes(transition: &Transition) -> [String; 5] {
    let job = |kind: JobKind, priority: i16| {
        if priority == 0 { kind.to_string() } else { format!("{kind} {priority:+}") }
    };
    [
        transition.event.to_string(),
        list(transition.jobs.iter().map(|new| job(new.kind, new.priority))),
        list(transition.mails.iter()),
        list(transition.alert.iter()),
        list(transition.other_jobs.iter()),
    ]
}

fn list(items: impl Iterator<Item = impl Display>) -> String {
    let all: Vec<String> = items.map(|item| item.to_string()).collect();
    if all.is_empty() { "-".to_owned() } else { all.join(" ") }
}

fn heads(page: &mut String) {
    line(page, &HEADS.map(str::to_owned));
}

fn line(page: &mut String, cells: &[String]) {
    let mut text = String::from("  ");
    for (index, cell) in cells.iter().enumerate() {
        let width = WIDTHS.get(index).copied().unwrap_or(0);
        let _ = write!(text, "{cell:width$} | ");
    }
    page.push_str(text.trim_end_matches([' ', '|']));
    page.push('\n');
}
