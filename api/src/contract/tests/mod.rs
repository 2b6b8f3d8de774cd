//! The document, the router, the files that are checked in and real answers agree.

mod answers;
mod originals;
mod routes;

use super::{ERRORS_FILE, OPENAPI_FILE, errors_json, openapi_json};
use serde_json::Value;
use std::{collections::BTreeSet, fs};

const RENEW: &str = "cargo run -- contract --write frontend-contract";

fn document() -> Value {
    serde_json::from_str(&openapi_json().unwrap()).unwrap()
}

/// What a `$ref` points to.
fn resolved<'a>(document: &'a Value, reference: &str) -> &'a Value {
    let pointer = reference.strip_prefix('#').expect("a reference within the document");
    document.pointer(pointer).unwrap_or_else(|| panic!("{reference} leads nowhere"))
}

#[test]
fn what_is_checked_in_is_fresh() {
    for (name, made) in [(OPENAPI_FILE, openapi_json().unwrap()), (ERRORS_FILE, errors_json().unwrap())] {
        let path = format!("{}/../frontend-contract/{name}", env!("CARGO_MANIFEST_DIR"));
        let kept = fs::read_to_string(&path).unwrap_or_default();
        assert!(kept == made, "frontend-contract/{name} is stale; renew it with `{RENEW}`");
    }
}

#[test]
fn every_reference_leads_somewhere() {
    fn walk(document: &Value, part: &Value) {
        match part {
            Value::Object(fields) => {
                if let Some(Value::String(reference)) = fields.get("$ref") {
                    resolved(document, reference);
                }
                fields.values().for_each(|part| walk(document, part));
            }
            Value::Array(parts) => parts.iter().for_each(|part| walk(document, part)),
            _ => {}
        }
    }
    let document = document();
    walk(&document, &document);
}

#[test]
fn every_code_is_in_the_schema_in_the_table_and_in_the_response_of_its_status() {
    let document = document();
    let table: Value = serde_json::from_str(&errors_json().unwrap()).unwrap();
    let table = table.as_object().unwrap();
    let schema = resolved(&document, "#/components/schemas/ErrorCode")["enum"].as_array().unwrap();
    let in_schema: BTreeSet<&str> = schema.iter().filter_map(Value::as_str).collect();
    let in_table: BTreeSet<&str> = table.keys().map(String::as_str).collect();
    assert_eq!(in_schema, in_table);
    let responses = document["components"]["responses"].as_object().unwrap();
    for code in in_table {
        let told = responses.values().filter(|response| {
            response["description"].as_str().is_some_and(|about| about.contains(&format!("`{code}`")))
        });
        assert_eq!(told.count(), 1, "{code}");
    }
}
