//! Asking a gateway how a checkout stands, for the sake of an event that only said "look".

use super::{JobError, gateway, id_in, read};
use galley_domain::{id::PaymentEventId, payment::Gateway};
use galley_integrations::gateway::{GatewayError, Gateways};
use galley_store::{ClaimedJob, Outcome, Store};

/// The gateway's answer is the truth, and settling it twice is no harm; so it is written before the
/// job ends, whoever holds the job by then.
pub(super) async fn look(store: &Store, gateways: &Gateways, job: &ClaimedJob) -> Result<Outcome, JobError> {
    let event: PaymentEventId = id_in(job, "paymentEventId")?;
    let named: Gateway = id_in(job, "gateway")?;
    let external_id: String = id_in(job, "externalId")?;
    let detail = job.payload.get("detail").and_then(|detail| detail.as_str());
    let answer = gateway::find(gateways, named)?.fetch(&external_id, detail).await;
    fail::fail_point!("refetch.after-gateway");
    let observations = match answer {
        Ok(observations) => observations,
        Err(GatewayError::Refused { detail }) => {
            tracing::warn!(payment_event.id = %event, detail, "The gateway does not know what event {event} is about");
            Vec::new()
        }
        Err(error) => return Err(JobError::gateway(&error)),
    };
    for received in read(|| store.observe(observations.clone())).await? {
        received.map_err(|error| JobError::store(&error))?;
    }
    read(|| store.event_looked_into(event)).await?;
    Ok(Outcome::Done)
}
