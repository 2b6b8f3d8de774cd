//! What operators type.

use crate::shop::{Order, Plan, SOON, Setup, on_every_setup, sale, status_path};
use galley_sandbox::{ai::AiMode, fault::Fault};

on_every_setup! {
    the_doctor_says_what_is_wrong_and_ends_accordingly
    the_links_of_orders_open_them
    the_status_of_jobs_counts_them_by_kind
    a_neighbour_that_is_configured_by_half_keeps_everything_from_starting
}

async fn the_doctor_says_what_is_wrong_and_ends_accordingly(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    let healthy = shop.galley(&["doctor"]).await;
    assert!(healthy.success && !healthy.stdout.contains("WRONG"), "{healthy:?}");
    let engine = if setup == Setup::Sqlite { "SQLite" } else { "Postgres" };
    assert!(healthy.stdout.contains(engine), "{}", healthy.stdout);
    // Nobody listens at port 1.
    for (variable, value, what) in [
        ("AI_BASE_URL", "http://127.0.0.1:1/v1", "ai service"),
        ("SMTP_URL", "smtp://127.0.0.1:1", "mail server"),
        ("REDIS_URL", "redis://127.0.0.1:1/0", "redis"),
        ("DATABASE_URL", "postgres://galley:hush@127.0.0.1:1/galley", "database"),
    ] {
        let sick = shop.galley_with(&["doctor"], &[(variable, value)]).await;
        let wrong: Vec<&str> = sick.stdout.lines().filter(|line| line.starts_with("WRONG")).collect();
        assert!(!sick.success && wrong.len() == 1 && wrong[0].contains(what), "{variable}: {sick:?}");
        assert!(
            !sick.stdout.contains("hush") && !sick.stderr.contains("hush"),
            "no secret is shown: {sick:?}"
        );
    }
}

async fn the_links_of_orders_open_them(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    shop.ai.control().set(Fault::always(AiMode::Refusal).only("Tea that fails"));
    let mut sold = Vec::new();
    for topic in ["Tea at work", "Coffee at home", "Tea that fails"] {
        sold.push(shop.sell(&sale::short_article(topic)).await.id.to_string());
    }
    shop.drained().await;
    let all = shop.galley(&["orders", "links"]).await;
    let mut seen = Vec::new();
    for line in all.stdout.lines() {
        let (id, token) = line.split_once(' ').unwrap();
        let order = Order { id: id.parse().unwrap(), token: token.to_owned(), email: String::new() };
        assert_eq!(shop.get(&order, &status_path(&order)).await.status, 200, "{line}");
        seen.push(id.to_owned());
    }
    sold.sort_unstable();
    seen.sort_unstable();
    assert_eq!(seen, sold);
    let failed = shop.galley(&["orders", "links", "--status", "FAILED"]).await;
    assert_eq!(failed.stdout.lines().count(), 1, "{failed:?}");
    let wrong = shop.galley(&["orders", "links", "--status", "LOST"]).await;
    assert!(!wrong.success && wrong.stderr.contains("LOST"), "{wrong:?}");
}

async fn the_status_of_jobs_counts_them_by_kind(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    shop.ai.control().set(Fault::always(AiMode::Garbage).only("Tea that fails"));
    for topic in ["Tea at work", "Coffee at home", "Tea that fails"] {
        shop.sell(&sale::short_article(topic)).await;
    }
    shop.drained().await;
    let status = shop.galley(&["jobs", "status"]).await;
    let row = |kind: &str| -> Vec<String> {
        let line = status.stdout.lines().find(|line| line.starts_with(kind)).unwrap_or_default();
        line.split_whitespace().skip(1).map(str::to_owned).collect()
    };
    // pending, active, completed, failed, total
    assert_eq!(row("article-generation"), ["0", "0", "2", "1", "3"], "{status:?}");
    // Two mails of each order, and one to staff.
    assert_eq!(row("email-delivery"), ["0", "0", "7", "0", "7"], "{status:?}");
    assert!(status.stdout.contains("last 9 completed: average "), "{status:?}");
}

async fn a_neighbour_that_is_configured_by_half_keeps_everything_from_starting(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    let roles: &[&str] = if setup == Setup::Sqlite { &["serve"] } else { &["api", "worker"] };
    for (missing, also) in [
        ("STRIPE_WEBHOOK_SECRET", "STRIPE_SECRET_KEY"),
        ("STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"),
        ("AI_MODEL", "AI_BASE_URL"),
        ("AI_BASE_URL", "AI_MODEL"),
        ("MAIL_FROM", "SMTP_URL"),
    ] {
        for role in roles {
            let refused = shop.galley_with(&[role], &[(missing, "")]).await;
            let named = refused.stderr.lines().any(|line| line.trim().starts_with(&format!("{missing}: ")));
            assert!(
                !refused.success && named && refused.stderr.contains(also),
                "{role} without {missing}: {refused:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_second_server_on_the_same_file_refuses_to_start() {
    let mut shop = Plan::new(Setup::Sqlite).open().await;
    let second = shop.galley_with(&["serve"], &[("BIND_ADDR", "127.0.0.1:0")]).await;
    assert!(!second.success && second.stderr.contains("another process serves from"), "{second:?}");
    // The first goes on as if nothing had been; the lock is gone with it, however it ends.
    let order = shop.sell(&sale::short_article("Tea at work")).await;
    shop.settled(&order, "QUALITY_CHECK").await;
    shop.front().kill();
    assert!(shop.start_front().await);
    shop.settled(&order, "QUALITY_CHECK").await;
}

#[tokio::test]
async fn a_polite_end_is_a_success_for_every_role() {
    for setup in [Setup::Sqlite, Setup::Postgres] {
        let mut shop = Plan::new(setup).open().await;
        shop.front().signal("TERM");
        assert!(shop.front().ended(SOON).await.success());
        if setup == Setup::Postgres {
            let mut worker = shop.take_worker(0);
            worker.signal("INT");
            assert!(worker.ended(SOON).await.success());
        }
    }
}

#[tokio::test]
async fn several_processes_need_postgres_and_say_so() {
    let shop = Plan::new(Setup::Sqlite).open().await;
    for role in ["api", "worker"] {
        let refused = shop.galley(&[role]).await;
        assert!(!refused.success && refused.stderr.contains("Postgres"), "{refused:?}");
    }
}

#[tokio::test]
async fn a_server_whose_tables_are_missing_says_what_to_do() {
    let shop = Plan::new(Setup::Postgres).open().await;
    let elsewhere = crate::shop::fresh_database().await;
    let sick = shop.galley_with(&["doctor"], &[("DATABASE_URL", elsewhere.as_str())]).await;
    assert!(!sick.success && sick.stdout.contains("galley migrate"), "{sick:?}");
}

#[tokio::test]
async fn the_demo_ends_well_when_both_orders_are_ready_and_their_mails_are_there() {
    let shop = Plan::new(Setup::Sqlite).open().await;
    let directory = shop.path("demo");
    let demo = shop.galley(&["demo", "--exit", "--directory", directory.to_str().unwrap()]).await;
    assert!(demo.success, "{demo:?}");
    assert_eq!(demo.stdout.matches("QUALITY_CHECK").count(), 2, "{}", demo.stdout);
    let mails = std::fs::read_dir(directory.join("mails")).unwrap().count();
    assert_eq!(mails, 4, "two for each order");
}
