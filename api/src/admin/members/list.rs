//! `GET /api/v1/admin/staff`.

use super::MemberBody;
use crate::{
    Api,
    admin::{OwnerStaff, page::Page},
    contract::faults,
    envelope::{ApiError, Success},
    extract::Params,
};
use axum::extract::State;
use galley_domain::id::StaffId;
use serde::Serialize;
use utoipa::ToSchema;

/// Members of staff, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct StaffList {
    staff: Vec<MemberBody>,
    /// Send it as `before` to get the next page; null on the last.
    #[schema(required = true, format = "uuid")]
    next: Option<String>,
}

#[utoipa::path(
    get,
    path = "/api/v1/admin/staff",
    operation_id = "listStaff",
    tag = "admin",
    summary = "Members of staff, disabled ones too, newest first.",
    description = "Needs the role `owner`.",
    params(
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
    responses((status = 200, description = "A page of them.", body = Success<StaffList>), faults::OfStaffList),
    security(("staffToken" = [])),
)]
pub(crate) async fn list_staff(
    State(api): State<Api>,
    _: OwnerStaff,
    params: Params,
) -> Result<Success<StaffList>, ApiError> {
    let page = Page::<StaffId>::of(&params)?;
    let mut members = api.store.staff(page.before, page.limit()).await?;
    let next = page.cut(&mut members, |member| member.id).map(|id| id.to_string());
    Ok(Success::new(StaffList { staff: members.into_iter().map(MemberBody::from).collect(), next }))
}
