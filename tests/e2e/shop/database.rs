//! A look into the tables, past Galley.

use chrono::{DateTime, Utc};
use sqlx::{
    AssertSqlSafe, PgPool, SqlitePool,
    postgres::PgPoolOptions,
    sqlite::{SqliteConnectOptions, SqlitePoolOptions},
};
use std::{collections::BTreeMap, path::Path, time::Duration};
use url::Url;
use uuid::Uuid;

/// Every table that an order leaves something in.
const TABLES: [&str; 11] = [
    "article",
    "checkout_session",
    "content_version",
    "customer",
    "email",
    "job",
    "job_attempt",
    "order_event",
    "orders",
    "payment",
    "payment_event",
];

#[derive(Debug)]
pub(crate) enum Database {
    Postgres(PgPool),
    Sqlite(SqlitePool),
}

macro_rules! on {
    ($database:expr, |$pool:ident| $body:expr) => {
        match $database {
            Database::Postgres($pool) => $body,
            Database::Sqlite($pool) => $body,
        }
    };
}

impl Database {
    pub(crate) async fn postgres(url: &Url) -> Self {
        Self::Postgres(PgPoolOptions::new().max_connections(3).connect(url.as_str()).await.unwrap())
    }

    /// Opens the file when it is first asked for something.
    pub(crate) fn sqlite(file: &Path) -> Self {
        let options = SqliteConnectOptions::new().filename(file).busy_timeout(Duration::from_secs(10));
        Self::Sqlite(SqlitePoolOptions::new().max_connections(2).connect_lazy_with(options))
    }

    /// The number that a query finds.
    pub(crate) async fn count(&self, sql: &str) -> i64 {
        let sql = AssertSqlSafe(sql);
        on!(self, |pool| sqlx::query_scalar(sql).fetch_one(pool).await).unwrap()
    }

    /// The texts that a query finds.
    pub(crate) async fn texts(&self, sql: &str) -> Vec<String> {
        let sql = AssertSqlSafe(sql);
        on!(self, |pool| sqlx::query_scalar(sql).fetch_all(pool).await).unwrap()
    }

    /// The ids that a query finds.
    pub(crate) async fn ids(&self, sql: &str) -> Vec<Uuid> {
        let sql = AssertSqlSafe(sql);
        on!(self, |pool| sqlx::query_scalar(sql).fetch_all(pool).await).unwrap()
    }

    /// The number that a query about one thing finds.
    pub(crate) async fn count_of(&self, sql: &str, id: Uuid) -> i64 {
        let sql = AssertSqlSafe(sql);
        on!(self, |pool| sqlx::query_scalar(sql).bind(id).fetch_one(pool).await).unwrap()
    }

    /// The texts that a query about one thing finds.
    pub(crate) async fn texts_of(&self, sql: &str, id: Uuid) -> Vec<String> {
        let sql = AssertSqlSafe(sql);
        on!(self, |pool| sqlx::query_scalar(sql).bind(id).fetch_all(pool).await).unwrap()
    }

    /// The beginnings and ends that a query about one thing finds.
    pub(crate) async fn spans_of(&self, sql: &str, id: Uuid) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
        let sql = AssertSqlSafe(sql);
        on!(self, |pool| sqlx::query_as(sql).bind(id).fetch_all(pool).await).unwrap()
    }

    /// How many rows each table has.
    pub(crate) async fn census(&self) -> BTreeMap<&'static str, i64> {
        let mut census = BTreeMap::new();
        for table in TABLES {
            census.insert(table, self.count(&format!("SELECT COUNT(*) FROM {table}")).await);
        }
        census
    }

    /// Changes something that no part of Galley changes yet.
    pub(crate) async fn change(&self, sql: &str) {
        let sql = AssertSqlSafe(sql);
        on!(self, |pool| sqlx::query(sql).execute(pool).await.map(drop)).unwrap();
    }

    /// The order that a session at the gateway has become.
    pub(crate) async fn order_of(&self, session_id: &str) -> Option<Uuid> {
        let sql = "SELECT p.order_id FROM payment p JOIN checkout_session s ON s.id = p.checkout_session_id \
                   WHERE s.external_id = $1 AND p.order_id IS NOT NULL";
        on!(self, |pool| sqlx::query_scalar(sql).bind(session_id).fetch_optional(pool).await).unwrap()
    }

    /// Puts an article into the shop, as one from before its texts were kept as HTML.
    pub(crate) async fn insert_article(&self, slug: &str, title: &str, source: &str) -> Uuid {
        let clock = galley_store::Clock::system();
        let (id, now) = (clock.new_id(), clock.now());
        let sql = "INSERT INTO article (id, slug, title, source, published_at, created_at, updated_at) \
                   VALUES ($1, $2, $3, $4, $5, $5, $5)";
        on!(self, |pool| {
            sqlx::query(sql)
                .bind(id)
                .bind(slug)
                .bind(title)
                .bind(source)
                .bind(now)
                .execute(pool)
                .await
                .map(drop)
        })
        .unwrap();
        id
    }
}
