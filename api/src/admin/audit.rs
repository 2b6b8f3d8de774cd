//! `GET /api/v1/admin/audit`.

use super::{ReadOnlyStaff, page::Page};
use crate::{
    Api,
    contract::faults,
    envelope::{ApiError, Success},
    extract::Params,
};
use axum::extract::State;
use chrono::{DateTime, Utc};
use galley_store::{AuditEvent, AuditFilter};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// Something that a member of staff did.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AuditEvent)]
struct AuditBody {
    #[schema(format = "uuid")]
    id: String,
    /// `staff:` and their login or their token's name; `system`.
    actor: String,
    /// What: `refund_requested`, `staff_added`, `token_revoked` and so on; there may be new ones.
    action: String,
    /// To what: the id of a payment, a member of staff, a token.
    #[schema(format = "uuid")]
    subject_id: String,
    /// What else is to be known; its fields depend on the action.
    #[schema(value_type = Object)]
    detail: Value,
    created_at: DateTime<Utc>,
}

impl From<AuditEvent> for AuditBody {
    fn from(event: AuditEvent) -> Self {
        let AuditEvent { id, actor, action, subject_id, detail, created_at } = event;
        Self { id: id.to_string(), actor, action, subject_id: subject_id.to_string(), detail, created_at }
    }
}

/// What staff did, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditList {
    events: Vec<AuditBody>,
    /// Send it as `before` to get the next page; null on the last.
    #[schema(required = true, format = "uuid")]
    next: Option<String>,
}

#[utoipa::path(
    get,
    path = "/api/v1/admin/audit",
    operation_id = "listAudit",
    tag = "admin",
    summary = "What staff did that is no line of an order's history, newest first.",
    description = "Needs the role `read-only`.",
    params(
        ("actor" = Option<String>, Query, nullable = false, description = "Only by this one, such as `staff:ann`"),
        ("action" = Option<String>, Query, nullable = false, description = "Only this"),
        ("before" = Option<String>, Query, nullable = false, format = "uuid", description = "Only older ones"),
        (
            "limit" = Option<i64>,
            Query,
            nullable = false,
            minimum = 1,
            maximum = 200,
            description = "50 unless given",
        ),
    ),
    responses((status = 200, description = "A page of it.", body = Success<AuditList>), faults::OfStaffList),
    security(("staffToken" = [])),
)]
pub(crate) async fn list_audit(
    State(api): State<Api>,
    _: ReadOnlyStaff,
    params: Params,
) -> Result<Success<AuditList>, ApiError> {
    let page = Page::<Uuid>::of(&params)?;
    let filter = AuditFilter {
        actor: params.get("actor").map(str::to_owned),
        action: params.get("action").map(str::to_owned),
        before: page.before,
    };
    let mut events = api.store.audit_trail(&filter, page.limit()).await?;
    let next = page.cut(&mut events, |event| event.id).map(|id| id.to_string());
    Ok(Success::new(AuditList { events: events.into_iter().map(AuditBody::from).collect(), next }))
}
