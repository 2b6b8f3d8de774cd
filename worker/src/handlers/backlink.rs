//! Placing a link into an existing article, changing one paragraph and nothing else.

use super::{
    JobError,
    draft::{Draft, REPAIRS_MAX},
    read,
};
use crate::runtime::Shared;
use galley_content::{
    backlink::{Insertion, insert},
    prompts,
};
use galley_domain::{
    id::OrderId,
    quality::{QualityReport, Verdict},
};
use galley_store::{Outcome, Provenance, Work};

/// Places the ordered link.
pub(super) async fn place(shared: &Shared, order: OrderId) -> Result<Outcome, JobError> {
    let work = read(|| shared.store.work(order)).await?;
    place_again(shared, work, None).await
}

/// Places it into the article as it was before the order, as the notes ask.
pub(super) async fn place_again(
    shared: &Shared,
    mut work: Work,
    notes: Option<String>,
) -> Result<Outcome, JobError> {
    let base = work.base.clone().ok_or_else(|| JobError::discarded("the order has no article to change"))?;
    if let Some(notes) = notes {
        let before = work.brief.notes.take().map(|before| format!("{before}\n\n")).unwrap_or_default();
        work.brief.notes = Some(before + &notes);
    }
    let prompt = prompts::backlink(&work.brief, &base);
    let mut draft = Draft::new(shared, work, Provenance::default());
    let mut answer = draft.ask(&prompt).await?;
    let mut repairs_left = REPAIRS_MAX;
    let mut anew = true;
    loop {
        let problem = match attempt(&draft, &base, &answer).await? {
            Ok((insertion, report)) => {
                let sketch = galley_content::similarity::Sketch::of("");
                return Ok(draft.finish(insertion.text.clone(), report, Some(insertion), &sketch));
            }
            Err(problem) => problem,
        };
        answer = if repairs_left > 0 {
            repairs_left -= 1;
            draft.ask(&prompts::backlink_repair(&draft.work.brief, &base, &answer, &problem)).await?
        } else if anew {
            anew = false;
            draft.ask(&prompt).await?
        } else {
            return Err(JobError::insertion(&problem));
        };
    }
}

/// Puts one answer into the article: the insertion and its report, or what is wrong with it.
async fn attempt(
    draft: &Draft<'_>,
    base: &str,
    answer: &str,
) -> Result<Result<(Insertion, QualityReport), String>, JobError> {
    let Some(link) = draft.work.brief.link.as_ref() else {
        return Err(JobError::discarded("the brief has no link to place"));
    };
    let insertion = match insert(base, answer, link) {
        Ok(insertion) => insertion,
        Err(error) => return Ok(Err(error.to_string())),
    };
    let (report, _) = draft.judge(&insertion.text, Some(&insertion)).await?;
    if report.verdict == Verdict::Fail {
        let failed: Vec<String> =
            report.failed().map(|check| format!("{}: {}", check.title, check.measured)).collect();
        return Ok(Err(failed.join("; ")));
    }
    Ok(Ok((insertion, report)))
}
