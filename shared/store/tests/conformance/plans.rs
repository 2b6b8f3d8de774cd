//! Hot statements never read a whole table. SQLite has no such counters; its indexes are the same.

use crate::{
    database::{Database, Engine, alone, config},
    events::{charge, dispute, event, money, observed, of_ours, paid, version},
    refunds::{answer, of},
    shop::{failure, hosted, wanted},
};
use chrono::TimeDelta;
use galley_domain::{
    actor::Actor,
    id::{EmailId, OrderId},
    job::Queue,
    order::{Command, DisputeOutcome, OrderStatus},
    payment::{CheckoutState, DisputeState, PaymentState, RefundState},
};
use galley_store::{
    CheckoutRef, ClientKey, Clock, Finish, NewCheckout, Outcome, Received, RefundTarget, Store,
};
use sqlx::{Connection, PgConnection, PgPool, postgres::PgConnectOptions};
use std::{collections::BTreeMap, str::FromStr, sync::Arc};

/// Orders in the database.
const ORDERS: i64 = 6_000;
/// Small for ever: reading all of them is right.
const SMALL: &str = "('product', 'queue', 'worker_process', 'schedule', '_sqlx_migrations')";

/// Fills every table as a shop has it after a while: most orders are done, a few are under way.
const FILL: &str = "
CREATE TABLE n AS SELECT i, gen_random_uuid() AS id, gen_random_uuid() AS payment, gen_random_uuid() AS session,
    gen_random_uuid() AS customer FROM generate_series(1, 6000) AS i;
INSERT INTO customer SELECT customer, i || '@filled.example', now() FROM n;
INSERT INTO article SELECT gen_random_uuid(), NULL, 'slug-' || i, 'Tea', 'Tea', now(), now() FROM n;
INSERT INTO checkout_session (id, gateway, external_id, state, metadata, created_at, updated_at)
    SELECT session, 'stripe', 'cs_filled_' || i, 'paid', '{}', now(), now() FROM n;
INSERT INTO payment_event (id, gateway, dedupe_key, kind, received_at, payload, state)
    SELECT gen_random_uuid(), 'stripe', 'evt_filled_' || i, 'filled', now(), '{}', 'done' FROM n;
INSERT INTO payment (id, checkout_session_id, order_id, gateway, payment_ref, state, paid_at)
    SELECT payment, session, id, 'stripe', 'pi_filled_' || i, 'paid', now() FROM n;
INSERT INTO refund (id, payment_id, amount_minor, reason, origin, actor, state, created_at, updated_at)
    SELECT gen_random_uuid(), payment, 100, '', 'staff', 'staff:ann', 'succeeded', now(), now() FROM n;
INSERT INTO dispute (id, payment_id, external_id, state, created_at, updated_at)
    SELECT gen_random_uuid(), payment, 'du_filled_' || i, 'won', now(), now() FROM n;
INSERT INTO idempotency_key SELECT 'filled', i::text, '\\x00', id, now() FROM n;
INSERT INTO orders (id, payment_id, customer_id, email, product, brief, amount_minor, currency, status, run,
    current_version, publishing, frozen, refund_open, asked_by, step, events, created_at, updated_at)
    SELECT id, payment, customer, i || '@filled.example', 'article', '{}', 12900, 'USD', 'COMPLETED', 1, 1, false,
    false, false, 'customer', 5, 1, now(), now() FROM n;
INSERT INTO order_event (order_id, sequence, kind, to_status, run, actor, detail, created_at)
    SELECT id, 1, 'published', 'COMPLETED', 1, 'system', '{}', now() FROM n;
INSERT INTO content_version (id, order_id, number, run, title, source, html, provenance, sketch, made_by, created_at)
    SELECT gen_random_uuid(), id, 1, 1, 'Tea', repeat('Tea. ', 40), 'Tea', '{}', '\\x00', 'system', now() FROM n;
INSERT INTO email (id, order_id, kind, dedupe_key, recipient, subject, text_body, html_body, state, created_at)
    SELECT gen_random_uuid(), id, 'order-received', 'filled:' || i, 'x', 'Tea', 'Tea', 'Tea', 'sent', now() FROM n;
INSERT INTO job (id, kind, queue, order_id, run, payload, state, priority, max_attempts, dedupe_key, created_at,
    due_at, started_at, finished_at)
    SELECT gen_random_uuid(), 'article-generation', 'content', id, 1, '{}', 'completed', 0, 3, 'filled:' || i, now(),
    now(), now(), now() FROM n;
INSERT INTO job_attempt SELECT gen_random_uuid(), id, 1, id, 'failed', now(), now() FROM job;
DROP TABLE n;
";

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

type Done = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;
type Work = fn(Arc<Store>) -> Done;

