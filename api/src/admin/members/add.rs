//! `POST /api/v1/admin/staff`.

use super::MemberBody;
use crate::{
    Api,
    admin::OwnerStaff,
    chance,
    contract::{faults, mirror},
    envelope::{ApiError, ErrorDetail, Success},
    extract::RawBody,
    json::Fields,
};
use axum::{extract::State, http::StatusCode};
use galley_domain::{
    actor::Actor,
    staff::{Login, Role},
};
use galley_store::{NewStaff, StaffMember};
use serde::Serialize;
use utoipa::ToSchema;

/// Somebody who shall be able to log in.
#[derive(ToSchema)]
#[expect(dead_code, reason = "a shape to be described, never a value")]
struct AddStaffRequest {
    /// 2 to 40 of a-z, 0-9, dot, hyphen and underscore; begins with a letter or a digit.
    #[schema(min_length = 2, max_length = 40)]
    login: String,
    role: mirror::Role,
}

/// A member of staff, with the password to begin with.
#[derive(Serialize, ToSchema)]
pub(crate) struct AddedStaff {
    member: MemberBody,
    /// Shown this once; they change it at `/admin/password`.
    password: String,
}

#[utoipa::path(
    post,
    path = "/api/v1/admin/staff",
    operation_id = "addStaff",
    tag = "admin",
    summary = "Adds a member of staff, with a password that is shown once.",
    description = "Needs the role `owner`.",
    request_body(content = AddStaffRequest),
    responses(
        (status = 201, description = "They can log in.", body = Success<AddedStaff>),
        faults::OfNewName,
    ),
    security(("staffToken" = [])),
)]
pub(crate) async fn add_staff(
    State(api): State<Api>,
    staff: OwnerStaff,
    RawBody(body): RawBody,
) -> Result<(StatusCode, Success<AddedStaff>), ApiError> {
    let mut fields = Fields::read(&body)?;
    let (login, role) = (fields.text("login"), fields.text("role"));
    fields.end()?;
    let (member, password) = add(&api, login.as_deref(), role.as_deref(), &staff.actor()).await?;
    Ok((StatusCode::CREATED, Success::new(AddedStaff { member: member.into(), password })))
}

/// Adds somebody, with a password of ours.
pub(crate) async fn add(
    api: &Api,
    login: Option<&str>,
    role: Option<&str>,
    actor: &Actor,
) -> Result<(StaffMember, String), ApiError> {
    let mut wrong = Vec::new();
    let login = login.unwrap_or_default().parse::<Login>();
    let login = login.map_err(|error| wrong.push(ErrorDetail::new("login", error.to_string())));
    let role = named_role(role).map_err(|error| wrong.push(error));
    let (Ok(login), Ok(role)) = (login, role) else { return Err(ApiError::invalid(wrong)) };
    let password = chance::password();
    let password_hash = api.passwords.hash(password.clone()).await?;
    let new = NewStaff { login: &login, role, password_hash: &password_hash };
    Ok((api.store.add_staff(new, actor).await?, password))
}

/// A role by its name.
pub(crate) fn named_role(name: Option<&str>) -> Result<Role, ErrorDetail> {
    let role = name.and_then(|name| name.parse().ok());
    let roles: Vec<_> = Role::ALL.iter().map(|role| role.as_str()).collect();
    role.ok_or_else(|| ErrorDetail::new("role", format!("Choose one of: {}.", roles.join(", "))))
}
