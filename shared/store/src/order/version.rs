//! Reading versions.

use crate::{
    Store,
    change::{NewVersion, Provenance},
    db::{Conn, Tx, on},
    error::StoreError,
};
use chrono::{DateTime, Utc};
use galley_content::backlink::Insertion;
use galley_domain::{id::OrderId, id::VersionId, quality::QualityReport};
use sqlx::{FromRow, types::Json};
use uuid::Uuid;

/// Most versions in one list.
const LISTED_MAX: i64 = 500;

/// A version of an order's content.
#[derive(Clone, Debug, FromRow)]
pub struct VersionView {
    /// Its id.
    #[sqlx(try_from = "Uuid")]
    pub id: VersionId,
    /// From 1; 0 is the article before its backlink.
    pub number: i32,
    /// The run it was made in.
    pub run: i32,
    /// The title.
    pub title: String,
    /// Markdown; empty in lists.
    pub source: String,
    /// Safe HTML; empty in lists.
    pub html: String,
    /// The checks; `None` for number 0.
    pub report: Option<Json<QualityReport>>,
    /// Where it came from.
    pub provenance: Json<Provenance>,
    /// For a backlink: the paragraph that changed.
    pub insertion: Option<Json<Insertion>>,
    /// Who made it.
    pub made_by: String,
    /// What was asked for.
    pub notes: Option<String>,
    /// When.
    pub created_at: DateTime<Utc>,
}

pub(super) async fn find(
    conn: &mut Conn,
    order: OrderId,
    number: i32,
) -> Result<Option<VersionView>, StoreError> {
    Ok(on!(Conn: conn, |c| {
        sqlx::query_as(
            "SELECT id, number, run, title, source, html, report, provenance, insertion, made_by, notes, created_at \
             FROM content_version WHERE order_id = $1 AND number = $2",
        )
        .bind(order.0)
        .bind(number)
        .fetch_optional(c)
        .await
    })?)
}

#[derive(FromRow)]
struct Content {
    title: String,
    source: String,
    html: String,
    report: Json<QualityReport>,
    provenance: Json<Provenance>,
    insertion: Option<Json<Insertion>>,
    sketch: Option<Vec<u8>>,
}

/// The content of a version, to be made the newest once more.
pub(super) async fn find_content(
    tx: &mut Tx,
    order: OrderId,
    number: i32,
) -> Result<Option<NewVersion>, StoreError> {
    let found: Option<Content> = on!(tx, |c| {
        sqlx::query_as(
            "SELECT title, source, html, report, provenance, insertion, sketch FROM content_version \
             WHERE order_id = $1 AND number = $2",
        )
        .bind(order.0)
        .bind(number)
        .fetch_optional(c)
        .await
    })?;
    Ok(found.map(|content| NewVersion {
        title: content.title,
        source: content.source,
        html: content.html,
        report: content.report.0,
        provenance: content.provenance.0,
        insertion: content.insertion.map(|insertion| insertion.0),
        sketch: content.sketch.unwrap_or_default(),
    }))
}

impl Store {
    /// One version with its texts.
    pub async fn find_version(&self, order: OrderId, number: i32) -> Result<Option<VersionView>, StoreError> {
        let mut conn = self.shared.pools.reader().await?;
        find(&mut conn, order, number).await
    }

    /// The 500 newest versions without their texts, newest first.
    pub async fn list_versions(&self, order: OrderId) -> Result<Vec<VersionView>, StoreError> {
        let mut conn = self.shared.pools.reader().await?;
        Ok(on!(Conn: &mut conn, |c| {
            sqlx::query_as(
                "SELECT id, number, run, title, '' AS source, '' AS html, report, provenance, NULL AS insertion, \
                 made_by, notes, created_at FROM content_version WHERE order_id = $1 ORDER BY number DESC LIMIT $2",
            )
            .bind(order.0)
            .bind(LISTED_MAX)
            .fetch_all(c)
            .await
        })?)
    }

    /// The similarity sketches of what other orders than `except` have as their current version, the
    /// `limit` newest of those, newest first: order, title, sketch.
    pub async fn latest_sketches(
        &self,
        except: OrderId,
        limit: i64,
    ) -> Result<Vec<(OrderId, String, Vec<u8>)>, StoreError> {
        let mut conn = self.shared.pools.reader().await?;
        let rows: Vec<(Uuid, String, Vec<u8>)> = on!(Conn: &mut conn, |c| {
            sqlx::query_as(
                "SELECT v.order_id, v.title, v.sketch FROM content_version v \
                 JOIN orders o ON o.id = v.order_id AND o.current_version = v.number \
                 WHERE v.sketch IS NOT NULL AND v.order_id <> $1 ORDER BY v.id DESC LIMIT $2",
            )
            .bind(except.0)
            .bind(limit)
            .fetch_all(c)
            .await
        })?;
        Ok(rows.into_iter().map(|(order, title, sketch)| (OrderId(order), title, sketch)).collect())
    }
}
