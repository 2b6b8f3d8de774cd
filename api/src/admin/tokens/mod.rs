//! Tokens of this API.

pub(crate) mod create;
pub(crate) mod list;
pub(crate) mod revoke;

use crate::contract::mirror;
use chrono::{DateTime, Utc};
use galley_domain::staff::Role;
use galley_store::ApiToken;
use serde::Serialize;
use utoipa::ToSchema;

/// A token, without what it opens.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ApiToken)]
pub(crate) struct TokenBody {
    #[schema(format = "uuid")]
    token_id: String,
    /// Who uses it: the name that stands in histories.
    name: String,
    #[schema(value_type = mirror::Role)]
    role: Role,
    created_at: DateTime<Utc>,
    /// Since when it opens nothing any more.
    #[schema(required = true)]
    revoked_at: Option<DateTime<Utc>>,
}

impl From<ApiToken> for TokenBody {
    fn from(token: ApiToken) -> Self {
        let ApiToken { id, name, role, created_at, revoked_at } = token;
        Self { token_id: id.to_string(), name, role, created_at, revoked_at }
    }
}
