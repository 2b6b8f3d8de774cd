//! `GET /admin/orders/{orderId}/timeline`: everything that happened, newest first.

use super::{
    head::{Head, Tab, open},
    line::Line,
    refused::Refused,
};
use crate::{
    Api,
    admin::{orders::timeline::sources, page::Page},
    console::{
        desk::ReadOnlyDesk,
        frame::{Console, show},
    },
    contract::faults,
    envelope::ApiError,
    extract::{Named, Params},
};
use askama::Template;
use axum::{extract::State, response::Response};
use galley_domain::id::OrderId;
use galley_store::{TimelineCursor, TimelineSource};

#[derive(Template)]
#[template(path = "console/order_timeline.html")]
struct Timeline<'a> {
    console: Console<'a>,
    head: Head<'a>,
    choices: Vec<Choice>,
    lines: Vec<Line>,
    next: Option<String>,
}

/// A link to the lines of one source.
struct Choice {
    label: &'static str,
    href: String,
    here: bool,
}

#[utoipa::path(
    get,
    path = "/admin/orders/{orderId}/timeline",
    operation_id = "showTimeline",
    tag = "console",
    summary = "Everything that happened to an order, newest first.",
    params(
        ("orderId" = String, Path, format = "uuid", description = "The order"),
        ("source" = Option<String>, Query, nullable = false, description = "Only those"),
        ("before" = Option<String>, Query, nullable = false, description = "Only older ones"),
    ),
    responses(
        (status = 200, description = "A page.", body = String, content_type = "text/html"),
        (status = 303, description = "To the login."),
        faults::OfStaffLook,
    ),
    security(("staffSession" = [])),
)]
pub(crate) async fn timeline(
    State(api): State<Api>,
    desk: ReadOnlyDesk,
    Named(id): Named<OrderId>,
    params: Params,
) -> Result<Response, ApiError> {
    let page = Page::<TimelineCursor>::of(&params)?;
    let sources = sources(&params)?;
    let (order, console) = open(&api, &desk, id, None).await?;
    let mut entries = api.store.timeline(id, &sources, page.before, page.limit()).await?;
    let address = format!("/admin/orders/{id}/timeline");
    let source = sources.first().copied();
    let next = page.cut(&mut entries, |entry| entry.cursor).map(|cursor| match source {
        Some(source) => format!("{address}?source={source}&before={cursor}"),
        None => format!("{address}?before={cursor}"),
    });
    let now = api.store.clock().now();
    let refused = Refused::default();
    show(&Timeline {
        console,
        head: Head::of(&api, &desk, &order, Some(Tab::Timeline), &refused).await?,
        choices: choices(&address, source),
        lines: entries.iter().map(|entry| Line::of(entry, &order, now)).collect(),
        next,
    })
}

fn choices(address: &str, chosen: Option<TimelineSource>) -> Vec<Choice> {
    let all = Choice { label: "Everything", href: address.to_owned(), here: chosen.is_none() };
    let some = |source: &TimelineSource| Choice {
        label: match source {
            TimelineSource::Payment => "Payment",
            TimelineSource::Dispute => "Disputes",
            TimelineSource::Audit => "Staff",
            TimelineSource::Refund => "Refunds",
            TimelineSource::Run => "Work",
            TimelineSource::Version => "Versions",
            TimelineSource::Event => "Order",
            TimelineSource::Mail => "Mails",
        },
        href: format!("{address}?source={source}"),
        here: chosen == Some(*source),
    };
    std::iter::once(all).chain(TimelineSource::ALL.iter().rev().map(some)).collect()
}
