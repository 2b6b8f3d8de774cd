//! `/admin/login` and `/admin/logout`.

use super::{
    desk::{LOGIN, is_local},
    door::Door,
    input::Input,
    session,
};
use crate::{
    Api, chance,
    contract::faults,
    envelope::{ApiError, ErrorDetail},
    extract::{Params, RawBody},
    limit::Sender,
    origin::FromOurPage,
    pages::see_other,
};
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use galley_domain::staff::Login;
use sha2::{Digest as _, Sha256};

/// Where the console begins.
const CONSOLE: &str = "/admin";
/// The same whatever was wrong: nobody finds out by it who works here.
const WRONG: &str = "That login and that password don’t belong together.";

#[utoipa::path(
    get,
    path = "/admin/login",
    operation_id = "showLogin",
    tag = "console",
    summary = "The form to log in with.",
    params(
        ("next" = Option<String>, Query, nullable = false, description = "Where to go on to: a path of the console"),
        ("ended" = Option<String>, Query, nullable = false, description = "Says that the session had ended"),
    ),
    responses(
        (status = 200, description = "A page.", body = String, content_type = "text/html"),
        (status = 303, description = "On to the console: somebody is logged in."),
        faults::OfStore,
    ),
)]
pub(crate) async fn show_login(
    State(api): State<Api>,
    headers: HeaderMap,
    params: Params,
) -> Result<Response, ApiError> {
    let next = next(&params);
    if session::find(&api, &headers).await?.is_some() {
        return see_other(next.unwrap_or(CONSOLE), None);
    }
    let mut door = door(&api, "", next, &[]);
    if params.get("ended").is_some() {
        door.lines.push("You were logged out in the meantime, and what you sent was not done.");
    }
    if api.payments.development && !api.store.has_staff().await? {
        door.lines.push(
            "Nobody can log in yet. Open the link that the server printed when it started, \
             or use: galley admin add LOGIN --role owner",
        );
    }
    door.show(StatusCode::OK)
}

#[utoipa::path(
    post,
    path = "/admin/login",
    operation_id = "logIn",
    tag = "console",
    summary = "Logs somebody in, for 12 hours. Only from our own page.",
    request_body(
        content = String,
        content_type = "application/x-www-form-urlencoded",
        description = "`login`, `password`, and `next`: where to go on to",
    ),
    responses(
        (status = 303, description = "On to the console, with the cookie of the session."),
        (status = 422, description = "The form: that was not right.", body = String, content_type = "text/html"),
        faults::OfForm,
    ),
)]
pub(crate) async fn log_in(
    State(api): State<Api>,
    _: FromOurPage,
    Sender(address): Sender,
    headers: HeaderMap,
    RawBody(body): RawBody,
) -> Result<Response, ApiError> {
    let sent = Params::of(&body);
    let (login, password) = (sent.get("login"), sent.get("password"));
    let next = next(&sent);
    let (Some(login), Some(password)) = (login, password) else {
        let missing = [("login", login, "Say who you are."), ("password", password, "Give your password.")];
        let missing = missing.into_iter().filter(|(_, given, _)| given.is_none());
        let wrong: Vec<_> = missing.map(|(field, _, message)| ErrorDetail::new(field, message)).collect();
        return door(&api, login.unwrap_or_default(), next, &wrong).show(StatusCode::UNPROCESSABLE_ENTITY);
    };
    let one = api.tries.admit(address, login, api.store.clock().now())?;
    let opened = open(&api, login, password).await;
    if !matches!(opened, Ok(None)) {
        api.tries.right(&one);
    }
    let Some(token) = opened? else {
        tracing::warn!("Somebody gave a wrong password for the console");
        let mut door = door(&api, login, next, &[]);
        door.note = Some(WRONG.to_owned());
        return door.show(StatusCode::UNPROCESSABLE_ENTITY);
    };
    if let Some(before) = session::token_hash(&api, &headers) {
        api.store.close_staff_session(&before).await?;
    }
    see_other(next.unwrap_or(CONSOLE), Some(session::set_cookie(&api, &token)?))
}

/// The token of a new session, if the password is that of somebody who may log in. Takes as long for a
/// login that does not exist.
async fn open(api: &Api, login: &str, password: &str) -> Result<Option<String>, ApiError> {
    let kept = match login.parse::<Login>() {
        Ok(login) => api.store.staff_password(&login).await?,
        Err(_) => None,
    };
    let hash = kept.as_ref().map(|kept| kept.password_hash.clone());
    let right = api.passwords.is_right(password.to_owned(), hash).await?;
    let Some(kept) = kept.filter(|_| right) else { return Ok(None) };
    let token = chance::token();
    let opened = api.store.open_staff_session(&kept, &Sha256::digest(&token).into()).await?;
    Ok(opened.then_some(token))
}

fn next(params: &Params) -> Option<&str> {
    params.get("next").filter(|next| is_local(next))
}

fn door<'a>(api: &'a Api, login: &str, next: Option<&str>, wrong: &[ErrorDetail]) -> Door<'a> {
    let inputs = vec![
        Input::login(login).with(wrong),
        Input::password("password", "Password", "current-password").with(wrong),
    ];
    let hidden = next.map(|next| ("next", next.to_owned()));
    Door { hidden, inputs, ..Door::new(api, "Log in", LOGIN, "Log in") }
}

#[utoipa::path(
    post,
    path = "/admin/logout",
    operation_id = "logOut",
    tag = "console",
    summary = "Ends the session. Only from our own page.",
    responses((status = 303, description = "On to the form to log in with."), faults::OfForm),
)]
pub(crate) async fn log_out(
    State(api): State<Api>,
    _: FromOurPage,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    if let Some(hash) = session::token_hash(&api, &headers) {
        api.store.close_staff_session(&hash).await?;
    }
    see_other(LOGIN, Some(session::drop_cookie(&api)?))
}
