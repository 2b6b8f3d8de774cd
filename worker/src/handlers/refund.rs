//! Having a gateway give money back, and asking how that stands.
//!
//! What the gateway says is a fact like those in its events: whichever comes first counts.

use super::{
    JobError,
    gateway::{self, KEY_LIFE, repeats_safely},
    id_in, read,
};
use galley_domain::{
    id::RefundId,
    payment::{RefundAnswer, RefundIntent, RefundState},
};
use galley_integrations::gateway::{GatewayError, Gateways, PaymentGateway};
use galley_store::{ClaimedJob, Outcome, Store};

pub(super) async fn give_back(
    store: &Store,
    gateways: &Gateways,
    job: &ClaimedJob,
) -> Result<Outcome, JobError> {
    let id: RefundId = id_in(job, "refundId")?;
    let Some(intent) = read(|| store.refund_intent(id)).await? else {
        return Ok(Outcome::Done);
    };
    let gateway = gateway::find(gateways, intent.gateway)?;
    let safe = repeats_safely(intent.gateway);
    // Under a key that the gateway has forgotten it would do again what an earlier run had it do.
    let forgotten = safe && store.clock().now() - intent.created_at > KEY_LIFE;
    let last = job.attempt >= job.max_attempts;
    let run = Run { store, gateway, intent, safe, last };
    match run.intent.state {
        RefundState::Requested if !forgotten => run.ask().await,
        RefundState::Pending => run.follow().await,
        _ => run.look().await,
    }
}

/// One run of a refund's job.
struct Run<'a> {
    store: &'a Store,
    gateway: &'a dyn PaymentGateway,
    intent: RefundIntent,
    /// Whether the gateway may be asked twice for the same.
    safe: bool,
    /// No run of this job follows before the reconciler takes it up again.
    last: bool,
}

impl Run<'_> {
    /// Nobody knows whether it was made, so the gateway is asked about it before it is asked for it.
    async fn look(self) -> Result<Outcome, JobError> {
        match self.gateway.find_refund(&self.intent).await {
            Ok(Some(answer)) => self.answered(&answer).await,
            Ok(None) if self.safe => self.ask().await,
            Ok(None) => self.left_to_staff("the gateway has no trace of it").await,
            Err(error) => self.untold(&error).await,
        }
    }

    /// It was taken on: how does it stand?
    async fn follow(self) -> Result<Outcome, JobError> {
        match self.gateway.find_refund(&self.intent).await {
            Ok(Some(answer)) if answer.state != self.intent.state => self.answered(&answer).await,
            Ok(Some(_)) => Ok(Outcome::Done),
            Ok(None) => {
                let id = self.intent.refund;
                tracing::warn!(refund.id = %id, "The gateway knows nothing of refund {id}, which it took on");
                Ok(Outcome::Done)
            }
            Err(error) => self.untold(&error).await,
        }
    }

    /// The gateway did not say how it stands. That is never a refusal of the refund itself.
    async fn untold(&self, error: &GatewayError) -> Result<Outcome, JobError> {
        if self.safe || self.intent.external_id.is_some() {
            return Err(JobError::gateway(error));
        }
        // It can't be asked by our id, today or tomorrow.
        self.left_to_staff(&error.to_string()).await
    }

    async fn ask(self) -> Result<Outcome, JobError> {
        // Written down before the call: should this run end in it, nobody calls again.
        if !self.safe && !read(|| self.store.refund_begun(self.intent.refund)).await? {
            return self.left_to_staff("it may have been asked for before").await;
        }
        match self.call().await {
            Err(GatewayError::Replayed { .. }) if self.safe => self.ask_anew().await,
            answer => self.told(answer).await,
        }
    }

    /// The key holds an old failure. What was made under it all the same is looked for before another
    /// key is used.
    async fn ask_anew(mut self) -> Result<Outcome, JobError> {
        match self.gateway.find_refund(&self.intent).await {
            Ok(Some(answer)) => self.answered(&answer).await,
            Ok(None) => {
                let (id, attempt) = (self.intent.refund, self.intent.attempt);
                let next = read(|| self.store.next_refund_attempt(id, attempt)).await?;
                let Some(next) = next else { return Ok(Outcome::Done) };
                self.intent = next;
                let answer = self.call().await;
                self.told(answer).await
            }
            Err(error) => Err(JobError::gateway(&error)),
        }
    }

    async fn call(&self) -> Result<RefundAnswer, GatewayError> {
        fail::fail_point!("refund.before-gateway");
        let answer = self.gateway.refund(&self.intent).await;
        fail::fail_point!("refund.after-gateway");
        answer
    }

    async fn told(&self, answer: Result<RefundAnswer, GatewayError>) -> Result<Outcome, JobError> {
        let error = match answer {
            Ok(answer) => return self.answered(&answer).await,
            Err(error) => error,
        };
        match &error {
            GatewayError::Refused { detail } => {
                let (external_id, detail) = (self.intent.external_id.clone(), Some(detail.clone()));
                self.answered(&RefundAnswer { external_id, state: RefundState::Failed, detail }).await
            }
            GatewayError::NotDone { .. } => {
                if !self.safe {
                    read(|| self.store.refund_not_done(self.intent.refund)).await?;
                }
                Err(JobError::gateway(&error))
            }
            // Both keys hold old failures: the next run looks and takes a third.
            GatewayError::Replayed { .. } if self.safe => Err(JobError::gateway(&error)),
            GatewayError::Unknown { .. } | GatewayError::Replayed { .. } => {
                if self.safe && !self.last {
                    // The next run looks, and asks again under the same key.
                    read(|| self.store.refund_begun(self.intent.refund)).await?;
                    return Err(JobError::gateway(&error));
                }
                let outcome = self.left_to_staff(&error.to_string()).await?;
                if self.safe { Err(JobError::gateway(&error)) } else { Ok(outcome) }
            }
        }
    }

    async fn answered(&self, answer: &RefundAnswer) -> Result<Outcome, JobError> {
        read(|| self.store.refund_answered(self.intent.refund, answer)).await?;
        Ok(Outcome::Done)
    }

    /// Nobody knows whether it was made. Staff are told, once.
    async fn left_to_staff(&self, detail: &str) -> Result<Outcome, JobError> {
        let id = self.intent.refund;
        tracing::warn!(refund.id = %id, detail, "Nobody knows whether refund {id} was made");
        read(|| self.store.refund_unknown(id, detail)).await?;
        Ok(Outcome::Done)
    }
}
