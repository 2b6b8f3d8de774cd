//! What each kind of job does.
//!
//! A handler reads what it needs, calls its neighbour, and returns an [`Outcome`]; the store writes
//! it under the job's fencing token, so a run that is cut off leaves nothing half-done. Those that
//! ask a payment gateway write down its answer themselves: it is true whoever holds the job by then,
//! and each of these writes can be done twice.

mod article;
mod backlink;
mod checkout_create;
mod draft;
mod email;
mod error;
mod gateway;
mod payment_event;
mod payment_refetch;
mod publication;
mod refund;

#[cfg(test)]
mod tests;

pub(crate) use error::JobError;

use crate::runtime::Shared;
use galley_domain::{id::OrderId, job::JobKind};
use galley_integrations::{ai::AiClient, gateway::Gateways, mail::Mailer, site::RemoteSite};
use galley_store::{ClaimedJob, Outcome, StoreError};
use publication::Outlet;
use std::{future::Future, sync::Arc, time::Duration};
use url::Url;

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
    /// Take money, and give it back.
    pub gateways: Gateways,
    /// The address of our own pages.
    pub public_url: Url,
    /// Another site that shows copies of articles.
    pub site: Option<Arc<dyn RemoteSite>>,
}

impl Neighbours {
    fn outlet(&self) -> Outlet<'_> {
        Outlet { public_url: &self.public_url, site: self.site.as_deref() }
    }
}

/// The pause before a read is tried again that the database could not answer.
const READ_PAUSE: Duration = Duration::from_millis(250);

pub(crate) async fn handle(shared: Arc<Shared>, job: ClaimedJob) -> Result<Outcome, JobError> {
    let (store, gateways) = (&shared.store, &shared.neighbours.gateways);
    match job.kind {
        JobKind::ArticleGeneration => article::write(&shared, order_of(&job)?).await,
        JobKind::BacklinkIntegration => backlink::place(&shared, order_of(&job)?).await,
        JobKind::BacklinkRevision => article::revise(&shared, order_of(&job)?).await,
        JobKind::EmailDelivery => email::deliver(&shared, &job).await,
        JobKind::PaymentEvent => payment_event::work_again(&shared, &job).await,
        JobKind::CheckoutCreate => checkout_create::make(store, gateways, &job).await,
        JobKind::PaymentRefetch => payment_refetch::look(store, gateways, &job).await,
        JobKind::Refund => refund::give_back(store, gateways, &job).await,
        JobKind::Publication => publication::publish(store, shared.neighbours.outlet(), &job).await,
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
