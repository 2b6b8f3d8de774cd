//! `GET /admin/search`: on to what was found, or a list of it.

use super::{
    desk::ReadOnlyDesk,
    frame::{Console, Section, show},
    orders::{product, states},
};
use crate::{Api, contract::faults, envelope::ApiError, extract::Params, pages::see_other};
use askama::Template;
use axum::{extract::State, response::Response};
use galley_store::{Hits, OrderSearch};

/// Of each kind.
const HITS: i64 = 20;

#[derive(Template)]
#[template(path = "console/search.html")]
struct Search<'a> {
    console: Console<'a>,
    q: &'a str,
    groups: Vec<Group>,
    /// All of the orders that match.
    all: Option<String>,
}

struct Group {
    id: &'static str,
    label: &'static str,
    hits: Vec<Hit>,
}

struct Hit {
    href: String,
    label: String,
    about: String,
}

#[utoipa::path(
    get,
    path = "/admin/search",
    operation_id = "searchDesk",
    tag = "console",
    summary = "Orders, payments, customers and articles by what somebody has in hand; on to the one that was found.",
    params(
        (
            "q" = Option<String>,
            Query,
            nullable = false,
            description = "An id of ours or of a gateway's, the beginning of an e-mail address, an address of a page",
        ),
    ),
    responses(
        (status = 200, description = "A page.", body = String, content_type = "text/html"),
        (status = 303, description = "To the one that was found, or to the login."),
        faults::OfStaff,
    ),
    security(("staffSession" = [])),
)]
pub(crate) async fn search(
    State(api): State<Api>,
    desk: ReadOnlyDesk,
    params: Params,
) -> Result<Response, ApiError> {
    let q = params.get("q").unwrap_or_default().trim();
    let hits = match OrderSearch::parse(q) {
        Some(search) => api.store.search(&search, HITS).await?,
        None => Hits::default(),
    };
    let many = i64::try_from(hits.orders.len()).is_ok_and(|found| found == HITS);
    let groups = groups(&hits);
    if let [Group { hits, .. }] = &groups[..]
        && let [hit] = &hits[..]
    {
        return see_other(&hit.href, None);
    }
    let all = url::form_urlencoded::byte_serialize(q.as_bytes()).collect::<String>();
    show(&Search {
        console: Console::new(&api, &desk, None::<Section>).await?,
        q,
        groups,
        all: many.then(|| format!("/admin/orders?q={all}")),
    })
}

fn groups(hits: &Hits) -> Vec<Group> {
    let orders = hits.orders.iter().map(|order| Hit {
        href: format!("/admin/orders/{}", order.id),
        label: order.brief.topic.clone(),
        about: format!(
            "{}, {}, {}",
            product(order.brief.product),
            order.email,
            states(order).iter().map(|state| state.word.to_lowercase()).collect::<Vec<_>>().join(", ")
        ),
    });
    let payments = hits.payments.iter().map(|payment| Hit {
        href: format!("/admin/payments/{}", payment.id),
        label: payment.payment_ref.clone(),
        about: payment.state.replace('_', " "),
    });
    let customers = hits.customers.iter().map(|customer| Hit {
        href: format!("/admin/customers/{}", customer.id),
        label: customer.email.clone(),
        about: String::new(),
    });
    let articles = hits.articles.iter().map(|article| Hit {
        href: format!("/admin/articles/{}", article.id),
        label: article.title.clone(),
        about: article.slug.clone(),
    });
    let mut groups = vec![
        Group { id: "orders", label: "Orders", hits: orders.collect() },
        Group { id: "payments", label: "Payments", hits: payments.collect() },
        Group { id: "customers", label: "Customers", hits: customers.collect() },
        Group { id: "articles", label: "Articles", hits: articles.collect() },
    ];
    groups.retain(|group| !group.hits.is_empty());
    groups
}
