//! A fresh database for each test, and a second way into it.

use galley_store::{Clock, Letterhead, Store, StoreConfig};
use sqlx::{
    AssertSqlSafe, Connection, FromRow, PgConnection, PgPool, SqlitePool,
    postgres::{PgPoolOptions, PgRow},
    sqlite::{SqliteConnectOptions, SqlitePoolOptions, SqliteRow},
};
use std::{path::PathBuf, str::FromStr};
use tokio::sync::OnceCell;
use uuid::Uuid;

/// The database that all others are copied from: migrations run once.
static TEMPLATE: OnceCell<String> = OnceCell::const_new();

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

/// A database that nobody else uses.
pub(crate) struct Database {
    pub(crate) url: String,
    name: String,
    pub(crate) raw: Raw,
    directory: Option<PathBuf>,
}

/// SQL of the tests' own, past the store.
pub(crate) enum Raw {
    Postgres(PgPool),
    Sqlite(SqlitePool),
}

/// Runs the same body on whichever engine is behind a [`Raw`].
macro_rules! on_raw {
    ($raw:expr, |$pool:ident| $body:expr) => {
        match $raw {
            $crate::database::Raw::Postgres($pool) => $body,
            $crate::database::Raw::Sqlite($pool) => $body,
        }
    };
}

/// A row that reads the same on both engines.
pub(crate) trait Row:
    for<'r> FromRow<'r, PgRow> + for<'r> FromRow<'r, SqliteRow> + Send + Unpin
{
}
impl<T> Row for T where T: for<'r> FromRow<'r, PgRow> + for<'r> FromRow<'r, SqliteRow> + Send + Unpin {}

