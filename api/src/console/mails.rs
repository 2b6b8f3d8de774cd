//! `/admin/mails`: what was written to whom, how it looked, and sending it again.

use super::{
    desk::{Desk, Needs, ReadOnlyDesk, ReviewerDesk},
    frame::{Console, Section, show},
};
use crate::{
    Api,
    admin::{
        mails::{filter, find},
        page::Page,
    },
    contract::faults,
    csv::{CSV_ROWS_MAX, Csv},
    envelope::ApiError,
    error_code::ErrorCode,
    extract::{Named, Params, RawBody},
    idempotency::is_key,
    moment::Moment,
    pages::see_other,
};
use askama::Template;
use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::{Html, IntoResponse as _, Response},
};
use galley_domain::id::EmailId;
use galley_store::MailLine;
use url::form_urlencoded::Serializer;

/// A mail is somebody else's page: nothing in it runs, loads or leads anywhere by itself. Mails carry their
/// styles with them.
const MAIL_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'self'; sandbox",
);

#[derive(Template)]
#[template(path = "console/mails.html")]
struct Mails<'a> {
    console: Console<'a>,
    rows: Vec<Row>,
    next: Option<String>,
    /// The same as a file.
    csv: String,
    customer: String,
    failed: bool,
}

struct Row {
    id: String,
    queued: Moment,
    kind: String,
    recipient: String,
    subject: String,
    /// The class of its dot, and the word.
    state: (&'static str, &'static str),
}

fn state(line: &MailLine) -> (&'static str, &'static str) {
    match line.state.as_str() {
        "sent" => ("ok", "Sent"),
        "failed" => ("bad", "Not delivered"),
        _ => ("busy", "Waiting to be sent"),
    }
}

#[utoipa::path(
    get,
    path = "/admin/mails",
    operation_id = "showMails",
    tag = "console",
    summary = "Mails, newest first.",
    params(
        ("failed" = Option<bool>, Query, nullable = false, description = "Only those that nobody took"),
        ("customer" = Option<String>, Query, nullable = false, format = "email", description = "Only about their orders"),
        ("before" = Option<String>, Query, nullable = false, format = "uuid", description = "Only older ones"),
        ("format" = Option<String>, Query, nullable = false, description = "`csv` for a file"),
    ),
    responses(
        (status = 200, description = "A page.", body = String, content_type = "text/html"),
        (status = 303, description = "To the login."),
        faults::OfStaffList,
    ),
    security(("staffSession" = [])),
)]
pub(crate) async fn mails(
    State(api): State<Api>,
    desk: ReadOnlyDesk,
    params: Params,
) -> Result<Response, ApiError> {
    let (filter, page) = (filter(&params)?, Page::of(&params)?);
    if params.get("format") == Some("csv") {
        return Ok(csv(&api.store.mails(&filter, None, CSV_ROWS_MAX).await?));
    }
    let mut lines = api.store.mails(&filter, page.before, page.limit()).await?;
    let next = page.cut(&mut lines, |line| line.id);
    let customer = params.get("customer").unwrap_or_default().to_owned();
    let href = |name: &str, value: &str| {
        let mut query = Serializer::new(String::new());
        if filter.failed {
            query.append_pair("failed", "true");
        }
        if !customer.is_empty() {
            query.append_pair("customer", &customer);
        }
        format!("/admin/mails?{}", query.append_pair(name, value).finish())
    };
    let (next, csv) = (next.map(|last| href("before", &last.to_string())), href("format", "csv"));
    let now = api.store.clock().now();
    let row = |line: &MailLine| Row {
        id: line.id.to_string(),
        queued: Moment::new(line.created_at, now),
        kind: line.kind.clone(),
        recipient: line.recipient.clone(),
        subject: line.subject.clone(),
        state: state(line),
    };
    show(&Mails {
        console: Console::new(&api, &desk, Section::Mails).await?,
        rows: lines.iter().map(row).collect(),
        next,
        csv,
        customer,
        failed: filter.failed,
    })
}

fn csv(lines: &[MailLine]) -> Response {
    let mut csv = Csv::new(&["written", "recipient", "subject", "kind", "state", "sent", "order", "error"]);
    for line in lines {
        csv.row(&[
            line.created_at.to_rfc3339(),
            line.recipient.clone(),
            line.subject.clone(),
            line.kind.clone(),
            line.state.clone(),
            line.sent_at.map(|at| at.to_rfc3339()).unwrap_or_default(),
            line.order_id.map(|id| id.to_string()).unwrap_or_default(),
            line.error.clone().unwrap_or_default(),
        ]);
    }
    csv.answer("mails")
}

