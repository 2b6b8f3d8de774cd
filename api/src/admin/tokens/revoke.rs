//! `DELETE /api/v1/admin/tokens/{tokenId}`.

use crate::{
    Api,
    admin::OwnerStaff,
    contract::faults,
    envelope::{ApiError, Success},
    extract::Named,
};
use axum::extract::State;
use galley_domain::id::ApiTokenId;
use serde::Serialize;
use utoipa::ToSchema;

/// A token that opens nothing any more.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RevokedToken {
    #[schema(format = "uuid")]
    token_id: String,
    /// False if it was revoked before.
    new: bool,
}

#[utoipa::path(
    delete,
    path = "/api/v1/admin/tokens/{tokenId}",
    operation_id = "revokeToken",
    tag = "admin",
    summary = "Makes a token worthless. Its name stays taken.",
    description = "Needs the role `owner`.",
    params(("tokenId" = String, Path, format = "uuid", description = "The token")),
    responses((status = 200, description = "It opens nothing.", body = Success<RevokedToken>), faults::OfStaffLook),
    security(("staffToken" = [])),
)]
pub(crate) async fn revoke_token(
    State(api): State<Api>,
    staff: OwnerStaff,
    Named(id): Named<ApiTokenId>,
) -> Result<Success<RevokedToken>, ApiError> {
    let new = api.store.revoke_api_token(id, &staff.actor()).await?;
    Ok(Success::new(RevokedToken { token_id: id.to_string(), new }))
}
