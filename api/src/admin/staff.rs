//! Who of the staff asks: whoever holds a token, with the role that it was given, or whoever is logged
//! in at the console.

use crate::{Api, console::session, envelope::ApiError, error_code::ErrorCode, extract::bearer, origin};
use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};
use galley_domain::{
    actor::Actor,
    staff::{Role, TOKEN_PREFIX},
};
use sha2::{Digest as _, Sha256};
use std::marker::PhantomData;

/// Longest token that is looked up, in bytes.
const TOKEN_MAX_BYTES: usize = 128;

/// The role that a route needs.
pub(crate) trait Needs: Send + Sync {
    const ROLE: Role;
}

macro_rules! roles {
    ($($(#[$meta:meta])* $name:ident $alias:ident: $role:ident;)+) => {$(
        pub(crate) struct $name;

        impl Needs for $name {
            const ROLE: Role = Role::$role;
        }

        $(#[$meta])*
        pub(crate) type $alias = Staff<$name>;
    )+};
}

roles! {
    /// Somebody who may look.
    Look ReadOnlyStaff: ReadOnly;
    /// Somebody who may decide on payments in review.
    Decide ReviewerStaff: Reviewer;
    /// Somebody who may give money back.
    Own OwnerStaff: Owner;
}

/// A member of staff whose role includes what `N` needs.
///
/// Identity comes first: nobody learns from an error what is there, or what a body should be like.
pub(crate) struct Staff<N> {
    pub(crate) name: String,
    needed: PhantomData<N>,
}

impl<N> Staff<N> {
    pub(crate) fn actor(&self) -> Actor {
        Actor::Staff(self.name.clone())
    }
}

impl<N: Needs> FromRequestParts<Api> for Staff<N> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, ApiError> {
        let (name, role) = if parts.headers.contains_key(header::AUTHORIZATION) {
            by_token(parts, api).await?
        } else {
            by_cookie(parts, api).await?
        };
        if !role.may(N::ROLE) {
            let message = format!("This needs the role {}; yours is {role}.", N::ROLE);
            return Err(ApiError::new(ErrorCode::NotAllowed, message));
        }
        Ok(Self { name, needed: PhantomData })
    }
}

async fn by_token(parts: &Parts, api: &Api) -> Result<(String, Role), ApiError> {
    let token = bearer(&parts.headers).filter(|token| is_token(token)).ok_or_else(unknown)?;
    // A token is 256 random bits: its hash needs no salt, and finding it takes as long as it takes.
    let hash: [u8; 32] = Sha256::digest(token).into();
    let found = api.store.find_api_token(&hash).await?.ok_or_else(unknown)?;
    Ok((found.name, found.role))
}

/// Browsers send the cookie along for other sites, too: what changes something must come from a page
/// of ours.
async fn by_cookie(parts: &Parts, api: &Api) -> Result<(String, Role), ApiError> {
    let found = session::find(api, &parts.headers).await?.ok_or_else(unknown)?;
    if !parts.method.is_safe() {
        origin::demand(&parts.headers, &api.payments)?;
    }
    Ok((found.login, found.role))
}

fn is_token(text: &str) -> bool {
    text.starts_with(TOKEN_PREFIX) && text.len() <= TOKEN_MAX_BYTES
}

fn unknown() -> ApiError {
    ApiError::new(ErrorCode::NotAuthenticated, "Send a valid token as `Authorization: Bearer gly_…`.")
}
