//! `GET` and `PUT /api/v1/admin/settings`.

use super::{OwnerStaff, ReadOnlyStaff};
use crate::{
    Api,
    contract::faults,
    envelope::{ApiError, ErrorDetail, Success},
    extract::RawBody,
    json::Fields,
};
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use galley_domain::{
    actor::Actor,
    settings::{AutoSubmit, Reminders, ShopSettings},
};
use utoipa::ToSchema;

/// What the shop decides; of a change, what is left out stays.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Settings)]
#[expect(dead_code, reason = "a shape to be described, never a value")]
struct SettingsBody {
    reminders: RemindersBody,
    auto_submit: AutoSubmitBody,
    /// The colour of links and buttons, as `#rrggbb`.
    accent: Option<String>,
    /// Where customers can write to.
    #[schema(format = "email")]
    contact_email: Option<String>,
}

/// When a customer is reminded of an order that waits for them.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Reminders)]
#[expect(dead_code, reason = "a shape to be described, never a value")]
struct RemindersBody {
    enabled: bool,
    first_days: u16,
    second_days: u16,
}

/// When an order goes to the editor by itself, if all of its checks passed.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AutoSubmit)]
#[expect(dead_code, reason = "a shape to be described, never a value")]
struct AutoSubmitBody {
    enabled: bool,
    after_days: u16,
}

#[utoipa::path(
    get,
    path = "/api/v1/admin/settings",
    operation_id = "getSettings",
    tag = "admin",
    summary = "What the shop decided.",
    description = "Needs the role `read-only`.",
    responses((status = 200, description = "All of it.", body = Success<SettingsBody>), faults::OfStaff),
    security(("staffToken" = [])),
)]
pub(crate) async fn get_settings(State(api): State<Api>, _: ReadOnlyStaff) -> Result<Response, ApiError> {
    let settings = api.store.settings().await?;
    Ok(Success::new(ShopSettings::clone(&settings)).into_response())
}

#[utoipa::path(
    put,
    path = "/api/v1/admin/settings",
    operation_id = "changeSettings",
    tag = "admin",
    summary = "Decides anew; what is left out stays.",
    description = "Needs the role `owner`. Other processes follow within five seconds.",
    request_body(content = SettingsBody),
    responses((status = 200, description = "As it is now.", body = Success<SettingsBody>), faults::OfDecision),
    security(("staffToken" = [])),
)]
pub(crate) async fn change_settings(
    State(api): State<Api>,
    staff: OwnerStaff,
    RawBody(body): RawBody,
) -> Result<Response, ApiError> {
    let mut fields = Fields::read(&body)?;
    let mut settings = ShopSettings::clone(&*api.store.settings().await?);
    let advice = "Give an object, as `getSettings` shows it.";
    settings.reminders = fields.shape::<Reminders>("reminders", advice).unwrap_or(settings.reminders);
    settings.auto_submit = fields.shape::<AutoSubmit>("autoSubmit", advice).unwrap_or(settings.auto_submit);
    if fields.has("accent") {
        settings.accent = fields.shape("accent", "Give a colour such as #1f5c43, or null.");
    }
    if fields.has("contactEmail") {
        settings.contact_email = fields.text("contactEmail");
    }
    fields.end()?;
    let settings = decide(&api, settings, &staff.actor()).await?;
    Ok(Success::new(settings).into_response())
}

/// Keeps the settings, if they can be kept.
pub(crate) async fn decide(
    api: &Api,
    settings: ShopSettings,
    actor: &Actor,
) -> Result<ShopSettings, ApiError> {
    let wrong = |wrong: Vec<_>| ApiError::invalid(wrong.into_iter().map(ErrorDetail::from).collect());
    let settings = settings.checked().map_err(wrong)?;
    api.store.change_settings(&settings, actor).await?;
    Ok(settings)
}
