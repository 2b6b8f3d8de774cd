//! `GET /admin/orders/{orderId}/versions`, one of them, and what changed between two.

use super::{
    head::{Head, Tab, open},
    refused::Refused,
    text::{Diff, Text, provenance},
    words::{actor, class_of, verdict},
};
use crate::{
    Api,
    admin::orders::version::numbered,
    console::{
        desk::ReadOnlyDesk,
        frame::{Console, show},
    },
    contract::faults,
    envelope::ApiError,
    extract::{Named, Params},
    moment::Moment,
};
use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use chrono::{DateTime, Utc};
use galley_domain::id::OrderId;
use galley_store::VersionView;
use std::collections::HashMap;

#[derive(Template)]
#[template(path = "console/order_versions.html")]
struct Versions<'a> {
    console: Console<'a>,
    head: Head<'a>,
    rows: Vec<Row>,
}

struct Row {
    number: i32,
    title: String,
    made: Moment,
    by: String,
    verdict: Option<(&'static str, &'static str)>,
    words: Option<u32>,
    provenance: String,
    notes: Option<String>,
}

impl Row {
    fn of(version: &VersionView, now: DateTime<Utc>) -> Self {
        let report = version.report.as_ref().map(|report| &report.0);
        Self {
            number: version.number,
            title: version.title.clone(),
            made: Moment::new(version.created_at, now),
            by: actor(&version.made_by),
            verdict: report.map(|report| (class_of(report.verdict.as_str()), verdict(report.verdict))),
            words: report.map(|report| report.word_count),
            provenance: provenance(version),
            notes: version.notes.clone(),
        }
    }
}

#[utoipa::path(
    get,
    path = "/admin/orders/{orderId}/versions",
    operation_id = "showVersions",
    tag = "console",
    summary = "The versions of an order, newest first.",
    params(("orderId" = String, Path, format = "uuid", description = "The order")),
    responses(
        (status = 200, description = "A page.", body = String, content_type = "text/html"),
        (status = 303, description = "To the login."),
        faults::OfStaffLook,
    ),
    security(("staffSession" = [])),
)]
pub(crate) async fn versions(
    State(api): State<Api>,
    desk: ReadOnlyDesk,
    Named(id): Named<OrderId>,
) -> Result<Response, ApiError> {
    let (order, console) = open(&api, &desk, id, None).await?;
    let versions = api.store.list_versions(id).await?;
    let now = api.store.clock().now();
    let refused = Refused::default();
    let head = Head::of(&api, &desk, &order, Some(Tab::Versions), &refused).await?;
    show(&Versions { console, head, rows: versions.iter().map(|version| Row::of(version, now)).collect() })
}

#[derive(Template)]
#[template(path = "console/order_version.html")]
struct Version<'a> {
    console: Console<'a>,
    head: Head<'a>,
    text: Text,
}

#[utoipa::path(
    get,
    path = "/admin/orders/{orderId}/versions/{number}",
    operation_id = "showVersion",
    tag = "console",
    summary = "One version of an order.",
    params(
        ("orderId" = String, Path, format = "uuid", description = "The order"),
        ("number" = i32, Path, minimum = 0, description = "The version"),
    ),
    responses(
        (status = 200, description = "A page.", body = String, content_type = "text/html"),
        (status = 303, description = "To the login."),
        faults::OfStaffLook,
    ),
    security(("staffSession" = [])),
)]
pub(crate) async fn version(
    State(api): State<Api>,
    desk: ReadOnlyDesk,
    Path(path): Path<HashMap<String, String>>,
) -> Result<Response, ApiError> {
    let (id, number) = numbered(&path).ok_or_else(ApiError::not_found)?;
    let (order, console) = open(&api, &desk, id, None).await?;
    let text = Text::find(&api, &order, number).await?.ok_or_else(ApiError::not_found)?;
    let refused = Refused::default();
    let head = Head::of(&api, &desk, &order, Some(Tab::Versions), &refused).await?;
    show(&Version { console, head, text })
}

#[derive(Template)]
#[template(path = "console/order_compare.html")]
struct Compare<'a> {
    console: Console<'a>,
    id: String,
    topic: String,
    choices: Vec<Choice>,
    diff: Diff,
}

/// A version to compare.
struct Choice {
    number: i32,
    name: String,
    from: bool,
    to: bool,
}

#[utoipa::path(
    get,
    path = "/admin/orders/{orderId}/compare",
    operation_id = "showComparison",
    tag = "console",
    summary = "What changed between two versions, word by word; the newest two unless said.",
    params(
        ("orderId" = String, Path, format = "uuid", description = "The order"),
        ("from" = Option<i32>, Query, nullable = false, minimum = 0, description = "The old version"),
        ("to" = Option<i32>, Query, nullable = false, minimum = 0, description = "The new version"),
    ),
    responses(
        (status = 200, description = "A page.", body = String, content_type = "text/html"),
        (status = 303, description = "To the login."),
        faults::OfStaffLook,
    ),
    security(("staffSession" = [])),
)]
pub(crate) async fn compare(
    State(api): State<Api>,
    desk: ReadOnlyDesk,
    Named(id): Named<OrderId>,
    params: Params,
) -> Result<Response, ApiError> {
    let (order, console) = open(&api, &desk, id, None).await?;
    let choices: Vec<i32> = api.store.list_versions(id).await?.iter().map(|version| version.number).collect();
    let number = |name: &str, otherwise: Option<&i32>| match params.get(name) {
        Some(given) => given.parse().ok(),
        None => otherwise.copied(),
    };
    let to = number("to", choices.first()).ok_or_else(ApiError::not_found)?;
    let from = number("from", choices.get(1)).ok_or_else(ApiError::not_found)?;
    let find = async |number| api.store.find_version(id, number).await?.ok_or_else(ApiError::not_found);
    let diff = Diff::between(&find(from).await?, &find(to).await?, false).await?;
    let choices = choices.into_iter().map(|number| Choice {
        number,
        name: if number == 0 { "As it was".to_owned() } else { format!("Version {number}") },
        from: number == from,
        to: number == to,
    });
    let choices = choices.collect();
    show(&Compare { console, id: id.to_string(), topic: order.brief.topic, choices, diff })
}
