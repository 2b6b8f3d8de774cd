use super::{
    action::{WordpressAction, WordpressActionError},
    desk::Desk,
    post::{WordpressPost, WordpressStatus},
    world::Writing,
};
use crate::fault::Fault;
use serde::{Deserialize, Serialize};
use std::{fmt, sync::Arc};

/// How the site behaves. A mode hits REST and pages alike, unless it says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WordpressMode {
    /// As it should; with `latencyMs`, late.
    Ok,
    /// REST only: the application password is not known any more (401).
    Unauthorized,
    /// REST only: the user may not write posts (403).
    Forbidden,
    /// 429 with `Retry-After`.
    RateLimited,
    /// 500, and nothing was done.
    #[serde(rename = "status_500")]
    Status500,
    /// 503 with `Retry-After`: "Briefly unavailable for scheduled maintenance."
    Down,
    /// Takes the request, does nothing, and never answers.
    Hang,
    /// Closes the connection without an answer, and nothing was done.
    Reset,
    /// Does what was asked, then closes the connection without an answer.
    LostAnswer,
    /// Does what was asked, and answers 200 with a page of HTML.
    Garbage,
    /// REST only: there is no REST here (404).
    NoRest,
    /// Sends every request to another host.
    Moved,
    /// Writing only: comments are taken out of the text.
    StripComments,
    /// Writing only: links are taken out of the text.
    StripLinks,
    /// Pages only: links are shown as plain words.
    HideLinks,
    /// Pages only: links are shown without `rel`.
    HideRel,
    /// Pages only: the article is shown twice.
    Twice,
}

/// What happened so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WordpressCounters {
    /// Requests to REST, whatever became of them.
    pub calls: u64,
    /// Of these, those that were to create or change a post.
    pub writes: u64,
    /// Requests for pages.
    pub pages: u64,
}

/// The switch of a site, the hands of its people, and the view of its posts; clones work the same
/// one.
#[derive(Clone)]
pub struct WordpressControl {
    desk: Arc<Desk>,
}

impl fmt::Debug for WordpressControl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WordpressControl").field("faults", &self.faults()).finish_non_exhaustive()
    }
}

impl WordpressControl {
    pub(super) fn new(desk: Arc<Desk>) -> Self {
        Self { desk }
    }

    /// Arms a fault; it replaces the one with the same `match`, which is compared with
    /// `METHOD /path?query body`.
    pub fn set(&self, fault: Fault<WordpressMode>) {
        self.desk.armed.set(fault);
    }

    /// Disarms everything; counters and posts stay.
    pub fn reset(&self) {
        self.desk.armed.clear();
    }

    /// The faults that are armed.
    pub fn faults(&self) -> Vec<Fault<WordpressMode>> {
        self.desk.armed.list()
    }

    /// What happened so far.
    pub fn counters(&self) -> WordpressCounters {
        *self.desk.counters.borrow()
    }

    /// Waits until the counters are as wanted.
    pub async fn counters_reach(&self, wanted: impl Fn(&WordpressCounters) -> bool) {
        // The sender lives in `self`, so waiting cannot fail.
        let _ = self.desk.counters.subscribe().wait_for(|counters| wanted(counters)).await;
    }

    /// Every post, oldest first.
    pub fn posts(&self) -> Vec<WordpressPost> {
        self.desk.world().posts.clone()
    }

    /// Does what `POST /_control/actions` asks for.
    pub fn act(&self, action: WordpressAction) -> Result<(), WordpressActionError> {
        let now = self.desk.now();
        let mut world = self.desk.world();
        let unknown = |id: u64| WordpressActionError::UnknownPost(id);
        match action {
            WordpressAction::Edit { target } => {
                let content = world.find(target).ok_or_else(|| unknown(target))?.content.clone();
                let content = format!("<p>One of us added this.</p>\n{content}");
                let writing = Writing { content: Some(content), ..Writing::default() };
                world.update(target, writing, now);
            }
            WordpressAction::Trash { target } => {
                let post = world.find_mut(target).ok_or_else(|| unknown(target))?;
                post.status = WordpressStatus::Trash;
                post.slug.push_str("__trashed");
            }
            WordpressAction::Untrash { target } => {
                let post = world.find_mut(target).ok_or_else(|| unknown(target))?;
                post.status = WordpressStatus::Publish;
                post.slug = post.slug.trim_end_matches("__trashed").to_owned();
            }
            WordpressAction::Delete { target } => {
                world.find(target).ok_or_else(|| unknown(target))?;
                world.posts.retain(|post| post.id != target);
            }
            WordpressAction::Write { slug } => {
                world.create(
                    Writing {
                        slug: Some(slug),
                        title: Some("Ours".to_owned()),
                        content: Some("<p>Written here.</p>".to_owned()),
                        status: Some(WordpressStatus::Publish),
                    },
                    now,
                );
            }
        }
        Ok(())
    }
}
