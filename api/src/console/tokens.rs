//! `/admin/tokens`: which scripts may use the admin API, and as what.

use super::{
    desk::OwnerDesk,
    frame::{Console, Section, show_as},
    input::Input,
    secret::{Secret, show_secret},
};
use crate::{
    Api,
    admin::{page::Page, tokens::create::create},
    contract::faults,
    envelope::ApiError,
    extract::{Named, Params, RawBody},
    moment::Moment,
    pages::see_other,
};
use askama::Template;
use axum::{extract::State, http::StatusCode, response::Response};
use chrono::{DateTime, Utc};
use galley_domain::{id::ApiTokenId, staff::TOKEN_NAME_MAX_CHARS};
use galley_store::ApiToken;

const TOKENS: &str = "/admin/tokens";

#[derive(Template)]
#[template(path = "console/tokens.html")]
struct Tokens<'a> {
    console: Console<'a>,
    /// What could not be done.
    note: Option<String>,
    rows: Vec<Row>,
    next: Option<String>,
    inputs: [Input; 2],
}

struct Row {
    id: ApiTokenId,
    name: String,
    role: &'static str,
    since: Moment,
    revoked: Option<Moment>,
}

impl Row {
    fn of(token: ApiToken, now: DateTime<Utc>) -> Self {
        Self {
            id: token.id,
            name: token.name,
            role: token.role.as_str(),
            since: Moment::new(token.created_at, now),
            revoked: token.revoked_at.map(|at| Moment::new(at, now)),
        }
    }
}

#[utoipa::path(
    get,
    path = "/admin/tokens",
    operation_id = "showTokens",
    tag = "console",
    summary = "Tokens of the admin API, newest first. Needs the role `owner`.",
    params(("before" = Option<String>, Query, nullable = false, format = "uuid", description = "Only older ones")),
    responses(
        (status = 200, description = "A page.", body = String, content_type = "text/html"),
        (status = 303, description = "To the login."),
        faults::OfStaffList,
    ),
    security(("staffSession" = [])),
)]
pub(crate) async fn show_tokens(
    State(api): State<Api>,
    desk: OwnerDesk,
    params: Params,
) -> Result<Response, ApiError> {
    list(&api, &desk, &params, None).await
}

#[utoipa::path(
    post,
    path = "/admin/tokens",
    operation_id = "sendToken",
    tag = "console",
    summary = "Makes a token and shows it, once. Needs the role `owner`.",
    request_body(
        content = String,
        content_type = "application/x-www-form-urlencoded",
        description = "`name` and `role`",
    ),
    responses(
        (status = 200, description = "The token.", body = String, content_type = "text/html"),
        (status = 303, description = "To the login."),
        faults::OfNewName,
    ),
    security(("staffSession" = [])),
)]
pub(crate) async fn send_token(
    State(api): State<Api>,
    desk: OwnerDesk,
    RawBody(body): RawBody,
) -> Result<Response, ApiError> {
    let sent = Params::of(&body);
    match create(&api, sent.get("name"), sent.get("role"), &desk.actor()).await {
        Ok((token, value)) => {
            let secret = Secret {
                title: format!("A token for {}", token.name),
                line: format!(
                    "Send it as `Authorization: Bearer …`. It may do what the role {} may.",
                    token.role
                ),
                label: "Token",
                value,
                back: TOKENS,
            };
            show_secret(&api, &desk, secret).await
        }
        Err(error) => list(&api, &desk, &sent, Some(error)).await,
    }
}

#[utoipa::path(
    post,
    path = "/admin/tokens/{tokenId}/revoke",
    operation_id = "sendTokenRevoke",
    tag = "console",
    summary = "Makes a token worthless. Needs the role `owner`.",
    params(("tokenId" = String, Path, format = "uuid", description = "The token")),
    responses((status = 303, description = "Back to the list, or to the login."), faults::OfStaffLook),
    security(("staffSession" = [])),
)]
pub(crate) async fn send_revoke(
    State(api): State<Api>,
    desk: OwnerDesk,
    Named(id): Named<ApiTokenId>,
) -> Result<Response, ApiError> {
    api.store.revoke_api_token(id, &desk.actor()).await?;
    see_other(&format!("{TOKENS}?done=revoked"), None)
}

/// The list, with the form to make one. Shows an error of the request; hands on any other.
async fn list(
    api: &Api,
    desk: &OwnerDesk,
    params: &Params,
    error: Option<ApiError>,
) -> Result<Response, ApiError> {
    let error = match error {
        Some(error) if !error.is_for_form() => return Err(error),
        error => error,
    };
    let page = Page::<ApiTokenId>::of(params)?;
    let mut tokens = api.store.api_tokens(page.before, page.limit()).await?;
    let next = page.cut(&mut tokens, |token| token.id).map(|id| format!("{TOKENS}?before={id}"));
    let done = params.get("done").map(|_| "The token opens nothing any more.");
    let wrong = error.as_ref().map_or(&[][..], |error| error.details.as_slice());
    let hint = "Who uses it. It stands in histories, so it is given once and for ever.";
    let inputs = [
        Input::name(params.get("name").unwrap_or_default(), TOKEN_NAME_MAX_CHARS).hint(hint).with(wrong),
        Input::role(params.get("role").and_then(|role| role.parse().ok())).with(wrong),
    ];
    let now = api.store.clock().now();
    let status = error.as_ref().map_or(StatusCode::OK, |error| error.code.status());
    let tokens = Tokens {
        console: Console::new(api, desk, Section::Settings).await?.done(done),
        note: error.map(|error| error.message),
        rows: tokens.into_iter().map(|token| Row::of(token, now)).collect(),
        next,
        inputs,
    };
    show_as(status, &tokens)
}
