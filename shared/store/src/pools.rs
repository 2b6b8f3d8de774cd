//! Connections to the database, kept open and lent out.

use crate::{
    db::{Conn, Tx},
    error::StoreError,
};
use sqlx::{
    ConnectOptions, PgPool, SqlitePool,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{str::FromStr, time::Duration};

/// How long a call waits for a free connection before the store counts as unavailable.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);
/// How long SQLite waits for another process's write (a CLI command beside the server).
const SQLITE_BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Connections for reading a SQLite file.
const SQLITE_READERS: u32 = 4;
/// Connections to Postgres that do not wait for the disk, out of those that are allowed.
const RELAXED_CONNECTIONS_MAX: u32 = 6;
/// Prepared statements kept per connection: batches of different sizes are different statements.
const STATEMENTS_MAX: usize = 512;

#[derive(Clone)]
pub(crate) enum Pools {
    /// `relaxed` does not wait for its commits to reach the disk: for leases and heartbeats, which
    /// come to life again by themselves should a crash of the database forget them.
    Postgres {
        durable: PgPool,
        relaxed: PgPool,
    },
    Sqlite {
        writer: SqlitePool,
        readers: SqlitePool,
    },
}

impl Pools {
    /// Connects. A SQLite file is made; a Postgres database must exist.
    pub(crate) async fn connect(url: &str, max_connections: u32) -> Result<Self, StoreError> {
        if url.starts_with("sqlite:") {
            let options = SqliteConnectOptions::from_str(url)?
                .create_if_missing(true)
                .foreign_keys(true)
                .journal_mode(SqliteJournalMode::Wal)
                // A payment that was answered with 200 must survive a power cut.
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(SQLITE_BUSY_TIMEOUT)
                .statement_cache_capacity(STATEMENTS_MAX)
                .disable_statement_logging();
            let pool = SqlitePoolOptions::new().acquire_timeout(ACQUIRE_TIMEOUT).test_before_acquire(false);
            let writer = pool.clone().max_connections(1).connect_with(options.clone()).await?;
            let readers = pool.max_connections(SQLITE_READERS).connect_lazy_with(options.read_only(true));
            return Ok(Self::Sqlite { writer, readers });
        }
        let options = PgConnectOptions::from_str(url)?
            .application_name("galley")
            .statement_cache_capacity(STATEMENTS_MAX)
            .disable_statement_logging();
        // No ping before each use: it would cost a round trip per call. A connection that broke while
        // idle fails its call as unavailable, which callers answer by trying again.
        let pool = PgPoolOptions::new().acquire_timeout(ACQUIRE_TIMEOUT).test_before_acquire(false);
        let relaxed_connections = RELAXED_CONNECTIONS_MAX.min(max_connections / 2).max(1);
        let durable_connections = max_connections.saturating_sub(relaxed_connections).max(1);
        let durable = pool.clone().max_connections(durable_connections).connect_with(options.clone()).await?;
        let options = options.options([("synchronous_commit", "off")]);
        let relaxed = pool.max_connections(relaxed_connections).connect_lazy_with(options);
        Ok(Self::Postgres { durable, relaxed })
    }

    /// Begins a transaction. On SQLite it takes the write lock at once (`BEGIN IMMEDIATE`): a
    /// transaction that reads first and writes later would otherwise fail half-way.
    pub(crate) async fn begin(&self) -> Result<Tx, StoreError> {
        Ok(match self {
            Self::Postgres { durable, .. } => Tx::Postgres(durable.begin().await?),
            Self::Sqlite { writer, .. } => Tx::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?),
        })
    }

    /// A connection for reading.
    pub(crate) async fn reader(&self) -> Result<Conn, StoreError> {
        Ok(match self {
            Self::Postgres { durable, .. } => Conn::Postgres(durable.acquire().await?),
            Self::Sqlite { readers, .. } => Conn::Sqlite(readers.acquire().await?),
        })
    }

    /// A connection for one writing statement, which is its own transaction.
    pub(crate) async fn writer(&self) -> Result<Conn, StoreError> {
        Ok(match self {
            Self::Postgres { durable, .. } => Conn::Postgres(durable.acquire().await?),
            Self::Sqlite { writer, .. } => Conn::Sqlite(writer.acquire().await?),
        })
    }

    /// A connection for one writing statement that may be forgotten by a crash of the database:
    /// leases, heartbeats, dispatch. Whatever it claims or promotes waits again then.
    pub(crate) async fn relaxed(&self) -> Result<Conn, StoreError> {
        Ok(match self {
            Self::Postgres { relaxed, .. } => Conn::Postgres(relaxed.acquire().await?),
            Self::Sqlite { writer, .. } => Conn::Sqlite(writer.acquire().await?),
        })
    }

    /// Closes every connection, after what is under way has ended.
    pub(crate) async fn close(&self) {
        match self {
            Self::Postgres { durable, relaxed } => {
                relaxed.close().await;
                durable.close().await;
            }
            Self::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
        }
    }
}
