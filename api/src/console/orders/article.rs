//! `GET /admin/orders/{orderId}`: an order with its newest text.

use super::{
    head::{Head, Tab, open},
    refused::Refused,
    text::Text,
};
use crate::{
    Api,
    console::{
        desk::{Desk, Needs, ReadOnlyDesk},
        frame::{Console, show},
    },
    contract::faults,
    envelope::ApiError,
    extract::{Named, Params},
};
use askama::Template;
use axum::{extract::State, response::Response};
use galley_domain::id::OrderId;

#[derive(Template)]
#[template(path = "console/order_article.html")]
struct Article<'a> {
    console: Console<'a>,
    head: Head<'a>,
    text: Option<Text>,
}

#[utoipa::path(
    get,
    path = "/admin/orders/{orderId}",
    operation_id = "showOrderAtDesk",
    tag = "console",
    summary = "An order with its newest text, and what can be decided.",
    params(("orderId" = String, Path, format = "uuid", description = "The order")),
    responses(
        (status = 200, description = "A page.", body = String, content_type = "text/html"),
        (status = 303, description = "To the login."),
        faults::OfStaffLook,
    ),
    security(("staffSession" = [])),
)]
pub(crate) async fn order(
    State(api): State<Api>,
    desk: ReadOnlyDesk,
    Named(id): Named<OrderId>,
    params: Params,
) -> Result<Response, ApiError> {
    page(&api, &desk, id, params.get("done"), &Refused::default()).await
}

pub(super) async fn page<N: Needs>(
    api: &Api,
    desk: &Desk<N>,
    id: OrderId,
    done: Option<&str>,
    refused: &Refused<'_>,
) -> Result<Response, ApiError> {
    let (order, console) = open(api, desk, id, done).await?;
    let text = match order.current_version {
        Some(number) => Text::find(api, &order, number).await?,
        None => None,
    };
    let head = Head::of(api, desk, &order, Some(Tab::Article), refused).await?;
    show(&Article { console, head, text })
}
