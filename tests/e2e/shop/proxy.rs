//! A cable between Galley and its database that can be cut.

use super::{
    patience::{SOON, within},
    port::free_port,
};
use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{JoinHandle, JoinSet},
};

#[derive(Debug)]
pub(crate) struct Proxy {
    port: u16,
    wanted: watch::Sender<bool>,
    open: watch::Receiver<bool>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Passes everything on to `target`.
    pub(crate) async fn start(target: SocketAddr) -> Self {
        let (port, wanted, actual) = (free_port(), watch::Sender::new(true), watch::Sender::new(false));
        let open = actual.subscribe();
        let task = tokio::spawn(serve(port, target, wanted.subscribe(), actual));
        let proxy = Self { port, wanted, open, task };
        proxy.settled(true).await;
        proxy
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Resets every connection and refuses new ones.
    pub(crate) async fn cut(&self) {
        self.wanted.send_replace(false);
        self.settled(false).await;
    }

    /// Takes connections again.
    pub(crate) async fn restore(&self) {
        self.wanted.send_replace(true);
        self.settled(true).await;
    }

    async fn settled(&self, open: bool) {
        let settled = async { self.open.clone().wait_for(|actual| *actual == open).await.map(drop) };
        within("the proxy does as it is told", SOON, settled).await.unwrap();
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    port: u16,
    target: SocketAddr,
    mut wanted: watch::Receiver<bool>,
    actual: watch::Sender<bool>,
) {
    loop {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.unwrap();
        actual.send_replace(true);
        let mut connections = JoinSet::new();
        tokio::select! {
            () = accept(&listener, target, &mut connections) => {}
            closed = wanted.wait_for(|wanted| !wanted) => if closed.is_err() { return },
        }
        drop(listener);
        connections.shutdown().await;
        actual.send_replace(false);
        if wanted.wait_for(|wanted| *wanted).await.is_err() {
            return;
        }
    }
}

async fn accept(listener: &TcpListener, target: SocketAddr, connections: &mut JoinSet<io::Result<()>>) {
    loop {
        let (near, _) = listener.accept().await.unwrap();
        connections.spawn(connect(near, target));
        while connections.try_join_next().is_some() {}
    }
}

async fn connect(mut near: TcpStream, target: SocketAddr) -> io::Result<()> {
    let mut far = TcpStream::connect(target).await?;
    for stream in [&near, &far] {
        stream.set_nodelay(true)?;
        // Should this task be cut off, either side gets a reset rather than a polite end.
        stream.set_zero_linger()?;
    }
    tokio::io::copy_bidirectional(&mut near, &mut far).await.map(drop)
}
