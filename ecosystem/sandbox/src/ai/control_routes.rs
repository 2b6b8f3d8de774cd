use super::{control::AiMode, server::Office};
use crate::fault::Fault;
use axum::{Json, extract::State};
use serde_json::{Value, json};

pub(super) async fn show(State(office): State<Office>) -> Json<Value> {
    let control = &office.control;
    Json(json!({ "faults": control.faults(), "counters": control.counters() }))
}

pub(super) async fn set(State(office): State<Office>, Json(fault): Json<Fault<AiMode>>) -> Json<Value> {
    office.control.set(fault);
    show(State(office)).await
}

pub(super) async fn reset(State(office): State<Office>) -> Json<Value> {
    office.control.reset();
    show(State(office)).await
}
