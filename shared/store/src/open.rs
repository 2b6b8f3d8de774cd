//! Opening the store: pools, migrations, the lanes of the hot paths.

use crate::{Store, batch::Lanes, clock::Clock, error::StoreError, job, mail, order, settle, wake::Wake};
use galley_content::order_link::OrderLinks;
use sqlx::{
    ConnectOptions, PgPool, SqlitePool,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{str::FromStr, sync::Arc, time::Duration};

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
/// Most calls that share one transaction.
const BATCH_MAX: usize = 64;
/// Most jobs whose work is read in one query.
const WORK_BATCH_MAX: usize = 16;
/// Most status questions that share one query.
const READ_BATCH_MAX: usize = 256;

/// Where the data is and what mails say about the shop.
#[derive(Clone, Debug)]
pub struct StoreConfig {
    /// `postgres://…` or `sqlite://…`.
    pub database_url: String,
    /// Connections to Postgres; SQLite has one writer and four readers.
    pub max_connections: u32,
    /// Whether other processes are told of due jobs by NOTIFY; not needed when Redis carries them.
    pub notify: bool,
    /// The head of every mail.
    pub letterhead: Letterhead,
}

/// What mails need to know of the shop.
#[derive(Clone, Debug)]
pub struct Letterhead {
    /// The shop's name.
    pub shop_name: String,
    /// Makes the links to orders.
    pub links: OrderLinks,
    /// Who is told when something needs a person; nobody if `None`.
    pub staff_email: Option<String>,
}

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

/// What every operation of the store needs.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) pools: Pools,
    pub(crate) clock: Clock,
    pub(crate) letterhead: Arc<Letterhead>,
    pub(crate) wake: Wake,
}

impl Store {
    /// Connects. The database must exist (a SQLite file is made); [`Store::migrate`] makes tables.
    pub async fn open(config: StoreConfig, clock: Clock) -> Result<Self, StoreError> {
        let pools = connect(&config).await?;
        let shared = Shared { pools, clock, letterhead: Arc::new(config.letterhead), wake: Wake::default() };
        if let (Pools::Postgres { relaxed, .. }, true) = (&shared.pools, config.notify) {
            tokio::spawn(crate::notify::run(relaxed.clone(), shared.wake.subscribe()));
        }
        // Postgres works on two batches at a time: one is planned and sent while the other commits.
        let lanes = if matches!(shared.pools, Pools::Postgres { .. }) { 2 } else { 1 };
        Ok(Self {
            receive: Lanes::start(lanes, BATCH_MAX, shared.clone(), |shared, items| {
                Box::pin(settle::receive(shared, items))
            }),
            finish: Lanes::start(lanes, BATCH_MAX, shared.clone(), |shared, items| {
                Box::pin(job::finish(shared, items))
            }),
            stamps: Lanes::start(1, READ_BATCH_MAX, shared.clone(), |shared, items| {
                Box::pin(order::stamps(shared, items))
            }),
            mails: Lanes::start(1, WORK_BATCH_MAX, shared.clone(), |shared, items| {
                Box::pin(mail::queued(shared, items))
            }),
            works: Lanes::start(1, WORK_BATCH_MAX, shared.clone(), |shared, items| {
                Box::pin(job::works(shared, items))
            }),
            shared,
        })
    }

    /// Brings the tables up to date and fills an empty catalogue.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        let migrated = match &self.shared.pools {
            Pools::Postgres { durable, .. } => sqlx::migrate!("../../migrations/postgres").run(durable).await,
            Pools::Sqlite { writer, .. } => sqlx::migrate!("../../migrations/sqlite").run(writer).await,
        };
        migrated.map_err(|error| match error {
            sqlx::migrate::MigrateError::Execute(error) => error.into(),
            other => StoreError::corrupt("migration", other),
        })?;
        crate::product::seed(&self.shared).await
    }

    /// Closes every connection, after what is under way has ended.
    pub async fn close(&self) {
        match &self.shared.pools {
            Pools::Postgres { durable, relaxed } => {
                relaxed.close().await;
                durable.close().await;
            }
            Pools::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
        }
    }
}

async fn connect(config: &StoreConfig) -> Result<Pools, StoreError> {
    if config.database_url.starts_with("sqlite:") {
        let options = SqliteConnectOptions::from_str(&config.database_url)?
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
        return Ok(Pools::Sqlite { writer, readers });
    }
    let options = PgConnectOptions::from_str(&config.database_url)?
        .application_name("galley")
        .statement_cache_capacity(STATEMENTS_MAX)
        .disable_statement_logging();
    // No ping before each use: it would cost a round trip per call. A connection that broke while
    // idle fails its call as unavailable, which callers answer by trying again.
    let pool = PgPoolOptions::new().acquire_timeout(ACQUIRE_TIMEOUT).test_before_acquire(false);
    let relaxed_connections = RELAXED_CONNECTIONS_MAX.min(config.max_connections / 2).max(1);
    let durable_connections = config.max_connections.saturating_sub(relaxed_connections).max(1);
    let durable = pool.clone().max_connections(durable_connections).connect_with(options.clone()).await?;
    let options = options.options([("synchronous_commit", "off")]);
    let relaxed = pool.max_connections(relaxed_connections).connect_lazy_with(options);
    Ok(Pools::Postgres { durable, relaxed })
}
