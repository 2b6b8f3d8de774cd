//! Both engines have the same tables, and the suite leaves no method out.

use crate::{
    database::{Database, Engine},
    on_both_engines,
    shop::Shop,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

on_both_engines! {
    migrating_again_changes_nothing,
    migrating_twice_at_once_is_fine,
}

async fn migrating_again_changes_nothing(shop: &Shop) {
    let order = shop.order("a").await;
    shop.store.migrate().await.unwrap();
    shop.store.migrate().await.unwrap();
    assert!(shop.store.order_view(order).await.unwrap().is_some());
    assert_eq!(shop.count("product").await, 2);
}

async fn migrating_twice_at_once_is_fine(shop: &Shop) {
    let other = shop.reopen(|_| ()).await;
    let (one, two) = tokio::join!(shop.store.migrate(), other.migrate());
    one.unwrap();
    two.unwrap();
    other.close().await;
}

/// Columns by table, with whether they may be null.
type Tables = BTreeMap<String, BTreeSet<(String, bool)>>;

async fn tables(engine: Engine) -> Tables {
    let database = Database::create(engine).await;
    let sql = match engine {
        Engine::Postgres => {
            "SELECT table_name::text, column_name::text, CASE WHEN is_nullable = 'YES' THEN 1 ELSE 0 END::bigint \
             FROM information_schema.columns WHERE table_schema = 'public'"
        }
        // SQLite lets a primary key be null unless it says so; no row of ours has one.
        Engine::Sqlite => {
            "SELECT m.name, c.name, CASE WHEN c.\"notnull\" = 0 AND c.pk = 0 THEN 1 ELSE 0 END \
             FROM sqlite_master m JOIN pragma_table_info(m.name) c \
             WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'"
        }
    };
    let rows: Vec<(String, String, i64)> = database.raw.all(sql).await;
    let mut tables = Tables::new();
    for (table, column, nullable) in rows.into_iter().filter(|(table, ..)| table != "_sqlx_migrations") {
        tables.entry(table).or_default().insert((column, nullable == 1));
    }
    database.remove().await;
    tables
}

async fn indexes(engine: Engine) -> BTreeSet<String> {
    let database = Database::create(engine).await;
    let sql = match engine {
        Engine::Postgres => {
            "SELECT i.relname::text FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid \
             JOIN pg_namespace n ON n.oid = i.relnamespace WHERE n.nspname = 'public' \
             AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.oid)"
        }
        Engine::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
    };
    let rows: Vec<(String,)> = database.raw.all(sql).await;
    database.remove().await;
    rows.into_iter().map(|(name,)| name).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_engines_have_the_same_tables_columns_and_indexes() {
    let (sqlite, postgres) = (tables(Engine::Sqlite).await, tables(Engine::Postgres).await);
    assert!(sqlite.len() > 10, "the question was understood");
    assert_eq!(sqlite, postgres);
    assert_eq!(indexes(Engine::Sqlite).await, indexes(Engine::Postgres).await);
}

fn directory(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

#[test]
fn migrations_of_both_engines_have_the_same_names() {
    let names = |engine: &str| -> BTreeSet<String> {
        let files = fs::read_dir(directory("../../migrations").join(engine)).unwrap();
        files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
    };
    assert_eq!(names("sqlite"), names("postgres"));
}

/// All Rust below a directory, in one text.
fn rust_below(path: &Path, all: &mut String) {
    for entry in fs::read_dir(path).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_below(&path, all);
        } else {
            all.push_str(&fs::read_to_string(path).unwrap());
        }
    }
}

#[test]
fn every_public_method_of_the_store_is_exercised() {
    let (mut source, mut tests) = (String::new(), String::new());
    rust_below(&directory("src"), &mut source);
    rust_below(&directory("tests/conformance"), &mut tests);
    let methods: BTreeSet<&str> = source
        .split("\n    pub async fn ")
        .skip(1)
        .map(|rest| rest.split(['(', '<']).next().unwrap_or_default())
        .collect();
    assert!(methods.len() > 30, "{methods:?}");
    let left_out: Vec<_> = methods
        .into_iter()
        .filter(|name| !tests.contains(&format!(".{name}(")) && !tests.contains(&format!("Store::{name}(")))
        .collect();
    assert!(left_out.is_empty(), "no test calls {left_out:?}");
}
