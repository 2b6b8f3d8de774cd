//! `wp/v2/posts`, as far as anybody asks for it.

use super::{
    answer::{Call, answer, error},
    control::WordpressMode,
    desk::Desk,
    door, filter,
    post::WordpressStatus,
    world::Writing,
};
use axum::{
    Json,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use std::sync::Arc;
use url::form_urlencoded;

/// Where REST is.
pub(super) const ROOT: &str = "/wp-json/";
/// The posts.
pub(super) const POSTS: &str = "/wp-json/wp/v2/posts";
/// Who is logged in.
pub(super) const ME: &str = "/wp-json/wp/v2/users/me";

/// Most posts on one page of a list.
const PAGE_MAX: usize = 100;

type Query = Vec<(String, String)>;

fn read(query: Option<String>) -> (String, Query) {
    let query = query.unwrap_or_default();
    let pairs = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    (query, pairs)
}

fn value<'a>(query: &'a Query, name: &str) -> Option<&'a str> {
    let plain = |key: &str| key.trim_end_matches("[]") == name;
    query.iter().find(|(key, _)| plain(key)).map(|(_, value)| value.as_str())
}

fn nobody() -> Response {
    let message = "Sorry, you are not allowed to edit posts in this post type.";
    error(StatusCode::UNAUTHORIZED, "rest_forbidden_context", message)
}

fn no_such_post() -> Response {
    error(StatusCode::NOT_FOUND, "rest_post_invalid_id", "Invalid post ID.")
}

pub(super) async fn root(State(desk): State<Arc<Desk>>) -> Response {
    answer(&desk, Call::Read, &format!("GET {ROOT}"), |_| {
        Json(json!({
            "name": "A site",
            "url": desk.base_url,
            "namespaces": ["oembed/1.0", "wp/v2"],
            "authentication": { "application-passwords": {} },
        }))
        .into_response()
    })
    .await
}

pub(super) async fn me(State(desk): State<Arc<Desk>>, headers: HeaderMap) -> Response {
    answer(&desk, Call::Read, &format!("GET {ME}"), |_| match door::who(&desk, &headers) {
        Err(refused) => *refused,
        Ok(false) => {
            error(StatusCode::UNAUTHORIZED, "rest_not_logged_in", "You are not currently logged in.")
        }
        Ok(true) => Json(json!({
            "id": 1,
            "username": desk.options.user,
            "name": "The editor",
            "capabilities": {
                "edit_posts": true,
                "publish_posts": true,
                "unfiltered_html": desk.options.unfiltered_html,
            },
        }))
        .into_response(),
    })
    .await
}

pub(super) async fn list(
    State(desk): State<Arc<Desk>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let (text, query) = read(query);
    answer(&desk, Call::Read, &format!("GET {POSTS}?{text}"), |_| {
        let known = match door::who(&desk, &headers) {
            Ok(known) => known,
            Err(refused) => return *refused,
        };
        let edit = value(&query, "context") == Some("edit");
        let status = value(&query, "status").unwrap_or("publish");
        if (edit || status != "publish") && !known {
            return nobody();
        }
        let wanted = |post: &WordpressStatus| match status {
            // As the real one has it, `any` leaves out what is in the bin.
            "any" => *post != WordpressStatus::Trash,
            listed => listed.split(',').any(|one| WordpressStatus::parse(one) == Some(*post)),
        };
        let (slug, search) = (value(&query, "slug"), value(&query, "search"));
        let world = desk.world();
        let found: Vec<Value> = world
            .posts
            .iter()
            .rev()
            .filter(|post| wanted(&post.status))
            .filter(|post| slug.is_none_or(|slug| post.slug == slug))
            .filter(|post| search.is_none_or(|text| post.content.contains(text) || post.title.contains(text)))
            .take(PAGE_MAX)
            .map(|post| post.shown(&desk.base_url, edit))
            .collect();
        Json(found).into_response()
    })
    .await
}

pub(super) async fn get(
    State(desk): State<Arc<Desk>>,
    Path(id): Path<u64>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let (text, query) = read(query);
    answer(&desk, Call::Read, &format!("GET {POSTS}/{id}?{text}"), |_| {
        let known = match door::who(&desk, &headers) {
            Ok(known) => known,
            Err(refused) => return *refused,
        };
        let edit = value(&query, "context") == Some("edit");
        let world = desk.world();
        let Some(post) = world.find(id) else { return no_such_post() };
        if (edit || post.status != WordpressStatus::Publish) && !known {
            return nobody();
        }
        Json(post.shown(&desk.base_url, edit)).into_response()
    })
    .await
}

pub(super) async fn create(State(desk): State<Arc<Desk>>, headers: HeaderMap, body: String) -> Response {
    answer(&desk, Call::Write, &format!("POST {POSTS} {body}"), |mode| {
        let writing = match writing(&desk, &headers, &body, mode) {
            Ok(writing) => writing,
            Err(refused) => return *refused,
        };
        let now = desk.now();
        let created = desk.world().create(writing, now).shown(&desk.base_url, true);
        (StatusCode::CREATED, Json(created)).into_response()
    })
    .await
}

pub(super) async fn update(
    State(desk): State<Arc<Desk>>,
    Path(id): Path<u64>,
    headers: HeaderMap,
    body: String,
) -> Response {
    answer(&desk, Call::Write, &format!("POST {POSTS}/{id} {body}"), |mode| {
        let writing = match writing(&desk, &headers, &body, mode) {
            Ok(writing) => writing,
            Err(refused) => return *refused,
        };
        let now = desk.now();
        match desk.world().update(id, writing, now) {
            Some(post) => Json(post.shown(&desk.base_url, true)).into_response(),
            None => no_such_post(),
        }
    })
    .await
}

/// What a body says, as it is kept.
fn writing(
    desk: &Desk,
    headers: &HeaderMap,
    body: &str,
    mode: WordpressMode,
) -> Result<Writing, Box<Response>> {
    if !door::who(desk, headers)? {
        return Err(Box::new(nobody()));
    }
    let invalid = |what: &str| {
        let message = format!("Invalid parameter(s): {what}");
        Box::new(error(StatusCode::BAD_REQUEST, "rest_invalid_param", &message))
    };
    let body: Value = serde_json::from_str(body).map_err(|_| invalid("body"))?;
    let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
    let status = match text("status") {
        Some(status) => Some(WordpressStatus::parse(&status).ok_or_else(|| invalid("status"))?),
        None => None,
    };
    let kept = |content: String| {
        let content = if desk.options.unfiltered_html { content } else { filter::kses(&content) };
        match mode {
            WordpressMode::StripComments => filter::without_comments(&content),
            WordpressMode::StripLinks => filter::without_links(&content),
            _ => content,
        }
    };
    Ok(Writing { slug: text("slug"), title: text("title"), content: text("content").map(kept), status })
}

pub(super) async fn nothing() -> Response {
    let message = "No route was found matching the URL and request method.";
    error(StatusCode::NOT_FOUND, "rest_no_route", message)
}
