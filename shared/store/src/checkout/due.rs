//! What the reconciler asks gateways about, and when.
//!
//! A checkout is taken for as long as a question may last: passes that overlap, and other
//! processes, skip what somebody has. One that was taken by a process that died is due again soon.

use crate::{Store, change::Changes, db::on, error::StoreError, settle::REFUND_PAUSE};
use chrono::{DateTime, TimeDelta, Utc};
use galley_domain::{
    id::{CheckoutSessionId, RefundId},
    payment::{CheckoutState, Gateway},
};
use sqlx::FromRow;
use uuid::Uuid;

/// How long a checkout that was taken is left to whoever took it.
const TAKEN: TimeDelta = TimeDelta::seconds(12);
/// How long after its row a page is made at the latest, when the request that opened it makes it.
const MADE_LATE: TimeDelta = TimeDelta::seconds(10);
/// How old a checkout is asked about in every pass.
const YOUNG: TimeDelta = TimeDelta::hours(1);
/// How often an older one that can still be paid is.
const OLDER_PAUSE: TimeDelta = TimeDelta::seconds(20);
/// How long one is asked about that nobody paid, after which it is let go.
const OPEN_MAX: TimeDelta = TimeDelta::hours(26);
/// How long one is asked about whose money is on its way.
const PROCESSING_MAX: TimeDelta = TimeDelta::days(14);
/// How long the gateway is asked to make a page: its idempotency keys live that long.
const CREATING_MAX: TimeDelta = TimeDelta::hours(24);
/// How often a refund is taken up again that the gateway could not be asked for.
const REQUESTED_PAUSE: TimeDelta = TimeDelta::minutes(1);
/// Most jobs that are taken up again at a time.
const RESUME_MAX: i64 = 500;

/// A checkout that a gateway is to be asked about.
#[derive(Clone, Debug)]
pub struct DueCheckout {
    /// Ours.
    pub id: CheckoutSessionId,
    /// Whom to ask.
    pub gateway: Gateway,
    /// The gateway's id.
    pub external_id: String,
    /// Whether it can be paid, or was completed without money.
    pub state: CheckoutState,
    /// When it was opened.
    pub created_at: DateTime<Utc>,
    /// When it can no longer be paid, if the gateway said so.
    pub expires_at: Option<DateTime<Utc>>,
    /// Somebody waits for it.
    pub hot: bool,
    /// Its page was made some time after it was opened: the gateway's date is not ours.
    pub made_late: bool,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    gateway: String,
    external_id: String,
    state: String,
    created_at: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
    hot_until: Option<DateTime<Utc>>,
    opened_at: Option<DateTime<Utc>>,
}

impl DueCheckout {
    fn of(row: Row, now: DateTime<Utc>) -> Result<Self, StoreError> {
        let unreadable = |error| StoreError::corrupt("checkout session", error);
        Ok(Self {
            id: CheckoutSessionId(row.id),
            gateway: row.gateway.parse().map_err(unreadable)?,
            external_id: row.external_id,
            state: row.state.parse().map_err(unreadable)?,
            created_at: row.created_at,
            expires_at: row.expires_at,
            made_late: row.opened_at.is_some_and(|at| at - row.created_at > MADE_LATE),
            hot: row.hot_until.is_some_and(|until| until > now),
        })
    }

    /// When it is asked about again, if it still stands as it did: in the next pass while it is
    /// young or somebody waits, then ever more seldom; `None` when it is let go.
    pub fn next_poll_at(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let age = now - self.created_at;
        let processing = self.state == CheckoutState::Processing;
        if age > if processing { PROCESSING_MAX } else { OPEN_MAX } {
            return None;
        }
        if self.hot || (!processing && age < YOUNG) {
            return Some(now);
        }
        let pause = if processing {
            (age / 4).clamp(TimeDelta::minutes(15), TimeDelta::hours(6))
        } else {
            OLDER_PAUSE
        };
        Some(now + pause)
    }
}

impl Store {
    /// Takes checkouts that are due, those that somebody waits for and the longest due first; with
    /// `all`, whether due or not.
    pub async fn take_due_checkouts(&self, limit: i64, all: bool) -> Result<Vec<DueCheckout>, StoreError> {
        let now = self.shared.clock.now();
        let mut conn = self.shared.pools.relaxed().await?;
        let skip = conn.skip_locked();
        let rows: Vec<Row> = on!(Conn: &mut conn, |c| {
            sqlx::query_as(sqlx::AssertSqlSafe(format!(
                "WITH picked AS MATERIALIZED (SELECT id FROM checkout_session WHERE next_poll_at <= $1 \
                 AND state IN ('open', 'processing') AND external_id IS NOT NULL \
                 ORDER BY hot_until IS NULL OR hot_until <= $2, next_poll_at LIMIT $3{skip}) \
                 UPDATE checkout_session SET next_poll_at = $4 FROM picked WHERE checkout_session.id = picked.id \
                 RETURNING checkout_session.id, gateway, external_id, state, created_at, expires_at, hot_until, \
                 opened_at"
            )))
            .bind(if all { now + PROCESSING_MAX } else { now })
            .bind(now)
            .bind(limit)
            .bind(now + TAKEN)
            .fetch_all(c)
            .await
        })?;
        rows.into_iter().map(|row| DueCheckout::of(row, now)).collect()
    }

