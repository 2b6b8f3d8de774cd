//! `POST /api/v1/purchase/request-revision`.

use crate::{
    Api,
    access::OrderInBody,
    contract::faults,
    envelope::{ApiError, Told},
    idempotency::IdempotencyKey,
    json::Fields,
};
use axum::{extract::State, response::IntoResponse};
use galley_domain::{actor::Actor, job::JobKind};
use serde::Serialize;
use utoipa::ToSchema;

/// What to change.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "a shape to be described, never a value")]
struct RevisionRequest {
    #[schema(format = "uuid")]
    order_id: String,
    /// In plain words.
    #[schema(min_length = 10, max_length = 5000)]
    revision_notes: String,
}

/// The work that was begun.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Revision)]
struct RevisionBody {
    #[schema(format = "uuid")]
    order_id: String,
    /// The job that makes the new version.
    #[schema(format = "uuid")]
    job_id: String,
    /// How long revisions took of late.
    #[schema(example = "4-9 minutes")]
    estimated_time: String,
}

#[utoipa::path(
    post,
    path = "/api/v1/purchase/request-revision",
    operation_id = "requestRevision",
    tag = "orders",
    summary = "Has a new version made, while the order is in QUALITY_CHECK.",
    description = "As often as you like, one at a time. If it fails, the last good version stays.",
    params((
        "Idempotency-Key" = Option<String>,
        Header,
        nullable = false,
        description = "1 to 255 visible ASCII characters; the same request with the same key is answered with the \
                       same job",
    )),
    request_body(content = RevisionRequest),
    responses((status = 200, description = "It has begun.", body = Told<RevisionBody>), faults::OfAction),
    security(("orderToken" = []), ("orderCookie" = [])),
)]
pub(crate) async fn request_revision(
    State(api): State<Api>,
    key: Result<IdempotencyKey, ApiError>,
    named: OrderInBody,
) -> Result<impl IntoResponse, ApiError> {
    let OrderInBody { order, body } = named;
    let mut fields = Fields::read(&body)?;
    let notes = fields.notes("revisionNotes");
    fields.end()?;
    let key = key?.within(format!("request-revision:{order}"), &body);
    let estimate = api.store.estimate(JobKind::BacklinkRevision).await?;
    let job = api.store.request_revision(order, &notes, Actor::Customer, key.as_ref()).await?;
    let data = RevisionBody {
        order_id: order.to_string(),
        job_id: job.to_string(),
        estimated_time: estimate.to_string(),
    };
    Ok(Told::new("We are working your changes in and mail you when the new version is ready.", data))
}
