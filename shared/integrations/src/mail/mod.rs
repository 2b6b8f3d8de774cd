//! The mail server: one letter at a time over SMTP, with a small pool of connections.
//!
//! A mail is sent at least once, always under the `Message-ID` that the caller keeps: only a crash
//! between the server's 250 and our commit can make a second copy, and mail clients fold those.

mod message;
mod pool;
mod server;

#[cfg(test)]
mod stand_in;
#[cfg(test)]
mod tests;

pub use lettre::message::Mailbox;
pub use server::MailSetupError;

use crate::{http::install_crypto, secret::Secret};
use chrono::{DateTime, Utc};
use pool::{Failure, Pool};
use std::{fmt, sync::Arc, time::Duration};

/// Longest detail that is kept of a server's answer, in characters.
const DETAIL_MAX_CHARS: usize = 300;

/// A mail to be sent.
///
/// There is no `Debug`: the parts hold links that open an order.
#[derive(Clone, Copy)]
pub struct OutgoingMail<'a> {
    /// The recipient's address (`a@example.com`, or `Ann <a@example.com>`).
    pub to: &'a str,
    /// One line.
    pub subject: &'a str,
    /// The plain text part.
    pub text: &'a str,
    /// The HTML part.
    pub html: &'a str,
    /// `id@domain`, with or without angle brackets; the same at every try.
    pub message_id: &'a str,
    /// When the mail was queued; the same at every try.
    pub date: DateTime<Utc>,
}

/// Why a mail was not sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the mail was not sent: {detail}")]
pub struct MailError {
    /// The same mail will be refused again: its address or its content is wrong.
    pub permanent: bool,
    /// What the server said, or what went wrong; without the recipient's address.
    pub detail: String,
}

impl MailError {
    fn permanent(detail: impl Into<String>) -> Self {
        Self { permanent: true, detail: detail.into() }
    }

    fn temporary(detail: impl Into<String>) -> Self {
        Self { permanent: false, detail: detail.into() }
    }

    /// Only what was said about this mail can be permanent. That the server can't be reached or
    /// doesn't take our password is for the operator to mend, and the mail waits for it.
    fn of(failure: &Failure, to: &str) -> Self {
        let (permanent, error) = match failure {
            Failure::Reaching(error) => (false, error.to_string()),
            Failure::Connecting(error) => (false, error.to_string()),
            Failure::Sending(error) => (error.is_permanent() || error.is_client(), error.to_string()),
        };
        Self { permanent, detail: detail(&error, to) }
    }
}

/// A server's words on one line, shortened, without the address that they may repeat.
fn detail(said: &str, to: &str) -> String {
    let one_line = said.split_whitespace().collect::<Vec<_>>().join(" ");
    let anonymous = if to.is_empty() { one_line } else { one_line.replace(to, "(recipient)") };
    anonymous.chars().filter(|c| !c.is_control()).take(DETAIL_MAX_CHARS).collect()
}

/// Sends mails; cheap to clone.
#[derive(Clone)]
pub struct Mailer {
    pool: Arc<Pool>,
    from: Mailbox,
    timeout: Duration,
}

impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailer").field("server", self.pool.server()).finish_non_exhaustive()
    }
}

impl Mailer {
    /// Takes `SMTP_URL`: `smtp://`, `smtps://`, with `user:password@`, a port, `?tls=required` or
    /// `?tls=opportunistic` (STARTTLS), and `/name` for the name we introduce ourselves with.
    ///
    /// At most `max_connections` are open at a time; who comes later waits. `timeout` covers one
    /// call of [`Self::send`], the wait for a connection included. Nothing is connected yet.
    pub fn new(
        smtp_url: &Secret,
        from: Mailbox,
        max_connections: usize,
        timeout: Duration,
    ) -> Result<Self, MailSetupError> {
        install_crypto();
        let server = server::Server::parse(smtp_url)?;
        Ok(Self { pool: Arc::new(Pool::new(server, max_connections)), from, timeout })
    }

    /// Sends one mail and returns once the server has taken it.
    ///
    /// May be dropped half way: a connection is used again only after a whole answer.
    pub async fn send(&self, mail: &OutgoingMail<'_>) -> Result<(), MailError> {
        let message = message::build(&self.from, mail)?;
        let to = message.envelope().to().first().map(ToString::to_string).unwrap_or_default();
        let bytes = message.formatted();
        let sent = self.pool.send(message.envelope(), &bytes);
        match tokio::time::timeout(self.timeout, sent).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(failure)) => Err(MailError::of(&failure, &to)),
            Err(_) => Err(MailError::temporary("the mail server did not answer in time")),
        }
    }

    /// Connects, logs in and says goodbye: what `galley doctor` wants to know.
    pub async fn check(&self) -> Result<(), MailError> {
        match tokio::time::timeout(self.timeout, self.pool.check()).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(failure)) => Err(MailError::of(&failure, "")),
            Err(_) => Err(MailError::temporary("the mail server did not answer in time")),
        }
    }
}
