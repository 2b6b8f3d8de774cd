//! Looking into Galley's database, only reading.

use crate::Failure;
use chrono::{DateTime, Utc};
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, PgPool, SqlitePool,
    postgres::{PgConnection, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqlitePoolOptions},
};
use std::{
    collections::HashMap,
    path::Path,
    str::FromStr as _,
    time::{Duration, Instant},
};
use url::Url;

/// How often a count is looked at again.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

const READY_TIMES: &str = "SELECT checkout_session.external_id, MIN(order_event.created_at) \
     FROM order_event \
     JOIN orders ON orders.id = order_event.order_id \
     JOIN payment ON payment.id = orders.payment_id \
     JOIN checkout_session ON checkout_session.id = payment.checkout_session_id \
     WHERE order_event.to_status = 'QUALITY_CHECK' GROUP BY checkout_session.external_id";

const SESSIONS_OF_ORDERS: &str = "SELECT checkout_session.external_id FROM orders \
     JOIN payment ON payment.id = orders.payment_id \
     JOIN checkout_session ON checkout_session.id = payment.checkout_session_id";

/// A few connections to the database of a set-up.
#[derive(Clone)]
pub(crate) enum Database {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl Database {
    /// An embedded database's file, which need not be there yet.
    pub(crate) fn sqlite(file: &Path) -> Result<Self, Failure> {
        let options = SqliteConnectOptions::from_str(&format!("sqlite://{}", file.display()))?
            .read_only(true)
            .disable_statement_logging();
        Ok(Self::Sqlite(SqlitePoolOptions::new().max_connections(1).connect_lazy_with(options)))
    }

    /// A database of a Postgres.
    pub(crate) fn postgres(url: &Url) -> Result<Self, Failure> {
        Ok(Self::Postgres(PgPoolOptions::new().max_connections(1).connect_lazy(url.as_str())?))
    }

    /// The one number that a query answers with.
    pub(crate) async fn count(&self, sql: &'static str) -> Result<i64, Failure> {
        Ok(match self {
            Self::Sqlite(pool) => sqlx::query_scalar(sql).fetch_one(pool).await?,
            Self::Postgres(pool) => sqlx::query_scalar(sql).fetch_one(pool).await?,
        })
    }

    /// When each order first became ready for its check, by its checkout session.
    pub(crate) async fn ready_times(&self) -> Result<HashMap<String, DateTime<Utc>>, Failure> {
        let rows: Vec<(String, DateTime<Utc>)> = match self {
            Self::Sqlite(pool) => sqlx::query_as(READY_TIMES).fetch_all(pool).await?,
            Self::Postgres(pool) => sqlx::query_as(READY_TIMES).fetch_all(pool).await?,
        };
        Ok(rows.into_iter().collect())
    }

    /// The gateway's session of each order.
    pub(crate) async fn sessions_of_orders(&self) -> Result<Vec<String>, Failure> {
        Ok(match self {
            Self::Sqlite(pool) => sqlx::query_scalar(SESSIONS_OF_ORDERS).fetch_all(pool).await?,
            Self::Postgres(pool) => sqlx::query_scalar(SESSIONS_OF_ORDERS).fetch_all(pool).await?,
        })
    }

    /// Waits until a query answers with at least `wanted`.
    pub(crate) async fn reaches(
        &self,
        what: &str,
        sql: &'static str,
        wanted: usize,
        limit: Duration,
    ) -> Result<(), Failure> {
        let started = Instant::now();
        loop {
            let found = self.count(sql).await?;
            if usize::try_from(found)? >= wanted {
                return Ok(());
            }
            if started.elapsed() > limit {
                return Err(format!("{what}: {found} instead of {wanted} after {} s", limit.as_secs()).into());
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    /// Demands that a query answers with exactly `wanted`.
    pub(crate) async fn is(&self, what: &str, sql: &'static str, wanted: usize) -> Result<(), Failure> {
        let found = self.count(sql).await?;
        if usize::try_from(found)? == wanted {
            return Ok(());
        }
        Err(format!("{what}: {found} instead of {wanted}").into())
    }

    /// Closes the connections.
    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

/// Makes a database on a Postgres; its address.
pub(crate) async fn create(server: &Url, name: &str) -> Result<Url, Failure> {
    on_server(server, format!("CREATE DATABASE {name}")).await?;
    let mut url = server.clone();
    url.set_path(name);
    Ok(url)
}

/// Drops it with everybody who is still connected.
pub(crate) async fn remove(server: &Url, name: &str) -> Result<(), Failure> {
    on_server(server, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await
}

async fn on_server(server: &Url, sql: String) -> Result<(), Failure> {
    let mut connection = PgConnection::connect(server.as_str()).await?;
    // The names are our own.
    sqlx::query(AssertSqlSafe(sql)).execute(&mut connection).await?;
    connection.close().await?;
    Ok(())
}
