//! `GET /admin/orders/{orderId}/brief`: what was ordered.

use super::{
    head::{Head, Tab, open},
    refused::Refused,
    words::product,
};
use crate::{
    Api,
    console::{
        desk::ReadOnlyDesk,
        frame::{Console, show},
    },
    contract::faults,
    envelope::ApiError,
    extract::Named,
};
use askama::Template;
use axum::{extract::State, response::Response};
use galley_domain::{brief::Brief, id::OrderId};

#[derive(Template)]
#[template(path = "console/order_brief.html")]
struct Ordered<'a> {
    console: Console<'a>,
    head: Head<'a>,
    facts: Vec<(&'static str, String)>,
    target: Option<String>,
}

#[utoipa::path(
    get,
    path = "/admin/orders/{orderId}/brief",
    operation_id = "showBrief",
    tag = "console",
    summary = "What was ordered.",
    params(("orderId" = String, Path, format = "uuid", description = "The order")),
    responses(
        (status = 200, description = "A page.", body = String, content_type = "text/html"),
        (status = 303, description = "To the login."),
        faults::OfStaffLook,
    ),
    security(("staffSession" = [])),
)]
pub(crate) async fn brief(
    State(api): State<Api>,
    desk: ReadOnlyDesk,
    Named(id): Named<OrderId>,
) -> Result<Response, ApiError> {
    let (order, console) = open(&api, &desk, id, None).await?;
    let refused = Refused::default();
    let head = Head::of(&api, &desk, &order, Some(Tab::Brief), &refused).await?;
    let target = order.brief.link.as_ref().map(|link| link.target_url.to_string());
    show(&Ordered { console, head, facts: facts(&order.brief), target })
}

/// Label and value of what was said.
fn facts(brief: &Brief) -> Vec<(&'static str, String)> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let link = brief.link.as_ref();
    let mut facts = vec![
        ("Product", product(brief.product).to_owned()),
        ("Topic", brief.topic.clone()),
        ("Keywords", brief.keywords.join(", ")),
        ("Linked words", link.map(|link| link.anchor_text.clone()).unwrap_or_default()),
        ("Link marked as", link.map(|link| link.rel.to_string()).unwrap_or_default()),
        ("Article of the link", brief.article_id.map(|id| id.to_string()).unwrap_or_default()),
        ("Length", format!("{} words", brief.word_count)),
        ("Language", brief.language.clone()),
        ("Tone", text(&brief.tone)),
        ("Audience", text(&brief.audience)),
        ("Outline", brief.outline.join("\n")),
        ("Must include", brief.must_include.join("\n")),
        ("Avoid", brief.avoid.join("\n")),
        ("Notes", text(&brief.notes)),
    ];
    facts.retain(|(_, value)| !value.is_empty());
    facts
}
