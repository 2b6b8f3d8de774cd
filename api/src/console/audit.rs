//! `/admin/audit`: what staff did.

use super::{
    desk::ReadOnlyDesk,
    frame::{Console, Section, show},
};
use crate::{Api, admin::page::Page, contract::faults, envelope::ApiError, extract::Params, moment::Moment};
use askama::Template;
use axum::{extract::State, response::Response};
use chrono::{DateTime, Utc};
use galley_domain::money::Money;
use galley_store::{AUDIT_ACTIONS, AuditEvent, AuditFilter};
use serde_json::{Map, Value};
use url::form_urlencoded::Serializer;
use uuid::Uuid;

const AUDIT: &str = "/admin/audit";
/// Longest name that is looked for, in characters.
const ACTOR_MAX_CHARS: usize = 100;

#[derive(Template)]
#[template(path = "console/audit.html")]
struct Audit<'a> {
    console: Console<'a>,
    actor: &'a str,
    actor_max_chars: usize,
    actions: Vec<Choice>,
    rows: Vec<Row>,
    next: Option<String>,
}

struct Choice {
    value: &'static str,
    label: String,
    chosen: bool,
}

struct Row {
    at: Moment,
    actor: String,
    action: String,
    /// What else is known, as labels with their values.
    details: Vec<(String, String)>,
    /// Where it can be looked at, and what stands there.
    subject: Option<(String, &'static str)>,
    /// None for what is the whole shop's.
    id: Option<String>,
}

impl Row {
    fn of(event: &AuditEvent, now: DateTime<Utc>) -> Self {
        let subject = event.subject_id.to_string();
        let link = match event.action.split('_').next() {
            Some("payment" | "refund") => Some((format!("/admin/payments/{subject}"), "the payment")),
            Some("job") => Some((format!("/admin/queue/jobs/{subject}"), "the job")),
            Some("order") => Some((format!("/admin/orders/{subject}"), "the order")),
            _ => None,
        };
        Self {
            at: Moment::new(event.created_at, now),
            actor: event.actor.strip_prefix("staff:").unwrap_or(&event.actor).to_owned(),
            action: words(&event.action),
            details: details(&event.detail),
            subject: link,
            id: (!event.subject_id.is_nil()).then_some(subject),
        }
    }
}

/// `refund_requested` as it is said.
fn words(action: &str) -> String {
    action.replace('_', " ")
}

/// The fields that say something, one by one.
fn details(detail: &Value) -> Vec<(String, String)> {
    let Value::Object(fields) = detail else { return Vec::new() };
    fields.iter().filter_map(|(name, value)| Some((words(name), text(value)?))).collect()
}

/// A value as it is read; none where there is none.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Object(fields) => Some(money(fields).unwrap_or_else(|| {
            let parts =
                fields.iter().filter_map(|(name, value)| Some(format!("{} {}", words(name), text(value)?)));
            parts.collect::<Vec<_>>().join(", ")
        })),
        other => Some(other.to_string()),
    }
}

/// A sum that is kept with its currency.
fn money(fields: &Map<String, Value>) -> Option<String> {
    let (minor, currency) = (fields.get("minor")?.as_i64()?, fields.get("currency")?.as_str()?);
    Some(Money { minor, currency: currency.parse().ok()? }.to_string())
}

#[utoipa::path(
    get,
    path = "/admin/audit",
    operation_id = "showAudit",
    tag = "console",
    summary = "What staff did, newest first. Needs the role `read-only`.",
    params(
        ("actor" = Option<String>, Query, nullable = false, description = "Only by this login or token"),
        ("action" = Option<String>, Query, nullable = false, description = "Only this"),
        ("before" = Option<String>, Query, nullable = false, format = "uuid", description = "Only older ones"),
    ),
    responses(
        (status = 200, description = "A page.", body = String, content_type = "text/html"),
        (status = 303, description = "To the login."),
        faults::OfStaffList,
    ),
    security(("staffSession" = [])),
)]
pub(crate) async fn show_audit(
    State(api): State<Api>,
    desk: ReadOnlyDesk,
    params: Params,
) -> Result<Response, ApiError> {
    let page = Page::<Uuid>::of(&params)?;
    let (actor, action) =
        (params.get("actor").map(str::trim).filter(|actor| !actor.is_empty()), params.get("action"));
    let filter = AuditFilter {
        actor: actor.map(|actor| if actor == "system" { actor.to_owned() } else { format!("staff:{actor}") }),
        action: action.map(str::to_owned),
        before: page.before,
    };
    let mut events = api.store.audit_trail(&filter, page.limit()).await?;
    let next = page.cut(&mut events, |event| event.id).map(|id| {
        let mut query = Serializer::new(String::new());
        for (name, value) in [("actor", actor), ("action", action), ("before", Some(&*id.to_string()))] {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        format!("{AUDIT}?{}", query.finish())
    });
    let choice = |value: &&'static str| Choice { value, label: words(value), chosen: action == Some(value) };
    let now = api.store.clock().now();
    show(&Audit {
        console: Console::new(&api, &desk, Section::Settings).await?,
        actor: actor.unwrap_or_default(),
        actor_max_chars: ACTOR_MAX_CHARS,
        actions: AUDIT_ACTIONS.iter().map(choice).collect(),
        rows: events.iter().map(|event| Row::of(event, now)).collect(),
        next,
    })
}
