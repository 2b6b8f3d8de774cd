use super::{
    action::{SslcommerzAction, SslcommerzActionError},
    desk::Desk,
    pay::Outcome,
    view::{SslcommerzTransaction, SslcommerzWorld},
};
use crate::fault::Fault;
use serde::{Deserialize, Serialize};
use std::{fmt, sync::Arc};

/// How the gateway behaves.
///
/// A mode hits the three addresses of the API; [`Down`](Self::Down) hits the pay page too, and
/// [`ForgedStatus`](Self::ForgedStatus) a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SslcommerzMode {
    /// As it should; with `latencyMs`, late: a caller who gives up first has changed nothing.
    Ok,
    /// 500, and nothing was done.
    #[serde(rename = "status_500")]
    Status500,
    /// Takes the request, does nothing, and never answers.
    Hang,
    /// Closes the connection without an answer, and nothing was done.
    Reset,
    /// Does what was asked, then closes the connection without an answer; `latencyMs` passes in
    /// between.
    LostAnswer,
    /// Does what was asked and answers 200 with something that is not JSON.
    Garbage,
    /// A session is refused with `status` `FAILED` and a reason; elsewhere `APIConnect` is `FAILED`.
    Failed,
    /// A session is refused, the store being inactive; elsewhere `APIConnect` is `INACTIVE`.
    Inactive,
    /// A refund is accepted as `processing` and stays so until an action moves it.
    RefundProcessing,
    /// A refund is refused with `status` `failed` and a reason.
    RefundFailed,
    /// No money is taken when the customer pays, but IPN and browser say `VALID`, well signed.
    ForgedStatus,
    /// Validation and queries answer with an amount that is short by one.
    WrongAmount,
    /// 503 everywhere, and nothing was done.
    Down,
}

/// How the shop hears of an attempt to pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct SslcommerzIpnPlan {
    /// Not at all.
    pub off: bool,
    /// How often the same IPN is sent, one after the other.
    pub copies: u32,
    /// Whether the browser is sent back only after the IPN was answered.
    pub before_redirect: bool,
    /// How long the first copy is held back, in milliseconds.
    pub delay_ms: u64,
}

impl Default for SslcommerzIpnPlan {
    fn default() -> Self {
        Self { off: false, copies: 1, before_redirect: false, delay_ms: 0 }
    }
}

/// What happened so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SslcommerzCounters {
    /// Requests to the API, whatever became of them.
    pub calls: u64,
    /// Attempts whose IPN is still to be delivered.
    pub ipns_under_way: u64,
    /// IPNs that were answered with 2xx.
    pub ipns_accepted: u64,
    /// IPNs that were answered otherwise, or not at all. The gateway does not try again.
    pub ipns_refused: u64,
}

/// The switch of a gateway, the hands of its customers, and the view into its books; clones work
/// the same one.
#[derive(Clone)]
pub struct SslcommerzControl {
    desk: Arc<Desk>,
}

impl fmt::Debug for SslcommerzControl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SslcommerzControl").field("faults", &self.faults()).finish_non_exhaustive()
    }
}

impl SslcommerzControl {
    pub(super) fn new(desk: Arc<Desk>) -> Self {
        Self { desk }
    }

    /// Arms a fault; it replaces the one with the same `match`.
    ///
    /// A fault's `match` is compared with `METHOD /path?query body` as on the wire, or for
    /// [`SslcommerzMode::ForgedStatus`] with `POST /_pay/{sessionkey} {tran_id}`.
    pub fn set(&self, fault: Fault<SslcommerzMode>) {
        self.desk.armed.set(fault);
    }

    /// Disarms everything and goes back to one IPN per attempt; counters and books stay.
    pub fn reset(&self) {
        self.desk.armed.clear();
        self.set_ipn_plan(SslcommerzIpnPlan::default());
    }

    /// The faults that are armed.
    pub fn faults(&self) -> Vec<Fault<SslcommerzMode>> {
        self.desk.armed.list()
    }

