use super::{
    control::SmtpControl,
    mailbox::Mailbox,
    session::{House, Session},
};
use crate::{Now, listen::Listening};
use std::{io, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Most connections at the same time.
const CONNECTIONS_MAX: usize = 64;
/// How long to wait before the socket is tried again that somebody else holds.
const REBIND_PAUSE: Duration = Duration::from_millis(50);

/// How a mail server is set up.
#[derive(Clone, Debug)]
pub struct SmtpOptions {
    /// Where it listens; port 0 takes a free one.
    pub bind: SocketAddr,
    /// How many mails are kept in memory; older ones are forgotten.
    pub kept_max: usize,
    /// Largest mail, in bytes.
    pub message_max_bytes: usize,
    /// Where each mail is also written as an `.eml` file; made when missing.
    pub directory: Option<PathBuf>,
    /// Dates the mails.
    pub now: Now,
}

impl SmtpOptions {
    /// A free port on loopback, the last 1,000 mails, 10 MiB each, no files.
    pub fn new(now: Now) -> Self {
        Self {
            bind: SocketAddr::from(([127, 0, 0, 1], 0)),
            kept_max: 1_000,
            message_max_bytes: 10 * 1024 * 1024,
            directory: None,
            now,
        }
    }
}

/// A mail server that is running; dropping it stops it.
#[derive(Debug)]
pub struct SmtpServer {
    control: SmtpControl,
    mailbox: Mailbox,
    listening: Listening,
}

impl SmtpServer {
    /// Starts to listen.
    pub async fn start(options: SmtpOptions) -> io::Result<Self> {
        Self::start_under(options, CancellationToken::new()).await
    }

    pub(crate) async fn start_under(options: SmtpOptions, stop: CancellationToken) -> io::Result<Self> {
        if let Some(directory) = &options.directory {
            tokio::fs::create_dir_all(directory).await?;
        }
        let listener = TcpListener::bind(options.bind).await?;
        let addr = listener.local_addr()?;
        let control = SmtpControl::default();
        let mailbox = Mailbox::new(options.kept_max);
        let house = House {
            control: control.clone(),
            mailbox: mailbox.clone(),
            message_max_bytes: options.message_max_bytes,
            directory: options.directory,
            now: options.now,
        };
        let task = tokio::spawn(listen(listener, addr, Arc::new(house), stop.clone()));
        Ok(Self { control, mailbox, listening: Listening::new(addr, stop, task) })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.listening.addr
    }

    /// What `SMTP_URL` would say.
    pub fn url(&self) -> String {
        format!("smtp://{}", self.addr())
    }

    /// Its switch for faults.
    pub fn control(&self) -> &SmtpControl {
        &self.control
    }

    /// What came in.
    pub fn mailbox(&self) -> &Mailbox {
        &self.mailbox
    }

    /// Waits until `count` mails have come in; see [`Mailbox::mails_reach`].
    pub async fn mails_reach(&self, count: u64) -> Vec<Arc<super::Mail>> {
        self.mailbox.mails_reach(count).await
    }

    /// Waits for a mail that fits; see [`Mailbox::wait_for`].
    pub async fn wait_for(&self, fits: impl Fn(&super::Mail) -> bool) -> Arc<super::Mail> {
        self.mailbox.wait_for(fits).await
    }

    /// Stops listening and ends every conversation.
    pub async fn shutdown(self) {
        self.listening.shutdown().await;
    }
}

/// Accepts connections, or closes the socket for as long as the control says so.
async fn listen(first: TcpListener, addr: SocketAddr, house: Arc<House>, stop: CancellationToken) {
    let sessions = TaskTracker::new();
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let accepting = async {
        let mut listener = first;
        loop {
            house.control.is(true);
            tokio::select! {
                () = house.control.wants(false) => {}
                () = accept(&listener, &house, &places, &sessions, &stop) => {}
            }
            drop(listener);
            house.control.is(false);
            house.control.wants(true).await;
            listener = bind_again(addr).await;
        }
    };
    let _ = stop.run_until_cancelled(accepting).await;
    sessions.close();
    sessions.wait().await;
}

async fn accept(
    listener: &TcpListener,
    house: &Arc<House>,
    places: &Arc<Semaphore>,
    sessions: &TaskTracker,
    stop: &CancellationToken,
) {
    loop {
        // The semaphore is never closed.
        let Ok(place) = Arc::clone(places).acquire_owned().await else { return };
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "The mail server could not accept a connection");
                tokio::time::sleep(REBIND_PAUSE).await;
                continue;
            }
        };
        let session = converse(Arc::clone(house), stream);
        let stop = stop.clone();
        sessions.spawn(async move {
            let _place = place;
            let _ = stop.run_until_cancelled(session).await;
        });
    }
}

async fn converse(house: Arc<House>, stream: TcpStream) {
    stream.set_nodelay(true).ok();
    if let Err(error) = Session::new(house, stream).run().await {
        tracing::debug!(%error, "A mail connection broke off");
    }
}

/// Takes the same port again; another program may hold it for a moment.
async fn bind_again(addr: SocketAddr) -> TcpListener {
    loop {
        match TcpListener::bind(addr).await {
            Ok(listener) => return listener,
            Err(error) => tracing::warn!(%error, "The mail server cannot listen on {addr} again yet"),
        }
        tokio::time::sleep(REBIND_PAUSE).await;
    }
}
