//! Worker processes and their signs of life.

mod view;

pub use view::WorkerView;

use crate::{
    Store,
    db::{Tx, on},
    error::StoreError,
    job::{Holder, Swept},
};
use galley_domain::{id::WorkerId, job::Queue};
use sqlx::FromRow;
use uuid::Uuid;

/// A registered worker process.
#[derive(Clone, Debug, FromRow)]
pub struct ProcessView {
    /// Its id, new at each start.
    #[sqlx(try_from = "Uuid")]
    pub id: WorkerId,
    /// Goes up every second while it lives.
    pub beat: i64,
    /// The machine and process id.
    pub host: String,
    /// The queues it works on, separated by commas.
    pub queues: String,
}

/// Whether a process may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alive {
    /// Its beat was written.
    Yes,
    /// It was declared dead; its jobs are somebody else's.
    No,
}

/// Removes a process that was seen to stop at `beat`; false if it has gone on, or is gone already.
pub(crate) async fn remove(tx: &mut Tx, worker: WorkerId, beat: i64) -> Result<bool, StoreError> {
    Ok(on!(tx, |c| {
        sqlx::query("DELETE FROM worker_process WHERE id = $1 AND beat = $2")
            .bind(worker.0)
            .bind(beat)
            .execute(c)
            .await
            .map(|done| done.rows_affected() > 0)
    })?)
}

impl Store {
    /// Registers this process under a new id.
    pub async fn register(&self, host: &str, queues: &[Queue]) -> Result<WorkerId, StoreError> {
        let (id, now) = (self.shared.clock.new_id(), self.shared.clock.now());
        let queues = queues.iter().map(|queue| queue.as_str()).collect::<Vec<_>>().join(",");
        let mut conn = self.shared.pools.relaxed().await?;
        on!(Conn: &mut conn, |c| {
            sqlx::query("INSERT INTO worker_process (id, beat, host, queues, started_at, beaten_at) VALUES ($1, 0, $2, $3, $4, $4)")
                .bind(id)
                .bind(host)
                .bind(queues)
                .bind(now)
                .execute(c)
                .await
                .map(drop)
        })?;
        Ok(WorkerId(id))
    }

    /// Gives a sign of life.
    pub async fn beat(&self, worker: WorkerId) -> Result<Alive, StoreError> {
        let now = self.shared.clock.now();
        let mut conn = self.shared.pools.relaxed().await?;
        let written = on!(Conn: &mut conn, |c| {
            sqlx::query("UPDATE worker_process SET beat = beat + 1, beaten_at = $2 WHERE id = $1")
                .bind(worker.0)
                .bind(now)
                .execute(c)
                .await
                .map(|done| done.rows_affected())
        })?;
        Ok(if written > 0 { Alive::Yes } else { Alive::No })
    }

    /// Every registered process.
    pub async fn processes(&self) -> Result<Vec<ProcessView>, StoreError> {
        let mut conn = self.shared.pools.reader().await?;
        Ok(on!(Conn: &mut conn, |c| {
            sqlx::query_as("SELECT id, beat, host, queues FROM worker_process ORDER BY id").fetch_all(c).await
        })?)
    }

    /// Declares a process dead whose beat has stayed at `beat`, and frees its jobs.
    ///
    /// Conditional on the beat: many sweepers may call this at once, and a process that has gone on
    /// meanwhile keeps everything.
    pub async fn bury(&self, worker: WorkerId, beat: i64) -> Result<usize, StoreError> {
        crate::job::free(&self.shared, Holder::Worker(worker), Some(beat)).await
    }

    /// Takes a process off the list that stops of its own accord, having handed its jobs back.
    pub async fn unregister(&self, worker: WorkerId) -> Result<(), StoreError> {
        let mut conn = self.shared.pools.relaxed().await?;
        on!(Conn: &mut conn, |c| {
            sqlx::query("DELETE FROM worker_process WHERE id = $1").bind(worker.0).execute(c).await.map(drop)
        })?;
        Ok(())
    }

    /// Frees everything that any process held. Only for the one process that may serve from this
    /// database, which its lock file proves.
    pub async fn free_all_leases(&self) -> Result<Swept, StoreError> {
        let mut conn = self.shared.pools.relaxed().await?;
        on!(Conn: &mut conn, |c| sqlx::query("DELETE FROM worker_process").execute(c).await.map(drop))?;
        drop(conn);
        self.sweep().await
    }
}
