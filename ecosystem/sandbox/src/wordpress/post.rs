use super::render;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use serde_json::{Value, json};

/// Where a post stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum WordpressStatus {
    /// Everybody sees it.
    Publish,
    /// Only its authors see it.
    Draft,
    /// In the bin, from which it can be taken out again.
    Trash,
}

impl WordpressStatus {
    pub(super) fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "publish" => Self::Publish,
            "draft" => Self::Draft,
            "trash" => Self::Trash,
            _ => return None,
        })
    }
}

/// A post, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WordpressPost {
    /// The site's number for it.
    pub id: u64,
    /// The last part of its address.
    pub slug: String,
    /// Its title.
    pub title: String,
    /// Its text, as its authors see it.
    pub content: String,
    /// Where it stands.
    pub status: WordpressStatus,
    /// When it was last written.
    pub modified_at: DateTime<Utc>,
    /// How often it was written, the first time too.
    pub writes: u32,
}

impl WordpressPost {
    /// Its public address.
    pub(super) fn link(&self, base_url: &str) -> String {
        format!("{base_url}/{}/", self.slug)
    }

    /// What `context=edit` or `context=view` shows; much of what the real one says is left out.
    pub(super) fn shown(&self, base_url: &str, edit: bool) -> Value {
        let modified = self.modified_at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let modified = modified.trim_end_matches('Z');
        let mut title = json!({ "rendered": render::texturize(&self.title) });
        let mut content = json!({ "rendered": render::content(&self.content), "protected": false });
        if edit {
            title["raw"] = json!(self.title);
            content["raw"] = json!(self.content);
            content["block_version"] = json!(1);
        }
        json!({
            "id": self.id,
            "date": modified,
            "date_gmt": modified,
            "guid": { "rendered": format!("{base_url}/?p={}", self.id) },
            "modified": modified,
            "modified_gmt": modified,
            "slug": self.slug,
            "status": self.status,
            "type": "post",
            "link": self.link(base_url),
            "title": title,
            "content": content,
            "excerpt": { "rendered": "", "protected": false },
            "author": 1,
            "featured_media": 0,
            "comment_status": "open",
            "sticky": false,
            "template": "",
            "format": "standard",
            "meta": [],
            "categories": [1],
            "tags": [],
            "_links": { "self": [{ "href": format!("{base_url}/wp-json/wp/v2/posts/{}", self.id) }] },
        })
    }
}
