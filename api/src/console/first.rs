//! `/admin/first`: how the first owner comes in while a shop is being tried out.
//!
//! The server prints the link at its start, in development and while there is no member of staff. Only
//! the hash of its code is kept, in memory. It opens nothing after 15 minutes, nor once there is
//! somebody: so it is used once, and a second process's link ends with it.

use super::{door::Door, input::Input, session};
use crate::{
    Api, chance,
    contract::faults,
    envelope::{ApiError, ErrorDetail},
    error_code::ErrorCode,
    extract::{Params, RawBody},
    origin::FromOurPage,
    pages::see_other,
};
use axum::{extract::State, http::StatusCode, response::Response};
use chrono::{DateTime, TimeDelta, Utc};
use galley_domain::staff::{Login, password_fault};
use galley_store::StaffPassword;
use sha2::{Digest as _, Sha256};

const FIRST: &str = "/admin/first";
/// How long the link opens something.
const OPEN: TimeDelta = TimeDelta::minutes(15);

/// The link that lets the first owner in.
pub(crate) struct FirstLink {
    code_hash: [u8; 32],
    until: DateTime<Utc>,
}

impl FirstLink {
    pub(crate) fn new(code: &str, now: DateTime<Utc>) -> Self {
        Self { code_hash: Sha256::digest(code).into(), until: now + OPEN }
    }

    /// Hashes are compared: how long that takes says nothing about the code.
    fn has(&self, code: &str, now: DateTime<Utc>) -> bool {
        let code_hash: [u8; 32] = Sha256::digest(code).into();
        code_hash == self.code_hash && now < self.until
    }
}

/// Whoever has the link may say who the first owner is.
async fn demand_open(api: &Api, code: Option<&str>) -> Result<(), ApiError> {
    let now = api.store.clock().now();
    let open = api.first.as_deref().zip(code).is_some_and(|(link, code)| link.has(code, now));
    if open && !api.store.has_staff().await? {
        return Ok(());
    }
    let message = "This link opens nothing. It works once, for 15 minutes after the server has started. \
        Start the server again for a new one, or use: galley admin add LOGIN --role owner";
    Err(ApiError::new(ErrorCode::NotFound, message))
}

#[utoipa::path(
    get,
    path = "/admin/first",
    operation_id = "showFirst",
    tag = "console",
    summary = "The form that makes the first owner; only in development, with the code that the server printed.",
    params(("code" = String, Query, description = "The code")),
    responses(
        (status = 200, description = "A page.", body = String, content_type = "text/html"),
        faults::OfSession,
    ),
)]
pub(crate) async fn show_first(State(api): State<Api>, params: Params) -> Result<Response, ApiError> {
    let code = params.get("code");
    demand_open(&api, code).await?;
    door(&api, code.unwrap_or_default(), "", &[]).show(StatusCode::OK)
}

#[utoipa::path(
    post,
    path = "/admin/first",
    operation_id = "makeFirst",
    tag = "console",
    summary = "Makes the first owner and logs them in. Only from our own page.",
    request_body(
        content = String,
        content_type = "application/x-www-form-urlencoded",
        description = "`code`, `login`, `password`, and `again`: the password once more",
    ),
    responses(
        (status = 303, description = "On to the console, with the cookie of the session."),
        (status = 404, description = "There is no such code, or somebody has used it."),
        (status = 422, description = "The form, with what is wrong.", body = String, content_type = "text/html"),
        faults::OfForm,
    ),
)]
pub(crate) async fn make_first(
    State(api): State<Api>,
    _: FromOurPage,
    RawBody(body): RawBody,
) -> Result<Response, ApiError> {
    let sent = Params::of(&body);
    let code = sent.get("code");
    demand_open(&api, code).await?;
    let mut wrong = Vec::new();
    let login = sent.get("login").unwrap_or_default();
    let parsed =
        login.parse::<Login>().map_err(|error| wrong.push(ErrorDetail::new("login", error.to_string())));
    let password = new_password(&sent, parsed.as_ref().ok(), &mut wrong);
    let (Ok(parsed), Some(password)) = (parsed, password) else {
        return door(&api, code.unwrap_or_default(), login, &wrong).show(StatusCode::UNPROCESSABLE_ENTITY);
    };
    let password_hash = api.passwords.hash(password.to_owned()).await?;
    let Some(owner) = api.store.add_first_owner(&parsed, &password_hash).await? else {
        // Somebody was faster.
        demand_open(&api, None).await?;
        return see_other(super::desk::LOGIN, None);
    };
    let (token, kept) = (chance::token(), StaffPassword { staff_id: owner.id, password_hash });
    api.store.open_staff_session(&kept, &Sha256::digest(&token).into()).await?;
    see_other("/admin", Some(session::set_cookie(&api, &token)?))
}

/// A new password, typed twice.
pub(super) fn new_password<'a>(
    sent: &'a Params,
    login: Option<&Login>,
    wrong: &mut Vec<ErrorDetail>,
) -> Option<&'a str> {
    let password = sent.get("password").unwrap_or_default();
    if let Some(fault) = login.and_then(|login| password_fault(login, password)) {
        wrong.push(ErrorDetail::new("password", fault.to_string()));
        return None;
    }
    if sent.get("again") != Some(password) {
        wrong.push(ErrorDetail::new("again", "This is not the same as above."));
        return None;
    }
    Some(password)
}

pub(super) fn new_password_inputs(wrong: &[ErrorDetail]) -> [Input; 2] {
    let hint = "At least 12 characters. A few words in a row are easy to remember.";
    [
        Input::password("password", "New password", "new-password").hint(hint).with(wrong),
        Input::password("again", "The new password once more", "new-password").with(wrong),
    ]
}

fn door<'a>(api: &'a Api, code: &str, login: &str, wrong: &[ErrorDetail]) -> Door<'a> {
    let hint = "2 to 40 of a-z, 0-9, dot, hyphen and underscore. It stands in the history of what you do.";
    let mut inputs = vec![Input::login(login).hint(hint).with(wrong)];
    inputs.extend(new_password_inputs(wrong));
    Door {
        lines: vec![
            "You are the first one here, and become the shop’s owner: somebody who may do everything.",
        ],
        hidden: Some(("code", code.to_owned())),
        inputs,
        ..Door::new(api, "Welcome", FIRST, "Begin")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_opens_for_its_code_and_a_quarter_of_an_hour() {
        let start = DateTime::from_timestamp(1_767_225_600, 0).unwrap();
        let link = FirstLink::new("code", start);
        assert!(link.has("code", start));
        assert!(link.has("code", start + OPEN - TimeDelta::seconds(1)));
        assert!(!link.has("code", start + OPEN));
        assert!(!link.has("Code", start) && !link.has("", start));
    }
}
