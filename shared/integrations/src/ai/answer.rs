//! An answer of the AI service, as far as we read it.

use super::AiError;
use serde_json::Value;

/// The text of the first choice, and what it took.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) text: String,
    pub(super) model: Option<String>,
    pub(super) prompt_tokens: Option<i64>,
    pub(super) completion_tokens: Option<i64>,
}

/// Reads a body; of all that is in it only a text is needed.
///
/// A text that the service says it cut off for its length is no answer: an article without its
/// end could pass every check that counts words.
pub(super) fn read(body: &[u8]) -> Result<Answer, AiError> {
    let unreadable = |detail| AiError::Unreadable { detail };
    let body: Value = serde_json::from_slice(body).map_err(|_| unreadable("it is not JSON"))?;
    let choice = body.pointer("/choices/0").ok_or_else(|| unreadable("it has no choices"))?;
    let text = choice.pointer("/message/content").map(content).unwrap_or_default();
    if text.trim().is_empty() {
        return Err(unreadable("it has no text"));
    }
    if choice.get("finish_reason").and_then(Value::as_str) == Some("length") {
        return Err(unreadable("it was cut off at its greatest length"));
    }
    let tokens = |pointer| body.pointer(pointer).and_then(Value::as_i64).filter(|n| *n >= 0);
    Ok(Answer {
        text,
        model: body.get("model").and_then(Value::as_str).map(str::to_owned),
        prompt_tokens: tokens("/usage/prompt_tokens"),
        completion_tokens: tokens("/usage/completion_tokens"),
    })
}

/// A plain text or, as some services have it, the texts of a list of parts.
fn content(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            parts.iter().filter_map(|part| part.get("text").and_then(Value::as_str)).collect()
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(body: &Value) -> Result<Answer, AiError> {
        read(body.to_string().as_bytes())
    }

    #[test]
    fn only_the_text_is_needed() {
        let answer = of(&json!({ "choices": [{ "message": { "content": "# Tea" } }] })).unwrap();
        assert_eq!(answer.text, "# Tea");
        assert_eq!((answer.model, answer.prompt_tokens, answer.completion_tokens), (None, None, None));
    }

    #[test]
    fn parts_are_put_together() {
        let parts = json!([{ "type": "text", "text": "# Tea" }, { "type": "x" }, { "text": "\n\nHot." }]);
        let answer = of(&json!({ "choices": [{ "message": { "content": parts } }] })).unwrap();
        assert_eq!(answer.text, "# Tea\n\nHot.");
    }

    #[test]
    fn what_has_no_text_is_unreadable() {
        let bodies = [
            json!({}),
            json!([]),
            json!({ "choices": [] }),
            json!({ "choices": [{}] }),
            json!({ "choices": [{ "message": { "content": null } }] }),
            json!({ "choices": [{ "message": { "content": " \n" } }] }),
            json!({ "choices": [{ "message": { "content": [] } }] }),
            json!({ "choices": [{ "message": { "content": "# T" }, "finish_reason": "length" }] }),
            json!({ "error": { "message": "odd, with a 200" } }),
        ];
        for body in bodies {
            assert!(matches!(of(&body), Err(AiError::Unreadable { .. })), "{body}");
        }
        assert!(matches!(read(b"<html>"), Err(AiError::Unreadable { .. })));
    }
}
