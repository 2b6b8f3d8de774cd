//! `GET /admin` and `GET /admin/review`.

use crate::{
    Api,
    console::{
        desk::{Desk, Needs, ReadOnlyDesk},
        frame::{Console, Section, show},
        orders::{Actions, Back, Refused, Text, done, product},
    },
    contract::faults,
    envelope::ApiError,
    extract::Params,
    moment::Moment,
    pages::{Asset, see_other},
};
use askama::Template;
use axum::{extract::State, response::Response};
use galley_domain::{id::OrderId, order::OrderStatus};
use galley_store::{OrderFilter, OrderListPage, OrderSummary};

/// How many are listed.
const LISTED: i64 = 30;

#[derive(Template)]
#[template(path = "console/review.html")]
struct Review<'a> {
    console: Console<'a>,
    script: &'static str,
    rows: Vec<Row>,
    /// There are more than are listed.
    more: Option<String>,
    /// There are some before those that are listed.
    first: bool,
    chosen: Option<Chosen<'a>>,
}

struct Row {
    href: String,
    topic: String,
    product: &'static str,
    waiting: Moment,
    here: bool,
}

/// The order that is looked at.
struct Chosen<'a> {
    href: String,
    topic: String,
    email: String,
    product: &'static str,
    waiting: Moment,
    previous: Option<String>,
    next: Option<String>,
    /// It is not waiting any more.
    decided: bool,
    actions: Actions<'a>,
    text: Option<Text>,
}

#[utoipa::path(
    get,
    path = "/admin",
    operation_id = "showDesk",
    tag = "console",
    summary = "On to the review.",
    responses((status = 303, description = "To the review, or to the login."), faults::OfStaff),
    security(("staffSession" = [])),
)]
pub(crate) async fn desk(_: ReadOnlyDesk) -> Result<Response, ApiError> {
    see_other("/admin/review", None)
}

#[utoipa::path(
    get,
    path = "/admin/review",
    operation_id = "showReview",
    tag = "console",
    summary = "What waits for a decision, oldest first, with the text beside it.",
    params(
        ("order" = Option<String>, Query, nullable = false, format = "uuid", description = "The one to look at"),
        (
            "after" = Option<String>,
            Query,
            nullable = false,
            format = "uuid",
            description = "The list begins behind this one; with the first again, if nothing does",
        ),
    ),
    responses(
        (status = 200, description = "A page.", body = String, content_type = "text/html"),
        (status = 303, description = "To the login."),
        faults::OfStaffList,
    ),
    security(("staffSession" = [])),
)]
pub(crate) async fn review(
    State(api): State<Api>,
    desk: ReadOnlyDesk,
    params: Params,
) -> Result<Response, ApiError> {
    let mut wrong = Vec::new();
    let order = params.parsed("order", "Give the id of an order.", &mut wrong);
    let after = params.parsed("after", "Give the id of an order.", &mut wrong);
    if !wrong.is_empty() {
        return Err(ApiError::invalid(wrong));
    }
    let sent = Refused::default();
    shown(&api, &desk, Place { order, after }, done(params.get("done")), &sent).await
}

/// The review at one order, with what could not be done about it.
pub(in crate::console) async fn page<N: Needs>(
    api: &Api,
    desk: &Desk<N>,
    order: OrderId,
    refused: &Refused<'_>,
) -> Result<Response, ApiError> {
    shown(api, desk, Place { order: Some(order), after: None }, None, refused).await
}

/// Where somebody is in the list.
#[derive(Clone, Copy)]
struct Place {
    order: Option<OrderId>,
    after: Option<OrderId>,
}

async fn shown<N: Needs>(
    api: &Api,
    desk: &Desk<N>,
    place: Place,
    done: Option<&'static str>,
    refused: &Refused<'_>,
) -> Result<Response, ApiError> {
    let (mut orders, mut after) = (waiting(api, place.after).await?, place.after);
    if orders.is_empty() && after.is_some() {
        (orders, after) = (waiting(api, None).await?, None);
    }
    let more = i64::try_from(orders.len()).is_ok_and(|found| found > LISTED);
    orders.truncate(usize::try_from(LISTED).unwrap_or(usize::MAX));
    let now = api.store.clock().now();
    let chosen = place.order.or(orders.first().map(|order| order.id));
    let href = |id: OrderId| match after {
        Some(after) => format!("/admin/review?order={id}&after={after}"),
        None => format!("/admin/review?order={id}"),
    };
    let rows = orders.iter().map(|order| Row {
        href: href(order.id),
        topic: order.brief.topic.clone(),
        product: product(order.brief.product),
        waiting: Moment::new(order.updated_at, now),
        here: Some(order.id) == chosen,
    });
    let rows: Vec<Row> = rows.collect();
    let chosen = match chosen {
        Some(id) => Some(look(api, desk, id, &orders, &rows, refused).await?),
        None => None,
    };
    show(&Review {
        console: Console::new(api, desk, Section::Review).await?.done(done),
        script: Asset::Review.href(),
        more: orders.last().filter(|_| more).map(|last| format!("/admin/review?after={}", last.id)),
        first: after.is_none(),
        rows,
        chosen,
    })
}

/// Those that nobody has decided on, oldest first; one more than is listed.
async fn waiting(api: &Api, after: Option<OrderId>) -> Result<Vec<OrderSummary>, ApiError> {
    let filter = OrderFilter {
        status: Some(OrderStatus::AdminReview),
        publishing: Some(false),
        ..OrderFilter::default()
    };
    let page = OrderListPage { oldest_first: true, after, limit: LISTED + 1 };
    Ok(api.store.orders(&filter, page).await?)
}

async fn look<'a, N: Needs>(
    api: &Api,
    desk: &Desk<N>,
    id: OrderId,
    listed: &[OrderSummary],
    rows: &[Row],
    refused: &'a Refused<'a>,
) -> Result<Chosen<'a>, ApiError> {
    let order = api.store.order_summary(id).await?.ok_or_else(ApiError::not_found)?;
    let at = listed.iter().position(|listed| listed.id == id);
    let beside = |at: Option<usize>| at.and_then(|at| rows.get(at)).map(|row| row.href.clone());
    Ok(Chosen {
        href: format!("/admin/orders/{id}"),
        topic: order.brief.topic.clone(),
        email: order.email.clone(),
        product: product(order.brief.product),
        waiting: Moment::new(order.updated_at, api.store.clock().now()),
        previous: beside(at.and_then(|at| at.checked_sub(1))),
        next: beside(at.map_or(Some(0), |at| Some(at + 1))),
        decided: order.status != OrderStatus::AdminReview || order.publishing,
        actions: Actions::of(api, desk, &order, Back::Review, refused).await?,
        text: match order.current_version {
            Some(number) => Text::find(api, &order, number).await?,
            None => None,
        },
    })
}