impl Raw {
    pub(crate) async fn execute(&self, sql: &str) {
        on_raw!(self, |pool| sqlx::raw_sql(AssertSqlSafe(sql)).execute(pool).await.map(drop))
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    pub(crate) async fn all<T: Row>(&self, sql: &str) -> Vec<T> {
        on_raw!(self, |pool| sqlx::query_as(AssertSqlSafe(sql)).fetch_all(pool).await)
            .unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// `$1` in `sql` is `id`.
    pub(crate) async fn all_of<T: Row>(&self, id: Uuid, sql: &str) -> Vec<T> {
        on_raw!(self, |pool| sqlx::query_as(AssertSqlSafe(sql)).bind(id).fetch_all(pool).await)
            .unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// The one number that `sql` asks for.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        let rows: Vec<(i64,)> = self.all(sql).await;
        assert_eq!(rows.len(), 1, "{sql}");
        rows[0].0
    }

    /// Makes the database refuse rows of `table` whose `column` is `value`.
    pub(crate) async fn refuse(&self, table: &str, column: &str, value: &str) {
        self.execute(&match self {
            Self::Postgres(_) => {
                format!("ALTER TABLE {table} ADD CONSTRAINT poison CHECK ({column} <> '{value}')")
            }
            Self::Sqlite(_) => format!(
                "CREATE TRIGGER poison_{table} BEFORE INSERT ON {table} WHEN NEW.{column} = '{value}' \
                 BEGIN SELECT RAISE(ABORT, 'poison'); END"
            ),
        })
        .await;
    }

    /// Ends what [`Raw::refuse`] began.
    pub(crate) async fn allow(&self, table: &str) {
        self.execute(&match self {
            Self::Postgres(_) => format!("ALTER TABLE {table} DROP CONSTRAINT poison"),
            Self::Sqlite(_) => format!("DROP TRIGGER poison_{table}"),
        })
        .await;
    }

    /// The pool, where only Postgres can be asked.
    pub(crate) fn postgres(&self) -> &PgPool {
        match self {
            Self::Postgres(pool) => pool,
            Self::Sqlite(_) => panic!("this is about Postgres"),
        }
    }
}

impl Database {
    /// An empty database with all tables.
    pub(crate) async fn create(engine: Engine) -> Self {
        let name = format!("galley_{}", Clock::system().new_id().simple());
        match engine {
            Engine::Sqlite => sqlite(name).await,
            Engine::Postgres => {
                let template = TEMPLATE.get_or_init(template).await;
                administer(&[format!("CREATE DATABASE {name} TEMPLATE {template}")]).await;
                let url = url_of(&name);
                let raw = PgPoolOptions::new().max_connections(4).connect(&url).await.unwrap();
                Self { url, name, raw: Raw::Postgres(raw), directory: None }
            }
        }
    }

    /// Removes it. The store must be closed.
    pub(crate) async fn remove(self) {
        match &self.raw {
            Raw::Sqlite(pool) => pool.close().await,
            Raw::Postgres(pool) => {
                assert_eq!(deadlocks(pool).await, 0, "locks were taken in different orders");
                pool.close().await;
                administer(&[format!("DROP DATABASE {} WITH (FORCE)", self.name)]).await;
            }
        }
        if let Some(directory) = &self.directory {
            std::fs::remove_dir_all(directory).unwrap();
        }
    }
}

async fn sqlite(name: String) -> Database {
    let directory = std::env::temp_dir().join(&name);
    std::fs::create_dir(&directory).unwrap();
    let url = format!("sqlite://{}", directory.join("galley.sqlite").display());
    let store = Store::open(config(&url), Clock::system()).await.unwrap();
    store.migrate().await.unwrap();
    store.close().await;
    let options = SqliteConnectOptions::from_str(&url).unwrap();
    let raw = SqlitePoolOptions::new().max_connections(2).connect_with(options).await.unwrap();
    Database { url, name, raw: Raw::Sqlite(raw), directory: Some(directory) }
}

/// Waits until the store's connections are gone (only then are their counts complete), and asks
/// how often Postgres had to break a deadlock.
async fn deadlocks(pool: &PgPool) -> i64 {
    alone(pool).await;
    let asked = sqlx::query_as("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()");
    let (deadlocks,): (i64,) = asked.fetch_one(pool).await.unwrap();
    deadlocks
}

/// Waits until nobody but the tests themselves is connected.
pub(crate) async fn alone(pool: &PgPool) {
    let others = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() \
                  AND application_name = 'galley'";
    loop {
        let (connected,): (i64,) = sqlx::query_as(others).fetch_one(pool).await.unwrap();
        if connected == 0 {
            return;
        }
        tokio::task::yield_now().await;
    }
}

async fn template() -> String {
    let name = format!("galley_template_{}", std::process::id());
    administer(&[format!("DROP DATABASE IF EXISTS {name}"), format!("CREATE DATABASE {name}")]).await;
    let store = Store::open(config(&url_of(&name)), Clock::system()).await.unwrap();
    store.migrate().await.unwrap();
    store.close().await;
    let pool = PgPoolOptions::new().max_connections(1).connect(&url_of(&name)).await.unwrap();
    alone(&pool).await;
    pool.close().await;
    name
}

async fn administer(statements: &[String]) {
    let mut connection = PgConnection::connect(&server()).await.unwrap();
    for statement in statements {
        let done = sqlx::raw_sql(AssertSqlSafe(statement.as_str())).execute(&mut connection).await;
        done.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
    connection.close().await.unwrap();
}

#[expect(clippy::disallowed_methods, reason = "tests are told of their servers by the environment")]
fn server() -> String {
    std::env::var("GALLEY_TEST_POSTGRES_URL").unwrap_or_else(|_| {
        panic!("GALLEY_TEST_POSTGRES_URL is not set: run `cargo xtask test`, which starts a Postgres")
    })
}

fn url_of(name: &str) -> String {
    let server = server();
    let (base, query) = server.split_once('?').map_or((server.as_str(), ""), |(base, query)| (base, query));
    let (host, _) = base.rsplit_once('/').expect("the URL of the server names a database");
    if query.is_empty() { format!("{host}/{name}") } else { format!("{host}/{name}?{query}") }
}

/// How the tests open a store.
pub(crate) fn config(url: &str) -> StoreConfig {
    StoreConfig {
        database_url: url.to_owned(),
        max_connections: 8,
        notify: false,
        letterhead: Letterhead {
            shop_name: "The Corner Shop".to_owned(),
            links: galley_content::order_link::OrderLinks {
                base: "https://shop.example".parse().unwrap(),
                signer: galley_content::order_link::LinkSigner::new(&["correct horse"]).unwrap(),
            },
            staff_email: Some(crate::shop::STAFF.to_owned()),
        },
    }
}
