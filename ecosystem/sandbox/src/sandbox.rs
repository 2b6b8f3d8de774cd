use crate::{
    ai::{AiOptions, AiServer},
    inbox::InboxServer,
    smtp::{SmtpOptions, SmtpServer},
    sslcommerz::{SslcommerzOptions, SslcommerzServer},
    stripe::{StripeOptions, StripeServer},
    wordpress::{WordpressOptions, WordpressServer},
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
    /// Stripe.
    pub stripe: Option<StripeOptions>,
    /// SSLCommerz.
    pub sslcommerz: Option<SslcommerzOptions>,
    /// A WordPress site.
    pub wordpress: Option<WordpressOptions>,
    /// Cancelling it stops everything, as does [`Sandbox::shutdown`].
    pub stop: CancellationToken,
}

/// The stand-ins that are running; dropping it stops them.
#[derive(Debug)]
pub struct Sandbox {
    ai: Option<AiServer>,
    smtp: Option<SmtpServer>,
    inbox: Option<InboxServer>,
    stripe: Option<StripeServer>,
    sslcommerz: Option<SslcommerzServer>,
    wordpress: Option<WordpressServer>,
}

impl Sandbox {
    /// Starts what `options` ask for: all of it, or nothing when one cannot listen.
    pub async fn start(options: SandboxOptions) -> io::Result<Self> {
        let SandboxOptions { ai, smtp, inbox, stripe, sslcommerz, wordpress, stop } = options;
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
        let stripe = match stripe {
            Some(options) => Some(StripeServer::start_under(options, stop.child_token()).await?),
            None => None,
        };
        let sslcommerz = match sslcommerz {
            Some(options) => Some(SslcommerzServer::start_under(options, stop.child_token()).await?),
            None => None,
        };
        let wordpress = match wordpress {
            Some(options) => Some(WordpressServer::start_under(options, stop.child_token()).await?),
            None => None,
        };
        Ok(Self { ai, smtp, inbox, stripe, sslcommerz, wordpress })
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

    /// Stripe, if it was asked for.
    pub fn stripe(&self) -> Option<&StripeServer> {
        self.stripe.as_ref()
    }

    /// SSLCommerz, if it was asked for.
    pub fn sslcommerz(&self) -> Option<&SslcommerzServer> {
        self.sslcommerz.as_ref()
    }

    /// The WordPress site, if it was asked for.
    pub fn wordpress(&self) -> Option<&WordpressServer> {
        self.wordpress.as_ref()
    }

    /// Stops everything and waits until it has stopped, for two seconds each at most.
    pub async fn shutdown(self) {
        if let Some(ai) = self.ai {
            ai.shutdown().await;
        }
        if let Some(stripe) = self.stripe {
            stripe.shutdown().await;
        }
        if let Some(sslcommerz) = self.sslcommerz {
            sslcommerz.shutdown().await;
        }
        if let Some(wordpress) = self.wordpress {
            wordpress.shutdown().await;
        }
        if let Some(inbox) = self.inbox {
            inbox.shutdown().await;
        }
        if let Some(smtp) = self.smtp {
            smtp.shutdown().await;
        }
    }
}
