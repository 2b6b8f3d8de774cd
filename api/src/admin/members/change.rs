//! `POST /api/v1/admin/staff/{staffId}/…`: another role, a new password, no login any more.

use super::{MemberBody, add::named_role};
use crate::{
    Api,
    admin::OwnerStaff,
    chance,
    contract::{faults, mirror},
    envelope::{ApiError, Success},
    extract::{Named, RawBody},
    json::Fields,
};
use axum::extract::State;
use galley_domain::{actor::Actor, id::StaffId};
use serde::Serialize;
use utoipa::ToSchema;

/// What somebody shall be.
#[derive(ToSchema)]
#[expect(dead_code, reason = "a shape to be described, never a value")]
struct StaffRoleRequest {
    role: mirror::Role,
}

/// A password to begin with.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NewPassword {
    #[schema(format = "uuid")]
    staff_id: String,
    /// Shown this once; they change it at `/admin/password`.
    password: String,
}

#[utoipa::path(
    post,
    path = "/api/v1/admin/staff/{staffId}/role",
    operation_id = "changeStaffRole",
    tag = "admin",
    summary = "Gives somebody another role; they have to log in again. Not the last owner.",
    description = "Needs the role `owner`.",
    params(("staffId" = String, Path, format = "uuid", description = "Who")),
    request_body(content = StaffRoleRequest),
    responses((status = 200, description = "As they are now.", body = Success<MemberBody>), faults::OfDecision),
    security(("staffToken" = [])),
)]
pub(crate) async fn change_role(
    State(api): State<Api>,
    staff: OwnerStaff,
    Named(id): Named<StaffId>,
    RawBody(body): RawBody,
) -> Result<Success<MemberBody>, ApiError> {
    let mut fields = Fields::read(&body)?;
    let role = fields.text("role");
    fields.end()?;
    let role = named_role(role.as_deref()).map_err(|error| ApiError::invalid(vec![error]))?;
    Ok(Success::new(api.store.change_staff_role(id, role, &staff.actor()).await?.into()))
}

#[utoipa::path(
    post,
    path = "/api/v1/admin/staff/{staffId}/disable",
    operation_id = "disableStaff",
    tag = "admin",
    summary = "Lets somebody log in no more, and logs them out. Not the last owner.",
    description = "Needs the role `owner`.",
    params(("staffId" = String, Path, format = "uuid", description = "Who")),
    responses((status = 200, description = "As they are now.", body = Success<MemberBody>), faults::OfRetry),
    security(("staffToken" = [])),
)]
pub(crate) async fn disable(
    State(api): State<Api>,
    staff: OwnerStaff,
    Named(id): Named<StaffId>,
) -> Result<Success<MemberBody>, ApiError> {
    Ok(Success::new(api.store.disable_staff(id, &staff.actor()).await?.into()))
}

#[utoipa::path(
    post,
    path = "/api/v1/admin/staff/{staffId}/enable",
    operation_id = "enableStaff",
    tag = "admin",
    summary = "Lets somebody log in again.",
    description = "Needs the role `owner`.",
    params(("staffId" = String, Path, format = "uuid", description = "Who")),
    responses((status = 200, description = "As they are now.", body = Success<MemberBody>), faults::OfStaffLook),
    security(("staffToken" = [])),
)]
pub(crate) async fn enable(
    State(api): State<Api>,
    staff: OwnerStaff,
    Named(id): Named<StaffId>,
) -> Result<Success<MemberBody>, ApiError> {
    Ok(Success::new(api.store.enable_staff(id, &staff.actor()).await?.into()))
}

#[utoipa::path(
    post,
    path = "/api/v1/admin/staff/{staffId}/password",
    operation_id = "renewStaffPassword",
    tag = "admin",
    summary = "Gives somebody a new password, which is shown once; they have to log in again.",
    description = "Needs the role `owner`.",
    params(("staffId" = String, Path, format = "uuid", description = "Who")),
    responses((status = 200, description = "They have it.", body = Success<NewPassword>), faults::OfRenewal),
    security(("staffToken" = [])),
)]
pub(crate) async fn renew_password(
    State(api): State<Api>,
    staff: OwnerStaff,
    Named(id): Named<StaffId>,
) -> Result<Success<NewPassword>, ApiError> {
    let password = renew(&api, id, &staff.actor()).await?;
    Ok(Success::new(NewPassword { staff_id: id.to_string(), password }))
}

/// Gives somebody a password of ours.
pub(crate) async fn renew(api: &Api, id: StaffId, actor: &Actor) -> Result<String, ApiError> {
    let password = chance::password();
    let password_hash = api.passwords.hash(password.clone()).await?;
    api.store.change_staff_password(id, None, &password_hash, actor).await?;
    Ok(password)
}
