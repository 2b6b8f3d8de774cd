//! Asking the AI service, and keeping account of what it cost.

use super::JobError;
use crate::{handlers::read, runtime::Shared};
use galley_content::{
    backlink::Insertion,
    finished::FinishedText,
    markdown::{ANSWER_MAX_BYTES, clean_answer, plain_text},
    prompts::Prompt,
    quality::{Subject, review},
    similarity::Sketch,
};
use galley_domain::quality::QualityReport;
use galley_store::{NewVersion, Outcome, Provenance, Work};

/// How often a text that fails its checks is repaired before it is written anew.
pub(super) const REPAIRS_MAX: u32 = 2;

/// The work on one version.
pub(super) struct Draft<'a> {
    shared: &'a Shared,
    pub(super) work: Work,
    provenance: Provenance,
}

impl<'a> Draft<'a> {
    pub(super) const fn new(shared: &'a Shared, work: Work, provenance: Provenance) -> Self {
        Self { shared, work, provenance }
    }

    /// One call of the AI service; its answer, cleaned of everything that is no Markdown.
    pub(super) async fn ask(&mut self, prompt: &Prompt) -> Result<String, JobError> {
        if self.provenance.prompt_hash.is_empty() {
            self.provenance.prompt_hash = prompt.hash();
        }
        let completion = self
            .shared
            .neighbours
            .ai
            .complete(&prompt.system, &prompt.user)
            .await
            .map_err(|error| JobError::ai(&error))?;
        let unsigned = |count: i64| u64::try_from(count).unwrap_or(0);
        let account = &mut self.provenance;
        account.calls += 1;
        account.model = completion.model;
        account.prompt_tokens += completion.prompt_tokens.map_or(0, unsigned);
        account.completion_tokens += completion.completion_tokens.map_or(0, unsigned);
        account.duration_ms += unsigned(completion.duration_ms);
        account.cost_micros = match (account.cost_micros, completion.cost_micros) {
            (Some(so_far), Some(more)) => Some(so_far + more),
            (so_far, more) => so_far.or(more),
        };
        if completion.text.len() > ANSWER_MAX_BYTES {
            return Err(JobError::too_long());
        }
        Ok(clean_answer(&completion.text))
    }

    /// Judges a text; for a backlink with the proof of what was changed.
    pub(super) async fn judge(
        &self,
        source: &str,
        insertion: Option<&Insertion>,
    ) -> Result<(QualityReport, Sketch), JobError> {
        let plain = plain_text(source);
        let sketch = Sketch::of(&plain);
        // A backlink's text is that of an article the shop has already: of course it is like it.
        let nearest = if insertion.is_some() {
            None
        } else {
            let (store, order) = (&self.shared.store, self.work.order_id);
            read(|| self.shared.similarity.nearest(store, order, &plain, &sketch)).await?
        };
        let report = review(&Subject {
            brief: &self.work.brief,
            settings: &self.work.quality,
            markdown: source,
            nearest,
            insertion,
        });
        Ok((report, sketch))
    }

    /// The version that the order gets.
    pub(super) fn finish(
        self,
        source: String,
        report: QualityReport,
        insertion: Option<Insertion>,
        sketch: &Sketch,
    ) -> Outcome {
        let Work { brief, sold, .. } = &self.work;
        let text = FinishedText::new(brief, sold, source, report, insertion, sketch);
        Outcome::Content(Box::new(NewVersion::of(text, self.provenance)))
    }
}
