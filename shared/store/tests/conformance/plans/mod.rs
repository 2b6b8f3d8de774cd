//! Hot statements never read a whole table. SQLite has no such counters; its indexes are the same.

mod work;

use crate::database::{Database, Engine, alone, config};
use galley_store::{Clock, Store};
use sqlx::{Connection, PgConnection, PgPool, postgres::PgConnectOptions};
use std::{collections::BTreeMap, str::FromStr, sync::Arc};
use work::works;

/// Orders in the database.
const ORDERS: i64 = 6_000;
/// Small for ever: reading all of them is right.
const SMALL: &str =
    "('former_price', 'product', 'setting', 'queue', 'worker_process', 'schedule', '_sqlx_migrations')";

/// A shop as it is after a while: most orders are done, a few are under way.
const FILL: &str = include_str!("fill.sql");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hot_statements_use_an_index() {
    let database = Database::create(Engine::Postgres).await;
    let pool = database.raw.postgres().clone();
    fill(&database).await;
    let mut found = Vec::new();
    let mut before = scans(&pool).await;
    for (name, work) in works() {
        let store = Arc::new(Store::open(config(&database.url), Clock::system()).await.unwrap());
        work(Arc::clone(&store)).await;
        store.close().await;
        let after = scans(&pool).await;
        for (table, (sequential, index)) in &after {
            let (sequential, index) = (sequential - before[table].0, index - before[table].1);
            if sequential + index > 0 {
                println!("{name:<24} {table:<20} {sequential:>4} whole table {index:>6} by index");
            }
            if sequential > 0 {
                found.push(format!("{name} reads all of {table}"));
            }
        }
        before = after;
    }
    explain(&database).await;
    database.remove().await;
    assert!(found.is_empty(), "{found:#?}");
}

/// On a connection that is gone afterwards, and its own reading of tables counted with it.
async fn fill(database: &Database) {
    let options = PgConnectOptions::from_str(&database.url).unwrap().application_name("galley");
    let mut connection = PgConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql(FILL).execute(&mut connection).await.unwrap();
    sqlx::raw_sql("ANALYZE").execute(&mut connection).await.unwrap();
    let (orders,): (i64,) =
        sqlx::query_as("SELECT COUNT(*) FROM orders").fetch_one(&mut connection).await.unwrap();
    assert_eq!(orders, ORDERS);
    connection.close().await.unwrap();
}

/// How often each table was read in full, and how often by an index.
async fn scans(pool: &PgPool) -> BTreeMap<String, (i64, i64)> {
    alone(pool).await;
    let sql = format!(
        "SELECT relname::text, COALESCE(seq_scan, 0), COALESCE(idx_scan, 0) FROM pg_stat_user_tables \
         WHERE relname NOT IN {SMALL}"
    );
    let rows: Vec<(String, i64, i64)> =
        sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch_all(pool).await.unwrap();
    rows.into_iter().map(|(table, sequential, index)| (table, (sequential, index))).collect()
}
/// Shows how the two statements that are asked for most are carried out; for people to read.
async fn explain(database: &Database) {
    for sql in [
        "SELECT id FROM job WHERE state = 'waiting' AND queue = 'content' AND kind NOT IN \
         (SELECT kind FROM queue WHERE paused) ORDER BY priority DESC, id LIMIT 32 FOR UPDATE SKIP LOCKED",
        "SELECT o.id, o.change_seq, (SELECT SUM(j.change_seq) FROM job j WHERE j.order_id = o.id AND j.run = o.run \
         AND j.queue = 'content') FROM orders o WHERE o.id = ANY(ARRAY(SELECT id FROM orders LIMIT 20))",
    ] {
        let plan: Vec<(String,)> = database.raw.all(&format!("EXPLAIN (COSTS OFF) {sql}")).await;
        println!("\n{sql}");
        for (line,) in plan {
            println!("    {line}");
        }
    }
}
