//! The handle itself: opening, asking for a sign of life, telling other processes, closing.

use crate::{database::config, events::paid, on_both_engines, shop::Shop};
use galley_domain::job::Queue;
use galley_store::Store;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

on_both_engines! {
    a_store_answers_until_it_is_closed,
    a_store_knows_whether_it_is_shared,
    a_database_that_is_not_there_is_unavailable,
    other_processes_hear_of_what_is_due,
    what_was_committed_survives_reopening,
}

mod alone {
    use super::a_busy_database_refuses_a_whole_batch_at_once;
    crate::on_postgres! {
        a_busy_database_refuses_a_whole_batch_at_once,
    }
}

async fn a_store_answers_until_it_is_closed(shop: &Shop) {
    let store = shop.reopen(|_| ()).await;
    store.ping().await.unwrap();
    assert_eq!(format!("{store:?}"), "Store");
    store.close().await;
    assert!(store.ping().await.unwrap_err().is_unavailable());
    assert!(store.receive(paid("a")).await.unwrap_err().is_unavailable(), "the gateway sends it again");
    shop.store.ping().await.unwrap();
}

async fn a_store_knows_whether_it_is_shared(shop: &Shop) {
    assert_eq!(shop.store.is_shared(), shop.database.url.starts_with("postgres:"));
}

async fn a_database_that_is_not_there_is_unavailable(shop: &Shop) {
    let mut config = config(&shop.database.url);
    config.database_url = if shop.store.is_shared() {
        "postgres://nobody@127.0.0.1:1/none".to_owned()
    } else {
        "sqlite:///nowhere/at/all.sqlite".to_owned()
    };
    let error = Store::open(config, shop.time.clock()).await.unwrap_err();
    assert!(error.is_unavailable() || !shop.store.is_shared(), "{error}");
}

async fn other_processes_hear_of_what_is_due(shop: &Shop) {
    let telling = shop.reopen(|config| config.notify = true).await;
    let heard = Arc::new(AtomicUsize::new(0));
    let (counter, store) = (Arc::clone(&heard), Arc::clone(&shop.store));
    let (told, mut hearing) = tokio::sync::mpsc::unbounded_channel();
    let listening = tokio::spawn(async move {
        let due = |queue: Queue| {
            counter.fetch_add(1, Ordering::SeqCst);
            told.send(queue).unwrap();
        };
        store.listen(due).await
    });
    if !shop.store.is_shared() {
        listening.await.unwrap().unwrap();
        assert_eq!(heard.load(Ordering::SeqCst), 0, "a SQLite file has no other processes");
        telling.close().await;
        return;
    }
    for queue in Queue::ALL {
        assert_eq!(hearing.recv().await, Some(*queue), "whatever was due before it listened");
    }
    telling.receive(paid("a")).await.unwrap();
    let mut queues = vec![hearing.recv().await.unwrap(), hearing.recv().await.unwrap()];
    queues.sort_unstable();
    assert_eq!(queues, [Queue::Content, Queue::Mail]);
    let breaks = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' \
                  AND datname = current_database()";
    shop.database.raw.execute(breaks).await;
    listening.await.unwrap().unwrap();
    telling.close().await;
}

async fn what_was_committed_survives_reopening(shop: &Shop) {
    let order = shop.order("a").await;
    let store = shop.reopen(|_| ()).await;
    store.migrate().await.unwrap();
    assert!(store.order_view(order).await.unwrap().is_some());
    assert_eq!(store.receive(paid("a")).await.unwrap(), galley_store::Received::Duplicate);
    store.close().await;
}

/// When the database is away, trying each call of a batch by itself would keep the others waiting
/// for a minute of timeouts.
async fn a_busy_database_refuses_a_whole_batch_at_once(shop: &Shop) {
    let store = Arc::new(shop.reopen(|config| config.max_connections = 1).await);
    let (told, mut hearing) = tokio::sync::mpsc::unbounded_channel();
    let hold = {
        let store = Arc::clone(&store);
        tokio::spawn(async move { store.listen(|queue| told.send(queue).unwrap()).await })
    };
    hearing.recv().await.unwrap();
    let started = std::time::Instant::now();
    let mut calls = Vec::new();
    for n in 0..20 {
        let store = Arc::clone(&store);
        calls.push(tokio::spawn(async move { store.receive(paid(&n.to_string())).await }));
    }
    for call in calls {
        assert!(call.await.unwrap().unwrap_err().is_unavailable());
    }
    assert!(started.elapsed().as_secs() < 12, "{:?}", started.elapsed());
    hold.abort();
    store.close().await;
}
