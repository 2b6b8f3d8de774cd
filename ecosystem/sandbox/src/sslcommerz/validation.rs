use super::{
    answer::{Call, answer},
    control::SslcommerzMode,
    desk::Desk,
    draw, fields,
    lookup::{connected, turned_away, unconnected},
    sign::{read, value},
    view::SslcommerzStatus,
};
use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use serde_json::{Value, json};
use std::sync::Arc;

/// The path of the validation.
pub(super) const PATH: &str = "/validator/api/validationserverAPI.php";

/// `GET /validator/api/validationserverAPI.php`: the first answer about a payment is `VALID`, each
/// later one `VALIDATED`.
pub(super) async fn validate(State(desk): State<Arc<Desk>>, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let text = format!("GET {PATH}?{query}");
    answer(&desk, Call::Validation, &text, |mode| act(&desk, &query, mode)).await
}

fn act(desk: &Desk, query: &str, mode: SslcommerzMode) -> Value {
    let form = read(query.as_bytes());
    if let Some(away) = turned_away(desk, &form, mode) {
        return away;
    }
    let val_id = value(&form, "val_id");
    if val_id.is_empty() {
        return unconnected("INVALID_REQUEST");
    }
    let now = desk.now();
    let mut world = desk.world();
    let found = world.attempts.iter_mut().find(|attempt| attempt.val_id.as_deref() == Some(val_id));
    let Some(attempt) = found else {
        return json!({ "status": "INVALID_TRANSACTION", "val_id": val_id, "APIConnect": "DONE" });
    };
    let price = &attempt.session.order.price;
    let price = if mode == SslcommerzMode::WrongAmount { price.short_by_one() } else { price.clone() };
    let mut object = fields::answer(attempt, &price);
    object.insert("gw_version".to_owned(), json!("4"));
    object.insert("validated_on".to_owned(), json!(draw::date(attempt.validated.unwrap_or(now))));
    attempt.status = SslcommerzStatus::Validated;
    attempt.validated.get_or_insert(now);
    connected(object)
}
