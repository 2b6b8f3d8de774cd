//! `/admin/staff`: who may log in, and as what.

use super::{
    desk::OwnerDesk,
    frame::{Console, Section, show_as},
    input::{Choice, Input, choices},
    secret::{Secret, show_secret},
};
use crate::{
    Api,
    admin::{
        members::{add::add, add::named_role, change::renew},
        page::Page,
    },
    contract::faults,
    envelope::ApiError,
    extract::{Named, Params, RawBody},
    moment::Moment,
    pages::see_other,
};
use askama::Template;
use axum::{extract::State, http::StatusCode, response::Response};
use chrono::{DateTime, Utc};
use galley_domain::id::StaffId;
use galley_store::StaffMember;

const STAFF: &str = "/admin/staff";

#[derive(Template)]
#[template(path = "console/staff.html")]
struct Staff<'a> {
    console: Console<'a>,
    /// What could not be done.
    note: Option<String>,
    rows: Vec<Row>,
    next: Option<String>,
    inputs: [Input; 2],
}

struct Row {
    id: StaffId,
    login: String,
    role: &'static str,
    roles: Vec<Choice>,
    since: Moment,
    disabled: Option<Moment>,
    /// It is whoever looks.
    own: bool,
}

impl Row {
    fn of(member: StaffMember, desk: &OwnerDesk, now: DateTime<Utc>) -> Self {
        Self {
            id: member.id,
            own: member.id == desk.staff_id,
            login: member.login,
            role: member.role.as_str(),
            roles: choices(member.role),
            since: Moment::new(member.created_at, now),
            disabled: member.disabled_at.map(|at| Moment::new(at, now)),
        }
    }
}

#[utoipa::path(
    get,
    path = "/admin/staff",
    operation_id = "showStaff",
    tag = "console",
    summary = "Who may log in, newest first. Needs the role `owner`.",
    params(("before" = Option<String>, Query, nullable = false, format = "uuid", description = "Only older ones")),
    responses(
        (status = 200, description = "A page.", body = String, content_type = "text/html"),
        (status = 303, description = "To the login."),
        faults::OfStaffList,
    ),
    security(("staffSession" = [])),
)]
pub(crate) async fn show_staff(
    State(api): State<Api>,
    desk: OwnerDesk,
    params: Params,
) -> Result<Response, ApiError> {
    list(&api, &desk, &params, None).await
}

#[utoipa::path(
    post,
    path = "/admin/staff",
    operation_id = "sendStaff",
    tag = "console",
    summary = "Adds a member of staff and shows their password, once. Needs the role `owner`.",
    request_body(
        content = String,
        content_type = "application/x-www-form-urlencoded",
        description = "`login` and `role`",
    ),
    responses(
        (status = 200, description = "The password.", body = String, content_type = "text/html"),
        (status = 303, description = "To the login."),
        faults::OfNewName,
    ),
    security(("staffSession" = [])),
)]
pub(crate) async fn send_staff(
    State(api): State<Api>,
    desk: OwnerDesk,
    RawBody(body): RawBody,
) -> Result<Response, ApiError> {
    let sent = Params::of(&body);
    match add(&api, sent.get("login"), sent.get("role"), &desk.actor()).await {
        Ok((member, password)) => {
            let secret = Secret {
                title: format!("{} may log in", member.login),
                line: format!(
                    "Give {} this password. They can change it once they are logged in.",
                    member.login
                ),
                label: "Password",
                value: password,
                back: STAFF,
            };
            show_secret(&api, &desk, secret).await
        }
        Err(error) => list(&api, &desk, &sent, Some(error)).await,
    }
}

#[utoipa::path(
    post,
    path = "/admin/staff/{staffId}/role",
    operation_id = "sendStaffRole",
    tag = "console",
    summary = "Gives somebody another role. Needs the role `owner`.",
    params(("staffId" = String, Path, format = "uuid", description = "Who")),
    request_body(content = String, content_type = "application/x-www-form-urlencoded", description = "`role`"),
    responses((status = 303, description = "Back to the list, or to the login."), faults::OfDecision),
    security(("staffSession" = [])),
)]
pub(crate) async fn send_role(
    State(api): State<Api>,
    desk: OwnerDesk,
    Named(id): Named<StaffId>,
    RawBody(body): RawBody,
) -> Result<Response, ApiError> {
    let sent = Params::of(&body);
    let role = named_role(sent.get("role")).map_err(|error| ApiError::invalid(vec![error]))?;
    let done = api.store.change_staff_role(id, role, &desk.actor()).await;
    back(&api, &desk, "role", done.map(drop).map_err(ApiError::from)).await
}

