//! The signals that ask a task to stop.

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::failure::{Failure, progress};

/// Listens for SIGINT (Ctrl-C), SIGTERM and SIGHUP.
///
/// From `listen` on none of them ends the process by itself any more: a second Ctrl-C does not
/// cut the cleaning up short.
pub(crate) struct Interrupt {
    int: Signal,
    term: Signal,
    hangup: Signal,
}

impl Interrupt {
    /// Takes the three signals over from their default action.
    pub(crate) fn listen() -> Result<Self, Failure> {
        let on = |kind| signal(kind).map_err(Failure::trying("listen for signals"));
        Ok(Self {
            int: on(SignalKind::interrupt())?,
            term: on(SignalKind::terminate())?,
            hangup: on(SignalKind::hangup())?,
        })
    }

    /// Awaits `task`, or drops it at the first signal and fails with the shell's 128 + number.
    pub(crate) async fn or(
        &mut self,
        task: impl Future<Output = Result<(), Failure>>,
    ) -> Result<(), Failure> {
        let (name, code) = tokio::select! {
            ended = task => return ended,
            _ = self.int.recv() => ("SIGINT", 130),
            _ = self.term.recv() => ("SIGTERM", 143),
            _ = self.hangup.recv() => ("SIGHUP", 129),
        };
        progress(format_args!("{name}: everything was stopped"));
        Err(Failure::Exit(code))
    }
}
