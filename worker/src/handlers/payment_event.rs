//! Working again on a gateway event that could not be worked on when it came in.

use super::{JobError, id_in, read};
use crate::runtime::Shared;
use galley_domain::id::PaymentEventId;
use galley_integrations::stripe::inbound::interpret;
use galley_store::{ClaimedJob, Outcome};

pub(super) async fn work_again(shared: &Shared, job: &ClaimedJob) -> Result<Outcome, JobError> {
    let id: PaymentEventId = id_in(job, "paymentEventId")?;
    let Some(payload) = read(|| shared.store.find_failed_event(id)).await? else {
        return Ok(Outcome::Done);
    };
    let event = interpret(payload.as_bytes(), shared.neighbours.stripe_livemode);
    read(|| shared.store.rework_event(id, event.clone())).await?;
    Ok(Outcome::Done)
}
