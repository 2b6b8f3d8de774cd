//! One run of one job: the handler in a task of its own, then its outcome into the store.

use super::{Shared, fetch::Held};
use crate::handlers::{self, JobError};
use galley_store::{ClaimedJob, Finish, Finished, JobFailure, Outcome};
use std::{sync::Arc, time::Duration};
use tokio::time::timeout;

/// The first pause before an outcome that could not be written is tried again; doubles up to
/// [`FINISH_PAUSE_MAX`].
const FINISH_PAUSE: Duration = Duration::from_millis(50);
/// The longest such pause.
const FINISH_PAUSE_MAX: Duration = Duration::from_secs(1);
/// The longest a run may take that is not about content.
const SHORT_TIMEOUT: Duration = Duration::from_mins(2);

pub(super) async fn run(shared: Arc<Shared>, held: Held) {
    let Held { job, life, slot } = held;
    let limit = if job.kind.is_content() { shared.config.content_timeout } else { SHORT_TIMEOUT };
    let mut work = tokio::spawn(handlers::handle(Arc::clone(&shared), job.clone()));
    let outcome = tokio::select! {
        ended = timeout(limit, &mut work) => Some(match ended {
            Ok(Ok(Ok(outcome))) => outcome,
            Ok(Ok(Err(error))) => failed(&shared, &job, error),
            Ok(Err(broken)) => failed(&shared, &job, JobError::broken(&broken)),
            Err(_) => failed(&shared, &job, JobError::timed_out(limit)),
        }),
        // The job belongs to somebody else: nothing that we write would count.
        () = life.over.cancelled() => None,
        () = shared.hand_back.cancelled() => Some(Outcome::HandedBack),
    };
    work.abort();
    if let Some(outcome) = outcome {
        tokio::select! {
            () = finish(&shared, &job, outcome) => {}
            () = life.over.cancelled() => {}
        }
    }
    shared.process.let_go(job.id);
    drop(slot);
}

fn failed(shared: &Shared, job: &ClaimedJob, error: JobError) -> Outcome {
    let retry_in = if error.discard {
        None
    } else {
        let jitter = rand::random::<f64>();
        job.kind.retry_policy().pause_after(job.attempt, shared.config.retry_scale, jitter, error.retry_after)
    };
    tracing::warn!(
        job.id = %job.id, job.kind = %job.kind, job.attempt, error = error.detail,
        "A run of job {} failed", job.id
    );
    let JobError { detail, public_reason, fault, seen, .. } = error;
    Outcome::Failed(JobFailure { error: detail, public_reason, fault, seen, retry_in })
}

/// Writes the outcome, however long the database is away: the work is done, and doing it again
/// would cost another call of the AI service. If the answer to a commit was lost, trying again
/// finds the token spent, and that is the end of it.
///
/// An outcome that the database refuses for good fails the run with that reason.
async fn finish(shared: &Shared, job: &ClaimedJob, outcome: Outcome) {
    let mut pause = FINISH_PAUSE;
    let mut finish = Finish { job: job.clone(), outcome };
    let mut refused = false;
    loop {
        match shared.store.finish(finish.clone()).await {
            Ok(Finished::Lost) => {
                tracing::info!(job.id = %job.id, "The result of job {} came too late and was refused", job.id);
                return;
            }
            Ok(finished) => {
                tracing::debug!(job.id = %job.id, ?finished, "Job {} ended", job.id);
                return;
            }
            Err(error) if error.is_unavailable() => {
                tracing::debug!(%error, job.id = %job.id, "The outcome of job {} waits for the database", job.id);
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(FINISH_PAUSE_MAX);
            }
            Err(error) => {
                tracing::error!(%error, job.id = %job.id, "The outcome of job {} could not be written", job.id);
                if refused {
                    return;
                }
                refused = true;
                finish.outcome = failed(shared, job, JobError::unwritable(&error));
            }
        }
    }
}
