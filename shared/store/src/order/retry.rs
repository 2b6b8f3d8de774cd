//! Starting many failed orders again.

use super::list::{OrderFilter, Terms};
use crate::{
    Store,
    change::{self, Changes, Circumstance},
    db::{Conn, on},
    error::StoreError,
};
use galley_domain::{
    actor::Actor,
    id::OrderId,
    order::{Command, Decision, decide},
};
use sqlx::QueryBuilder;
use uuid::Uuid;

/// What came of starting many orders again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RetriedOrders {
    /// They are being worked on.
    pub retried: usize,
    /// Somebody else was faster, or money stands against it.
    pub refused: usize,
}

/// Failed by themselves, and nothing stands against going on: the others were ended by a person.
const WAITING: &str =
    " AND o.status = 'FAILED' AND o.failure = 'exhausted' AND NOT (o.frozen OR o.refund_open)";

impl Store {
    /// Starts the orders again that failed by themselves, out of those that `filter` means: at most
    /// `limit`, oldest first. Orders that staff have cancelled stay as they are, and so do those with a
    /// refund under way or a disputed payment.
    pub async fn retry_orders(
        &self,
        filter: &OrderFilter,
        limit: i64,
        actor: &Actor,
    ) -> Result<RetriedOrders, StoreError> {
        let ids = self.failed_orders(filter, limit).await?;
        let mut tx = self.shared.pools.begin().await?;
        let mut changes = Changes::new(&self.shared);
        let mut done = RetriedOrders::default();
        for row in &mut change::find_for_update(&mut tx, &ids).await? {
            match decide(&row.order, &Command::Retry) {
                Ok(Decision::Transition(transition)) => {
                    changes.transition(row, *transition, &Circumstance::by(actor.clone()));
                    done.retried += 1;
                }
                Ok(_) | Err(_) => done.refused += 1,
            }
        }
        let committed = changes.flush(&mut tx).await?;
        tx.commit().await?;
        self.shared.wake.send(committed);
        Ok(done)
    }

    /// How many orders [`retry_orders`](Self::retry_orders) would start again, counted up to `limit`.
    pub async fn count_failed_orders(&self, filter: &OrderFilter, limit: i64) -> Result<i64, StoreError> {
        let mut conn = self.shared.pools.reader().await?;
        let terms = Terms::of(&mut conn, filter).await?;
        let (count,): (i64,) = on!(Conn: &mut conn, |c| {
            let mut sql = QueryBuilder::new("SELECT COUNT(*) FROM (SELECT 1 FROM orders o WHERE ");
            terms.restrict(&mut sql);
            sql.push(WAITING).push(" LIMIT ").push_bind(limit).push(") AS found");
            sql.build_query_as().fetch_one(c).await
        })?;
        Ok(count)
    }

    async fn failed_orders(&self, filter: &OrderFilter, limit: i64) -> Result<Vec<OrderId>, StoreError> {
        let mut conn = self.shared.pools.reader().await?;
        let terms = Terms::of(&mut conn, filter).await?;
        let rows: Vec<(Uuid,)> = on!(Conn: &mut conn, |c| {
            let mut sql = QueryBuilder::new("SELECT o.id FROM orders o WHERE ");
            terms.restrict(&mut sql);
            sql.push(WAITING).push(" ORDER BY o.id LIMIT ").push_bind(limit);
            sql.build_query_as().fetch_all(c).await
        })?;
        drop::<Conn>(conn);
        Ok(rows.into_iter().map(|(id,)| OrderId(id)).collect())
    }
}
