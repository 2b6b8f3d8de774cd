//! Who of the staff sits at the console: whoever logged in, with the role that they have now.

use super::session;
use crate::{
    Api,
    admin::{Decide, Look, Own},
    envelope::ApiError,
    error_code::ErrorCode,
    origin,
    pages::see_other,
};
use axum::{
    extract::FromRequestParts,
    http::{request::Parts, uri::PathAndQuery},
    response::{IntoResponse as _, Response},
};
use galley_domain::{actor::Actor, id::StaffId, staff::Role};
use std::marker::PhantomData;
use url::form_urlencoded::byte_serialize;

pub(crate) use crate::admin::Needs;

/// Where one logs in.
pub(super) const LOGIN: &str = "/admin/login";
/// Longest address that is gone back to after a login, in bytes.
const NEXT_MAX_BYTES: usize = 2_000;

/// Somebody who may look.
pub(crate) type ReadOnlyDesk = Desk<Look>;
/// Somebody who may decide on orders and payments in review.
pub(crate) type ReviewerDesk = Desk<Decide>;
/// Somebody who may do everything.
pub(crate) type OwnerDesk = Desk<Own>;

/// A member of staff at a page of the console, whose role includes what `N` needs.
///
/// Whoever is not logged in is sent to do so. Comes before anything else is read.
pub(crate) struct Desk<N> {
    /// Their login, as it stands in histories.
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) staff_id: StaffId,
    needed: PhantomData<N>,
}

impl<N> Desk<N> {
    pub(crate) fn actor(&self) -> Actor {
        Actor::Staff(self.name.clone())
    }
}

impl<N: Needs> FromRequestParts<Api> for Desk<N> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Response> {
        let safe = parts.method.is_safe();
        if !safe {
            origin::demand(&parts.headers, &api.payments).map_err(ApiError::into_response)?;
        }
        let found = session::find(api, &parts.headers).await.map_err(ApiError::into_response)?;
        let Some(found) = found else { return Err(to_login(parts, safe)) };
        if !found.role.may(N::ROLE) {
            let message = format!(
                "This needs the role {}; yours is {}. An owner of the shop can change that.",
                N::ROLE,
                found.role
            );
            return Err(ApiError::new(ErrorCode::NotAllowed, message).into_response());
        }
        let (name, role, staff_id) = (found.login, found.role, found.staff_id);
        Ok(Self { name, role, staff_id, needed: PhantomData })
    }
}

/// After the login the page is shown that was asked for. A form is not sent again: it is said that
/// nothing came of it.
fn to_login(parts: &Parts, safe: bool) -> Response {
    let asked = parts.uri.path_and_query().map(PathAndQuery::as_str).filter(|asked| safe && is_local(asked));
    let address = match asked {
        Some(asked) => format!("{LOGIN}?next={}", byte_serialize(asked.as_bytes()).collect::<String>()),
        None => format!("{LOGIN}?ended=1"),
    };
    see_other(&address, None).unwrap_or_else(ApiError::into_response)
}

/// Whether an address is a path of our console, and nothing that a browser takes for another site
/// (`//host`, `/\host`) or for a page outside of it.
pub(super) fn is_local(address: &str) -> bool {
    let plain = address.len() <= NEXT_MAX_BYTES && address.bytes().all(|byte| byte.is_ascii_graphic());
    let path = address.split(['?', '#']).next().unwrap_or_default();
    plain
        && (path == "/admin" || path.starts_with("/admin/"))
        && !address.contains('\\')
        && !path.split('/').any(|part| matches!(part, "." | ".."))
        && path != LOGIN
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_path_of_the_console_is_gone_back_to() {
        for local in ["/admin", "/admin/orders?before=1&state=x", "/admin/review#a", "/admin/orders/a%20b"] {
            assert!(is_local(local), "{local}");
        }
        for other in [
            "",
            "admin",
            "//evil.example/admin",
            "/\\evil.example",
            "/admin/\\evil",
            "https://evil.example/admin",
            "/administration",
            "/admin/../order",
            "/admin/login",
            "/admin/login?next=/admin/login",
            "/admin/a b",
            "/admin/\r\nset-cookie: a=b",
            "javascript:alert(1)",
        ] {
            assert!(!is_local(other), "{other}");
        }
        assert!(!is_local(&format!("/admin/{}", "x".repeat(NEXT_MAX_BYTES))));
    }
}
