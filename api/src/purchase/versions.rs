//! `GET /api/v1/purchase/orders/{orderId}/versions[/{n}[/diff/{m}]]`.

use crate::{
    Api,
    access::OrderAccess,
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

/// A version on the wire; lists leave its texts out.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct VersionBody<'a> {
    version_id: String,
    number: i32,
    title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_html: Option<&'a str>,
    qc_status: Option<Verdict>,
    quality_report: Option<&'a QualityReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    insertion: Option<InsertionBody<'a>>,
    made_by: &'a str,
    notes: Option<&'a str>,
    created_at: DateTime<Utc>,
}

/// The proof that a backlink changed one paragraph only.
#[derive(Serialize)]
struct InsertionBody<'a> {
    paragraph: usize,
    before: &'a str,
    after: &'a str,
    diff: &'a [Span],
}

impl<'a> VersionBody<'a> {
    pub(super) fn whole(view: &'a VersionView) -> Self {
        Self {
            content: Some(&view.source),
            content_html: Some(&view.html),
            insertion: view.insertion.as_ref().map(|insertion| proof(insertion)),
            ..Self::listed(view)
        }
    }

    fn listed(view: &'a VersionView) -> Self {
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
            made_by: &view.made_by,
            notes: view.notes.as_deref(),
            created_at: view.created_at,
        }
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

#[derive(Serialize)]
struct VersionList<'a> {
    versions: Vec<VersionBody<'a>>,
}

pub(crate) async fn list_versions(
    State(api): State<Api>,
    access: OrderAccess,
) -> Result<impl IntoResponse, ApiError> {
    let views = api.store.list_versions(access.order).await?;
    let list = VersionList { versions: views.iter().map(VersionBody::listed).collect() };
    Ok(Success::new(list).into_response())
}

pub(crate) async fn get_version(
    State(api): State<Api>,
    access: OrderAccess,
    Path(path): Path<HashMap<String, String>>,
) -> Result<impl IntoResponse, ApiError> {
    let view = find(&api, access.order, number(&path, "number")?).await?;
    Ok(Success::new(VersionBody::whole(&view)).into_response())
}

#[derive(Serialize)]
struct Difference {
    from: i32,
    to: i32,
    spans: Vec<Span>,
}

/// What changed from version `other` to version `number`, by words.
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
