//! `POST /api/v1/admin/orders/{orderId}/edit-and-approve`.

use super::{
    edited::{Edit, EditError, edit_and_approve},
    standing::Standing,
};
use crate::{
    Api,
    admin::ReviewerStaff,
    contract::faults,
    envelope::{ApiError, ErrorDetail, Success},
    extract::{Named, RawBody},
    json::Fields,
};
use axum::extract::State;
use galley_domain::{
    id::OrderId,
    quality::{Check, QualityReport},
};
use utoipa::ToSchema;

/// The text that shall be published.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "a shape to be described, never a value")]
struct EditRequest {
    /// The number of the version that was edited.
    #[schema(minimum = 1)]
    version: i32,
    /// What lists and addresses call it; the text's first heading unless given.
    #[schema(nullable = false, max_length = 200)]
    title: Option<String>,
    /// Markdown; of a backlink the whole article with the link in it.
    #[schema(max_length = 524_288)]
    content: String,
    /// Publishes it though a check fails.
    #[schema(nullable = false, default = false)]
    despite_checks: Option<bool>,
}

#[utoipa::path(
    post,
    path = "/api/v1/admin/orders/{orderId}/edit-and-approve",
    operation_id = "editAndApproveOrder",
    tag = "admin",
    summary = "Makes an edited text the newest version and approves it.",
    description = "Needs the role `reviewer`. The text is checked like any other: with a check that fails, \
                   `details` names the check under `content`, and nothing is changed unless `despiteChecks` is \
                   set. Of a backlink only the paragraph with the link may be changed.",
    params(("orderId" = String, Path, format = "uuid", description = "The order")),
    request_body(content = EditRequest),
    responses((status = 200, description = "It is being published.", body = Success<Standing>), faults::OfDecision),
    security(("staffToken" = [])),
)]
pub(crate) async fn edit(
    State(api): State<Api>,
    staff: ReviewerStaff,
    Named(id): Named<OrderId>,
    RawBody(body): RawBody,
) -> Result<Success<Standing>, ApiError> {
    let mut fields = Fields::read(&body)?;
    let version = fields.number("version");
    let title = fields.text("title");
    let content = fields.text("content").unwrap_or_default();
    let despite_checks = fields.flag("despiteChecks");
    fields.end()?;
    let edit = Edit { version, title, content, despite_checks };
    match edit_and_approve(&api, id, edit, staff.actor()).await {
        Ok(()) => Standing::of(&api, id, true).await,
        Err(EditError::Field(field, message)) => Err(ApiError::invalid_field(field, &message)),
        Err(EditError::Checks(report)) => Err(ApiError::invalid(failures(&report))),
        Err(EditError::Other(error)) => Err(error),
    }
}

fn failures(report: &QualityReport) -> Vec<ErrorDetail> {
    let words = |check: &Check| {
        let fix = check.fix.as_deref().map(|fix| format!(" {fix}")).unwrap_or_default();
        format!("{}: expected {}, found {}.{fix}", check.title, check.expected, check.measured)
    };
    report.failed().map(|check| ErrorDetail::new("content", words(check))).collect()
}
