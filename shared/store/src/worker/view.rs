//! Worker processes as staff look at them.

use crate::{Store, db::on, error::StoreError};
use chrono::{DateTime, Utc};
use galley_domain::id::WorkerId;
use sqlx::FromRow;
use uuid::Uuid;

/// A registered worker process, with what it has in its hands.
#[derive(Clone, Debug, FromRow)]
pub struct WorkerView {
    /// Its id, new at each start.
    #[sqlx(try_from = "Uuid")]
    pub id: WorkerId,
    /// The machine and process id.
    pub host: String,
    /// The queues it works on, separated by commas.
    pub queues: String,
    /// When it registered, by its own clock.
    pub started_at: DateTime<Utc>,
    /// Its last sign of life, by its own clock: for people to read, since clocks differ.
    pub beaten_at: Option<DateTime<Utc>>,
    /// Jobs that it holds.
    pub active: i64,
}

impl Store {
    /// Every registered worker process, the one that started last first.
    pub async fn workers(&self) -> Result<Vec<WorkerView>, StoreError> {
        let mut conn = self.shared.pools.reader().await?;
        Ok(on!(Conn: &mut conn, |c| {
            sqlx::query_as(
                "SELECT w.id, w.host, w.queues, w.started_at, w.beaten_at, (SELECT COUNT(*) FROM job j \
                 WHERE j.state = 'active' AND j.worker_id = w.id) AS active FROM worker_process w ORDER BY w.id DESC",
            )
            .fetch_all(c)
            .await
        })?)
    }
}
