//! `/admin/password`: a new password of one's own.

use super::{
    desk::ReadOnlyDesk,
    first::{new_password, new_password_inputs},
    frame::{Console, Section, show_as},
    input::Input,
    session,
};
use crate::{
    Api, chance,
    contract::faults,
    envelope::{ApiError, ErrorDetail},
    extract::{Params, RawBody},
    limit::Sender,
    pages::see_other,
};
use askama::Template;
use axum::{extract::State, http::StatusCode, response::Response};
use galley_domain::staff::Login;
use galley_store::StaffPassword;
use sha2::{Digest as _, Sha256};

#[derive(Template)]
#[template(path = "console/password.html")]
struct Password<'a> {
    console: Console<'a>,
    login: &'a str,
    inputs: Vec<Input>,
}

#[utoipa::path(
    get,
    path = "/admin/password",
    operation_id = "showPassword",
    tag = "console",
    summary = "The form for a new password of one's own. Needs the role `read-only`.",
    responses(
        (status = 200, description = "A page.", body = String, content_type = "text/html"),
        faults::OfStore,
    ),
    security(("staffSession" = [])),
)]
pub(crate) async fn show_password(
    State(api): State<Api>,
    desk: ReadOnlyDesk,
    params: Params,
) -> Result<Response, ApiError> {
    let done = params
        .get("done")
        .map(|_| "You have a new password. Wherever else you were logged in, you are not any more.");
    form(&api, &desk, StatusCode::OK, done, &[]).await
}

#[utoipa::path(
    post,
    path = "/admin/password",
    operation_id = "changePassword",
    tag = "console",
    summary = "Changes one's own password; all other sessions end. Needs the role `read-only`.",
    request_body(
        content = String,
        content_type = "application/x-www-form-urlencoded",
        description = "`current`, `password`, and `again`: the new one once more",
    ),
    responses(
        (status = 303, description = "Back to the page, with the cookie of a new session."),
        (status = 422, description = "The form, with what is wrong.", body = String, content_type = "text/html"),
        faults::OfForm,
    ),
    security(("staffSession" = [])),
)]
pub(crate) async fn change_password(
    State(api): State<Api>,
    desk: ReadOnlyDesk,
    Sender(address): Sender,
    RawBody(body): RawBody,
) -> Result<Response, ApiError> {
    let sent = Params::of(&body);
    let login: Login = desk.name.parse().map_err(ApiError::internal)?;
    let mut wrong = Vec::new();
    let password = new_password(&sent, Some(&login), &mut wrong);
    let current = sent.get("current");
    if current.is_none() {
        wrong.push(ErrorDetail::new("current", "Give the password that you have now."));
    }
    if let (Some(current), Some(password)) = (current, password) {
        let one = api.tries.admit(address, &desk.name, api.store.clock().now())?;
        let token = change(&api, &desk, &login, current, password).await;
        if !matches!(token, Ok(None)) {
            api.tries.right(&one);
        }
        if let Some(token) = token? {
            return see_other("/admin/password?done=1", Some(session::set_cookie(&api, &token)?));
        }
        wrong.push(ErrorDetail::new("current", "This is not the password that you have now."));
    }
    form(&api, &desk, StatusCode::UNPROCESSABLE_ENTITY, None, &wrong).await
}

/// The token of a session under the new password, if the old one was right.
async fn change(
    api: &Api,
    desk: &ReadOnlyDesk,
    login: &Login,
    current: &str,
    password: &str,
) -> Result<Option<String>, ApiError> {
    let Some(kept) = api.store.staff_password(login).await? else { return Ok(None) };
    let known = kept.password_hash;
    if !api.passwords.is_right(current.to_owned(), Some(known.clone())).await? {
        return Ok(None);
    }
    let password_hash = api.passwords.hash(password.to_owned()).await?;
    let changed =
        api.store.change_staff_password(desk.staff_id, Some(&known), &password_hash, &desk.actor()).await?;
    if !changed {
        return Ok(None);
    }
    let (token, kept) = (chance::token(), StaffPassword { staff_id: desk.staff_id, password_hash });
    let opened = api.store.open_staff_session(&kept, &Sha256::digest(&token).into()).await?;
    Ok(opened.then_some(token))
}

async fn form(
    api: &Api,
    desk: &ReadOnlyDesk,
    status: StatusCode,
    done: Option<&'static str>,
    wrong: &[ErrorDetail],
) -> Result<Response, ApiError> {
    let mut inputs = vec![Input::password("current", "Password now", "current-password").with(wrong)];
    inputs.extend(new_password_inputs(wrong));
    let console = Console::new(api, desk, Section::Settings).await?.done(done);
    show_as(status, &Password { console, login: &desk.name, inputs })
}
