//! Web pages that show the mails of the [`smtp`](crate::smtp) stand-in, for people to look at.

mod control;
mod pages;

use crate::{
    listen::Listening,
    smtp::{Mailbox, SmtpControl, SmtpServer},
};
use axum::{Router, response::Redirect, routing::get};
use std::{io, net::SocketAddr};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// A page server that is running; dropping it stops it.
///
/// It answers on `/mails`, `/mails/{number}`, `/mails/{number}/raw`, and `/_control`, which takes
/// the faults of the mail server.
#[derive(Debug)]
pub struct InboxServer {
    listening: Listening,
}

/// What every page needs.
#[derive(Clone, Debug)]
struct Rooms {
    mailbox: Mailbox,
    control: SmtpControl,
}

impl InboxServer {
    /// Starts to show the mails of `smtp` at `bind`; port 0 takes a free one.
    pub async fn start(bind: SocketAddr, smtp: &SmtpServer) -> io::Result<Self> {
        Self::start_under(bind, smtp, CancellationToken::new()).await
    }

    pub(crate) async fn start_under(
        bind: SocketAddr,
        smtp: &SmtpServer,
        stop: CancellationToken,
    ) -> io::Result<Self> {
        let rooms = Rooms { mailbox: smtp.mailbox().clone(), control: smtp.control().clone() };
        let router = Router::new()
            .route("/", get(async || Redirect::to("/mails")))
            .route("/mails", get(pages::list))
            .route("/mails/{number}", get(pages::show))
            .route("/mails/{number}/raw", get(pages::raw))
            .route("/_control", get(control::show).post(control::set).delete(control::reset))
            .with_state(rooms);
        let listening = Listening::http(TcpListener::bind(bind).await?, router, stop)?;
        Ok(Self { listening })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.listening.addr
    }

    /// The page that lists the mails.
    pub fn url(&self) -> String {
        format!("http://{}/mails", self.addr())
    }

    /// Stops listening.
    pub async fn shutdown(self) {
        self.listening.shutdown().await;
    }
}
