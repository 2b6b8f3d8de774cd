//! Members of staff: who may log in, and as what.

pub(crate) mod add;
pub(crate) mod change;
pub(crate) mod list;

use crate::contract::mirror;
use chrono::{DateTime, Utc};
use galley_domain::staff::Role;
use galley_store::StaffMember;
use serde::Serialize;
use utoipa::ToSchema;

/// A member of staff.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = StaffMember)]
pub(crate) struct MemberBody {
    #[schema(format = "uuid")]
    staff_id: String,
    /// What they log in with, and what stands in histories.
    login: String,
    #[schema(value_type = mirror::Role)]
    role: Role,
    created_at: DateTime<Utc>,
    /// Since when they cannot log in.
    #[schema(required = true)]
    disabled_at: Option<DateTime<Utc>>,
}

impl From<StaffMember> for MemberBody {
    fn from(member: StaffMember) -> Self {
        let StaffMember { id, login, role, created_at, disabled_at } = member;
        Self { staff_id: id.to_string(), login, role, created_at, disabled_at }
    }
}