    /// Gives checkouts back that the gateway was asked about, or that nobody got to (`asked: false`).
    /// One that has moved meanwhile knows by itself when it is asked about next.
    pub async fn give_back_checkouts(&self, due: &[DueCheckout], asked: bool) -> Result<(), StoreError> {
        if due.is_empty() {
            return Ok(());
        }
        let now = self.shared.clock.now();
        let mut conn = self.shared.pools.relaxed().await?;
        on!(Conn: &mut conn, |c| {
            let mut sql = sqlx::QueryBuilder::new("UPDATE checkout_session SET next_poll_at = v.column2 FROM (");
            sql.push_values(due, |mut value, one| {
                value.push_bind(one.id.0);
                value.push_bind(if asked { one.next_poll_at(now) } else { Some(now) });
                value.push_bind(one.state.as_str());
            });
            sql.push(") AS v WHERE id = v.column1 AND state = v.column3");
            sql.build().execute(c).await.map(drop)
        })?;
        Ok(())
    }

    /// Takes up again what ran out of retries: pages that were not made, for as long as their keys
    /// live, and refunds that have not come to an end. Returns how many jobs will run.
    pub async fn resume_payment_jobs(&self) -> Result<usize, StoreError> {
        Ok(self.resume_checkouts().await? + self.resume_refunds().await?)
    }

    async fn resume_checkouts(&self) -> Result<usize, StoreError> {
        let shared = &self.shared;
        let now = shared.clock.now();
        let mut conn = shared.pools.relaxed().await?;
        let skip = conn.skip_locked();
        let stuck: Vec<(Uuid, DateTime<Utc>)> = on!(Conn: &mut conn, |c| {
            sqlx::query_as(sqlx::AssertSqlSafe(format!(
                "WITH picked AS MATERIALIZED (SELECT id FROM checkout_session WHERE state = 'creating' \
                 AND next_poll_at <= $1 ORDER BY next_poll_at LIMIT {RESUME_MAX}{skip}) \
                 UPDATE checkout_session SET next_poll_at = $2 FROM picked WHERE checkout_session.id = picked.id \
                 RETURNING checkout_session.id, created_at"
            )))
            .bind(now)
            .bind(now + TimeDelta::seconds(30))
            .fetch_all(c)
            .await
        })?;
        drop(conn);
        let (too_old, stuck): (Vec<_>, Vec<_>) =
            stuck.into_iter().partition(|(_, created_at)| now - *created_at > CREATING_MAX);
        for (id, _) in too_old {
            self.checkout_refused(CheckoutSessionId(id), "the gateway could not be reached for a day")
                .await?;
        }
        let mut changes = Changes::new(shared);
        for (id, _) in &stuck {
            changes.resume_checkout(CheckoutSessionId(*id));
        }
        self.resume(changes, stuck.len()).await
    }

    async fn resume_refunds(&self) -> Result<usize, StoreError> {
        let now = self.shared.clock.now();
        let mut conn = self.shared.pools.relaxed().await?;
        let skip = conn.skip_locked();
        let due: Vec<(Uuid,)> = on!(Conn: &mut conn, |c| {
            sqlx::query_as(sqlx::AssertSqlSafe(format!(
                "WITH picked AS MATERIALIZED (SELECT id FROM refund WHERE next_poll_at <= $1 \
                 ORDER BY next_poll_at LIMIT {RESUME_MAX}{skip}) \
                 UPDATE refund SET next_poll_at = CASE WHEN state = 'requested' THEN $2 ELSE $3 END \
                 FROM picked WHERE refund.id = picked.id AND state IN ('requested', 'unknown', 'pending') \
                 RETURNING refund.id"
            )))
            .bind(now)
            .bind(now + REQUESTED_PAUSE)
            .bind(now + REFUND_PAUSE)
            .fetch_all(c)
            .await
        })?;
        drop(conn);
        let mut changes = Changes::new(&self.shared);
        for (id,) in &due {
            changes.resume_refund(RefundId(*id));
        }
        self.resume(changes, due.len()).await
    }

    /// Nothing is begun where there is nothing to resume: that is nearly always.
    async fn resume(&self, changes: Changes<'_>, jobs: usize) -> Result<usize, StoreError> {
        if jobs == 0 {
            return Ok(0);
        }
        let mut tx = self.shared.pools.begin().await?;
        let committed = changes.flush(&mut tx).await?;
        tx.commit().await?;
        let resumed = committed.jobs.len();
        self.shared.wake.send(committed);
        Ok(resumed)
    }
}