    /// Says how the shop hears of the next attempts to pay.
    pub fn set_ipn_plan(&self, plan: SslcommerzIpnPlan) {
        self.desk.set_plan(plan);
    }

    /// How the shop hears of an attempt to pay.
    pub fn ipn_plan(&self) -> SslcommerzIpnPlan {
        self.desk.plan()
    }

    /// What happened so far.
    pub fn counters(&self) -> SslcommerzCounters {
        *self.desk.counters.borrow()
    }

    /// Waits until `count` requests to the API have come in since the start; they may not be
    /// answered yet.
    pub async fn calls_reach(&self, count: u64) {
        self.counters_reach(|counters| counters.calls >= count).await;
    }

    /// Waits until no IPN is under way.
    pub async fn settled(&self) {
        self.counters_reach(|counters| counters.ipns_under_way == 0).await;
    }

    /// Waits until the counters are as wanted.
    pub async fn counters_reach(&self, wanted: impl Fn(&SslcommerzCounters) -> bool) {
        // The sender lives in `self`, so waiting cannot fail.
        let _ = self.desk.counters.subscribe().wait_for(|counters| wanted(counters)).await;
    }

    /// Everything that the gateway knows.
    pub fn world(&self) -> SslcommerzWorld {
        self.desk.world().show()
    }

    /// A customer pays in a session, or in the last one for a `tran_id`.
    ///
    /// The IPN goes out in the background: [`settled`](Self::settled) waits for it. So it is with
    /// everything that a customer does; none of it needs a browser, so nobody comes back to the
    /// shop's pages.
    pub async fn pay(&self, target: &str) -> Result<SslcommerzTransaction, SslcommerzActionError> {
        self.customer(target, Outcome::Valid).await
    }

    /// A customer pays and looks suspicious.
    pub async fn pay_risky(&self, target: &str) -> Result<SslcommerzTransaction, SslcommerzActionError> {
        self.customer(target, Outcome::Risky).await
    }

    /// A customer's card is declined; they may try again.
    pub async fn fail(&self, target: &str) -> Result<SslcommerzTransaction, SslcommerzActionError> {
        self.customer(target, Outcome::Failed).await
    }

    /// A customer goes back to the shop.
    pub async fn cancel(&self, target: &str) -> Result<SslcommerzTransaction, SslcommerzActionError> {
        self.customer(target, Outcome::Cancel).await
    }

    /// A customer pays until a session is paid twice; answers with the last payment.
    pub async fn pay_twice(&self, target: &str) -> Result<SslcommerzTransaction, SslcommerzActionError> {
        self.customer(target, Outcome::Double).await
    }

    async fn customer(
        &self,
        target: &str,
        outcome: Outcome,
    ) -> Result<SslcommerzTransaction, SslcommerzActionError> {
        Ok(self.desk.attempt(target, outcome).await?.transaction)
    }

    /// A refund has reached the customer.
    pub fn refund_done(&self, refund_ref_id: &str) -> Result<(), SslcommerzActionError> {
        self.desk.refund_done(refund_ref_id)
    }

    /// A refund has failed after all, even one that was done; it may be asked for again.
    pub fn refund_cancelled(&self, refund_ref_id: &str) -> Result<(), SslcommerzActionError> {
        self.desk.refund_cancelled(refund_ref_id)
    }

    /// Does what `POST /_control/actions` asks for.
    pub async fn act(&self, action: SslcommerzAction) -> Result<(), SslcommerzActionError> {
        match action {
            SslcommerzAction::Pay { target } => self.pay(&target).await.map(drop),
            SslcommerzAction::PayRisky { target } => self.pay_risky(&target).await.map(drop),
            SslcommerzAction::Fail { target } => self.fail(&target).await.map(drop),
            SslcommerzAction::Cancel { target } => self.cancel(&target).await.map(drop),
            SslcommerzAction::PayTwice { target } => self.pay_twice(&target).await.map(drop),
            SslcommerzAction::RefundDone { target } => self.refund_done(&target),
            SslcommerzAction::RefundCancelled { target } => self.refund_cancelled(&target),
        }
    }
}
