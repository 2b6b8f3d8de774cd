use crate::{
    ai::{AiOptions, AiServer},
    inbox::InboxServer,
    smtp::{SmtpOptions, SmtpServer},
};
use std::{io, net::SocketAddr};
use tokio_util::sync::CancellationToken;

/// Which stand-ins to start; a neighbour that is really there has none.
#[derive(Clone, Debug, Default)]
pub struct SandboxOptions {
    /// The AI service.
    pub ai: Option<AiOptions>,
    /// The mail server.
    pub smtp: Option<SmtpOptions>,
    /// Where the pages are that show the mails; only together with `smtp`.
    pub inbox: Option<SocketAddr>,
    /// Cancelling it stops everything, as does [`Sandbox::shutdown`].
    pub stop: CancellationToken,
}

/// The stand-ins that are running; dropping it stops them.
#[derive(Debug)]
pub struct Sandbox {
    ai: Option<AiServer>,
    smtp: Option<SmtpServer>,
    inbox: Option<InboxServer>,
}

impl Sandbox {
    /// Starts what `options` ask for: all of it, or nothing when one cannot listen.
    pub async fn start(options: SandboxOptions) -> io::Result<Self> {
        let SandboxOptions { ai, smtp, inbox, stop } = options;
        let ai = match ai {
            Some(options) => Some(AiServer::start_under(options, stop.child_token()).await?),
            None => None,
        };
        let smtp = match smtp {
            Some(options) => Some(SmtpServer::start_under(options, stop.child_token()).await?),
            None => None,
        };
        let inbox = match (inbox, &smtp) {
            (Some(bind), Some(smtp)) => Some(InboxServer::start_under(bind, smtp, stop.child_token()).await?),
            _ => None,
        };
        Ok(Self { ai, smtp, inbox })
    }

    /// The AI service, if it was asked for.
    pub fn ai(&self) -> Option<&AiServer> {
        self.ai.as_ref()
    }

    /// The mail server, if it was asked for.
    pub fn smtp(&self) -> Option<&SmtpServer> {
        self.smtp.as_ref()
    }

    /// The pages that show the mails, if they were asked for.
    pub fn inbox(&self) -> Option<&InboxServer> {
        self.inbox.as_ref()
    }

    /// Stops everything and waits until it has stopped, for two seconds each at most.
    pub async fn shutdown(self) {
        if let Some(ai) = self.ai {
            ai.shutdown().await;
        }
        if let Some(inbox) = self.inbox {
            inbox.shutdown().await;
        }
        if let Some(smtp) = self.smtp {
            smtp.shutdown().await;
        }
    }
}
