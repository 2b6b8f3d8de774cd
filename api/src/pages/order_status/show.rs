//! `GET /order-status/{orderId}`, and the page as it is shown again when something could not be done.

use super::{
    address,
    article::Article,
    receipt::Receipt,
    state::{Headline, State, asked, headline, is_sent_back, submitted},
    timeline::Line,
    versions::Versions,
};
use crate::{
    Api,
    access::{OrderAccess, order_cookie},
    contract::faults,
    envelope::ApiError,
    extract::Params,
    json::NOTES_CHARS,
    live::EventId,
    moment::Moment,
    pages::{
        assets::Asset,
        facts::{Fact, again_href, brief_facts},
        frame::{Frame, page, see_other},
        steps::{Step, steps},
    },
};
use askama::Template;
use axum::{
    extract::State as Shared,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use galley_domain::{brief::ProductKind, estimate::Estimate, job::JobKind, order::EventKind};
use galley_store::{Notice, OrderPage, OrderPageFrom, OrderView};

/// How often a browser without scripts asks while something goes on by itself, in seconds.
const AGAIN_SECONDS: u32 = 20;

#[derive(Template)]
#[template(path = "order_status/page.html")]
struct Page<'a> {
    frame: Frame<'a>,
    address: String,
    /// Where the script hears of changes.
    events_href: String,
    /// Which change the page shows, as those events number them.
    seen: String,
    state: State,
    kind: &'static str,
    ordered: Moment,
    headline: Headline,
    /// Since when it is with the editor.
    since: Option<Moment>,
    steps: Vec<Step>,
    /// What could not be done just now.
    trouble: Option<String>,
    notice: Option<&'a Notice>,
    /// The editor waits for changes.
    sent_back: bool,
    /// What was asked for, while it is being done.
    asked: Option<Asked<'a>>,
    article: Option<Article<'a>>,
    public_url: Option<&'a str>,
    versions: Versions<'a>,
    brief: Vec<Fact>,
    receipt: Receipt,
    timeline: Vec<Line<'a>>,
    older_events_href: Option<String>,
    again_href: String,
    /// Where the shop can be written to.
    contact: Option<String>,
    form: Form<'a>,
}

/// Notes that are being worked in.
struct Asked<'a> {
    notes: &'a str,
    by_editor: bool,
}

/// The form to ask for changes.
struct Form<'a> {
    /// Sending a form twice counts once.
    key: String,
    notes: &'a str,
    error: Option<&'a str>,
    max_chars: usize,
    /// Somebody has typed into it, or is asked to.
    is_open: bool,
}

/// What is shown beside the order when something was wrong with what was sent.
#[derive(Default)]
pub(super) struct Again<'a> {
    pub(super) status: StatusCode,
    /// What could not be done.
    pub(super) trouble: Option<String>,
    /// What was typed.
    pub(super) notes: &'a str,
    /// What is wrong with it.
    pub(super) error: Option<&'a str>,
}

#[utoipa::path(
    get,
    path = "/order-status/{orderId}",
    operation_id = "showOrderPage",
    tag = "pages",
    summary = "An order as its customer sees it. Where the links in mails lead.",
    description = "Opens by the cookie that it sets, or by `?token=`, which becomes that cookie.",
    params(
        OrderAccess,
        ("versions_before" = Option<i32>, Query, nullable = false, description = "Older versions than this one"),
        ("events_before" = Option<i32>, Query, nullable = false, description = "Earlier history than this line"),
    ),
    responses(
        (status = 200, description = "A page.", body = String, content_type = "text/html"),
        (status = 303, description = "The same without the token in its address."),
        faults::OfOrder,
    ),
    security(("orderToken" = []), ("orderTokenInQuery" = [])),
)]
pub(crate) async fn show(
    Shared(api): Shared<Api>,
    access: OrderAccess,
    params: Params,
) -> Result<Response, ApiError> {
    if params.get("token").is_some() {
        let cookie = order_cookie(&api, access.order, access.stamp.link_epoch)?;
        return see_other(&address(access.order), Some(cookie));
    }
    let before = |name: &str| params.get(name).and_then(|number| number.parse().ok());
    let from =
        OrderPageFrom { versions_before: before("versions_before"), events_before: before("events_before") };
    show_again(&api, &access, from, &Again::default()).await
}

