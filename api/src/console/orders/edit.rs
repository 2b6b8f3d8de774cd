//! `/admin/orders/{orderId}/edit`: an editor's own text, checked and approved.

use super::{actions::Back, text::Report, words::product};
use crate::{
    Api,
    admin::orders::edited::{Edit, EditError, edit_and_approve},
    console::{
        desk::{Desk, Needs, ReviewerDesk},
        frame::{Console, Section, show},
    },
    contract::faults,
    envelope::ApiError,
    error_code::ErrorCode,
    extract::{Named, Params, RawBody},
    pages::see_other,
};
use askama::Template;
use axum::{extract::State, http::StatusCode, response::Response};
use galley_domain::{brief::ProductKind, id::OrderId};

#[derive(Template)]
#[template(path = "console/order_edit.html")]
struct EditPage<'a> {
    console: Console<'a>,
    id: String,
    topic: String,
    product: &'static str,
    back: &'a str,
    version: i32,
    title: String,
    content: String,
    /// Of a backlink only one paragraph may change.
    backlink: bool,
    note: Option<String>,
    title_error: Option<String>,
    content_error: Option<String>,
    /// The checks that stand against it.
    report: Option<Report>,
}

/// What was sent and could not be taken.
#[derive(Default)]
struct Refused {
    note: Option<String>,
    title_error: Option<String>,
    content_error: Option<String>,
    report: Option<Report>,
}

#[utoipa::path(
    get,
    path = "/admin/orders/{orderId}/edit",
    operation_id = "showEdit",
    tag = "console",
    summary = "The newest text of an order in review, to be edited. Needs the role `reviewer`.",
    params(
        ("orderId" = String, Path, format = "uuid", description = "The order"),
        ("back" = Option<String>, Query, nullable = false, description = "`review` to go on there"),
    ),
    responses(
        (status = 200, description = "A page.", body = String, content_type = "text/html"),
        (status = 303, description = "To the login."),
        faults::OfStaffLook,
    ),
    security(("staffSession" = [])),
)]
pub(crate) async fn show_edit(
    State(api): State<Api>,
    desk: ReviewerDesk,
    Named(id): Named<OrderId>,
    params: Params,
) -> Result<Response, ApiError> {
    page(&api, &desk, id, &params, Refused::default()).await
}

#[utoipa::path(
    post,
    path = "/admin/orders/{orderId}/edit",
    operation_id = "sendEdit",
    tag = "console",
    summary = "Makes an edited text the newest version and approves it. Needs the role `reviewer`.",
    params(("orderId" = String, Path, format = "uuid", description = "The order")),
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses((status = 303, description = "Back to the order, or to the next review."), faults::OfDecision),
    security(("staffSession" = [])),
)]
pub(crate) async fn send_edit(
    State(api): State<Api>,
    desk: ReviewerDesk,
    Named(id): Named<OrderId>,
    RawBody(body): RawBody,
) -> Result<Response, ApiError> {
    let sent = Params::of(&body);
    let version = sent.get("version").and_then(|version| version.parse().ok());
    let edit = Edit {
        version: version.ok_or_else(|| ApiError::malformed("The form names no version."))?,
        title: sent.get("title").map(str::to_owned),
        content: sent.get("content").unwrap_or_default().to_owned(),
        despite_checks: sent.get("despiteChecks").is_some(),
    };
    let (status, refused) = match edit_and_approve(&api, id, edit, desk.actor()).await {
        Ok(()) => return see_other(&Back::parse(sent.get("back")).address(id, "edited"), None),
        Err(EditError::Field("title", message)) => {
            (StatusCode::UNPROCESSABLE_ENTITY, Refused { title_error: Some(message), ..Refused::default() })
        }
        Err(EditError::Field(_, message)) => {
            (StatusCode::UNPROCESSABLE_ENTITY, Refused { content_error: Some(message), ..Refused::default() })
        }
        Err(EditError::Checks(report)) => {
            let report = Some(Report::of(&report));
            (StatusCode::UNPROCESSABLE_ENTITY, Refused { report, ..Refused::default() })
        }
        Err(EditError::Other(error)) if matches!(error.code, ErrorCode::Refused(_)) => {
            (error.code.status(), Refused { note: Some(error.message), ..Refused::default() })
        }
        Err(EditError::Other(error)) => return Err(error),
    };
    let mut response = page(&api, &desk, id, &sent, refused).await?;
    *response.status_mut() = status;
    Ok(response)
}

/// What was typed counts before what is there.
async fn page<N: Needs>(
    api: &Api,
    desk: &Desk<N>,
    id: OrderId,
    params: &Params,
    refused: Refused,
) -> Result<Response, ApiError> {
    let order = api.store.order_summary(id).await?.ok_or_else(ApiError::not_found)?;
    let number = params.get("version").and_then(|number| number.parse().ok()).or(order.current_version);
    let number = number.ok_or_else(ApiError::not_found)?;
    let version = api.store.find_version(id, number).await?.ok_or_else(ApiError::not_found)?;
    let Refused { note, title_error, content_error, report } = refused;
    show(&EditPage {
        console: Console::new(api, desk, Section::Review).await?,
        id: id.to_string(),
        product: product(order.brief.product),
        backlink: order.brief.product == ProductKind::Backlink,
        topic: order.brief.topic,
        back: params.get("back").unwrap_or("order"),
        version: number,
        title: params.get("title").map_or(version.title, str::to_owned),
        content: params.get("content").map_or(version.source, str::to_owned),
        note,
        title_error,
        content_error,
        report,
    })
}