/// Everything that happens per request, per job or per second.
fn works() -> Vec<(&'static str, Work)> {
    vec![
        ("receive", |store| Box::pin(receive(store))),
        ("claim", |store| Box::pin(claim(store))),
        ("finish", |store| Box::pin(finish(store))),
        ("finish mails", |store| Box::pin(finish_mails(store))),
        ("apply", |store| Box::pin(apply(store))),
        ("look at orders", |store| Box::pin(look(store))),
        ("promote", |store| Box::pin(promote(store))),
        ("sweep and bury", |store| Box::pin(sweep(store))),
        ("dispatch", |store| Box::pin(dispatch(store))),
        ("sessions and reviews", |store| Box::pin(sessions(store))),
        ("links and sketches", |store| Box::pin(lists(store))),
        ("open checkouts", |store| Box::pin(checkouts(store))),
        ("reconcile", |store| Box::pin(reconcile(store))),
        ("refunds and disputes", |store| Box::pin(refunds(store))),
        ("facts that wait", |store| Box::pin(waiting(store))),
    ]
}

async fn receive(store: Arc<Store>) {
    let mut calls = Vec::new();
    for n in 0..120 {
        let event = if n % 10 == 0 {
            money(&n.to_string(), charge(&n.to_string(), 100))
        } else {
            paid(&n.to_string())
        };
        for event in [event.clone(), event] {
            let store = Arc::clone(&store);
            calls.push(tokio::spawn(async move { store.receive(event).await.unwrap() }));
        }
    }
    for call in calls {
        call.await.unwrap();
    }
}

async fn claim(store: Arc<Store>) {
    let worker = store.register("plans", Queue::ALL).await.unwrap();
    for _ in 0..3 {
        let claimed = store.claim(Queue::Content, 10, worker).await.unwrap();
        for token in store.tokens_of(worker).await.unwrap() {
            store.release_claim(token).await.unwrap();
        }
        let ids: Vec<_> = claimed.iter().map(|job| job.id).collect();
        let named = store.claim_these(&ids, worker).await.unwrap();
        assert_eq!(named.len(), 10);
        store.release_claim(named[0].token).await.unwrap();
    }
    store.unregister(worker).await.unwrap();
}

async fn finish(store: Arc<Store>) {
    let worker = store.register("plans", Queue::ALL).await.unwrap();
    let claimed = store.claim(Queue::Content, 60, worker).await.unwrap();
    assert_eq!(claimed.len(), 60);
    let mut calls = Vec::new();
    for (n, job) in claimed.into_iter().enumerate() {
        store.work(job.order_id.unwrap()).await.unwrap();
        let outcome = match n % 4 {
            0 => failure(None),
            1 => failure(Some(0)),
            _ => Outcome::Content(Box::new(version("Tea"))),
        };
        let store = Arc::clone(&store);
        calls.push(tokio::spawn(async move { store.finish(Finish { job, outcome }).await.unwrap() }));
    }
    for call in calls {
        call.await.unwrap();
    }
}

async fn finish_mails(store: Arc<Store>) {
    let worker = store.register("plans", Queue::ALL).await.unwrap();
    for (n, job) in store.claim(Queue::Mail, 40, worker).await.unwrap().into_iter().enumerate() {
        let mail: EmailId = job.payload["emailId"].as_str().unwrap().parse().unwrap();
        store.find_queued_mail(mail).await.unwrap();
        let outcome = if n % 10 == 0 { failure(None) } else { Outcome::MailSent };
        store.finish(Finish { job, outcome }).await.unwrap();
    }
}

async fn orders(store: &Store, status: OrderStatus) -> Vec<OrderId> {
    let links = store.order_links(Some(status), None, 20).await.unwrap();
    assert!(links.len() >= 10, "{} in {status}", links.len());
    links.into_iter().map(|link| link.id).collect()
}

async fn apply(store: Arc<Store>) {
    for order in orders(&store, OrderStatus::QualityCheck).await {
        let revision = Command::RequestRevision { notes: "shorter".to_owned(), busy: false };
        store.apply(order, &revision, Actor::Customer).await.unwrap();
        store.apply(order, &Command::DisputeOpened, Actor::System).await.unwrap();
        let won = Command::DisputeClosed { outcome: DisputeOutcome::Won };
        store.apply(order, &won, Actor::System).await.unwrap();
    }
    for order in orders(&store, OrderStatus::Failed).await {
        store.apply(order, &Command::Retry, Actor::System).await.unwrap();
        store.apply(order, &Command::Cancel { reason: "no".to_owned() }, Actor::System).await.unwrap();
    }
}

async fn look(store: Arc<Store>) {
    for order in orders(&store, OrderStatus::Processing).await {
        store.stamp(order).await.unwrap();
        store.order_view(order).await.unwrap();
        store.history(order).await.unwrap();
        store.mails_of(order).await.unwrap();
        store.list_versions(order).await.unwrap();
        store.find_version(order, 1).await.unwrap();
    }
    let mut calls = Vec::new();
    for order in orders(&store, OrderStatus::Processing).await {
        let store = Arc::clone(&store);
        calls.push(tokio::spawn(async move { store.stamp(order).await.unwrap() }));
    }
    for call in calls {
        call.await.unwrap();
    }
}

