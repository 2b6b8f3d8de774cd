//! How long work of a kind usually takes, from the moment it is asked for.

use crate::{Store, db::on, error::StoreError, shared::Shared};
use chrono::{DateTime, TimeDelta, Utc};
use galley_domain::{estimate::Estimate, job::JobKind};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// How many of the last ones are looked at.
const MEASURED_MAX: i64 = 100;
/// How long an answer is kept.
const KEPT: TimeDelta = TimeDelta::minutes(1);

/// When each was made, and what it said.
type Made = HashMap<JobKind, (DateTime<Utc>, Estimate)>;

/// The estimates that were made of late. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Estimates(Arc<Mutex<Made>>);

impl Estimates {
    fn find(&self, kind: JobKind, now: DateTime<Utc>) -> Option<Estimate> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = |(made_at, _): &&(DateTime<Utc>, Estimate)| (now - *made_at).abs() < KEPT;
        kept.get(&kind).filter(fresh).map(|(_, estimate)| *estimate)
    }

    fn keep(&self, kind: JobKind, now: DateTime<Utc>, estimate: Estimate) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(kind, (now, estimate));
    }
}

impl Store {
    /// How long jobs of a kind took of late, from the wish to its fulfilment: waiting and repeated
    /// runs are part of it. Measured once a minute, over the last 100 that were completed.
    pub async fn estimate(&self, kind: JobKind) -> Result<Estimate, StoreError> {
        let now = self.shared.clock.now();
        if let Some(estimate) = self.shared.estimates.find(kind, now) {
            return Ok(estimate);
        }
        let estimate = measure(&self.shared, kind).await?;
        self.shared.estimates.keep(kind, now, estimate);
        Ok(estimate)
    }
}

async fn measure(shared: &Shared, kind: JobKind) -> Result<Estimate, StoreError> {
    let mut conn = shared.pools.reader().await?;
    let rows: Vec<(DateTime<Utc>, DateTime<Utc>)> = on!(Conn: &mut conn, |c| {
        sqlx::query_as(
            "SELECT created_at, finished_at FROM job WHERE kind = $1 AND state = 'completed' \
             AND finished_at IS NOT NULL ORDER BY finished_at DESC LIMIT $2",
        )
        .bind(kind.as_str())
        .bind(MEASURED_MAX)
        .fetch_all(c)
        .await
    })?;
    let took = rows.into_iter().map(|(asked_at, done_at)| (done_at - asked_at).to_std().unwrap_or_default());
    Ok(Estimate::of(took.collect()))
}
