//! `/admin/settings`: what the shop decides, and the way to the rest that it owns.

use super::{
    desk::{Desk, Needs, OwnerDesk, ReadOnlyDesk},
    frame::{Console, Section, show},
};
use crate::{
    Api,
    admin::settings::decide,
    contract::faults,
    envelope::{ApiError, ErrorDetail},
    error_code::ErrorCode,
    extract::{Params, RawBody},
    pages::see_other,
};
use askama::Template;
use axum::{extract::State, response::Response};
use galley_domain::settings::ShopSettings;

#[derive(Template)]
#[template(path = "console/settings.html")]
struct Settings<'a> {
    console: Console<'a>,
    wrong: bool,
    reminders: bool,
    auto_submit: bool,
    entries: Vec<Entry>,
    /// Label and value of what was decided when the server was started.
    running: Vec<(&'static str, String)>,
}

struct Entry {
    name: &'static str,
    label: &'static str,
    /// The `type` of its input.
    kind: &'static str,
    value: String,
    error: Option<String>,
}

fn entries(standing: &ShopSettings, sent: Option<(&Params, &[ErrorDetail])>) -> Vec<Entry> {
    let reminders = standing.reminders;
    let fields = [
        (
            "firstDays",
            "First reminder, days after the order is ready",
            "number",
            reminders.first_days.to_string(),
        ),
        (
            "secondDays",
            "Second reminder, days after the order is ready",
            "number",
            reminders.second_days.to_string(),
        ),
        (
            "afterDays",
            "Send it to the editor by itself, days after the order is ready",
            "number",
            standing.auto_submit.after_days.to_string(),
        ),
        (
            "accent",
            "Colour of links and buttons, such as #1f5c43",
            "text",
            standing.accent.as_ref().map(ToString::to_string).unwrap_or_default(),
        ),
        (
            "contactEmail",
            "Where customers can write to",
            "email",
            standing.contact_email.clone().unwrap_or_default(),
        ),
    ];
    let entry = |(name, label, kind, value): (&'static str, &'static str, &'static str, String)| Entry {
        name,
        label,
        kind,
        value: sent.map_or(value, |(sent, _)| sent.get(name).unwrap_or_default().to_owned()),
        error: sent.and_then(|(_, wrong)| {
            wrong.iter().find(|wrong| wrong.field == name).map(|wrong| wrong.message.clone())
        }),
    };
    fields.into_iter().map(entry).collect()
}

/// The settings as they were typed in. A box that is not ticked is not sent.
fn typed(sent: &Params, mut settings: ShopSettings) -> Result<ShopSettings, Vec<ErrorDetail>> {
    let mut wrong = Vec::new();
    let mut days = |name: &str, place: &mut u16| {
        *place = sent.parsed(name, "Give a whole number of days.", &mut wrong).unwrap_or(*place);
    };
    days("firstDays", &mut settings.reminders.first_days);
    days("secondDays", &mut settings.reminders.second_days);
    days("afterDays", &mut settings.auto_submit.after_days);
    settings.reminders.enabled = sent.get("reminders").is_some();
    settings.auto_submit.enabled = sent.get("autoSubmit").is_some();
    settings.accent = sent.parsed("accent", "Give a colour such as #1f5c43, or nothing.", &mut wrong);
    settings.contact_email = sent.get("contactEmail").map(str::to_owned);
    if wrong.is_empty() { Ok(settings) } else { Err(wrong) }
}

async fn page<N: Needs>(
    api: &Api,
    desk: &Desk<N>,
    done: Option<&'static str>,
    sent: Option<(&Params, &[ErrorDetail])>,
) -> Result<Response, ApiError> {
    let settings = api.store.settings().await?;
    let ticked = |name, standing| sent.map_or(standing, |(sent, _)| sent.get(name).is_some());
    show(&Settings {
        console: Console::new(api, desk, Section::Settings).await?.done(done),
        wrong: sent.is_some(),
        reminders: ticked("reminders", settings.reminders.enabled),
        auto_submit: ticked("autoSubmit", settings.auto_submit.enabled),
        entries: entries(&settings, sent),
        running: running(api),
    })
}

fn running(api: &Api) -> Vec<(&'static str, String)> {
    let payments = &api.payments;
    let gateways: Vec<_> = payments.gateways.iter().map(|gateway| gateway.gateway().to_string()).collect();
    vec![
        ("Version", env!("CARGO_PKG_VERSION").to_owned()),
        ("Database", if api.store.is_shared() { "Postgres" } else { "SQLite" }.to_owned()),
        ("Gateways", gateways.join(", ") + if payments.sandbox { " (sandbox)" } else { "" }),
        ("Where customers reach the shop", payments.public_url.to_string()),
        ("Where links in mails lead", payments.frontend_url.to_string()),
    ]
}

#[utoipa::path(
    get,
    path = "/admin/settings",
    operation_id = "showSettings",
    tag = "console",
    summary = "What the shop decides.",
    responses(
        (status = 200, description = "A page.", body = String, content_type = "text/html"),
        (status = 303, description = "To the login."),
        faults::OfStaff,
    ),
    security(("staffSession" = [])),
)]
pub(crate) async fn settings(
    State(api): State<Api>,
    desk: ReadOnlyDesk,
    params: Params,
) -> Result<Response, ApiError> {
    page(&api, &desk, params.get("done").map(|_| "Saved."), None).await
}

#[utoipa::path(
    post,
    path = "/admin/settings",
    operation_id = "sendSettings",
    tag = "console",
    summary = "Decides anew. Needs the role `owner`.",
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses((status = 303, description = "Back to the settings."), faults::OfDecision),
    security(("staffSession" = [])),
)]
pub(crate) async fn change(
    State(api): State<Api>,
    desk: OwnerDesk,
    RawBody(body): RawBody,
) -> Result<Response, ApiError> {
    let sent = Params::of(&body);
    let standing = ShopSettings::clone(&*api.store.settings().await?);
    let decided = match typed(&sent, standing) {
        Ok(settings) => decide(&api, settings, &desk.actor()).await,
        Err(wrong) => Err(ApiError::invalid(wrong)),
    };
    match decided {
        Ok(_) => see_other("/admin/settings?done=1", None),
        Err(error) if error.code == ErrorCode::ValidationFailed => {
            let mut response = page(&api, &desk, None, Some((&sent, &error.details))).await?;
            *response.status_mut() = error.code.status();
            Ok(response)
        }
        Err(error) => Err(error),
    }
}
