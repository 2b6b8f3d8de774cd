use crate::fault::{Armed, Fault};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tokio::sync::watch;

/// How the mail server behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SmtpMode {
    /// As it should.
    Ok,
    /// `RCPT TO` is refused for good: 550.
    RejectRcpt,
    /// `RCPT TO` is refused for now: 451.
    Temporary,
    /// The mail is kept, then the connection ends without a reply: the sender cannot know.
    DropAfterData,
    /// The reply to the mail comes late: by `latencyMs`, or by two seconds.
    Slow,
    /// Nobody is listening.
    Refuse,
}

/// The switch of a mail server; clones work the same one.
#[derive(Clone, Debug, Default)]
pub struct SmtpControl {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    armed: Armed<SmtpMode>,
    /// Whether anybody is listening; the accept loop waits on it.
    open: watch::Sender<Open>,
}

#[derive(Clone, Copy, Debug)]
struct Open {
    /// What was asked for.
    wanted: bool,
    /// What the accept loop has done about it.
    actual: bool,
}

impl Default for Open {
    fn default() -> Self {
        Self { wanted: true, actual: true }
    }
}

impl SmtpControl {
    /// Arms a fault; it replaces the one with the same `match`.
    ///
    /// A fault's `match` is compared with the recipient, or with recipients and text once the mail
    /// is there; its `times` count recipients refused or mails kept. [`SmtpMode::Refuse`] knows
    /// neither: it lasts until it is replaced or reset, and [`settled`](Self::settled) tells when
    /// it is in force.
    pub fn set(&self, fault: Fault<SmtpMode>) {
        self.shared.armed.set(fault);
        let refuse = self.faults().iter().any(|fault| fault.mode == SmtpMode::Refuse);
        self.shared.open.send_modify(|open| open.wanted = !refuse);
    }

    /// Disarms everything.
    pub fn reset(&self) {
        self.shared.armed.clear();
        self.shared.open.send_modify(|open| open.wanted = true);
    }

    /// The faults that are armed.
    pub fn faults(&self) -> Vec<Fault<SmtpMode>> {
        self.shared.armed.list()
    }

    /// Waits until the listening socket is as the faults want it: closed or open.
    pub async fn settled(&self) {
        // The sender lives in `self`, so waiting cannot fail.
        let _ = self.shared.open.subscribe().wait_for(|open| open.wanted == open.actual).await;
    }

    pub(super) async fn wants(&self, listening: bool) {
        let _ = self.shared.open.subscribe().wait_for(|open| open.wanted == listening).await;
    }

    pub(super) fn is(&self, listening: bool) {
        self.shared.open.send_modify(|open| open.actual = listening);
    }

    pub(super) fn strike(&self, text: &str, modes: &[SmtpMode]) -> Option<Fault<SmtpMode>> {
        self.shared.armed.strike(text, |mode| modes.contains(mode))
    }
}
