//! What another site can be asked on which the shop's articles appear.

use async_trait::async_trait;
use galley_domain::{brief::OrderedLink, id::ArticleId};
use std::{fmt, time::Duration};
use url::Url;

/// A site that shows copies of the shop's articles.
///
/// Everything may be asked twice: an answer can get lost, and the process can die before it wrote
/// one down.
#[async_trait]
pub trait RemoteSite: fmt::Debug + Send + Sync {
    /// Makes the article's copy, public, or brings it up to date.
    ///
    /// Without a `known` copy it looks for one that an earlier call made, by the article's mark, and
    /// takes that over. A known copy is changed only while its content is what `known.hash` says, or
    /// is already what is to be written: else [`SiteError::Changed`], and nothing is written.
    async fn upsert(&self, copy: &ArticleCopy<'_>) -> Result<RemoteArticle, SiteError>;

    /// Reads the public page of the copy, as anybody sees it: the link must be there exactly once,
    /// with its words and its `rel`; else [`SiteError::LinkMissing`].
    async fn verify(&self, article: &RemoteArticle, link: &OrderedLink) -> Result<(), SiteError>;
}

/// What an article's copy shall be.
#[derive(Clone, Copy, Debug)]
pub struct ArticleCopy<'a> {
    /// The article; the copy carries it as its mark.
    pub article: ArticleId,
    /// The name in the address that we would like; the site may choose another one.
    pub slug: &'a str,
    /// The title, plain text.
    pub title: &'a str,
    /// Safe HTML without the title.
    pub html: &'a str,
    /// The copy as we know it; `None` if we know of none.
    pub known: Option<KnownCopy<'a>>,
}

/// A copy as we left it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownCopy<'a> {
    /// The site's id of it.
    pub id: &'a str,
    /// The SHA-256 of its content, in hex, as the site kept it.
    pub hash: &'a str,
}

/// A copy as the site has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteArticle {
    /// The site's id of it.
    pub id: String,
    /// Its public address.
    pub url: Url,
    /// The SHA-256 of its content, in hex, as the site kept it: it may have cleaned what we sent.
    pub hash: String,
}

/// Why a copy is not as it shall be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SiteError {
    /// Not reached, busy, or no answer in time. Asking again is right.
    #[error("the site did not do it: {detail}")]
    Unavailable {
        /// For operators, without secrets.
        detail: String,
        /// What it asks us to wait.
        after: Option<Duration>,
    },
    /// It says no, and will say so again: credentials, rights, a request that it does not take.
    #[error("the site refused: {detail}")]
    Refused {
        /// For operators, without secrets.
        detail: String,
    },
    /// The copy that we knew is deleted, or in the trash.
    #[error("the copy on the site is gone: {detail}")]
    Gone {
        /// For operators, without secrets.
        detail: String,
    },
    /// Somebody changed the copy since we wrote it. Nothing was overwritten.
    #[error("the copy on the site was changed by somebody else")]
    Changed {
        /// The copy as it is there now.
        found: RemoteArticle,
    },
    /// The public page does not show the link as it was ordered.
    #[error("the public page does not show the link as ordered: {detail}")]
    LinkMissing {
        /// What is there instead.
        detail: String,
    },
}

impl SiteError {
    /// What it asks us to wait.
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Unavailable { after, .. } => *after,
            _ => None,
        }
    }
}
