//! Opening the store: its migrations, and the lanes of its hot paths.

use crate::{
    Store,
    batch::Lanes,
    clock::Clock,
    error::StoreError,
    job::{self, Estimates},
    mail, order,
    pools::Pools,
    settings::KnownSettings,
    settle,
    shared::{Letterhead, Shared},
    wake::Wake,
};
use std::sync::Arc;

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
    /// Of changed orders they are told in any case.
    pub notify: bool,
    /// The head of every mail.
    pub letterhead: Letterhead,
}

impl Store {
    /// Connects. The database must exist (a SQLite file is made); [`Store::migrate`] makes tables.
    pub async fn open(config: StoreConfig, clock: Clock) -> Result<Self, StoreError> {
        let pools = Pools::connect(&config.database_url, config.max_connections).await?;
        let shared = Shared {
            pools,
            clock,
            letterhead: Arc::new(config.letterhead),
            wake: Wake::default(),
            settings: KnownSettings::default(),
            estimates: Estimates::default(),
        };
        if let Pools::Postgres { relaxed, .. } = &shared.pools {
            let commits = shared.wake.subscribe();
            tokio::spawn(crate::notify::run(relaxed.clone(), commits, config.notify));
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
        self.shared.pools.close().await;
    }
}
