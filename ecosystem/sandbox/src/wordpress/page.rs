//! What visitors see: a theme around the post.

use super::{
    answer::{Call, answer},
    control::WordpressMode,
    desk::Desk,
    filter,
    post::WordpressStatus,
    render,
};
use crate::html::escape;
use axum::{
    extract::{Path, RawQuery, State},
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};
use std::sync::Arc;

pub(super) async fn show(
    State(desk): State<Arc<Desk>>,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let text = format!("GET /{slug}/?{}", query.unwrap_or_default());
    answer(&desk, Call::Page, &text, |mode| {
        let world = desk.world();
        let public =
            world.posts.iter().find(|post| post.slug == slug && post.status == WordpressStatus::Publish);
        let Some(post) = public else {
            return (StatusCode::NOT_FOUND, Html("<h1>Page not found</h1>")).into_response();
        };
        let content = render::content(&post.content);
        let content = match mode {
            WordpressMode::HideLinks => filter::without_links(&content),
            WordpressMode::HideRel => filter::without_rel(&content),
            WordpressMode::Twice => format!("{content}\n{content}"),
            _ => content,
        };
        let title = escape(&post.title);
        let page = format!(
            "<!DOCTYPE html>\n<html lang=\"en-US\"><head><meta charset=\"UTF-8\" />\n<title>{title}</title>\n\
             <link rel='canonical' href='{link}' /></head>\n<body class=\"single-post\">\n\
             <nav><a href=\"{base}/\" rel=\"home\">A site</a> <a href='{base}/about/'>About</a></nav>\n\
             <main><article><h1>{title}</h1>\n<div class=\"entry-content\">{content}</div></article></main>\n\
             <footer><a href=\"https://wordpress.org/\" rel=\"nofollow\">Proudly powered by WordPress</a>\
             </footer>\n</body></html>",
            link = post.link(&desk.base_url),
            base = desk.base_url,
        );
        Html(page).into_response()
    })
    .await
}
