use super::{Action, StripeControl, StripeMode};
use crate::{
    fault::Fault,
    stripe::{courier::WebhookPlan, server::Till},
};
use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};

/// `/_control` and what is below it.
pub(in crate::stripe) fn routes() -> Router<Till> {
    Router::new()
        .route("/_control", get(show).post(set).delete(clear))
        .route("/_control/actions", post(act))
        .route("/_control/webhooks", get(plan).post(replan))
        .route("/_control/world", get(world))
        .route("/_control/requests", get(requests))
}

async fn show(State(control): State<StripeControl>) -> Json<Value> {
    Json(json!({
        "faults": control.faults(), "counters": control.counters(), "webhooks": control.webhook_plan(),
    }))
}

async fn set(State(control): State<StripeControl>, Json(fault): Json<Fault<StripeMode>>) -> Json<Value> {
    control.set(fault);
    show(State(control)).await
}

async fn clear(State(control): State<StripeControl>) -> Json<Value> {
    control.clear();
    show(State(control)).await
}

async fn act(State(control): State<StripeControl>, Json(action): Json<Action>) -> Response {
    match control.act(action).await {
        Ok(value) => Json(value).into_response(),
        Err(refusal) => {
            let error = json!({ "error": { "message": refusal.to_string() } });
            (StatusCode::BAD_REQUEST, Json(error)).into_response()
        }
    }
}

/// A plan, and perhaps another endpoint.
#[derive(Debug, Deserialize)]
struct Replan {
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    secrets: Vec<String>,
    #[serde(flatten)]
    plan: serde_json::Map<String, Value>,
}

async fn plan(State(control): State<StripeControl>) -> Json<WebhookPlan> {
    Json(control.webhook_plan())
}

async fn replan(State(control): State<StripeControl>, Json(replan): Json<Replan>) -> Response {
    let new: WebhookPlan = match serde_json::from_value(Value::Object(replan.plan)) {
        Ok(new) => new,
        Err(error) => return (StatusCode::UNPROCESSABLE_ENTITY, error.to_string()).into_response(),
    };
    if let Some(url) = replan.url {
        control.deliver_to(url, replan.secrets);
    }
    control.webhooks(new);
    plan(State(control)).await.into_response()
}

async fn world(State(control): State<StripeControl>) -> Json<Value> {
    let events: Vec<Value> = control
        .events()
        .iter()
        .map(|event| json!({ "id": event.id, "kind": event.kind, "session": event.session, "created": event.created }))
        .collect();
    Json(json!({
        "sessions": control.sessions(),
        "payments": control.payments(),
        "refunds": control.refunds(),
        "disputes": control.disputes(),
        "events": events,
    }))
}

async fn requests(State(control): State<StripeControl>) -> Json<Value> {
    Json(json!({ "requests": control.requests() }))
}
