//! The `OpenAI` wire format, as far as it is used.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};

/// What a client asks for.
#[derive(Debug, Deserialize)]
pub(super) struct Ask {
    #[serde(default)]
    pub(super) model: Option<String>,
    pub(super) messages: Vec<Message>,
    #[serde(default)]
    pub(super) stream: Option<bool>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Message {
    pub(super) role: String,
    #[serde(default)]
    pub(super) content: Content,
}

/// A text, or a list of parts of which some are texts.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Content {
    Text(String),
    Parts(Vec<Part>),
    Nothing(()),
}

impl Default for Content {
    fn default() -> Self {
        Self::Nothing(())
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Part {
    #[serde(default)]
    text: String,
}

impl Content {
    pub(super) fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Parts(parts) => parts.iter().map(|part| part.text.as_str()).collect::<Vec<_>>().join("\n"),
            Self::Nothing(()) => String::new(),
        }
    }
}

impl Ask {
    /// The last thing that the user said.
    pub(super) fn last_word(&self) -> String {
        let last = self.messages.iter().rev().find(|message| message.role == "user");
        last.map(|message| message.content.text()).unwrap_or_default()
    }

    fn prompt_tokens(&self) -> u64 {
        self.messages.iter().map(|message| tokens(&message.content.text()) + 4).sum()
    }
}

/// About four characters a token, as with English and the usual tokenizers.
fn tokens(text: &str) -> u64 {
    u64::try_from(text.chars().count().div_ceil(4)).unwrap_or(u64::MAX)
}

/// The answer with `content` in it.
pub(super) fn completion(ask: &Ask, model: &str, number: u64, created: i64, content: &str) -> Value {
    let (prompt, written) = (ask.prompt_tokens(), tokens(content));
    json!({
        "id": format!("chatcmpl-sandbox{number:08}"),
        "object": "chat.completion",
        "created": created,
        "model": ask.model.as_deref().unwrap_or(model),
        "choices": [{
            "index": 0,
            "message": { "role": "assistant", "content": content, "refusal": null },
            "logprobs": null,
            "finish_reason": "stop",
        }],
        "usage": { "prompt_tokens": prompt, "completion_tokens": written, "total_tokens": prompt + written },
        "system_fingerprint": "fp_sandbox",
    })
}

/// An error dressed as one of `OpenAI`.
pub(super) fn refusal(status: StatusCode, kind: &str, code: &str, message: &str) -> Response {
    let error = json!({ "error": { "message": message, "type": kind, "param": null, "code": code } });
    (status, Json(error)).into_response()
}
