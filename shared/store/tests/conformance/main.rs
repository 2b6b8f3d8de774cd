//! One suite for both engines: what holds on SQLite must hold on Postgres, word for word.
//!
//! Each test is an `async fn(&Shop)` and gets a database of its own. `on_both_engines!` makes two
//! tests of it; one that it does not name is dead code, and so an error. After each test the whole
//! database is looked over (`invariants`).

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod agreed;
mod analytics;
mod articles;
mod audit;
mod called_off;
mod checkouts;
mod claim;
mod clean;
mod copies;
mod database;
mod desk;
mod dispatch;
mod dispute;
mod due;
mod edit;
mod events;
mod finish;
mod handle;
mod history;
mod idempotency;
mod invariants;
mod live;
mod liveness;
mod logins;
mod loss;
mod mail;
mod mail_log;
mod model;
mod nudges;
mod observe;
mod operators;
mod order;
mod order_list;
mod order_page;
mod payments;
mod plans;
mod products;
mod publication;
mod queue;
mod races;
mod receive;
mod refund_answers;
mod refunds;
mod release;
mod retries;
mod returned;
mod review;
mod revise;
mod schema;
mod sessions;
mod settings;
mod settled;
mod shop;
mod staff;
mod stamps;
mod timeline;
mod tokens;
mod waiting;

/// Makes two tests of each function named, `sqlite::NAME` and `postgres::NAME`.
macro_rules! on_both_engines {
    ($($test:ident,)+) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                crate::shop::run(crate::database::Engine::Sqlite, super::$test).await;
            })+
        }
        $crate::on_postgres! { $($test,)+ }
    };
}
pub(crate) use on_both_engines;

/// For what only happens where several connections write.
macro_rules! on_postgres {
    ($($test:ident,)+) => {
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                crate::shop::run(crate::database::Engine::Postgres, super::$test).await;
            })+
        }
    };
}
pub(crate) use on_postgres;
