//! An HTTP server that runs until it is told to stop.

use axum::Router;
use std::{io, net::SocketAddr, time::Duration};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

/// How long a clean stop may take before the rest is cut off.
pub(crate) const SHUTDOWN_GRACE: Duration = Duration::from_secs(2);

/// A listening task; dropping it stops it too.
#[derive(Debug)]
pub(crate) struct Listening {
    pub(crate) addr: SocketAddr,
    stop: CancellationToken,
    task: Option<JoinHandle<()>>,
}

impl Listening {
    pub(crate) fn new(addr: SocketAddr, stop: CancellationToken, task: JoinHandle<()>) -> Self {
        Self { addr, stop, task: Some(task) }
    }

    /// Serves `router` on `listener` until `stop` is cancelled.
    pub(crate) fn http(listener: TcpListener, router: Router, stop: CancellationToken) -> io::Result<Self> {
        let addr = listener.local_addr()?;
        let signal = stop.clone().cancelled_owned();
        let task = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(signal).await {
                tracing::error!(%error, "A stand-in on {addr} stopped listening");
            }
        });
        Ok(Self::new(addr, stop, task))
    }

    /// Stops listening and waits for what is still being answered, for two seconds at most.
    pub(crate) async fn shutdown(mut self) {
        self.stop.cancel();
        if let Some(mut task) = self.task.take()
            && tokio::time::timeout(SHUTDOWN_GRACE, &mut task).await.is_err()
        {
            task.abort();
        }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
