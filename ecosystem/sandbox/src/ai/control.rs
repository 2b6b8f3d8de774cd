use crate::fault::{Armed, Fault};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::watch;

/// How many of the last requests are remembered.
pub const CALLS_KEPT_MAX: usize = 200;

/// How the AI service behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AiMode {
    /// As it should.
    Ok,
    /// 500.
    #[serde(rename = "status_500")]
    Status500,
    /// 429 with `Retry-After`.
    RateLimited,
    /// Takes the request and never answers.
    Hang,
    /// Closes the connection in the middle of the answer.
    Reset,
    /// 200 with something that is not JSON.
    Garbage,
    /// 200 with an empty text.
    Empty,
    /// "I'm sorry, but as an AI language model I cannot …".
    Refusal,
    /// A text of five megabytes.
    Huge,
    /// A good article with a script, an image with a handler and a `javascript:` link in it, or with
    /// what [`AiControl::slip_in`] says.
    HtmlScript,
    /// Without the ordered link (or half as long, when no link was ordered), until a repair is
    /// asked for.
    BadOnce,
    /// A good article inside a code fence.
    Fenced,
    /// A good article, late: by `latencyMs`, or by two seconds.
    Slow,
    /// A good article, once this fault is no longer armed.
    Held,
}

/// What happened so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AiCounters {
    /// Requests that came in with a good key.
    pub calls: u64,
    /// Requests that are being answered just now.
    pub in_flight: u64,
    /// Requests that were refused for their key or their shape.
    pub refused: u64,
}

/// One request, as it came in.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AiCall {
    /// Counts from 1.
    pub number: u64,
    /// What was done with it.
    pub mode: AiMode,
    /// Its JSON.
    pub body: Value,
}

/// The switch of an AI service and the record of what it was asked; clones work the same one.
#[derive(Clone, Debug, Default)]
pub struct AiControl {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    armed: Armed<AiMode>,
    calls: Mutex<VecDeque<AiCall>>,
    counters: watch::Sender<AiCounters>,
    /// Tells that other faults are armed.
    touched: watch::Sender<()>,
    /// What an article with scripts ends with.
    bait: Mutex<Option<String>>,
}

/// A request that is being answered; dropping it ends that.
#[derive(Debug)]
pub(super) struct InFlight {
    control: AiControl,
    pub(super) number: u64,
    pub(super) fault: Fault<AiMode>,
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.control.shared.counters.send_modify(|counters| counters.in_flight -= 1);
    }
}

impl AiControl {
    /// Arms a fault; it replaces the one with the same `match`, which is compared with the JSON of
    /// a request.
    pub fn set(&self, fault: Fault<AiMode>) {
        self.shared.armed.set(fault);
        self.touch();
    }

    /// Disarms everything; counters and record stay.
    pub fn reset(&self) {
        self.shared.armed.clear();
        self.touch();
    }

    /// Has articles with scripts in them end with this from now on.
    pub fn slip_in(&self, bait: impl Into<String>) {
        *self.shared.bait.lock().unwrap_or_else(PoisonError::into_inner) = Some(bait.into());
    }

    pub(super) fn bait(&self) -> Option<String> {
        self.shared.bait.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn touch(&self) {
        self.shared.touched.send_replace(());
    }

    /// Waits until no fault that holds the same requests is armed.
    pub(super) async fn released(&self, fault: &Fault<AiMode>) {
        let holds = |other: &Fault<AiMode>| (other.mode, &other.only) == (AiMode::Held, &fault.only);
        // The sender lives in `self`, so waiting cannot fail.
        let _ = self.shared.touched.subscribe().wait_for(|()| !self.faults().iter().any(holds)).await;
    }

    /// The faults that are armed.
    pub fn faults(&self) -> Vec<Fault<AiMode>> {
        self.shared.armed.list()
    }

    /// What happened so far.
    pub fn counters(&self) -> AiCounters {
        *self.shared.counters.borrow()
    }

    /// The last 200 requests, oldest first.
    pub fn calls(&self) -> Vec<AiCall> {
        self.shared.calls.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Waits until `count` requests have come in since the start; they may not be answered yet.
    pub async fn calls_reach(&self, count: u64) {
        self.counters_reach(|counters| counters.calls >= count).await;
    }

    /// Waits until the counters are as wanted.
    pub async fn counters_reach(&self, wanted: impl Fn(&AiCounters) -> bool) {
        // The sender lives in `self`, so waiting cannot fail.
        let _ = self.shared.counters.subscribe().wait_for(|counters| wanted(counters)).await;
    }

    pub(super) fn refused(&self) {
        self.shared.counters.send_modify(|counters| counters.refused += 1);
    }

    /// Takes note of a request and says what to do with it.
    pub(super) fn take(&self, body: &Value, text: &str) -> InFlight {
        let fault = self.shared.armed.strike(text, |_| true).unwrap_or_else(|| Fault::always(AiMode::Ok));
        let mut calls = self.shared.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let number = self.shared.counters.borrow().calls + 1;
        calls.push_back(AiCall { number, mode: fault.mode, body: body.clone() });
        if calls.len() > CALLS_KEPT_MAX {
            calls.pop_front();
        }
        // Still under the lock: whoever waits for the count finds the record.
        self.shared.counters.send_modify(|counters| {
            counters.calls = number;
            counters.in_flight += 1;
        });
        InFlight { control: self.clone(), number, fault }
    }
}
