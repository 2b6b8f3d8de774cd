use super::{
    auth::admit,
    error::ApiError,
    form::Form,
    idempotency::{Answer, Held, Turn},
    route::Route,
};
use crate::stripe::{
    bend::bend,
    control::{Kind, StripeMode, StripeRequest, Visit},
    server::{Line, Till},
};
use axum::{
    body::to_bytes,
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::Value;
use std::{sync::Arc, time::Duration};

/// Largest request, in bytes.
const REQUEST_MAX_BYTES: usize = 1024 * 1024;
/// How long [`StripeMode::Slow`] takes when nothing else was said.
const SLOW: Duration = Duration::from_secs(2);

const SERVER_ERROR: &str = "An unknown error occurred";
const UNAVAILABLE: &str = "Stripe is temporarily unavailable. Please try again.";
const TOO_MANY: &str = "Request rate limit exceeded. Learn more about rate limits here \
     https://stripe.com/docs/rate-limits.";

/// A request that has been read.
struct Call {
    id: String,
    method: Method,
    path: String,
    query: Form,
    form: Form,
    headers: HeaderMap,
    key: Option<String>,
}

/// Every request below `/v1`.
pub(in crate::stripe) async fn answer(
    State(till): State<Till>,
    ConnectInfo(line): ConnectInfo<Line>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, REQUEST_MAX_BYTES).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let body = String::from_utf8_lossy(&body).into_owned();
    let (path, query) = (parts.uri.path(), parts.uri.query().unwrap_or_default());
    let key = parts.headers.get("idempotency-key").and_then(|key| key.to_str().ok()).map(str::to_owned);
    let call = Call {
        id: till.control.world(|world| world.request_ids.id("req_")),
        method: parts.method.clone(),
        path: path.to_owned(),
        query: Form::read(query),
        form: Form::read(&body),
        headers: parts.headers.clone(),
        key,
    };
    let noted = StripeRequest {
        number: 0,
        mode: StripeMode::Ok,
        method: call.method.to_string(),
        path: call.path.clone(),
        query: query.to_owned(),
        idempotency_key: call.key.clone(),
        form: call.form.clone().into_fields(),
    };
    let key = call.key.as_deref().unwrap_or_default();
    let text = format!("{} {} {body} {key}", call.method, parts.uri);
    let kind = Route::of(&call.method, &call.path).map_or(Kind::Other, Route::kind);
    let visit = till.control.take(kind, noted, &text);
    // Cutting off what hangs lets the server stop.
    let answered = till.stop.run_until_cancelled(respond(&till, &line, &call, &visit)).await;
    answered.unwrap_or_else(|| call.error(&till, &ApiError::new(503, "api_error", UNAVAILABLE)))
}

async fn respond(till: &Till, line: &Line, call: &Call, visit: &Visit) -> Response {
    let mode = visit.fault.mode;
    let pause = visit.fault.pause();
    let pause = if mode == StripeMode::Slow && pause.is_zero() { SLOW } else { pause };
    match mode {
        StripeMode::Reset | StripeMode::Down => {
            tokio::time::sleep(pause).await;
            return line.cut();
        }
        StripeMode::Hang => return std::future::pending().await,
        StripeMode::Status503 => {
            tokio::time::sleep(pause).await;
            return call.error(till, &ApiError::new(503, "api_error", UNAVAILABLE));
        }
        StripeMode::RateLimited | StripeMode::RateLimitedNoRetry => {
            tokio::time::sleep(pause).await;
            return call.too_many(till, visit);
        }
        _ => {}
    }
    let (response, held) = call.execute(till, mode);
    // The key stays in use until the answer is out.
    tokio::time::sleep(pause).await;
    drop(held);
    if mode == StripeMode::LostAnswer { line.cut() } else { response }
}