/// The order's page, with what was wrong.
pub(super) async fn show_again(
    api: &Api,
    access: &OrderAccess,
    from: OrderPageFrom,
    again: &Again<'_>,
) -> Result<Response, ApiError> {
    let view = api.store.order_page(access.order, from).await?.ok_or_else(ApiError::not_found)?;
    let usual = api.store.estimate(job_of(&view.order)).await?;
    let mut shown = shown(api, &view, again, usual);
    shown.seen = EventId::from(access.stamp).to_string();
    let mut response = page(again.status, &shown, true)?;
    // Under `no-referrer` browsers send forms with `Origin: null`, which says nothing. This address has no
    // secret in it.
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    Ok(response)
}

fn shown<'a>(api: &'a Api, page: &'a OrderPage, again: &Again<'a>, usual: Estimate) -> Page<'a> {
    let (order, now) = (&page.order, api.store.clock().now());
    let state = State::of(order);
    let mut frame = Frame::private(api);
    frame.script = Asset::Order.href();
    frame.again = state.goes_on_by_itself().then_some(AGAIN_SECONDS);
    let is_backlink = order.brief.product == ProductKind::Backlink;
    let history = page.earlier.as_ref().unwrap_or(&page.history);
    let oldest = history.events.last().filter(|_| history.more);
    let notice = order.notice.as_ref().filter(|_| matches!(state, State::Ready | State::WithEditor));
    let sent_back = is_sent_back(order, state);
    let suggested = notice.filter(|_| sent_back && again.error.is_none());
    let suggested = suggested.map_or("", |notice| notice.message.as_str());
    Page {
        frame,
        address: address(order.id),
        events_href: format!("/api/v1/purchase/status/{}/events", order.id),
        seen: String::new(),
        state,
        kind: if is_backlink { "Backlink" } else { "Article" },
        ordered: Moment::new(order.created_at, now),
        headline: headline(page, state, &usual.words()),
        since: submitted(page)
            .filter(|_| state == State::WithEditor)
            .map(|event| Moment::new(event.created_at, now)),
        steps: steps(order, state.is_stopped()),
        trouble: again.trouble.clone(),
        notice,
        sent_back,
        asked: asked(page).filter(|_| state == State::Revising).and_then(|event| {
            let notes = event.text("notes")?;
            Some(Asked { notes, by_editor: event.kind == EventKind::ChangesRequested })
        }),
        article: order.version.as_ref().map(|version| Article::of(order, version, now)),
        public_url: public_url(page).filter(|_| state == State::Published),
        versions: Versions::of(page, state == State::Ready, now),
        brief: brief_facts(&order.brief),
        receipt: Receipt::of(page, now),
        timeline: history.events.iter().map(|event| Line::of(event, now)).collect(),
        older_events_href: oldest
            .map(|event| format!("{}?events_before={}#history", address(order.id), event.sequence)),
        again_href: again_href(Some(&order.brief)),
        contact: api.store.known_settings().contact_email.clone(),
        form: Form {
            key: api.store.clock().new_id().simple().to_string(),
            // What the editor asks for can be asked for as it stands.
            notes: if again.notes.is_empty() { suggested } else { again.notes },
            error: again.error,
            max_chars: *NOTES_CHARS.end(),
            is_open: sent_back || again.error.is_some() || !again.notes.is_empty(),
        },
    }
}

/// The work that is under way, if any is.
fn job_of(order: &OrderView) -> JobKind {
    match (order.version.is_some(), order.brief.product) {
        (true, _) => JobKind::BacklinkRevision,
        (false, ProductKind::Article) => JobKind::ArticleGeneration,
        (false, ProductKind::Backlink) => JobKind::BacklinkIntegration,
    }
}

fn public_url(page: &OrderPage) -> Option<&str> {
    let published = page.history.events.iter().find(|event| event.kind == EventKind::Published)?;
    published.text("url").filter(|url| url.starts_with("https://") || url.starts_with("http://"))
}
