//! The history of an order in its customer's words.

use crate::moment::Moment;
use chrono::{DateTime, Utc};
use galley_domain::order::{EventKind, OrderStatus};
use galley_store::OrderEvent;

/// A line of it.
pub(super) struct Line<'a> {
    pub(super) words: String,
    /// What somebody wrote then.
    pub(super) quote: Option<&'a str>,
    pub(super) at: Moment,
}

impl<'a> Line<'a> {
    pub(super) fn of(event: &'a OrderEvent, now: DateTime<Utc>) -> Self {
        Self { words: words(event), quote: quote(event), at: Moment::new(event.created_at, now) }
    }
}

/// What happened. Whoever works here is "the editor" or "we"; what a gateway or a job said stays ours.
pub(super) fn words(event: &OrderEvent) -> String {
    let version = event.detail.get("version").and_then(serde_json::Value::as_i64);
    let who = if event.is_by_staff() { "The editor" } else { "You" };
    match event.kind {
        EventKind::OrderReceived => "Your payment arrived, and we began.".to_owned(),
        EventKind::ContentReady => match version {
            Some(number) if number > 1 => format!("Version {number} was ready."),
            _ => "The first version was ready.".to_owned(),
        },
        EventKind::ContentFailed if event.to == OrderStatus::Failed => {
            "It couldn’t be finished. Somebody here was told.".to_owned()
        }
        EventKind::ContentFailed => {
            "The changes couldn’t be made; the version before them stayed.".to_owned()
        }
        EventKind::RevisionRequested => "You asked for changes.".to_owned(),
        EventKind::Submitted => "You sent it to the editor.".to_owned(),
        EventKind::AutoSubmitted => "It went to the editor by itself: all checks had passed.".to_owned(),
        EventKind::Reminded => "We wrote to you that it waits for you.".to_owned(),
        EventKind::VersionRestored => match version {
            Some(number) => format!("{who} went back to an earlier version; it is version {number} now."),
            None => format!("{who} went back to an earlier version."),
        },
        EventKind::TakenBack => "You took it back from the editor.".to_owned(),
        EventKind::Approved => "The editor approved it.".to_owned(),
        EventKind::EditedAndApproved => "The editor put in some last touches and approved it.".to_owned(),
        EventKind::Published => "It was published.".to_owned(),
        EventKind::PublicationFailed => "Publishing didn’t work out. The editor is looking at it.".to_owned(),
        EventKind::ChangesRequested if event.to == OrderStatus::Processing => {
            "The editor had changes made.".to_owned()
        }
        EventKind::ChangesRequested => "The editor asked for changes.".to_owned(),
        EventKind::Retried => "We started again.".to_owned(),
        EventKind::Cancelled => "The order was cancelled.".to_owned(),
        EventKind::RefundRequested => "We asked for your money to be given back.".to_owned(),
        EventKind::RefundRefused => {
            "Giving back the money didn’t work at once. We are looking at it.".to_owned()
        }
        EventKind::Refunded => "Your money went back to you.".to_owned(),
        EventKind::PartlyRefunded => "A part of your money went back to you.".to_owned(),
        EventKind::DisputeOpened => "Your bank asked about the payment; the order is on hold.".to_owned(),
        EventKind::DisputeClosed if event.to == OrderStatus::Refunded => {
            "Your bank gave you the money back.".to_owned()
        }
        EventKind::DisputeClosed => "The bank’s question is settled; the order goes on.".to_owned(),
    }
}

/// Notes are for both sides to read, and why an order ended. Other reasons are staff's.
fn quote(event: &OrderEvent) -> Option<&str> {
    match event.kind {
        EventKind::RevisionRequested | EventKind::ChangesRequested => event.text("notes"),
        EventKind::Cancelled | EventKind::ContentFailed => event.text("reason"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::fmt::Write as _;

    fn event(kind: EventKind, to: OrderStatus, actor: &str) -> OrderEvent {
        let facts = [("notes", json!("NOTES")), ("reason", json!("REASON")), ("version", json!(2))];
        OrderEvent {
            sequence: 1,
            kind,
            to,
            run: 1,
            actor: actor.to_owned(),
            detail: facts.map(|(name, fact)| (name.to_owned(), fact)).into(),
            created_at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn everything_that_can_happen_has_words_for_customers() {
        let mut told = String::new();
        for kind in EventKind::ALL.iter().copied() {
            let _ = writeln!(told, "{kind}");
            let mut before = Vec::new();
            for (to, actor) in [
                (OrderStatus::QualityCheck, "customer"),
                (OrderStatus::QualityCheck, "staff:zoltan"),
                (OrderStatus::Processing, "staff:zoltan"),
                (OrderStatus::Failed, "system"),
                (OrderStatus::Refunded, "gateway:stripe"),
            ] {
                let event = event(kind, to, actor);
                let line = Line::of(&event, DateTime::UNIX_EPOCH);
                let quote = line.quote.map(|quote| format!(" [{quote}]")).unwrap_or_default();
                let words = format!("  {}{quote}", line.words);
                if !before.contains(&words) {
                    let _ = writeln!(told, "{words}");
                    before.push(words);
                }
            }
        }
        assert!(!told.contains("zoltan") && !told.contains("staff:"), "{told}");
        insta::assert_snapshot!(told);
    }
}
