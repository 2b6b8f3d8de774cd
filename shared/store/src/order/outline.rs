//! Orders as their live status tells them: many at once, without the texts of their versions.

use super::{OrderView, VersionView, many, view};
use crate::{Store, error::StoreError, job::JobView};
use galley_domain::id::OrderId;
use sqlx::FromRow;
use std::collections::HashMap;
use uuid::Uuid;

/// Most orders that are read in one go.
const OUTLINES_MAX: usize = 64;

const ORDERS: &str = "SELECT id, status, step, run, brief, amount_minor, currency, frozen, publishing, failure, \
     reason, notice, created_at, updated_at, current_version FROM orders WHERE id";

const VERSIONS: &str = "SELECT v.order_id, v.id, v.number, v.run, v.title, '' AS source, '' AS html, v.report, \
     v.provenance, NULL AS insertion, v.made_by, v.notes, v.created_at FROM orders o JOIN content_version v \
     ON v.order_id = o.id AND v.number = o.current_version WHERE o.id";

const JOBS: &str = "SELECT j.order_id, j.id, j.kind, j.state, j.attempt, j.max_attempts, j.run_at, j.error, \
     j.created_at, j.started_at, j.finished_at FROM orders o JOIN job j ON j.order_id = o.id AND j.run = o.run \
     AND j.queue = 'content' WHERE o.id";

#[derive(FromRow)]
struct Order {
    id: Uuid,
    #[sqlx(flatten)]
    row: view::Row,
}

#[derive(FromRow)]
struct Version {
    order_id: Uuid,
    #[sqlx(flatten)]
    view: VersionView,
}

#[derive(FromRow)]
struct Job {
    order_id: Uuid,
    #[sqlx(flatten)]
    view: JobView,
}

impl Store {
    /// Those of `orders` that exist, as [`Store::order_view`] has them but without the texts and the
    /// insertion of their version, in no order. Three queries for each 64 of them.
    pub async fn order_outlines(&self, orders: &[OrderId]) -> Result<Vec<OrderView>, StoreError> {
        let mut views = Vec::with_capacity(orders.len());
        let mut conn = self.shared.pools.reader().await?;
        for orders in orders.chunks(OUTLINES_MAX) {
            let ids: Vec<Uuid> = orders.iter().map(|order| order.0).collect();
            let found: Vec<Order> = many::fetch(&mut conn, ORDERS, &ids).await?;
            let versions: Vec<Version> = many::fetch(&mut conn, VERSIONS, &ids).await?;
            let mut jobs: Vec<Job> = many::fetch(&mut conn, JOBS, &ids).await?;
            jobs.sort_by_key(|job| job.view.id);
            let mut versions: HashMap<Uuid, VersionView> =
                versions.into_iter().map(|version| (version.order_id, version.view)).collect();
            let mut work: HashMap<Uuid, Vec<JobView>> = HashMap::new();
            for job in jobs {
                work.entry(job.order_id).or_default().push(job.view);
            }
            for Order { id, row } in found {
                let (version, jobs) = (versions.remove(&id), work.remove(&id).unwrap_or_default());
                views.push(row.view(OrderId(id), version, jobs)?);
            }
        }
        Ok(views)
    }
}
