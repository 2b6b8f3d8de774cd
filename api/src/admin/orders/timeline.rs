//! `GET /api/v1/admin/orders/{orderId}/timeline`.

use crate::{
    Api,
    admin::{ReadOnlyStaff, page::Page},
    contract::{faults, mirror},
    envelope::{ApiError, Success},
    extract::{Named, Params},
};
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use galley_domain::id::OrderId;
use galley_store::{TimelineCursor, TimelineEntry, TimelineSource};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// A line of a timeline. What each field is depends on where the line comes from.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TimelineEntry)]
struct EntryBody<'a> {
    #[schema(value_type = mirror::TimelineSource)]
    source: &'static str,
    /// When it happened; a run when it ended, a mail when it was sent or, until then, queued.
    at: DateTime<Utc>,
    /// When it began: a run's start, a mail's queueing.
    #[schema(required = true)]
    since: Option<DateTime<Utc>>,
    /// The kind of event, job, mail or gateway event; the audited action; a version's title.
    name: &'a str,
    /// The state of a job, mail, gateway event, refund or dispute; the status after an event; the
    /// verdict on a version.
    #[schema(required = true)]
    state: Option<&'a str>,
    /// `customer`, `system`, `staff:NAME` or `gateway:NAME`
    #[schema(required = true)]
    actor: Option<&'a str>,
    /// The error of a run, gateway event or mail, or else the mail's subject; the reason of a refund or
    /// dispute; the notes that a version answers.
    #[schema(required = true)]
    text: Option<&'a str>,
    /// An event's run, a run's attempt, a version's number; of refunds and disputes the amount in minor
    /// units.
    #[schema(required = true)]
    number: Option<i64>,
    /// An event's facts; a version's model, prompt hash, tokens, cost and duration; an audit line's detail.
    #[schema(required = true, value_type = Option<Object>)]
    detail: Option<&'a Value>,
    /// The job, mail, version, gateway event, refund or dispute.
    #[schema(format = "uuid")]
    subject_id: String,
}

impl<'a> EntryBody<'a> {
    fn of(entry: &'a TimelineEntry) -> Self {
        Self {
            source: entry.source.as_str(),
            at: entry.at,
            since: entry.since,
            name: &entry.name,
            state: entry.state.as_deref(),
            actor: entry.actor.as_deref(),
            text: entry.text.as_deref(),
            number: entry.number,
            detail: entry.detail.as_ref(),
            subject_id: entry.subject.to_string(),
        }
    }
}

/// What happened to an order, newest first.
#[derive(Serialize, ToSchema)]
struct Timeline<'a> {
    entries: Vec<EntryBody<'a>>,
    /// Send it as `before` to get the next page; null on the last.
    #[schema(required = true)]
    next: Option<String>,
}

#[utoipa::path(
    get,
    path = "/api/v1/admin/orders/{orderId}/timeline",
    operation_id = "getTimeline",
    tag = "admin",
    summary = "Everything that happened to an order, newest first.",
    description = "Needs the role `read-only`. Events, runs of jobs, versions, mails, what gateways sent, refunds, \
                   disputes, and what staff did to the payment.",
    params(
        ("orderId" = String, Path, format = "uuid", description = "The order"),
        ("source" = Option<mirror::TimelineSource>, Query, nullable = false, description = "Only those"),
        ("before" = Option<String>, Query, nullable = false, description = "Only older ones: `next` of a page"),
        (
            "limit" = Option<i64>,
            Query,
            nullable = false,
            minimum = 1,
            maximum = 200,
            description = "50 unless given",
        ),
    ),
    responses(
        (status = 200, description = "A page of it.", body = Success<Timeline<'_>>),
        faults::OfStaffLook,
        faults::OfStaffList,
    ),
    security(("staffToken" = [])),
)]
pub(crate) async fn get_timeline(
    State(api): State<Api>,
    _: ReadOnlyStaff,
    Named(id): Named<OrderId>,
    params: Params,
) -> Result<Response, ApiError> {
    let page = Page::<TimelineCursor>::of(&params)?;
    let sources = sources(&params)?;
    let mut entries = api.store.timeline(id, &sources, page.before, page.limit()).await?;
    if entries.is_empty() && api.store.order_summary(id).await?.is_none() {
        return Err(ApiError::not_found());
    }
    let next = page.cut(&mut entries, |entry| entry.cursor).map(|cursor| cursor.to_string());
    let timeline = Timeline { entries: entries.iter().map(EntryBody::of).collect(), next };
    Ok(Success::new(timeline).into_response())
}

/// The one source that is wanted, or none: all of them.
pub(crate) fn sources(params: &Params) -> Result<Vec<TimelineSource>, ApiError> {
    let mut wrong = Vec::new();
    let names: Vec<_> = TimelineSource::ALL.iter().map(|source| source.as_str()).collect();
    let source = params.parsed("source", &format!("Choose one of: {}.", names.join(", ")), &mut wrong);
    if wrong.is_empty() { Ok(source.into_iter().collect()) } else { Err(ApiError::invalid(wrong)) }
}
