//! `GET /api/v1/admin/tokens`.

use super::TokenBody;
use crate::{
    Api,
    admin::{OwnerStaff, page::Page},
    contract::faults,
    envelope::{ApiError, Success},
    extract::Params,
};
use axum::extract::State;
use galley_domain::id::ApiTokenId;
use serde::Serialize;
use utoipa::ToSchema;

/// Tokens, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct TokenList {
    tokens: Vec<TokenBody>,
    /// Send it as `before` to get the next page; null on the last.
    #[schema(required = true, format = "uuid")]
    next: Option<String>,
}

#[utoipa::path(
    get,
    path = "/api/v1/admin/tokens",
    operation_id = "listTokens",
    tag = "admin",
    summary = "Tokens, revoked ones too, newest first; never what they open.",
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
    responses((status = 200, description = "A page of them.", body = Success<TokenList>), faults::OfStaffList),
    security(("staffToken" = [])),
)]
pub(crate) async fn list_tokens(
    State(api): State<Api>,
    _: OwnerStaff,
    params: Params,
) -> Result<Success<TokenList>, ApiError> {
    let page = Page::<ApiTokenId>::of(&params)?;
    let mut tokens = api.store.api_tokens(page.before, page.limit()).await?;
    let next = page.cut(&mut tokens, |token| token.id).map(|id| id.to_string());
    Ok(Success::new(TokenList { tokens: tokens.into_iter().map(TokenBody::from).collect(), next }))
}
