use super::{
    action::WordpressAction,
    control::{WordpressControl, WordpressMode},
    desk::Desk,
};
use crate::fault::Fault;
use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;
use std::sync::Arc;

pub(super) async fn show(State(desk): State<Arc<Desk>>) -> Response {
    let control = WordpressControl::new(desk);
    Json(json!({ "faults": control.faults(), "counters": control.counters() })).into_response()
}

pub(super) async fn set(State(desk): State<Arc<Desk>>, Json(fault): Json<Fault<WordpressMode>>) -> Response {
    WordpressControl::new(Arc::clone(&desk)).set(fault);
    show(State(desk)).await
}

pub(super) async fn reset(State(desk): State<Arc<Desk>>) -> Response {
    WordpressControl::new(Arc::clone(&desk)).reset();
    show(State(desk)).await
}

pub(super) async fn world(State(desk): State<Arc<Desk>>) -> Response {
    Json(json!({ "posts": WordpressControl::new(desk).posts() })).into_response()
}

pub(super) async fn act(State(desk): State<Arc<Desk>>, Json(action): Json<WordpressAction>) -> Response {
    match WordpressControl::new(Arc::clone(&desk)).act(action) {
        Ok(()) => world(State(desk)).await,
        Err(error) => (StatusCode::NOT_FOUND, Json(json!({ "error": error.to_string() }))).into_response(),
    }
}
