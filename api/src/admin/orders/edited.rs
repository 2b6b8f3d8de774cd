//! An editor's own text: cleaned, checked, and put in the place of the version that was edited.

use crate::{Api, envelope::ApiError, json::readable};
use galley_content::{
    backlink::{Insertion, by_hand},
    finished::FinishedText,
    markdown::{ANSWER_MAX_BYTES, clean_answer, plain_text},
    quality::{Nearest, Subject, review},
    similarity::{Sketch, jaccard_percent},
};
use galley_domain::{
    actor::Actor,
    brief::{ProductKind, TOPIC_MAX_CHARS},
    id::OrderId,
    quality::{QualityReport, Verdict},
};
use galley_store::{NewVersion, Provenance, StoreError, VersionView, Work};
use std::collections::HashSet;

/// Most versions of other orders that an edited text is compared with, newest first.
const COMPARED_MAX: i64 = 5_000;
/// An estimate below this cannot hide a similarity worth a word, in percent.
const ESTIMATE_MIN_PERCENT: u32 = 8;

/// What an editor made of a version.
#[derive(Debug)]
pub(crate) struct Edit {
    /// The version that was edited.
    pub(crate) version: i32,
    /// The text's own heading if `None`.
    pub(crate) title: Option<String>,
    pub(crate) content: String,
    /// Publishes it though a check fails.
    pub(crate) despite_checks: bool,
}

/// Why an edit was not taken.
#[derive(Debug)]
pub(crate) enum EditError {
    /// A field is wrong: its name, and what would be right.
    Field(&'static str, String),
    /// A check fails.
    Checks(Box<QualityReport>),
    Other(ApiError),
}

impl From<StoreError> for EditError {
    fn from(error: StoreError) -> Self {
        Self::Other(error.into())
    }
}

/// Checks the text, makes it the newest version and approves it.
///
/// It is compared with the newest texts of the shop, not with all of them: those that wrote the version
/// before have compared it with the rest.
pub(crate) async fn edit_and_approve(
    api: &Api,
    id: OrderId,
    edit: Edit,
    actor: Actor,
) -> Result<(), EditError> {
    let title = title(edit.title.as_deref())?;
    if edit.content.trim().is_empty() || edit.content.len() > ANSWER_MAX_BYTES {
        return Err(EditError::Field("content", "Give the whole text, up to 512 KiB of it.".to_owned()));
    }
    let edited = api.store.find_version(id, edit.version).await?.ok_or(StoreError::NotFound("version"))?;
    let work = api.store.work(id).await?;
    let backlink = work.brief.product == ProductKind::Backlink;
    if backlink && title.as_ref().is_some_and(|title| *title != edited.title) {
        let message = "Of a backlink only the paragraph with the link may be changed, not the title.";
        return Err(EditError::Field("title", message.to_owned()));
    }
    let others = if backlink { Vec::new() } else { api.store.latest_sketches(id, COMPARED_MAX).await? };
    let base = edited.insertion.as_ref().and_then(|insertion| insertion.base()).or_else(|| work.base.clone());
    let content = edit.content;
    // Long texts take a moment; the other requests of this thread do not wait for it.
    let (draft, work) = blocking(move || Ok((Draft::new(&content, base, &work, &others)?, work))).await?;
    let near = match &draft.candidate {
        Some((other, _)) => api.store.order_view(*other).await?.and_then(|view| view.version),
        None => None,
    };
    let text = blocking(move || Ok(draft.finish(&work, near))).await?;
    if text.report.verdict == Verdict::Fail && !edit.despite_checks {
        return Err(EditError::Checks(Box::new(text.report)));
    }
    let heading = if backlink { edited.title } else { text.title.clone() };
    let text = FinishedText { title: title.unwrap_or(heading), ..text };
    let version = NewVersion::of(text, Provenance::default());
    api.store.edit_and_approve(id, edit.version, version, actor).await?;
    Ok(())
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, EditError> + Send + 'static,
) -> Result<T, EditError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| EditError::Other(ApiError::internal(error)))?
}

fn title(given: Option<&str>) -> Result<Option<String>, EditError> {
    let title = given.map(readable).filter(|title| !title.is_empty());
    if title.as_ref().is_some_and(|title| title.chars().count() > TOPIC_MAX_CHARS || title.contains('\n')) {
        let message = format!("Give a title of up to {TOPIC_MAX_CHARS} characters, in one line.");
        return Err(EditError::Field("title", message));
    }
    Ok(title)
}

/// A text on its way to being judged.
struct Draft {
    source: String,
    insertion: Option<Insertion>,
    plain: String,
    sketch: Sketch,
    /// The order whose text seems nearest, and that text's title.
    candidate: Option<(OrderId, String)>,
}

impl Draft {
    fn new(
        content: &str,
        base: Option<String>,
        work: &Work,
        others: &[(OrderId, String, Vec<u8>)],
    ) -> Result<Self, EditError> {
        let (source, insertion) = match (work.brief.product, &work.brief.link, base) {
            (ProductKind::Article, ..) => (clean_answer(content), None),
            (ProductKind::Backlink, Some(link), Some(base)) => {
                let insertion = by_hand(&base, content, link)
                    .map_err(|error| EditError::Field("content", format!("This cannot be kept: {error}.")))?;
                (insertion.text.clone(), Some(insertion))
            }
            (ProductKind::Backlink, ..) => {
                let message = "The order has no article that could be compared with this.".to_owned();
                return Err(EditError::Field("content", message));
            }
        };
        let plain = plain_text(&source);
        let sketch = Sketch::of(&plain);
        let candidate = nearest(&sketch, others);
        Ok(Self { source, insertion, plain, sketch, candidate })
    }

    /// A sketch only estimates: the verdict is by the texts themselves.
    fn finish(self, work: &Work, near: Option<VersionView>) -> FinishedText {
        let nearest = self.candidate.zip(near).map(|((_, title), near)| Nearest {
            title,
            percent: jaccard_percent(&self.plain, &plain_text(&near.source)),
        });
        let report = review(&Subject {
            brief: &work.brief,
            settings: &work.quality,
            markdown: &self.source,
            nearest,
            insertion: self.insertion.as_ref(),
        });
        FinishedText::new(&work.brief, &work.sold, self.source, report, self.insertion, &self.sketch)
    }
}

/// The newest text of each order counts.
fn nearest(sketch: &Sketch, others: &[(OrderId, String, Vec<u8>)]) -> Option<(OrderId, String)> {
    let mut seen = HashSet::new();
    let newest = others.iter().filter(|(order, ..)| seen.insert(order.0));
    let likeness = |bytes: &[u8]| Sketch::from_bytes(bytes).map_or(0, |other| sketch.percent(&other));
    let (order, title, percent) = newest
        .map(|(order, title, bytes)| (*order, title, likeness(bytes)))
        .max_by_key(|(.., percent)| *percent)?;
    (percent >= ESTIMATE_MIN_PERCENT).then(|| (order, title.clone()))
}
