//! `GET /api/v1/admin/mails[/{mailId}]` and `POST /api/v1/admin/mails/{mailId}/resend`.

use super::{ReadOnlyStaff, ReviewerStaff, page::Page};
use crate::{
    Api,
    contract::faults,
    envelope::{ApiError, Success},
    extract::{Named, Params},
    idempotency::IdempotencyKey,
};
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use galley_content::order_link::without_tokens;
use galley_domain::{id::EmailId, payment::parse_email};
use galley_store::{MailFilter, MailLine, MailView};
use serde::Serialize;
use utoipa::ToSchema;

/// A mail of the log.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MailLine)]
struct MailBody<'a> {
    #[schema(format = "uuid")]
    mail_id: String,
    #[schema(required = true, format = "uuid")]
    order_id: Option<String>,
    /// Which mail: `order-received`, …
    kind: &'a str,
    recipient: &'a str,
    subject: &'a str,
    /// `queued`, `sent` or `failed`
    state: &'a str,
    /// What the mail server said when it failed for good.
    #[schema(required = true)]
    error: Option<&'a str>,
    created_at: DateTime<Utc>,
    #[schema(required = true)]
    sent_at: Option<DateTime<Utc>>,
    /// The text part; lists leave it out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    text: Option<&'a str>,
    /// The HTML part; lists leave it out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    html: Option<&'a str>,
}

impl<'a> MailBody<'a> {
    fn line(line: &'a MailLine) -> Self {
        Self {
            mail_id: line.id.to_string(),
            order_id: line.order_id.map(|id| id.to_string()),
            kind: &line.kind,
            recipient: &line.recipient,
            subject: &line.subject,
            state: &line.state,
            error: line.error.as_deref(),
            created_at: line.created_at,
            sent_at: line.sent_at,
            text: None,
            html: None,
        }
    }

    fn whole(view: &'a MailView) -> Self {
        Self { text: Some(&view.text_body), html: Some(&view.html_body), ..Self::line(&view.line) }
    }
}

/// Mails, newest first.
#[derive(Serialize, ToSchema)]
struct MailList<'a> {
    mails: Vec<MailBody<'a>>,
    /// Send it as `before` to get the next page; null on the last.
    #[schema(required = true, format = "uuid")]
    next: Option<String>,
}

/// Which mails are asked for.
pub(crate) fn filter(params: &Params) -> Result<MailFilter, ApiError> {
    let mut wrong = Vec::new();
    let failed: Option<bool> = params.parsed("failed", "Give true or false.", &mut wrong);
    if !wrong.is_empty() {
        return Err(ApiError::invalid(wrong));
    }
    // What is no address has no mails.
    let customer = params.get("customer").map(|text| parse_email(text).unwrap_or_else(|| text.to_owned()));
    Ok(MailFilter { failed: failed.unwrap_or_default(), customer })
}

#[utoipa::path(
    get,
    path = "/api/v1/admin/mails",
    operation_id = "listMails",
    tag = "admin",
    summary = "Mails of the log, newest first, without their texts.",
    description = "Needs the role `read-only`.",
    params(
        ("failed" = Option<bool>, Query, nullable = false, description = "Only those that nobody took"),
        ("customer" = Option<String>, Query, nullable = false, format = "email", description = "Only about their orders"),
        ("before" = Option<String>, Query, nullable = false, format = "uuid", description = "Only older ones"),
        ("limit" = Option<i64>, Query, nullable = false, minimum = 1, maximum = 200, description = "50 unless given"),
    ),
    responses((status = 200, description = "A page of them.", body = Success<MailList<'_>>), faults::OfStaffList),
    security(("staffToken" = [])),
)]
pub(crate) async fn list_mails(
    State(api): State<Api>,
    _: ReadOnlyStaff,
    params: Params,
) -> Result<Response, ApiError> {
    let (filter, page) = (filter(&params)?, Page::of(&params)?);
    let mut lines = api.store.mails(&filter, page.before, page.limit()).await?;
    let next = page.cut(&mut lines, |line| line.id).map(|id| id.to_string());
    Ok(Success::new(MailList { mails: lines.iter().map(MailBody::line).collect(), next }).into_response())
}

#[utoipa::path(
    get,
    path = "/api/v1/admin/mails/{mailId}",
    operation_id = "getMail",
    tag = "admin",
    summary = "A mail with its texts, without the key in its link.",
    description = "Needs the role `read-only`.",
    params(("mailId" = String, Path, format = "uuid", description = "The mail")),
    responses((status = 200, description = "This one.", body = Success<MailBody<'_>>), faults::OfStaffLook),
    security(("staffToken" = [])),
)]
pub(crate) async fn get_mail(
    State(api): State<Api>,
    _: ReadOnlyStaff,
    Named(id): Named<EmailId>,
) -> Result<Response, ApiError> {
    let view = find(&api, id).await?;
    Ok(Success::new(MailBody::whole(&view)).into_response())
}

/// A mail as staff see it: the key in its link is the customer's alone.
pub(crate) async fn find(api: &Api, id: EmailId) -> Result<MailView, ApiError> {
    let mut view = api.store.mail(id).await?.ok_or_else(ApiError::not_found)?;
    for text in [&mut view.text_body, &mut view.html_body] {
        *text = without_tokens(text);
    }
    Ok(view)
}

/// The mail that goes out again.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Resent {
    #[schema(format = "uuid")]
    mail_id: String,
}

#[utoipa::path(
    post,
    path = "/api/v1/admin/mails/{mailId}/resend",
    operation_id = "resendMail",
    tag = "admin",
    summary = "Sends a mail once more, as it was written then.",
    description = "Needs the role `reviewer`.",
    params(
        ("mailId" = String, Path, format = "uuid", description = "The mail"),
        (
            "Idempotency-Key" = Option<String>,
            Header,
            nullable = false,
            description = "1 to 255 visible ASCII characters; with the same key it is sent once",
        ),
    ),
    responses((status = 200, description = "It is queued.", body = Success<Resent>), faults::OfRetry),
    security(("staffToken" = [])),
)]
pub(crate) async fn resend_mail(
    State(api): State<Api>,
    staff: ReviewerStaff,
    Named(id): Named<EmailId>,
    key: IdempotencyKey,
) -> Result<Success<Resent>, ApiError> {
    let key = key.text().unwrap_or_else(|| api.store.clock().new_id().to_string());
    let again = api.store.resend_mail(id, &key, &staff.actor()).await?;
    Ok(Success::new(Resent { mail_id: again.to_string() }))
}
