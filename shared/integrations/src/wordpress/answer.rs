//! What WordPress answers, as far as we read it.

use super::{content, reading::Reading};
use crate::site::{ArticleCopy, RemoteArticle};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use url::Url;

/// Where a post stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Publish,
    Trash,
    /// A draft, one that waits for somebody or for its time, a private one.
    Other,
}

/// A post, as an editor sees it.
#[derive(Clone, Debug)]
pub(super) struct Post {
    pub(super) id: i64,
    pub(super) status: Status,
    /// Its text as it is kept.
    pub(super) raw: String,
    title: String,
    link: Option<Url>,
}

impl Post {
    /// Needs an id and the text; `None` if one is missing.
    pub(super) fn read(post: &Value) -> Option<Self> {
        let id = post.get("id")?;
        let link = text(post, "link").and_then(|link| Url::parse(&link).ok());
        Some(Self {
            id: id.as_i64().or_else(|| id.as_str()?.parse().ok())?,
            status: match text(post, "status").as_deref() {
                Some("publish") => Status::Publish,
                Some("trash") => Status::Trash,
                _ => Status::Other,
            },
            raw: post.pointer("/content/raw")?.as_str()?.to_owned(),
            title: post.pointer("/title/raw").and_then(Value::as_str).unwrap_or_default().to_owned(),
            link: link.filter(|link| matches!(link.scheme(), "http" | "https")),
        })
    }

    pub(super) fn hash(&self) -> String {
        hex::encode(Sha256::digest(self.raw.as_bytes()))
    }

    /// Whether everybody sees it already as it is to be; `content` is what would be sent.
    pub(super) fn is_public_as(&self, content: &str, copy: &ArticleCopy<'_>) -> bool {
        self.status == Status::Publish
            && (self.raw == content || content::same(&self.raw, copy.html))
            && Reading::of(&self.title) == Reading::of(&content::escaped(copy.title))
    }

    /// What we tell of it; `None` if it has no public address.
    pub(super) fn found(&self) -> Option<RemoteArticle> {
        Some(RemoteArticle { id: self.id.to_string(), url: self.link.clone()?, hash: self.hash() })
    }
}

/// A text that is not empty.
pub(super) fn text(object: &Value, name: &str) -> Option<String> {
    object.get(name)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// JSON, even behind the warnings and byte order marks that plugins print before it.
pub(super) fn json(body: &[u8]) -> Option<Value> {
    if let Ok(value) = serde_json::from_slice(body) {
        return Some(value);
    }
    let starts = body.iter().enumerate().filter(|(_, byte)| matches!(byte, b'{' | b'['));
    starts.take(GUESSES_MAX).find_map(|(at, _)| {
        let value: Value = serde_json::from_slice(&body[at..]).ok()?;
        // The last bracket of a warning would do, but an answer has something in it.
        let is_answer = value.get("id").or_else(|| value.get("code")).or_else(|| value.get(0)).is_some();
        (is_answer || value == Value::Array(Vec::new())).then_some(value)
    })
}

/// How many brackets are tried for the beginning of the JSON.
const GUESSES_MAX: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn json_is_found_behind_what_plugins_print() {
        assert_eq!(json(b"{\"id\":7}"), Some(json!({ "id": 7 })));
        assert_eq!(json(b"\xef\xbb\xbf[]"), Some(json!([])));
        assert_eq!(json(b"<br />\n<b>Warning</b>: a[0] in {x}\n{\"id\":7}"), Some(json!({ "id": 7 })));
        assert_eq!(json(b"<html>[ads]</html>"), None);
        assert_eq!(json(b""), None);
    }

    #[test]
    fn a_post_needs_an_id_and_its_text() {
        let post =
            json!({ "id": "12", "status": "pending", "content": { "raw": "x" }, "link": "javascript:x" });
        let post = Post::read(&post).unwrap();
        assert_eq!((post.id, post.status), (12, Status::Other));
        assert_eq!(post.found(), None);
        assert!(Post::read(&json!({ "id": 12, "content": { "rendered": "x" } })).is_none());
        assert!(Post::read(&json!([])).is_none());
    }
}
