//! Another site in memory, which keeps copies of articles as a blog would.

use async_trait::async_trait;
use galley_domain::{brief::OrderedLink, id::ArticleId};
use galley_integrations::site::{ArticleCopy, RemoteArticle, RemoteSite, SiteError};
use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard},
};

/// A copy of an article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Post {
    pub(crate) article: ArticleId,
    pub(crate) title: String,
    pub(crate) html: String,
}

/// Posts are numbered from 1; the hash of one is its HTML.
#[derive(Debug, Default)]
pub(crate) struct Blog {
    posts: Mutex<Vec<Option<Post>>>,
    /// What becomes of the next calls; those that fail with an answer lost have done it all the same.
    fates: Mutex<VecDeque<Fate>>,
    /// Its pages show no links.
    strips_links: bool,
}

/// What becomes of one call.
#[derive(Clone, Debug)]
pub(crate) enum Fate {
    Fail(SiteError),
    /// It is written, but nobody hears of it.
    LoseAnswer,
}

impl Blog {
    pub(crate) fn without_links() -> Self {
        Self { strips_links: true, ..Self::default() }
    }

    pub(crate) fn posts(&self) -> MutexGuard<'_, Vec<Option<Post>>> {
        self.posts.lock().unwrap()
    }

    /// What the next calls meet.
    pub(crate) fn meet(&self, fates: impl IntoIterator<Item = Fate>) {
        self.fates.lock().unwrap().extend(fates);
    }

    fn remote(number: usize, post: &Post) -> RemoteArticle {
        RemoteArticle {
            id: (number + 1).to_string(),
            url: format!("https://blog.example/{}", number + 1).parse().unwrap(),
            hash: post.html.clone(),
        }
    }
}

#[async_trait]
impl RemoteSite for Blog {
    async fn upsert(&self, copy: &ArticleCopy<'_>) -> Result<RemoteArticle, SiteError> {
        let fate = self.fates.lock().unwrap().pop_front();
        if let Some(Fate::Fail(error)) = fate {
            return Err(error);
        }
        let new = Post { article: copy.article, title: copy.title.to_owned(), html: copy.html.to_owned() };
        let mut posts = self.posts();
        let marked =
            posts.iter().position(|post| post.as_ref().is_some_and(|post| post.article == copy.article));
        let place = match copy.known {
            Some(known) => {
                let place = known.id.parse::<usize>().unwrap() - 1;
                let Some(there) = posts[place].clone() else {
                    return Err(SiteError::Gone { detail: "trashed".to_owned() });
                };
                if there.html != known.hash && there.html != new.html {
                    return Err(SiteError::Changed { found: Self::remote(place, &there) });
                }
                place
            }
            None => marked.unwrap_or_else(|| {
                posts.push(None);
                posts.len() - 1
            }),
        };
        posts[place] = Some(new.clone());
        match fate {
            Some(_) => Err(SiteError::Unavailable { detail: "no answer in time".to_owned(), after: None }),
            None => Ok(Self::remote(place, &new)),
        }
    }

    async fn verify(&self, article: &RemoteArticle, link: &OrderedLink) -> Result<(), SiteError> {
        let place = article.id.parse::<usize>().unwrap() - 1;
        let html = self.posts()[place].as_ref().map(|post| post.html.clone()).unwrap_or_default();
        let written =
            format!("<a href=\"{}\" rel=\"{}\">{}</a>", link.target_url, link.rel, link.anchor_text);
        match html.matches(&written).count() {
            1 if !self.strips_links => Ok(()),
            times => Err(SiteError::LinkMissing { detail: format!("it is there {times} times") }),
        }
    }
}