impl Call {
    /// Does what is asked, at most once for each idempotency key.
    fn execute(&self, till: &Till, mode: StripeMode) -> (Response, Option<Held>) {
        if let Err(error) = admit(&self.headers, &till.options.secret_key) {
            till.control.tally().refused();
            return (self.error(till, &error), None);
        }
        let Some(route) = Route::of(&self.method, &self.path) else {
            return (self.error(till, &ApiError::unheard_of(self.method.as_str(), &self.path)), None);
        };
        let held = match self.key.as_ref().filter(|_| self.method == Method::POST) {
            None => None,
            Some(key) => match till.keys.take(key, &self.path, self.form.sorted()) {
                Err(error) => return (self.error(till, &error), None),
                Ok(Turn::First(held)) => Some(held),
                Ok(Turn::Again(first)) => {
                    till.control.tally().replayed();
                    return (self.replay(&first, mode), None);
                }
            },
        };
        let outcome = match mode {
            StripeMode::Stored500 => Err(broken()),
            StripeMode::Stored500After => {
                // Whatever came of it, nobody is told.
                let _ = route.run(&till.control, &till.options, &self.query, &self.form, mode);
                Err(broken())
            }
            _ => route.run(&till.control, &till.options, &self.query, &self.form, mode),
        };
        let (status, body, is_kept) = match outcome {
            Ok(body) => (200, body, true),
            Err(error) => (error.status, self.error_text(till, &error), error.is_kept),
        };
        let answer = Answer { status, body: Arc::from(body), request_id: self.id.clone() };
        if let Some(held) = held.as_ref().filter(|_| is_kept) {
            held.keep(answer.clone());
        }
        (self.response(status, &answer.body, mode), held)
    }

    fn error_text(&self, till: &Till, error: &ApiError) -> String {
        error.text(&self.id, till.options.livemode, (till.options.now)().timestamp())
    }

    fn error(&self, till: &Till, error: &ApiError) -> Response {
        self.response(error.status, &self.error_text(till, error), StripeMode::Ok)
    }

    fn too_many(&self, till: &Till, visit: &Visit) -> Response {
        let error = ApiError::new(429, "invalid_request_error", TOO_MANY).code("rate_limit");
        let mut response = self.error(till, &error);
        let headers = response.headers_mut();
        headers.insert(header::RETRY_AFTER, HeaderValue::from(visit.fault.retry_after_seconds));
        headers.insert("stripe-rate-limited-reason", HeaderValue::from_static("global-rate"));
        if visit.fault.mode == StripeMode::RateLimitedNoRetry {
            headers.insert("stripe-should-retry", HeaderValue::from_static("false"));
        }
        response
    }

    fn replay(&self, first: &Answer, mode: StripeMode) -> Response {
        let mut response = self.response(first.status, &first.body, mode);
        let headers = response.headers_mut();
        headers.insert("idempotent-replayed", HeaderValue::from_static("true"));
        insert(headers, "original-request", &first.request_id);
        response
    }

    fn response(&self, status: u16, body: &str, mode: StripeMode) -> Response {
        let text = match mode {
            StripeMode::Garbage => "<html>502 Bad Gateway</html>".to_owned(),
            mode if status == 200 && mode.bends() => bent(body, mode),
            _ => body.to_owned(),
        };
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let status = if mode == StripeMode::Garbage { StatusCode::OK } else { status };
        let mut response = (status, text).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert("stripe-version", HeaderValue::from_static(crate::stripe::API_VERSION));
        insert(headers, "request-id", &self.id);
        if let Some(key) = &self.key {
            insert(headers, "idempotency-key", key);
            insert(headers, "original-request", &self.id);
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"Stripe\""));
        }
        response
    }
}

fn bent(body: &str, mode: StripeMode) -> String {
    let mut value = serde_json::from_str::<Value>(body).unwrap_or_default();
    bend(&mut value, mode);
    value.to_string()
}

/// The 500 that is kept and given again.
fn broken() -> ApiError {
    ApiError::new(500, "api_error", SERVER_ERROR).kept()
}

fn insert(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
