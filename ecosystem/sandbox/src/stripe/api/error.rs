use crate::stripe::world::StripeRefusal;
use serde_json::{Map, Value, json};

/// An error in Stripe's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ApiError {
    pub(super) status: u16,
    kind: &'static str,
    code: Option<&'static str>,
    message: String,
    param: Option<String>,
    /// Whether it is kept under the idempotency key: work on the request had begun.
    pub(super) is_kept: bool,
}

impl ApiError {
    pub(super) fn new(status: u16, kind: &'static str, message: impl Into<String>) -> Self {
        Self { status, kind, code: None, message: message.into(), param: None, is_kept: false }
    }

    /// The request itself is wrong.
    pub(super) fn invalid(message: impl Into<String>, param: impl Into<String>) -> Self {
        Self { param: Some(param.into()), ..Self::new(400, "invalid_request_error", message) }
    }

    pub(super) fn missing(param: &str) -> Self {
        Self::invalid(format!("Missing required param: {param}."), param).code("parameter_missing")
    }

    pub(super) fn unknown(param: &str) -> Self {
        Self::invalid(format!("Received unknown parameter: {param}"), param).code("parameter_unknown")
    }

    pub(super) fn unheard_of(method: &str, path: &str) -> Self {
        let message = format!(
            "Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs or we can \
             help at https://support.stripe.com/."
        );
        Self::new(404, "invalid_request_error", message)
    }

    #[must_use]
    pub(super) fn code(self, code: &'static str) -> Self {
        Self { code: Some(code), ..self }
    }

    /// The same, but kept under the idempotency key.
    #[must_use]
    pub(super) fn kept(self) -> Self {
        Self { is_kept: true, ..self }
    }

    /// The refusal is about what a parameter names, not about what the path names.
    #[must_use]
    pub(super) fn about(self, param: &str) -> Self {
        let status = if self.status == 404 { 400 } else { self.status };
        Self { status, param: Some(param.to_owned()), ..self }
    }

    /// The envelope, JSON.
    pub(super) fn text(&self, request_id: &str, livemode: bool, now: i64) -> String {
        let mut error = Map::new();
        if let Some(code) = self.code {
            error.insert("code".to_owned(), json!(code));
            let page = code.replace('_', "-");
            error.insert("doc_url".to_owned(), json!(format!("https://stripe.com/docs/error-codes/{page}")));
        }
        error.insert("message".to_owned(), json!(self.message));
        if let Some(param) = &self.param {
            error.insert("param".to_owned(), json!(param));
        }
        if self.status != 401 {
            let place = if livemode { "logs" } else { "test/logs" };
            let url = format!("https://dashboard.stripe.com/{place}/{request_id}?t={now}");
            error.insert("request_log_url".to_owned(), json!(url));
        }
        error.insert("type".to_owned(), json!(self.kind));
        json!({ "error": Value::Object(error) }).to_string()
    }
}

impl From<StripeRefusal> for ApiError {
    fn from(refusal: StripeRefusal) -> Self {
        let (status, code, param) = match &refusal {
            StripeRefusal::NoSuch { kind, .. } => (404, Some("resource_missing"), Some(*kind)),
            StripeRefusal::AlreadyRefunded { .. } => (400, Some("charge_already_refunded"), None),
            StripeRefusal::Disputed { .. } => (400, Some("charge_disputed"), None),
            StripeRefusal::MoreThanLeft { .. } => (400, None, Some("amount")),
            StripeRefusal::NotOpen { .. }
            | StripeRefusal::WrongMoney { .. }
            | StripeRefusal::NotCharged { .. }
            | StripeRefusal::Over { .. }
            | StripeRefusal::NoSuchStatus(_) => (400, None, None),
        };
        let param = param.map(|param| if param == "checkout.session" { "session" } else { param });
        Self {
            status,
            kind: "invalid_request_error",
            code,
            message: refusal.to_string(),
            param: param.map(str::to_owned),
            is_kept: true,
        }
    }
}
