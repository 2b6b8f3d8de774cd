//! `GET /api/v1/purchase/orders/{orderId}/versions[/{n}[/diff/{m}]]`.

use crate::{
    Api,
    access::OrderAccess,
    contract::{faults, mirror},
    envelope::{ApiError, Success},
};
use axum::{
    extract::{Path, State},
    response::IntoResponse,
};
use chrono::{DateTime, Utc};
use galley_content::{
    backlink::Insertion,
    diff::{Span, words},
};
use galley_domain::{
    id::OrderId,
    quality::{QualityReport, Verdict},
};
use galley_store::VersionView;
use serde::Serialize;
use std::collections::HashMap;
use utoipa::ToSchema;

/// A version of the content; lists leave its texts out.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Version)]
pub(crate) struct VersionBody<'a> {
    #[schema(format = "uuid")]
    version_id: String,
    /// From 1; 0 is the article as it was before its backlink.
    #[schema(minimum = 0)]
    number: i32,
    title: &'a str,
    /// Markdown.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    content: Option<&'a str>,
    /// The same as safe HTML.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    content_html: Option<&'a str>,
    /// The report's verdict.
    #[schema(required = true, value_type = Option<mirror::Verdict>)]
    qc_status: Option<Verdict>,
    /// Null for number 0.
    #[schema(required = true, value_type = Option<mirror::QualityReport>)]
    quality_report: Option<&'a QualityReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    insertion: Option<InsertionBody<'a>>,
    /// `customer`, `system` or `staff`; to staff `staff:NAME`
    made_by: &'a str,
    /// What was asked for.
    #[schema(required = true)]
    notes: Option<&'a str>,
    created_at: DateTime<Utc>,
}

/// The proof that a backlink changed one paragraph only.
#[derive(Serialize, ToSchema)]
#[schema(as = Insertion)]
struct InsertionBody<'a> {
    /// Which one.
    paragraph: usize,
    before: &'a str,
    after: &'a str,
    #[schema(value_type = Vec<mirror::Span>)]
    diff: &'a [Span],
}

impl<'a> VersionBody<'a> {
    pub(crate) fn whole(view: &'a VersionView) -> Self {
        Self {
            content: Some(&view.source),
            content_html: Some(&view.html),
            insertion: view.insertion.as_ref().map(|insertion| proof(insertion)),
            ..Self::listed(view)
        }
    }

    pub(crate) fn listed(view: &'a VersionView) -> Self {
        let report = view.report.as_ref().map(|report| &report.0);
        Self {
            version_id: view.id.to_string(),
            number: view.number,
            title: &view.title,
            content: None,
            content_html: None,
            qc_status: report.map(|report| report.verdict),
            quality_report: report,
            insertion: None,
            made_by: view.made_by.split(':').next().unwrap_or_default(),
            notes: view.notes.as_deref(),
            created_at: view.created_at,
        }
    }

    /// With the name of whoever made it, which is for staff to know.
    pub(crate) fn named(self, view: &'a VersionView) -> Self {
        Self { made_by: &view.made_by, ..self }
    }
}

fn proof(insertion: &Insertion) -> InsertionBody<'_> {
    InsertionBody {
        paragraph: insertion.paragraph,
        before: &insertion.before,
        after: &insertion.after,
        diff: &insertion.diff,
    }
}

/// All versions, newest first.
#[derive(Serialize, ToSchema)]
struct VersionList<'a> {
    versions: Vec<VersionBody<'a>>,
}

#[utoipa::path(
    get,
    path = "/api/v1/purchase/orders/{orderId}/versions",
    operation_id = "listVersions",
    tag = "orders",
    summary = "All versions, newest first, without their texts.",
    params(OrderAccess),
    responses((status = 200, description = "All of them.", body = Success<VersionList<'_>>), faults::OfOrder),
    security(("orderToken" = []), ("orderTokenInQuery" = []), ("orderCookie" = [])),
)]
pub(crate) async fn list_versions(
    State(api): State<Api>,
    access: OrderAccess,
) -> Result<impl IntoResponse, ApiError> {
    let views = api.store.list_versions(access.order).await?;
    let list = VersionList { versions: views.iter().map(VersionBody::listed).collect() };
    Ok(Success::new(list).into_response())
}

#[utoipa::path(
    get,
    path = "/api/v1/purchase/orders/{orderId}/versions/{number}",
    operation_id = "getVersion",
    tag = "orders",
    summary = "One version with its texts.",
    params(OrderAccess, ("number" = i32, Path, minimum = 0, description = "The version")),
    responses((status = 200, description = "This one.", body = Success<VersionBody<'_>>), faults::OfVersion),
    security(("orderToken" = []), ("orderTokenInQuery" = []), ("orderCookie" = [])),
)]
pub(crate) async fn get_version(
    State(api): State<Api>,
    access: OrderAccess,
    Path(path): Path<HashMap<String, String>>,
) -> Result<impl IntoResponse, ApiError> {
    let view = find(&api, access.order, number(&path, "number")?).await?;
    Ok(Success::new(VersionBody::whole(&view)).into_response())
}

/// What changed between two versions.
#[derive(Serialize, ToSchema)]
struct Difference {
    /// The old version's number.
    from: i32,
    /// The new version's number.
    to: i32,
    /// The equal and deleted ones are the old text, the equal and inserted ones the new.
    #[schema(value_type = Vec<mirror::Span>)]
    spans: Vec<Span>,
}

/// What changed from version `other` to version `number`, by words.
#[utoipa::path(
    get,
    path = "/api/v1/purchase/orders/{orderId}/versions/{number}/diff/{other}",
    operation_id = "diffVersions",
    tag = "orders",
    params(
        OrderAccess,
        ("number" = i32, Path, minimum = 0, description = "The new version"),
        ("other" = i32, Path, minimum = 0, description = "The old version"),
    ),
    responses((status = 200, description = "By words.", body = Success<Difference>), faults::OfVersion),
    security(("orderToken" = []), ("orderTokenInQuery" = []), ("orderCookie" = [])),
)]
pub(crate) async fn diff_versions(
    State(api): State<Api>,
    access: OrderAccess,
    Path(path): Path<HashMap<String, String>>,
) -> Result<impl IntoResponse, ApiError> {
    let (to, from) = (number(&path, "number")?, number(&path, "other")?);
    let (new, old) = (find(&api, access.order, to).await?, find(&api, access.order, from).await?);
    // Long texts take a moment; the other requests of this thread do not wait for it.
    let spans = tokio::task::spawn_blocking(move || words(&old.source, &new.source)).await;
    let spans = spans.map_err(ApiError::internal)?;
    Ok(Success::new(Difference { from, to, spans }).into_response())
}

async fn find(api: &Api, order: OrderId, number: i32) -> Result<VersionView, ApiError> {
    api.store.find_version(order, number).await?.ok_or_else(ApiError::not_found)
}

fn number(path: &HashMap<String, String>, name: &str) -> Result<i32, ApiError> {
    let given = path.get(name).and_then(|number| number.parse().ok()).filter(|number| *number >= 0);
    given.ok_or_else(|| ApiError::invalid_field(name, "A version is a whole number, counted from 1."))
}
