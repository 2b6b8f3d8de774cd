//! A line of a timeline, in words.

use super::{
    text::cost,
    words::{actor, class_of, event, job},
};
use crate::moment::{Moment, duration};
use chrono::{DateTime, Utc};
use galley_domain::money::Money;
use galley_store::{OrderSummary, TimelineEntry, TimelineSource};
use serde_json::Value;

/// A line as it is shown.
pub(super) struct Line {
    pub(super) at: Moment,
    pub(super) title: String,
    /// Where it can be opened.
    pub(super) href: Option<String>,
    pub(super) class: &'static str,
    pub(super) state: Option<String>,
    pub(super) by: Option<String>,
    /// An error, a reason, notes.
    pub(super) text: Option<String>,
    pub(super) facts: String,
}

impl Line {
    pub(super) fn of(entry: &TimelineEntry, order: &OrderSummary, now: DateTime<Utc>) -> Self {
        let state = entry.state.as_deref();
        let subject = entry.subject;
        let (title, href) = match entry.source {
            TimelineSource::Event => (entry.name.parse().map_or_else(|_| entry.name.clone(), told), None),
            TimelineSource::Run => {
                let work =
                    entry.name.parse().map_or_else(|_| entry.name.clone(), |kind| job(kind).to_owned());
                (format!("{work}, attempt {}", number(entry)), Some(format!("/admin/queue/jobs/{subject}")))
            }
            TimelineSource::Version => {
                let href = format!("/admin/orders/{}/versions/{}", order.id, number(entry));
                (format!("Version {}: {}", number(entry), entry.name), Some(href))
            }
            TimelineSource::Mail => {
                (format!("Mail: {}", spoken(&entry.name)), Some(format!("/admin/mails/{subject}")))
            }
            TimelineSource::Payment => (entry.name.clone(), Some(format!("/admin/payment-events/{subject}"))),
            TimelineSource::Refund => (format!("Refund of {}", money(entry, order)), None),
            TimelineSource::Dispute => (format!("Dispute over {}", money(entry, order)), None),
            TimelineSource::Audit => (capital(&spoken(&entry.name)), None),
        };
        let of_event = entry.source == TimelineSource::Event;
        Self {
            at: Moment::new(entry.at, now),
            title,
            href,
            class: state.map_or("quiet", class_of),
            // An event says in words what came of it.
            state: state.filter(|_| !of_event).map(|state| match state {
                "pass" => "checks passed".to_owned(),
                "warn" => "checks worth a look".to_owned(),
                "fail" => "checks failed".to_owned(),
                other => spoken(other),
            }),
            by: entry.actor.as_deref().filter(|label| *label != "system").map(actor),
            text: entry.text.clone().or_else(|| said(entry)),
            facts: facts(entry),
        }
    }
}

fn told(kind: galley_domain::order::EventKind) -> String {
    event(kind).to_owned()
}

fn number(entry: &TimelineEntry) -> i64 {
    entry.number.unwrap_or(0)
}

fn money(entry: &TimelineEntry, order: &OrderSummary) -> String {
    let currency = order.amount.currency;
    entry.number.map_or_else(|| "an unknown amount".to_owned(), |minor| Money { minor, currency }.to_string())
}

/// `charge_refunded` and `order-failed` as they are said.
fn spoken(name: &str) -> String {
    name.replace(['_', '-'], " ")
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// What somebody wrote with an event.
fn said(entry: &TimelineEntry) -> Option<String> {
    let detail = entry.detail.as_ref()?;
    ["notes", "reason", "url"].iter().find_map(|name| detail.get(name)?.as_str()).map(str::to_owned)
}

fn facts(entry: &TimelineEntry) -> String {
    let mut facts = Vec::new();
    if entry.source == TimelineSource::Run
        && let Some(since) = entry.since
    {
        facts.push(format!("took {}", duration((entry.at - since).num_milliseconds().max(0))));
    }
    if let Some(detail) = &entry.detail {
        match entry.source {
            TimelineSource::Version => facts.extend(provenance(detail)),
            TimelineSource::Event => {
                facts.extend(
                    detail.get("version").and_then(Value::as_i64).map(|number| format!("version {number}")),
                );
                facts.push(format!("run {}", number(entry)));
            }
            _ => facts.extend(fields(detail)),
        }
    }
    facts.join(" · ")
}

/// Which model wrote a version, and what that took.
fn provenance(detail: &Value) -> Vec<String> {
    let text = |name: &str| detail.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let count = |name: &str| detail.get(name).and_then(Value::as_i64).unwrap_or(0);
    if count("calls") == 0 {
        return Vec::new();
    }
    let mut facts: Vec<String> = text("model").map(str::to_owned).into_iter().collect();
    let calls = count("calls");
    facts.push(format!("{calls} call{}", if calls == 1 { "" } else { "s" }));
    facts.push(format!("{} tokens sent, {} received", count("promptTokens"), count("completionTokens")));
    facts.extend(
        detail.get("costMicros").and_then(Value::as_i64).map(|micros| format!("cost {}", cost(micros))),
    );
    facts.push(duration(count("durationMs")));
    facts.extend(
        text("promptHash").map(|hash| format!("prompt {}", hash.chars().take(12).collect::<String>())),
    );
    facts
}

/// The fields of an audit line that say something beside the reason.
fn fields(detail: &Value) -> Vec<String> {
    let Value::Object(fields) = detail else { return Vec::new() };
    let shown = fields.iter().filter(|(name, value)| *name != "reason" && !value.is_null());
    shown
        .map(|(name, value)| match value {
            Value::String(text) => format!("{name} {text}"),
            other => format!("{name} {other}"),
        })
        .collect()
}