#[utoipa::path(
    post,
    path = "/admin/staff/{staffId}/disable",
    operation_id = "sendStaffDisable",
    tag = "console",
    summary = "Lets somebody log in no more. Needs the role `owner`.",
    params(("staffId" = String, Path, format = "uuid", description = "Who")),
    responses((status = 303, description = "Back to the list, or to the login."), faults::OfRetry),
    security(("staffSession" = [])),
)]
pub(crate) async fn send_disable(
    State(api): State<Api>,
    desk: OwnerDesk,
    Named(id): Named<StaffId>,
) -> Result<Response, ApiError> {
    let done = api.store.disable_staff(id, &desk.actor()).await;
    back(&api, &desk, "disabled", done.map(drop).map_err(ApiError::from)).await
}

#[utoipa::path(
    post,
    path = "/admin/staff/{staffId}/enable",
    operation_id = "sendStaffEnable",
    tag = "console",
    summary = "Lets somebody log in again. Needs the role `owner`.",
    params(("staffId" = String, Path, format = "uuid", description = "Who")),
    responses((status = 303, description = "Back to the list, or to the login."), faults::OfStaffLook),
    security(("staffSession" = [])),
)]
pub(crate) async fn send_enable(
    State(api): State<Api>,
    desk: OwnerDesk,
    Named(id): Named<StaffId>,
) -> Result<Response, ApiError> {
    let done = api.store.enable_staff(id, &desk.actor()).await;
    back(&api, &desk, "enabled", done.map(drop).map_err(ApiError::from)).await
}

#[utoipa::path(
    post,
    path = "/admin/staff/{staffId}/password",
    operation_id = "sendStaffPassword",
    tag = "console",
    summary = "Gives somebody a new password and shows it, once. Needs the role `owner`.",
    params(("staffId" = String, Path, format = "uuid", description = "Who")),
    responses(
        (status = 200, description = "The password.", body = String, content_type = "text/html"),
        (status = 303, description = "To the login."),
        faults::OfRenewal,
    ),
    security(("staffSession" = [])),
)]
pub(crate) async fn send_password(
    State(api): State<Api>,
    desk: OwnerDesk,
    Named(id): Named<StaffId>,
) -> Result<Response, ApiError> {
    if id == desk.staff_id {
        return see_other("/admin/password", None);
    }
    let secret = Secret {
        title: "A new password".to_owned(),
        line: "Give it to them; the one before opens nothing, and they are logged out.".to_owned(),
        label: "Password",
        value: renew(&api, id, &desk.actor()).await?,
        back: STAFF,
    };
    show_secret(&api, &desk, secret).await
}

/// To the list, which says what was done; or the list with what kept it from being done.
async fn back(
    api: &Api,
    desk: &OwnerDesk,
    done: &str,
    outcome: Result<(), ApiError>,
) -> Result<Response, ApiError> {
    match outcome {
        Ok(()) => see_other(&format!("{STAFF}?done={done}"), None),
        Err(error) => list(api, desk, &Params::of(b""), Some(error)).await,
    }
}

/// The list, with the form to add somebody. Shows an error of the request; hands on any other.
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
    let page = Page::<StaffId>::of(params)?;
    let mut members = api.store.staff(page.before, page.limit()).await?;
    let next = page.cut(&mut members, |member| member.id).map(|id| format!("{STAFF}?before={id}"));
    let done = match params.get("done") {
        Some("role") => Some("The role was changed. They have to log in again."),
        Some("disabled") => Some("They cannot log in any more."),
        Some("enabled") => Some("They can log in again."),
        _ => None,
    };
    let wrong = error.as_ref().map_or(&[][..], |error| error.details.as_slice());
    let hint = "2 to 40 of a-z, 0-9, dot, hyphen and underscore.";
    let inputs = [
        Input::login(params.get("login").unwrap_or_default()).hint(hint).with(wrong),
        Input::role(params.get("role").and_then(|role| role.parse().ok())).with(wrong),
    ];
    let now = api.store.clock().now();
    let status = error.as_ref().map_or(StatusCode::OK, |error| error.code.status());
    let staff = Staff {
        console: Console::new(api, desk, Section::Settings).await?.done(done),
        note: error.map(|error| error.message),
        rows: members.into_iter().map(|member| Row::of(member, desk, now)).collect(),
        next,
        inputs,
    };
    show_as(status, &staff)
}
