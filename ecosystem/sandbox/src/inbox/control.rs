use super::Rooms;
use crate::{fault::Fault, smtp::SmtpMode};
use axum::{Json, extract::State};
use serde_json::{Value, json};

pub(super) async fn show(State(rooms): State<Rooms>) -> Json<Value> {
    Json(json!({ "faults": rooms.control.faults(), "received": rooms.mailbox.received() }))
}

pub(super) async fn set(State(rooms): State<Rooms>, Json(fault): Json<Fault<SmtpMode>>) -> Json<Value> {
    rooms.control.set(fault);
    rooms.control.settled().await;
    show(State(rooms)).await
}

pub(super) async fn reset(State(rooms): State<Rooms>) -> Json<Value> {
    rooms.control.reset();
    rooms.control.settled().await;
    show(State(rooms)).await
}
