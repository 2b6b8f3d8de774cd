//! What each kind of job does.
//!
//! A handler reads what it needs, calls its neighbour, and returns an [`Outcome`]; the store writes
//! it under the job's fencing token. A handler never writes anything itself, so a run that is cut
//! off leaves nothing half-done.

mod article;
mod backlink;
mod draft;
mod email;
mod error;
mod payment_event;

pub(crate) use error::JobError;

use crate::runtime::Shared;
use galley_domain::{id::OrderId, job::JobKind};
use galley_integrations::{ai::AiClient, mail::Mailer};
use galley_store::{ClaimedJob, Outcome, StoreError};
use std::{future::Future, sync::Arc, time::Duration};

/// The services that jobs call.
#[derive(Debug)]
pub struct Neighbours {
    /// Writes.
    pub ai: AiClient,
    /// Sends.
    pub mailer: Mailer,
    /// The right-hand side of our Message-IDs.
    pub mail_domain: String,
    /// Whether our Stripe key is for real money.
    pub stripe_livemode: bool,
}

/// The pause before a read is tried again that the database could not answer.
const READ_PAUSE: Duration = Duration::from_millis(250);

pub(crate) async fn handle(shared: Arc<Shared>, job: ClaimedJob) -> Result<Outcome, JobError> {
    match job.kind {
        JobKind::ArticleGeneration => article::write(&shared, order_of(&job)?).await,
        JobKind::BacklinkIntegration => backlink::place(&shared, order_of(&job)?).await,
        JobKind::BacklinkRevision => article::revise(&shared, order_of(&job)?).await,
        JobKind::EmailDelivery => email::deliver(&shared, &job).await,
        JobKind::PaymentEvent => payment_event::work_again(&shared, &job).await,
        JobKind::Publication => Err(JobError::discarded("this build has no handler for publications")),
    }
}

fn order_of(job: &ClaimedJob) -> Result<OrderId, JobError> {
    job.order_id.ok_or_else(|| JobError::discarded("the job names no order"))
}

/// The id under `name` in a job's payload.
fn id_in<T: std::str::FromStr>(job: &ClaimedJob, name: &str) -> Result<T, JobError> {
    let id = job.payload.get(name).and_then(|id| id.as_str()?.parse().ok());
    id.ok_or_else(|| JobError::discarded(&format!("the job's payload has no `{name}`")))
}

/// Reads, and waits for the database where it is away: that is no failure of the job.
async fn read<T, F: Future<Output = Result<T, StoreError>>>(ask: impl Fn() -> F) -> Result<T, JobError> {
    loop {
        match ask().await {
            Ok(answer) => return Ok(answer),
            Err(error) if error.is_unavailable() => tokio::time::sleep(READ_PAUSE).await,
            Err(error) => return Err(JobError::store(&error)),
        }
    }
}
