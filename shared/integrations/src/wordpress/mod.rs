//! A WordPress site that shows copies of the shop's articles, over its REST interface
//! (<https://developer.wordpress.org/rest-api/reference/posts/>) with an application password.
//!
//! WordPress has no idempotency keys, so each copy carries a mark, a comment at its end, by which a
//! post is found again whose creation was never answered. It has no conditional writes either: what
//! somebody changes between our look at a post and our writing it is overwritten, and kept among
//! its revisions there.
//!
//! What WordPress keeps may differ from what it was sent (`kses`, plugins), so copies are compared
//! with what it answered when it was written, or by what a reader sees of them.

mod answer;
mod api;
mod content;
mod public;
mod reading;

#[cfg(test)]
mod tests;

use crate::{
    secret::Secret,
    site::{ArticleCopy, RemoteArticle, RemoteSite, SiteError},
};
use answer::{Post, Status};
use api::Api;
use async_trait::async_trait;
use galley_domain::brief::OrderedLink;
use public::Visitor;
use serde_json::json;
use std::time::Duration;
use url::Url;

/// Which site, and as whom we write there.
#[derive(Clone, Debug)]
pub struct WordpressConfig {
    /// The site's address: what stands before `/wp-json/`.
    pub url: Url,
    /// The user's login.
    pub user: String,
    /// One of their application passwords, with or without its gaps; not the one they log in with.
    pub app_password: Secret,
    /// Longest wait for a whole answer.
    pub timeout: Duration,
}

/// Why a client can't be built.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum WordpressSetupError {
    /// The address is neither http nor https.
    #[error("the address of the WordPress site must start with http:// or https://")]
    NotHttp,
    /// A password in an address ends up in logs.
    #[error("the address of the WordPress site must not hold a user name or a password")]
    HoldsCredentials,
    /// One of the two is empty, or the user's name can't be sent.
    #[error("WordPress needs a user's name, without a colon, and an application password")]
    NoCredentials,
    /// TLS could not be set up.
    #[error("the HTTP client for WordPress can't be built: {0}")]
    Client(String),
}

/// The client of one site: two pools of connections, one of which knows no password.
#[derive(Clone, Debug)]
pub struct WordpressSite {
    api: Api,
    visitor: Visitor,
}

impl WordpressSite {
    /// Builds the client; nothing is sent yet.
    pub fn new(config: WordpressConfig) -> Result<Self, WordpressSetupError> {
        if !matches!(config.url.scheme(), "http" | "https") {
            return Err(WordpressSetupError::NotHttp);
        }
        if !config.url.username().is_empty() || config.url.password().is_some() {
            return Err(WordpressSetupError::HoldsCredentials);
        }
        if config.user.is_empty() || config.user.contains(':') || config.app_password.is_empty() {
            return Err(WordpressSetupError::NoCredentials);
        }
        Ok(Self { visitor: Visitor::new(&config)?, api: Api::new(config)? })
    }

    /// The name under which we are known there, once it lets us in and lets us publish.
    pub async fn account(&self) -> Result<String, SiteError> {
        let me = self.api.me().await?;
        let may =
            |right: &str| me.pointer(&format!("/capabilities/{right}")).and_then(serde_json::Value::as_bool);
        if may("publish_posts") == Some(false) {
            let detail = "the user may not publish posts; it takes the role Author or higher".to_owned();
            return Err(SiteError::Refused { detail });
        }
        Ok(answer::text(&me, "name").or_else(|| answer::text(&me, "username")).unwrap_or_default())
    }

    /// The post that we know of, as long as it is what we left there or what we are about to write.
    async fn known(&self, id: &str, hash: &str, copy: &ArticleCopy<'_>) -> Result<Post, SiteError> {
        let post = self.api.get(id).await?;
        if post.status == Status::Trash {
            return Err(SiteError::Gone { detail: format!("the post {id} is in the trash") });
        }
        if post.hash() == hash || content::same(&post.raw, copy.html) {
            return Ok(post);
        }
        Err(SiteError::Changed { found: post.found().ok_or_else(no_address)? })
    }

    /// A post that an earlier call made and never heard of.
    ///
    /// Looked for under the slug first: that asks the database, while a search may be answered by a
    /// plugin that has not indexed it yet. A slug that was taken has a number behind it, and then
    /// only the mark finds it.
    async fn find(&self, copy: &ArticleCopy<'_>) -> Result<Option<Post>, SiteError> {
        let mark = content::mark(copy.article);
        for (name, value) in [("slug", copy.slug), ("search", mark.as_str())] {
            let mut posts = self.api.list(name, value).await?;
            // Some hosts strip comments; then the text itself tells that it is ours.
            posts.retain(|post| post.raw.contains(&mark) || content::same(&post.raw, copy.html));
            posts.sort_by_key(|post| (post.status != Status::Publish, post.id));
            if !posts.is_empty() {
                return Ok(Some(posts.remove(0)));
            }
        }
        Ok(None)
    }
}

fn no_address() -> SiteError {
    SiteError::Refused { detail: "it gives the post no public address".to_owned() }
}

#[async_trait]
impl RemoteSite for WordpressSite {
    async fn upsert(&self, copy: &ArticleCopy<'_>) -> Result<RemoteArticle, SiteError> {
        let there = match copy.known {
            Some(known) => Some(self.known(known.id, known.hash, copy).await?),
            None => self.find(copy).await?,
        };
        let content = content::written(copy.article, copy.html);
        let title = content::escaped(copy.title);
        let post = match there {
            Some(post) if post.is_public_as(&content, copy) => post,
            // The slug stays: the address is known to others by now.
            Some(post) => {
                let writing = json!({ "title": title, "content": content, "status": "publish" });
                self.api.update(post.id, &writing).await?
            }
            None => {
                let slug = copy.slug;
                let writing =
                    json!({ "slug": slug, "title": title, "content": content, "status": "publish" });
                self.api.create(&writing).await?
            }
        };
        if post.status != Status::Publish {
            let detail = "it keeps the post as a draft; may the user publish posts?".to_owned();
            return Err(SiteError::Refused { detail });
        }
        post.found().ok_or_else(no_address)
    }

    async fn verify(&self, article: &RemoteArticle, link: &OrderedLink) -> Result<(), SiteError> {
        let (html, base) = self.visitor.page(article).await?;
        public::check(&html, &base, link).map_err(|detail| SiteError::LinkMissing { detail })
    }
}
