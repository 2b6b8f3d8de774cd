//! A few connections to the mail server, used one mail at a time.
//!
//! Not lettre's own pool: that one takes back a connection whose mail was given up half way, and
//! the late answer to that mail is then read as the answer to the next one. Here a connection is
//! put back only after its last answer was read; whatever else happens, it is dropped.

use super::server::Server;
use lettre::{
    address::Envelope,
    transport::smtp::{Error, client::AsyncSmtpConnection},
};
use std::{
    io,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio::sync::Semaphore;

/// How long an idle connection is trusted, in seconds: servers close theirs after minutes.
const IDLE_SECONDS: u64 = 30;

/// At which point it failed: what a server says before it has heard of a mail is not about it.
pub(super) enum Failure {
    /// No connection to the machine.
    Reaching(io::Error),
    /// Before the mail was named.
    Connecting(Error),
    /// About this mail.
    Sending(Error),
}

struct Idle {
    connection: AsyncSmtpConnection,
    since: Instant,
}

/// The pool: bounded in what is open, not only in what is kept.
pub(super) struct Pool {
    server: Server,
    permits: Semaphore,
    idle: Mutex<Vec<Idle>>,
}

impl Pool {
    /// At least one connection, however few were asked for.
    pub(super) fn new(server: Server, max_connections: usize) -> Self {
        let permits = max_connections.clamp(1, Semaphore::MAX_PERMITS);
        Self { server, permits: Semaphore::new(permits), idle: Mutex::new(Vec::new()) }
    }

    pub(super) fn server(&self) -> &Server {
        &self.server
    }

    /// Sends one mail; waits for its turn first.
    pub(super) async fn send(&self, envelope: &Envelope, message: &[u8]) -> Result<(), Failure> {
        // The semaphore is never closed: without a permit there would only be one connection more.
        let _permit = self.permits.acquire().await.ok();
        let mut connection = self.connection().await?;
        connection.send(envelope, message).await.map_err(Failure::Sending)?;
        if !connection.has_broken() {
            let since = Instant::now();
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            idle.push(Idle { connection, since });
        }
        Ok(())
    }

    /// A connection of its own, made and closed.
    pub(super) async fn check(&self) -> Result<(), Failure> {
        let mut connection = self.server.connect().await?;
        // It greeted us and let us in: how it says goodbye does not matter.
        let _ = connection.quit().await;
        Ok(())
    }

    /// An idle connection that still answers, else a new one.
    async fn connection(&self) -> Result<AsyncSmtpConnection, Failure> {
        while let Some(mut idle) = self.take_idle() {
            let fresh = idle.since.elapsed() < Duration::from_secs(IDLE_SECONDS);
            if fresh && idle.connection.test_connected().await {
                return Ok(idle.connection);
            }
        }
        self.server.connect().await
    }

    fn take_idle(&self) -> Option<Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }
}