async fn promote(store: Arc<Store>) {
    let mut promoted = 0;
    for _ in 0..5 {
        promoted += store.sweep().await.unwrap().promoted;
    }
    assert!(promoted > 0);
}

async fn sweep(store: Arc<Store>) {
    for _ in 0..3 {
        let worker = store.register("plans", Queue::ALL).await.unwrap();
        store.claim(Queue::Content, 5, worker).await.unwrap();
        assert_eq!(store.bury(worker, 0).await.unwrap(), 5);
        let worker = store.register("plans", Queue::ALL).await.unwrap();
        store.claim(Queue::Content, 5, worker).await.unwrap();
        store.unregister(worker).await.unwrap();
        assert_eq!(store.sweep().await.unwrap().freed, 5);
    }
}

async fn dispatch(store: Arc<Store>) {
    for _ in 0..3 {
        let taken = store.take_undispatched(TimeDelta::zero(), TimeDelta::days(1), 20).await.unwrap();
        assert_eq!(taken.len(), 20);
        store.forget_dispatched().await.unwrap();
    }
}

async fn sessions(store: Arc<Store>) {
    for n in 0..10 {
        store.find_order_of_session(&format!("cs_{n}")).await.unwrap();
    }
    store.payments(Some(PaymentState::NeedsReview), None, 10).await.unwrap();
}

async fn checkouts(store: Arc<Store>) {
    for n in 0..40 {
        let name = format!("ours_{n}");
        let key = || Some(ClientKey { scope: "plans".to_owned(), key: name.clone(), body_hash: [0; 32] });
        let opened = store.open_checkout(NewCheckout { key: key(), ..wanted(&name) }).await.unwrap();
        let again = store.open_checkout(NewCheckout { key: key(), ..wanted(&name) }).await.unwrap();
        assert_eq!(opened.id, again.id);
        if n % 8 > 0 {
            store.checkout_created(opened.id, &hosted(&name)).await.unwrap();
        }
        store.find_checkout(CheckoutRef::Id(opened.id)).await.unwrap();
        store.find_checkout(CheckoutRef::External(&format!("cs_{name}"))).await.unwrap();
        store.await_checkout(opened.id).await.unwrap();
    }
}

async fn reconcile(store: Arc<Store>) {
    for _ in 0..3 {
        let due = store.take_due_checkouts(20, false).await.unwrap();
        assert_eq!(due.len(), 20);
        let mut seen: Vec<_> = due
            .iter()
            .map(|one| {
                let name = one.external_id.strip_prefix("cs_").unwrap();
                observed(of_ours(event("x", name, CheckoutState::Open), one.id))
            })
            .collect();
        seen.extend((1..20).filter(|n| n % 10 > 0).map(|n| observed(paid(&n.to_string()))));
        for outcome in store.observe(seen).await.unwrap() {
            outcome.unwrap();
        }
        store.give_back_checkouts(&due, true).await.unwrap();
        store.resume_payment_jobs().await.unwrap();
        store.take_turn("plans", TimeDelta::zero()).await.unwrap();
    }
}

async fn refunds(store: Arc<Store>) {
    for (n, order) in orders(&store, OrderStatus::Processing).await.into_iter().enumerate() {
        let asked = store.request_refund(of(RefundTarget::Order(order), Some(100))).await.unwrap();
        store.refund_intent(asked.id).await.unwrap();
        store.refunds_of(asked.payment_id).await.unwrap();
        let state = if n % 2 == 0 { RefundState::Pending } else { RefundState::Failed };
        store.refund_answered(asked.id, &answer(&asked.id.to_string(), state)).await.unwrap();
    }
    for n in 1..10 {
        let name = n.to_string();
        for state in [DisputeState::Open, DisputeState::Won] {
            let key = format!("evt_{state}_{n}");
            let told = store.receive(money(&key, dispute(&name, &name, state))).await.unwrap();
            assert_eq!(told, Received::Applied);
        }
    }
}

async fn waiting(store: Arc<Store>) {
    for n in 0..10 {
        let told = money(&format!("evt_waits_{n}"), charge(&format!("late_{n}"), 100));
        assert_eq!(store.receive(told).await.unwrap(), Received::Pending);
    }
    store.meet_waiting().await.unwrap();
    for n in 0..10 {
        store.receive(paid(&format!("late_{n}"))).await.unwrap();
    }
    store.meet_waiting().await.unwrap();
}

async fn lists(store: Arc<Store>) {
    let page = store.order_links(None, None, 10).await.unwrap();
    store.order_links(None, Some(page[9].id), 10).await.unwrap();
    let sketches = store.sketches_after(None, 10).await.unwrap();
    store.sketches_after(Some(sketches[9].0), 10).await.unwrap();
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
