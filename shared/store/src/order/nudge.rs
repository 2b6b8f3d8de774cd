//! Orders whose customers do not act.

use crate::{
    Store,
    change::{self, Changes, Circumstance, OrderRow},
    db::{Tx, on},
    error::StoreError,
    shared::Shared,
};
use chrono::{DateTime, Utc};
use galley_content::mail::{was_submitted, will_be_submitted};
use galley_domain::{
    actor::Actor,
    id::OrderId,
    order::{Command, Decision, Nudge, OrderStatus, days_until_submitted, decide, nudge},
    quality::{QualityReport, Verdict},
    settings::ShopSettings,
};
use sqlx::types::Json;
use std::collections::HashSet;
use uuid::Uuid;

/// What one pass did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Nudged {
    /// Orders whose wait had come to something; as many as were asked for when there may be more.
    pub due: usize,
    /// Customers who were reminded.
    pub reminded: usize,
    /// Orders that went to the editor by themselves.
    pub submitted: usize,
}

impl Store {
    /// Reminds the customers of up to `limit` orders that have waited for them long enough, and hands
    /// in those that were waited for to the end, as the shop decided.
    ///
    /// Orders on hold and those with an open refund keep their turn until that is over. Each stage of
    /// the wait is ended under the order's lock: passes beside each other do nothing twice.
    pub async fn nudge(&self, limit: i64) -> Result<Nudged, StoreError> {
        let shared = &self.shared;
        let settings = self.settings().await?;
        let due = due(shared, limit).await?;
        let mut done = Nudged { due: due.len(), ..Nudged::default() };
        if due.is_empty() {
            return Ok(done);
        }
        let mut tx = shared.pools.begin().await?;
        let rows = change::find_for_update(&mut tx, &due).await?;
        let passed = passed(&mut tx, &due).await?;
        let mut changes = Changes::new(shared);
        for mut row in rows {
            if row.order.frozen || row.order.refund_open || !row.is_due(changes.now) {
                continue;
            }
            let passed = passed.contains(&row.order.id);
            match end_stage(&mut changes, &mut row, &settings, passed) {
                Nudge::Remind => done.reminded += 1,
                Nudge::Submit => done.submitted += 1,
                Nudge::Wait => {}
            }
        }
        let committed = changes.flush(&mut tx).await?;
        tx.commit().await?;
        shared.wake.send(committed);
        Ok(done)
    }
}

/// Does what the end of the order's stage calls for, and says what that was.
fn end_stage(
    changes: &mut Changes<'_>,
    row: &mut OrderRow,
    settings: &ShopSettings,
    all_passed: bool,
) -> Nudge {
    let stage = row.order.nudges;
    let (what, then_in_days) = nudge(settings, stage, all_passed);
    let (command, reason) = match what {
        Nudge::Remind => (
            Command::Remind { stage },
            days_until_submitted(settings, stage, all_passed).map(will_be_submitted),
        ),
        Nudge::Submit => (Command::AutoSubmit, Some(was_submitted(settings.auto_submit.after_days))),
        Nudge::Wait => {
            row.order.nudges += 1;
            row.wait_on(then_in_days, changes.now);
            changes.touch(row);
            return Nudge::Wait;
        }
    };
    row.wait_on(then_in_days, changes.now);
    let Ok(Decision::Transition(transition)) = decide(&row.order, &command) else {
        // It is not the customer's turn after all: then nothing is waited for.
        row.wait_on(None, changes.now);
        changes.touch(row);
        return Nudge::Wait;
    };
    let how = Circumstance { reason: reason.as_deref(), ..Circumstance::by(Actor::System) };
    changes.transition(row, *transition, &how);
    what
}

async fn due(shared: &Shared, limit: i64) -> Result<Vec<OrderId>, StoreError> {
    let now: DateTime<Utc> = shared.clock.now();
    let mut conn = shared.pools.reader().await?;
    let ids: Vec<(Uuid,)> = on!(Conn: &mut conn, |c| {
        sqlx::query_as(
            "SELECT id FROM orders WHERE nudge_at <= $1 AND status = $2 AND NOT frozen AND NOT refund_open \
             ORDER BY nudge_at LIMIT $3",
        )
        .bind(now)
        .bind(OrderStatus::QualityCheck.as_str())
        .bind(limit)
        .fetch_all(c)
        .await
    })?;
    Ok(ids.into_iter().map(|(id,)| OrderId(id)).collect())
}

/// Which of the orders have a version that passed every check.
async fn passed(tx: &mut Tx, ids: &[OrderId]) -> Result<HashSet<OrderId>, StoreError> {
    let rows: Vec<(Uuid, Option<Json<QualityReport>>)> = on!(tx, |c| {
        let mut sql = sqlx::QueryBuilder::new(
            "SELECT o.id, v.report FROM orders o JOIN content_version v ON v.order_id = o.id \
             AND v.number = o.current_version WHERE o.id IN (",
        );
        let mut list = sql.separated(", ");
        for id in ids {
            list.push_bind(id.0);
        }
        sql.push(")");
        sql.build_query_as().fetch_all(c).await
    })?;
    let all_passed = |report: &Option<Json<QualityReport>>| {
        report.as_ref().is_some_and(|one| one.verdict == Verdict::Pass)
    };
    Ok(rows.into_iter().filter(|(_, report)| all_passed(report)).map(|(id, _)| OrderId(id)).collect())
}
