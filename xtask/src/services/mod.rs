//! A private Postgres and Redis for one run: free ports, a temporary directory.

mod account;
mod install;
mod postgres;
mod redis;
mod workdir;

use std::io::Write as _;
use std::net::TcpListener;
use std::path::Path;
use std::time::{Duration, Instant};

use account::Account;
pub(crate) use account::is_root;
pub(crate) use workdir::Workdir;

use crate::failure::{Failure, progress};
use crate::process::{Process, end_of_log};

const READY_LIMIT: Duration = Duration::from_mins(2);
const READY_POLL: Duration = Duration::from_millis(50);
/// Somebody else may take a port between our finding it free and the server's using it.
const PORT_TRIES: usize = 3;

/// Whether what Postgres has committed survives a power cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Durability {
    /// It does not: durability costs most of a test's time and protects nothing there.
    Off,
    /// It does, and takes the time it takes in production.
    AsInProduction,
}

/// The two running servers; dropping them stops both.
pub(crate) struct Services {
    postgres: Server,
    redis: Server,
}

/// One running server.
struct Server {
    process: Process,
    port: u16,
}

/// `cargo xtask services`: starts both, says where they are, and stays up until a signal comes.
pub(crate) async fn run() -> Result<(), Failure> {
    let workdir = workdir()?;
    let mut services = Services::start(&workdir, Durability::Off).await?;
    for (name, url) in services.environment() {
        // A reader that is gone (`| head -1`) has what it wanted.
        let _ = writeln!(std::io::stdout(), "export {name}={url}");
    }
    progress("both stay up until Ctrl-C");
    services.wait_for_an_end().await
}

/// Makes the directory that [`Services`] live in. It has to outlive them.
pub(crate) fn workdir() -> Result<Workdir, Failure> {
    Workdir::create(&Account::for_postgres()?)
}

impl Services {
    /// Starts both servers, after installing what is missing, and waits until they answer.
    pub(crate) async fn start(workdir: &Workdir, durability: Durability) -> Result<Self, Failure> {
        let (postgres, redis) = install::find_or_install(workdir).await?;
        // Only now: the package may have brought its user along.
        let account = Account::for_postgres()?;
        let (postgres, redis) =
            tokio::try_join!(postgres.start(workdir, &account, durability), redis.start(workdir))?;
        Ok(Self { postgres, redis })
    }

    /// The variables by which tests find the servers.
    pub(crate) fn environment(&self) -> [(&'static str, String); 2] {
        [("GALLEY_TEST_POSTGRES_URL", self.postgres_url()), ("GALLEY_TEST_REDIS_URL", self.redis_url())]
    }

    /// The address of Postgres, as its superuser.
    pub(crate) fn postgres_url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.postgres.port)
    }

    /// The address of Redis.
    pub(crate) fn redis_url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.redis.port)
    }

    async fn wait_for_an_end(&mut self) -> Result<(), Failure> {
        let name = tokio::select! {
            ended = self.postgres.process.wait() => ended.map(|_| "Postgres")?,
            ended = self.redis.process.wait() => ended.map(|_| "Redis")?,
        };
        Err(Failure::new(format!("{name} has ended by itself")))
    }
}

impl Drop for Services {
    fn drop(&mut self) {
        self.postgres.process.ask_to_stop();
        self.redis.process.ask_to_stop();
    }
}

impl Server {
    /// Starts a server by `start`, which gets a port; another port is tried when it ends at once.
    async fn start_on_free_port(
        name: &str,
        log: &Path,
        start: impl AsyncFn(u16) -> Result<Option<Process>, Failure>,
    ) -> Result<Self, Failure> {
        for _ in 0..PORT_TRIES {
            let port = free_port()?;
            if let Some(process) = start(port).await? {
                return Ok(Self { process, port });
            }
        }
        Err(Failure::new(format!("{name} does not start; the end of its log:\n{}", end_of_log(log))))
    }
}

/// Polls `is_ready`, which gets the process id, until it holds; `None` when it never did.
async fn wait_until(
    mut process: Process,
    is_ready: impl AsyncFn(u32) -> bool,
) -> Result<Option<Process>, Failure> {
    let started = Instant::now();
    while started.elapsed() < READY_LIMIT {
        if process.has_ended() {
            return Ok(None);
        }
        // A stranger on our port may accept and then say nothing.
        let asked = tokio::time::timeout(Duration::from_secs(2), is_ready(process.id()));
        if asked.await.unwrap_or(false) {
            return Ok(Some(process));
        }
        tokio::time::sleep(READY_POLL).await;
    }
    Err(Failure::new(format!("a server has not answered within {} s", READY_LIMIT.as_secs())))
}

/// A port of the loopback interface that nobody uses at this moment.
fn free_port() -> Result<u16, Failure> {
    let bound = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
    Ok(bound.map_err(Failure::trying("find a free port"))?.port())
}
