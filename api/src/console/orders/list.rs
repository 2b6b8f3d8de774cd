//! `GET /admin/orders`: orders, filtered and searched.

use super::{
    act::done,
    words::{State, of_status, product, states},
};
use crate::{
    Api,
    admin::{
        orders::filter::{NAMES, filter},
        page::Page,
    },
    console::{
        desk::ReadOnlyDesk,
        frame::{Console, Section, show},
    },
    contract::faults,
    envelope::ApiError,
    extract::Params,
    moment::Moment,
};
use askama::Template;
use axum::{extract::State as Shared, response::Response};
use chrono::{DateTime, Utc};
use galley_domain::{brief::ProductKind, id::OrderId, order::OrderStatus};
use galley_store::{OrderListPage, OrderSummary};
use url::form_urlencoded::Serializer;

const ORDERS: &str = "/admin/orders";
/// What failed is counted up to here.
const COUNTED_MAX: i64 = 1_000;

#[derive(Template)]
#[template(path = "console/orders.html")]
struct Orders<'a> {
    console: Console<'a>,
    statuses: Vec<Choice>,
    products: Vec<Choice>,
    /// What is typed into the filter, as it is.
    typed: Typed<'a>,
    oldest_first: bool,
    /// The same list the other way round.
    turned: String,
    export: String,
    rows: Vec<Row>,
    next: Option<String>,
    /// Some filter is set.
    filtered: bool,
    failed: Option<Failed<'a>>,
}

struct Choice {
    value: &'static str,
    label: &'static str,
    chosen: bool,
}

struct Typed<'a> {
    q: &'a str,
    from: &'a str,
    to: &'a str,
}

/// Orders that may be started again all at once.
struct Failed<'a> {
    /// `37`, or `1000+`
    count: String,
    /// The filter they match.
    filter: Vec<(&'static str, &'a str)>,
}

struct Row {
    id: String,
    topic: String,
    product: &'static str,
    paid: Moment,
    email: String,
    amount: String,
    states: Vec<State>,
    remark: String,
    retry: bool,
}

impl Row {
    fn of(order: &OrderSummary, decides: bool, now: DateTime<Utc>) -> Self {
        let failed = order.status == OrderStatus::Failed;
        Self {
            id: order.id.to_string(),
            topic: order.brief.topic.clone(),
            product: product(order.brief.product),
            paid: Moment::new(order.created_at, now),
            email: order.email.clone(),
            amount: order.amount.to_string(),
            states: states(order),
            remark: order.reason.clone().unwrap_or_default(),
            retry: decides && failed && !order.frozen && !order.refund_open,
        }
    }
}

#[utoipa::path(
    get,
    path = "/admin/orders",
    operation_id = "showOrders",
    tag = "console",
    summary = "Orders, filtered and searched.",
    params(
        ("status" = Option<String>, Query, nullable = false, description = "Only those"),
        ("product" = Option<String>, Query, nullable = false, description = "Only those"),
        ("q" = Option<String>, Query, nullable = false, description = "An id, an address, a gateway's name of something"),
        ("from" = Option<String>, Query, nullable = false, description = "Paid on this day or later"),
        ("to" = Option<String>, Query, nullable = false, description = "Paid on this day or before"),
        ("sort" = Option<String>, Query, nullable = false, description = "`oldest` turns the list round"),
        ("before" = Option<String>, Query, nullable = false, format = "uuid", description = "Only what comes behind"),
    ),
    responses(
        (status = 200, description = "A page.", body = String, content_type = "text/html"),
        (status = 303, description = "To the login."),
        faults::OfStaffList,
    ),
    security(("staffSession" = [])),
)]
pub(crate) async fn orders(
    Shared(api): Shared<Api>,
    desk: ReadOnlyDesk,
    params: Params,
) -> Result<Response, ApiError> {
    let mut wrong = Vec::new();
    let filter = filter(&params, &mut wrong);
    if !wrong.is_empty() {
        return Err(ApiError::invalid(wrong));
    }
    let page = Page::<OrderId>::of(&params)?;
    let oldest_first = params.get("sort") == Some("oldest");
    let wanted = OrderListPage { oldest_first, after: page.before, limit: page.limit() };
    let mut orders = api.store.orders(&filter, wanted).await?;
    let next = page.cut(&mut orders, |order| order.id);
    let now = api.store.clock().now();
    let console = Console::new(&api, &desk, Section::Orders).await?.done(done(params.get("done")));
    let decides = console.may_decide();
    let failed = if decides && filter.status == Some(OrderStatus::Failed) {
        let count = api.store.count_failed_orders(&filter, COUNTED_MAX + 1).await?;
        (count > 0).then(|| Failed {
            count: if count > COUNTED_MAX { format!("{COUNTED_MAX}+") } else { count.to_string() },
            filter: chosen(&params),
        })
    } else {
        None
    };
    let sort = |oldest: bool| if oldest { Some("oldest") } else { None };
    show(&Orders {
        console,
        statuses: OrderStatus::ALL
            .iter()
            .map(|status| Choice {
                value: status.as_str(),
                label: of_status(*status).word,
                chosen: filter.status == Some(*status),
            })
            .collect(),
        products: ProductKind::ALL
            .iter()
            .map(|kind| Choice {
                value: kind.as_str(),
                label: product(*kind),
                chosen: filter.product == Some(*kind),
            })
            .collect(),
        typed: Typed {
            q: params.get("q").unwrap_or_default(),
            from: params.get("from").unwrap_or_default(),
            to: params.get("to").unwrap_or_default(),
        },
        oldest_first,
        turned: address(ORDERS, &params, sort(!oldest_first), None),
        export: address("/admin/orders/export.csv", &params, sort(oldest_first), None),
        rows: orders.iter().map(|order| Row::of(order, decides, now)).collect(),
        next: next.map(|id| address(ORDERS, &params, sort(oldest_first), Some(&id.to_string()))),
        filtered: !chosen(&params).is_empty(),
        failed,
    })
}

/// The filter as it was sent.
fn chosen(params: &Params) -> Vec<(&'static str, &str)> {
    NAMES.iter().filter_map(|name| Some((*name, params.get(name)?))).collect()
}

/// The same filter at another place.
fn address(path: &str, params: &Params, sort: Option<&str>, before: Option<&str>) -> String {
    let mut query = Serializer::new(String::new());
    query.extend_pairs(chosen(params));
    for (name, value) in [("sort", sort), ("before", before)] {
        if let Some(value) = value {
            query.append_pair(name, value);
        }
    }
    let query = query.finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}
