//! What every GET has in common: the credentials, and how they are refused.

use super::{control::SslcommerzMode, desk::Desk};
use serde_json::{Map, Value, json};

/// The answer to a GET that does not get as far as the books, if this is one.
pub(super) fn turned_away(desk: &Desk, form: &[(String, String)], mode: SslcommerzMode) -> Option<Value> {
    match mode {
        SslcommerzMode::Inactive => Some(unconnected("INACTIVE")),
        SslcommerzMode::Failed => Some(unconnected("FAILED")),
        _ if !desk.admits(form) => Some(unconnected("FAILED")),
        _ => None,
    }
}

/// An answer that says only why there is none.
pub(super) fn unconnected(why: &str) -> Value {
    json!({ "APIConnect": why })
}

/// An answer from the books.
pub(super) fn connected(mut object: Map<String, Value>) -> Value {
    object.insert("APIConnect".to_owned(), json!("DONE"));
    Value::Object(object)
}
