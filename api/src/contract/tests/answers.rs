//! Real answers, as the end-to-end tests saw them, fit the schemas.

use super::{document, resolved};
use serde_json::{Value, json};
use std::{collections::BTreeSet, fs};

/// How `value` breaks `schema`: the keywords that our document uses, and no property but those told.
fn faults(document: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        return faults(document, resolved(document, reference), value, at);
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let tried: Vec<_> = choices.iter().map(|choice| faults(document, choice, value, at)).collect();
        return tried.into_iter().min_by_key(Vec::len).unwrap_or_default();
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let kinds = schema["type"].as_array().cloned().unwrap_or_else(|| vec![schema["type"].clone()]);
    if !kinds.contains(&json!(kind)) {
        return vec![format!("{at} is a {kind}, told are {kinds:?}")];
    }
    let mut found = Vec::new();
    if schema["enum"].as_array().is_some_and(|names| !names.contains(value)) {
        found.push(format!("{at}: {value} is none of {}", schema["enum"]));
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        found.extend(faults(document, &schema["items"], item, &format!("{at}[{index}]")));
    }
    for (name, item) in value.as_object().into_iter().flatten() {
        match schema["properties"].get(name) {
            Some(schema) => found.extend(faults(document, schema, item, &format!("{at}.{name}"))),
            None => found.push(format!("{at}.{name} is not told")),
        }
    }
    let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    for name in required.filter(|name| value.is_object() && value.get(name).is_none()) {
        found.push(format!("{at}.{name} is missing"));
    }
    found
}

fn assert_fits(schema: &str, value: &Value) {
    let document = document();
    let reference = format!("#/components/schemas/{schema}");
    let found = faults(&document, resolved(&document, &reference), value, schema);
    assert!(found.is_empty(), "{found:#?}");
}

fn snapshot(name: &str) -> Value {
    let path = format!("{}/../tests/e2e/snapshots/e2e__{name}.snap", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let (_, json) = text.strip_prefix("---\n").unwrap().split_once("\n---\n").unwrap();
    serde_json::from_str(json).unwrap()
}

#[test]
fn statuses_fit() {
    for name in ["article", "backlink"] {
        assert_fits("Status", &snapshot(&format!("main_path__{name}_status")));
    }
}

#[test]
fn lists_of_versions_fit() {
    assert_fits("Success_VersionList", &snapshot("main_path__article_versions"));
}

/// Each has a status that its code has in the table, too.
#[test]
fn errors_fit() {
    let table: Value = serde_json::from_str(&super::errors_json().unwrap()).unwrap();
    let mut codes = BTreeSet::new();
    for name in ["unsigned", "store_down", "wrong_requests"] {
        for answer in snapshot(&format!("bad_input__{name}")).as_object().unwrap().values() {
            assert_fits("Failure", &answer["body"]);
            let code = answer["body"]["error"]["code"].as_str().unwrap().to_owned();
            assert_eq!(answer["status"], table[&code], "{code}");
            codes.insert(code);
        }
    }
    assert!(codes.len() >= 5, "{codes:?}");
}

#[test]
fn what_does_not_fit_is_found() {
    let mut status = snapshot("main_path__article_status");
    let fields = status.as_object_mut().unwrap();
    fields.remove("queue");
    fields.insert("status".to_owned(), json!("LOST"));
    fields.insert("onHold".to_owned(), json!("no"));
    fields.insert("secret".to_owned(), json!(1));
    let document = document();
    let schema = resolved(&document, "#/components/schemas/Status");
    assert_eq!(faults(&document, schema, &status, "").len(), 4);
}