#[derive(Template)]
#[template(path = "console/mail.html")]
struct Mail<'a> {
    console: Console<'a>,
    note: Option<&'a str>,
    id: String,
    subject: String,
    recipient: String,
    kind: String,
    state: (&'static str, &'static str),
    error: Option<String>,
    order: Option<String>,
    queued: Moment,
    sent: Option<Moment>,
    text: String,
    /// Sending the form twice is one mail.
    key: String,
}

#[utoipa::path(
    get,
    path = "/admin/mails/{mailId}",
    operation_id = "showMail",
    tag = "console",
    summary = "A mail as it was written.",
    params(("mailId" = String, Path, format = "uuid", description = "The mail")),
    responses(
        (status = 200, description = "A page.", body = String, content_type = "text/html"),
        (status = 303, description = "To the login."),
        faults::OfStaffLook,
    ),
    security(("staffSession" = [])),
)]
pub(crate) async fn mail(
    State(api): State<Api>,
    desk: ReadOnlyDesk,
    Named(id): Named<EmailId>,
    params: Params,
) -> Result<Response, ApiError> {
    let done = params.get("done").map(|_| "This copy is on its way.");
    page(&api, &desk, id, done, None).await
}

async fn page<N: Needs>(
    api: &Api,
    desk: &Desk<N>,
    id: EmailId,
    done: Option<&'static str>,
    note: Option<&str>,
) -> Result<Response, ApiError> {
    let view = find(api, id).await?;
    let now = api.store.clock().now();
    show(&Mail {
        console: Console::new(api, desk, Section::Mails).await?.done(done),
        note,
        id: id.to_string(),
        state: state(&view.line),
        queued: Moment::new(view.line.created_at, now),
        sent: view.line.sent_at.map(|at| Moment::new(at, now)),
        order: view.line.order_id.map(|id| id.to_string()),
        subject: view.line.subject,
        recipient: view.line.recipient,
        kind: view.line.kind,
        error: view.line.error,
        text: view.text_body,
        key: api.store.clock().new_id().simple().to_string(),
    })
}

#[utoipa::path(
    get,
    path = "/admin/mails/{mailId}/body",
    operation_id = "showMailBody",
    tag = "console",
    summary = "The HTML part of a mail, for a frame in which nothing runs.",
    params(("mailId" = String, Path, format = "uuid", description = "The mail")),
    responses(
        (status = 200, description = "The mail.", body = String, content_type = "text/html"),
        (status = 303, description = "To the login."),
        faults::OfStaffLook,
    ),
    security(("staffSession" = [])),
)]
pub(crate) async fn body(
    State(api): State<Api>,
    _: ReadOnlyDesk,
    Named(id): Named<EmailId>,
) -> Result<Response, ApiError> {
    let view = find(&api, id).await?;
    let headers = [
        (header::CONTENT_SECURITY_POLICY, MAIL_POLICY),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, Html(view.html_body)).into_response())
}

#[utoipa::path(
    post,
    path = "/admin/mails/{mailId}/resend",
    operation_id = "sendMailAgain",
    tag = "console",
    summary = "Sends a mail once more. Needs the role `reviewer`.",
    params(("mailId" = String, Path, format = "uuid", description = "The mail")),
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses((status = 303, description = "To the copy."), faults::OfDecision),
    security(("staffSession" = [])),
)]
pub(crate) async fn resend(
    State(api): State<Api>,
    desk: ReviewerDesk,
    Named(id): Named<EmailId>,
    RawBody(body): RawBody,
) -> Result<Response, ApiError> {
    let sent = Params::of(&body);
    let key = sent.get("key").filter(|key| is_key(key)).map(str::to_owned);
    let key = key.unwrap_or_else(|| api.store.clock().new_id().to_string());
    match api.store.resend_mail(id, &key, &desk.actor()).await.map_err(ApiError::from) {
        Ok(again) => see_other(&format!("/admin/mails/{again}?done=1"), None),
        Err(error) if matches!(error.code, ErrorCode::Refused(_)) => {
            let mut response = page(&api, &desk, id, None, Some(&error.message)).await?;
            *response.status_mut() = error.code.status();
            Ok(response)
        }
        Err(error) => Err(error),
    }
}
