//! What a stand-in does wrong on command.

use serde::{Deserialize, Serialize};
use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Most faults that are armed at the same time.
pub const FAULTS_MAX: usize = 64;

/// One way to misbehave: how, how often, how slowly, and to whom.
///
/// The same JSON is taken by `POST /_control`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fault<M> {
    /// What happens.
    pub mode: M,
    /// After so many requests the fault is over; `None` lasts until it is replaced.
    #[serde(default = "none")]
    pub times: Option<u32>,
    /// Of the requests that it is for, only each nth is hit, counted from when it was armed; `None`
    /// hits each one.
    #[serde(default = "none")]
    pub every: Option<u32>,
    /// How long the answer is held back, in milliseconds.
    #[serde(default)]
    pub latency_ms: u64,
    /// Only requests that contain this text are hit; `None` hits all.
    #[serde(default = "none", rename = "match")]
    pub only: Option<String>,
    /// What `Retry-After` says, in seconds, where the mode sends one.
    #[serde(default = "one")]
    pub retry_after_seconds: u64,
}

fn none<T>() -> Option<T> {
    None
}

fn one() -> u64 {
    1
}

impl<M> Fault<M> {
    /// Hits every request until it is replaced.
    pub fn always(mode: M) -> Self {
        Self { mode, times: None, every: None, latency_ms: 0, only: None, retry_after_seconds: one() }
    }

    /// Hits the next `times` requests.
    pub fn times(mode: M, times: u32) -> Self {
        Self { times: Some(times), ..Self::always(mode) }
    }

    /// The same, but only for requests that contain `text`.
    #[must_use]
    pub fn only(self, text: impl Into<String>) -> Self {
        Self { only: Some(text.into()), ..self }
    }

    /// The same, but only for each `nth` of those requests.
    #[must_use]
    pub fn every(self, nth: u32) -> Self {
        Self { every: Some(nth), ..self }
    }

    /// The same, with the answer held back.
    #[must_use]
    pub fn latency(self, latency: Duration) -> Self {
        Self { latency_ms: u64::try_from(latency.as_millis()).unwrap_or(u64::MAX), ..self }
    }

    /// The same, with another `Retry-After`.
    #[must_use]
    pub fn retry_after_seconds(self, seconds: u64) -> Self {
        Self { retry_after_seconds: seconds, ..self }
    }

    /// How long the answer is held back.
    pub fn pause(&self) -> Duration {
        Duration::from_millis(self.latency_ms)
    }
}

/// The faults that are armed, at most one for each `match`; the one armed last is tried first.
#[derive(Debug)]
pub(crate) struct Armed<M> {
    faults: Mutex<Vec<Waiting<M>>>,
}

/// A fault, and how many requests that it is for have come by.
#[derive(Debug)]
struct Waiting<M> {
    fault: Fault<M>,
    seen: u64,
}

impl<M> Waiting<M> {
    /// Counts a request and says whether it is one to hit.
    fn is_due(&mut self) -> bool {
        self.seen += 1;
        self.seen.is_multiple_of(u64::from(self.fault.every.unwrap_or(1).max(1)))
    }
}

impl<M> Default for Armed<M> {
    fn default() -> Self {
        Self { faults: Mutex::default() }
    }
}

impl<M: Clone> Armed<M> {
    fn lock(&self) -> MutexGuard<'_, Vec<Waiting<M>>> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set(&self, fault: Fault<M>) {
        let mut faults = self.lock();
        faults.retain(|armed| armed.fault.only != fault.only);
        faults.push(Waiting { fault, seen: 0 });
        if faults.len() > FAULTS_MAX {
            faults.remove(0);
        }
    }

    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    pub(crate) fn list(&self) -> Vec<Fault<M>> {
        self.lock().iter().map(|armed| armed.fault.clone()).collect()
    }

    /// The fault that hits a request with this text; uses up one of its times.
    pub(crate) fn strike(&self, text: &str, applies: impl Fn(&M) -> bool) -> Option<Fault<M>> {
        let mut faults = self.lock();
        faults.retain(|armed| armed.fault.times != Some(0));
        let hit = faults.iter_mut().rev().find_map(|armed| {
            let Fault { mode, only, .. } = &armed.fault;
            let is_for = applies(mode) && only.as_deref().is_none_or(|only| text.contains(only));
            (is_for && armed.is_due()).then_some(&mut armed.fault)
        })?;
        if let Some(times) = &mut hit.times {
            *times -= 1;
        }
        Some(hit.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_ends_after_its_times_and_hits_only_what_it_is_for() {
        let armed = Armed::default();
        armed.set(Fault::times("down", 2).only("tea"));
        let strike = |text| armed.strike(text, |_| true).map(|fault| fault.mode);
        assert_eq!(strike("coffee"), None);
        assert_eq!(strike("green tea"), Some("down"));
        assert_eq!(strike("tea"), Some("down"));
        assert_eq!(strike("tea"), None);
        assert!(armed.list().is_empty(), "a fault that is used up is forgotten");
    }

    #[test]
    fn a_fault_hits_each_nth_request_and_leaves_the_others_to_the_next_fault() {
        let armed = Armed::default();
        armed.set(Fault::always("slow"));
        armed.set(Fault::always("down").only("tea").every(3));
        let struck: Vec<_> = (0..6).filter_map(|_| armed.strike("tea", |_| true)).map(|f| f.mode).collect();
        assert_eq!(struck, ["slow", "slow", "down", "slow", "slow", "down"]);
    }

    #[test]
    fn the_wire_form_needs_only_a_mode() {
        let fault: Fault<String> = serde_json::from_str(r#"{"mode":"down"}"#).unwrap();
        assert_eq!(fault, Fault::always("down".to_owned()));
        let fault: Fault<String> = serde_json::from_str(
            r#"{"mode":"x","times":3,"latencyMs":5,"match":"tea","retryAfterSeconds":9}"#,
        )
        .unwrap();
        assert_eq!((fault.times, fault.latency_ms, fault.retry_after_seconds), (Some(3), 5, 9));
        assert!(serde_json::from_str::<Fault<String>>(r#"{"mode":"x","tims":3}"#).is_err());
    }
}
