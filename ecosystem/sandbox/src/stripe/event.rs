use serde_json::{Map, Value, json};

/// The API version that the events name.
pub const API_VERSION: &str = "2026-09-30.endive";

/// What an envelope says about the event in it.
pub(super) struct Envelope<'a> {
    pub(super) id: &'a str,
    pub(super) kind: &'a str,
    pub(super) created: i64,
    pub(super) livemode: bool,
}

impl Envelope<'_> {
    pub(super) fn around(&self, object: Value, previous_attributes: Option<Value>) -> Value {
        let mut data = Map::from_iter([("object".to_owned(), object)]);
        data.extend(previous_attributes.map(|previous| ("previous_attributes".to_owned(), previous)));
        json!({
            "id": self.id,
            "object": "event",
            "api_version": API_VERSION,
            "created": self.created,
            "data": data,
            "livemode": self.livemode,
            "pending_webhooks": 1,
            "request": { "id": null, "idempotency_key": null },
            "type": self.kind,
        })
    }
}

/// Reads one of the object templates that lie beside this file.
pub(super) fn template(text: &str) -> Value {
    serde_json::from_str(text).expect("the templates are checked by the tests of this crate")
}
