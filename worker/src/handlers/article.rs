//! Writing an article, and revising it.

use super::{
    JobError, backlink,
    draft::{Draft, REPAIRS_MAX},
    read,
};
use crate::runtime::Shared;
use galley_content::prompts::{self, Prompt};
use galley_domain::{brief::ProductKind, id::OrderId, quality::Verdict};
use galley_store::{Outcome, Provenance};

/// Writes the article that was ordered.
pub(super) async fn write(shared: &Shared, order: OrderId) -> Result<Outcome, JobError> {
    let work = read(|| shared.store.work(order)).await?;
    let prompt = prompts::article(&work.brief);
    until_good(Draft::new(shared, work, Provenance::default()), prompt).await
}

/// Makes a new version of the current one, as the notes ask.
pub(super) async fn revise(shared: &Shared, order: OrderId) -> Result<Outcome, JobError> {
    let work = read(|| shared.store.work(order)).await?;
    match (work.brief.product, &work.current, &work.notes) {
        (ProductKind::Backlink, _, notes) => {
            let notes = notes.clone();
            backlink::place_again(shared, work, notes).await
        }
        (ProductKind::Article, Some(current), Some(notes)) => {
            let prompt = prompts::revision(&work.brief, current, notes);
            until_good(Draft::new(shared, work, Provenance::default()), prompt).await
        }
        (ProductKind::Article, _, _) => Err(JobError::discarded("there is nothing to revise, or no notes")),
    }
}

/// Asks, has what failed repaired, then asks once more from the start.
async fn until_good(mut draft: Draft<'_>, prompt: Prompt) -> Result<Outcome, JobError> {
    let mut source = draft.ask(&prompt).await?;
    let mut repairs_left = REPAIRS_MAX;
    let mut anew = true;
    loop {
        let (report, sketch) = draft.judge(&source, None).await?;
        if report.verdict != Verdict::Fail {
            return Ok(draft.finish(source, report, None, &sketch));
        }
        source = if repairs_left > 0 {
            repairs_left -= 1;
            let failed: Vec<_> = report.failed().collect();
            draft.ask(&prompts::repair(&draft.work.brief, &source, &failed)).await?
        } else if anew {
            anew = false;
            draft.ask(&prompt).await?
        } else {
            return Err(JobError::quality(&report));
        };
    }
}
