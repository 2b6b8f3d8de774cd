//! `POST /api/v1/admin/tokens`.

use super::TokenBody;
use crate::{
    Api,
    admin::{OwnerStaff, members::add::named_role},
    chance,
    contract::{faults, mirror},
    envelope::{ApiError, ErrorDetail, Success},
    extract::RawBody,
    json::Fields,
};
use axum::{extract::State, http::StatusCode};
use galley_domain::{
    actor::Actor,
    staff::{TOKEN_NAME_MAX_CHARS, TOKEN_PREFIX, is_token_name},
};
use galley_store::ApiToken;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

/// A token that is wanted.
#[derive(ToSchema)]
#[expect(dead_code, reason = "a shape to be described, never a value")]
struct CreateTokenRequest {
    /// Who uses it: stands in histories, so it is given once and for ever.
    #[schema(min_length = 1, max_length = 80)]
    name: String,
    role: mirror::Role,
}

/// A new token.
#[derive(Serialize, ToSchema)]
pub(crate) struct CreatedToken {
    details: TokenBody,
    /// Shown this once; only its hash is kept.
    token: String,
}

#[utoipa::path(
    post,
    path = "/api/v1/admin/tokens",
    operation_id = "createToken",
    tag = "admin",
    summary = "Makes a token, which is shown once.",
    description = "Needs the role `owner`.",
    request_body(content = CreateTokenRequest),
    responses(
        (status = 201, description = "It opens what its role may do.", body = Success<CreatedToken>),
        faults::OfNewName,
    ),
    security(("staffToken" = [])),
)]
pub(crate) async fn create_token(
    State(api): State<Api>,
    staff: OwnerStaff,
    RawBody(body): RawBody,
) -> Result<(StatusCode, Success<CreatedToken>), ApiError> {
    let mut fields = Fields::read(&body)?;
    let (name, role) = (fields.text("name"), fields.text("role"));
    fields.end()?;
    let (details, token) = create(&api, name.as_deref(), role.as_deref(), &staff.actor()).await?;
    Ok((StatusCode::CREATED, Success::new(CreatedToken { details: details.into(), token })))
}

/// Makes a token.
pub(crate) async fn create(
    api: &Api,
    name: Option<&str>,
    role: Option<&str>,
    actor: &Actor,
) -> Result<(ApiToken, String), ApiError> {
    let mut wrong = Vec::new();
    let name = name.unwrap_or_default().trim();
    if !is_token_name(name) {
        let message = format!("Give a name of 1 to {TOKEN_NAME_MAX_CHARS} characters.");
        wrong.push(ErrorDetail::new("name", message));
    }
    let role = named_role(role).map_err(|error| wrong.push(error));
    let (Ok(role), true) = (role, wrong.is_empty()) else { return Err(ApiError::invalid(wrong)) };
    let token = format!("{TOKEN_PREFIX}{}", chance::token());
    let made = api.store.create_api_token(name, role, &Sha256::digest(&token).into(), actor).await?;
    Ok((made, token))
}
