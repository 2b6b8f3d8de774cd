//! The servers that `cargo xtask test` has started, and each test's share of them.

use super::{directory::Directory, port::free_port, program::Program};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use std::{
    process::{self, Command},
    sync::{
        LazyLock, Mutex,
        atomic::{AtomicU32, Ordering},
    },
};
use tokio::sync::Semaphore;
use url::Url;

/// Where a server is, by the variable that names it.
fn server(variable: &str) -> Url {
    #[expect(clippy::disallowed_methods, reason = "the environment says where the servers of the tests are")]
    let url = std::env::var(variable);
    let Ok(url) = url else { panic!("{variable} is not set: run cargo xtask test") };
    url.parse().unwrap()
}

static DATABASES: AtomicU32 = AtomicU32::new(0);

/// Makes an empty Postgres database.
pub(crate) async fn fresh_database() -> Url {
    let mut url = server("GALLEY_TEST_POSTGRES_URL");
    let name = format!("e2e_{}_{}", process::id(), DATABASES.fetch_add(1, Ordering::Relaxed));
    let mut connection = PgConnection::connect(url.as_str()).await.unwrap();
    for statement in [format!("DROP DATABASE IF EXISTS {name} (FORCE)"), format!("CREATE DATABASE {name}")] {
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
    url.set_path(&name);
    url
}

/// The logical databases of the Redis server; 0 is nobody's.
static FREE: LazyLock<Mutex<Vec<u8>>> = LazyLock::new(|| Mutex::new((1..=15).collect()));
static SEATS: Semaphore = Semaphore::const_new(15);

/// A logical Redis database of a test's own.
#[derive(Debug)]
pub(crate) struct RedisSeat(u8);

impl RedisSeat {
    /// Waits for a free one and empties it.
    pub(crate) async fn take() -> (Self, Url) {
        SEATS.acquire().await.unwrap().forget();
        let mut url = server("GALLEY_TEST_REDIS_URL");
        let seat = Self(FREE.lock().unwrap().pop().unwrap());
        url.set_path(&seat.0.to_string());
        let client = redis::Client::open(url.as_str()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        redis::cmd("FLUSHDB").exec_async(&mut connection).await.unwrap();
        (seat, url)
    }
}

impl Drop for RedisSeat {
    fn drop(&mut self) {
        FREE.lock().unwrap().push(self.0);
        SEATS.add_permits(1);
    }
}

/// A Redis server of a test's own, which it may kill.
#[derive(Debug)]
pub(crate) struct RedisServer {
    port: u16,
    program: Option<Program>,
    directory: Directory,
}

impl RedisServer {
    /// A place for one that does not run yet.
    pub(crate) fn absent() -> Self {
        Self { port: free_port(), program: None, directory: Directory::new() }
    }

    pub(crate) fn url(&self) -> Url {
        format!("redis://127.0.0.1:{}/0", self.port).parse().unwrap()
    }

    /// Starts an empty one.
    pub(crate) async fn start(&mut self) {
        let found = ["redis-server", "valkey-server"].into_iter().find(|name| {
            let paths = std::env::var_os("PATH").unwrap_or_default();
            std::env::split_paths(&paths).any(|path| path.join(name).is_file())
        });
        let mut command = Command::new(found.expect("a Redis server: run cargo xtask test"));
        let port = self.port.to_string();
        command.args(["--bind", "127.0.0.1", "--port", &port, "--save", "", "--appendonly", "no"]);
        let mut program = Program::start("redis", &mut command, self.directory.path());
        assert!(program.has_said("Ready to accept connections").await, "Redis does not start");
        self.program = Some(program);
    }

    /// Kills it; all that it knew is gone.
    pub(crate) fn kill(&mut self) {
        let mut program = self.program.take().expect("a Redis that runs");
        program.kill();
        std::fs::remove_file(self.directory.path().join("redis.log")).unwrap();
    }
}
