use super::{
    action::{SslcommerzAction, SslcommerzActionError},
    control::{SslcommerzControl, SslcommerzIpnPlan, SslcommerzMode},
    desk::Desk,
};
use crate::fault::Fault;
use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// The body of `POST /_control` that is not a fault: `{"ipn":{"copies":2}}`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IpnBody {
    ipn: SslcommerzIpnPlan,
}

fn shown(control: &SslcommerzControl) -> Response {
    Json(json!({
        "faults": control.faults(),
        "ipn": control.ipn_plan(),
        "counters": control.counters(),
    }))
    .into_response()
}

pub(super) async fn show(State(desk): State<Arc<Desk>>) -> Response {
    shown(&SslcommerzControl::new(desk))
}

pub(super) async fn set(State(desk): State<Arc<Desk>>, Json(body): Json<Value>) -> Response {
    let control = SslcommerzControl::new(desk);
    // An untagged enum would do the same, but could not say what is wrong.
    let done = if body.get("ipn").is_some() {
        serde_json::from_value::<IpnBody>(body).map(|body| control.set_ipn_plan(body.ipn))
    } else {
        serde_json::from_value::<Fault<SslcommerzMode>>(body).map(|fault| control.set(fault))
    };
    match done {
        Ok(()) => shown(&control),
        Err(error) => refused(StatusCode::UNPROCESSABLE_ENTITY, &error.to_string()),
    }
}

pub(super) async fn reset(State(desk): State<Arc<Desk>>) -> Response {
    let control = SslcommerzControl::new(desk);
    control.reset();
    shown(&control)
}

pub(super) async fn world(State(desk): State<Arc<Desk>>) -> Response {
    Json(SslcommerzControl::new(desk).world()).into_response()
}

pub(super) async fn act(State(desk): State<Arc<Desk>>, Json(action): Json<SslcommerzAction>) -> Response {
    let control = SslcommerzControl::new(desk);
    match control.act(action).await {
        Ok(()) => Json(control.world()).into_response(),
        Err(error) => {
            let status = match error {
                SslcommerzActionError::UnknownSession(_) | SslcommerzActionError::UnknownRefund(_) => {
                    StatusCode::NOT_FOUND
                }
                SslcommerzActionError::AlreadyPaid(_) | SslcommerzActionError::RefundOver(_) => {
                    StatusCode::CONFLICT
                }
            };
            refused(status, &error.to_string())
        }
    }
}

fn refused(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({ "error": message }))).into_response()
}
