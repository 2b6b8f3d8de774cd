use super::{
    answer::{Call, answer},
    control::SslcommerzMode,
    desk::Desk,
    fields,
    lookup::{connected, turned_away, unconnected},
    refund,
    sign::{Form, read, value},
    world::{Attempt, Session, World},
};
use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// The path of queries and refunds.
pub(super) const PATH: &str = "/validator/api/merchantTransIDvalidationAPI.php";

type Act = fn(&Desk, &Form, SslcommerzMode) -> Value;

/// `GET /validator/api/merchantTransIDvalidationAPI.php`, which serves four purposes by what is
/// asked with.
pub(super) async fn ask(State(desk): State<Arc<Desk>>, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let text = format!("GET {PATH}?{query}");
    let form = read(query.as_bytes());
    let given = |name| !value(&form, name).is_empty();
    let (call, act): (Call, Act) = if given("refund_ref_id") {
        (Call::RefundQuery, refund::query)
    } else if given("bank_tran_id") || given("refund_amount") {
        (Call::Refund, refund::initiate)
    } else if given("sessionkey") {
        (Call::Query, by_session)
    } else {
        (Call::Query, by_tran_id)
    };
    answer(&desk, call, &text, |mode| {
        turned_away(&desk, &form, mode).unwrap_or_else(|| act(&desk, &form, mode))
    })
    .await
}

/// One object: the payment, or the last attempt, or `PENDING` before the first.
fn by_session(desk: &Desk, form: &Form, mode: SslcommerzMode) -> Value {
    let key = value(form, "sessionkey");
    let world = desk.world();
    let Some(session) = world.sessions.iter().find(|session| session.key == key) else {
        return json!({ "status": "INVALID_TRANSACTION", "sessionkey": key, "APIConnect": "DONE" });
    };
    let paid = world.attempts_of(session).find(|attempt| attempt.status.paid());
    let mut object = match paid.or_else(|| world.attempts_of(session).next_back()) {
        Some(attempt) => told(attempt, mode),
        None => fields::pending(session),
    };
    object.insert("sessionkey".to_owned(), json!(key));
    connected(object)
}

/// All attempts with this `tran_id`, and each of its sessions that nobody has tried to pay.
fn by_tran_id(desk: &Desk, form: &Form, mode: SslcommerzMode) -> Value {
    let tran_id = value(form, "tran_id");
    if tran_id.is_empty() {
        return unconnected("INVALID_REQUEST");
    }
    let world = desk.world();
    let elements: Vec<Value> = world
        .sessions
        .iter()
        .filter(|session| session.order.tran_id == tran_id)
        .flat_map(|session| elements(&world, session, mode))
        .collect();
    json!({ "APIConnect": "DONE", "no_of_trans_found": elements.len(), "element": elements })
}

fn elements(world: &World, session: &Session, mode: SslcommerzMode) -> Vec<Value> {
    let attempts: Vec<Value> =
        world.attempts_of(session).map(|attempt| Value::Object(told(attempt, mode))).collect();
    if attempts.is_empty() { vec![Value::Object(fields::pending(session))] } else { attempts }
}

fn told(attempt: &Attempt, mode: SslcommerzMode) -> Map<String, Value> {
    let price = &attempt.session.order.price;
    if mode == SslcommerzMode::WrongAmount {
        fields::answer(attempt, &price.short_by_one())
    } else {
        fields::answer(attempt, price)
    }
}
