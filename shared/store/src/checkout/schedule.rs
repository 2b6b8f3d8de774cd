//! Work that one process at a time does now and then.

use crate::{Store, db::on, error::StoreError};
use chrono::TimeDelta;

impl Store {
    /// Whether it is time for `name` again, for whoever asks first; the next time is `every` later.
    ///
    /// Two machines whose clocks differ do it a little too early or too late; nothing that is
    /// scheduled here is wrong when it is done twice.
    pub async fn take_turn(&self, name: &str, every: TimeDelta) -> Result<bool, StoreError> {
        let now = self.shared.clock.now();
        let mut conn = self.shared.pools.relaxed().await?;
        Ok(on!(Conn: &mut conn, |c| {
            sqlx::query(
                "INSERT INTO schedule (name, due_at) VALUES ($1, $2) ON CONFLICT (name) \
                 DO UPDATE SET due_at = excluded.due_at WHERE schedule.due_at <= $3",
            )
            .bind(name)
            .bind(now + every)
            .bind(now)
            .execute(c)
            .await
            .map(|done| done.rows_affected() > 0)
        })?)
    }
}
