//! What tells whoever watches an order that it has changed.

use crate::{
    articles::{TEA, sell_backlink},
    events::paid,
    on_both_engines,
    shop::{Shop, content, failure},
};
use galley_domain::{id::OrderId, order::Command, order::OrderStatus};
use galley_store::OrderNews;
use std::{collections::HashMap, sync::Arc};

on_both_engines! {
    every_change_of_an_order_and_its_work_is_told_in_the_process,
    other_processes_hear_which_orders_have_changed,
    outlines_are_views_without_texts,
    outlines_and_stamps_of_many_orders_are_read_at_once,
}

async fn every_change_of_an_order_and_its_work_is_told_in_the_process(shop: &Shop) {
    let mut wake = shop.store.wake().subscribe();
    let mut told = async || {
        let mut orders = Vec::new();
        orders.extend(wake.recv().await.unwrap().orders.iter().copied());
        while let Ok(commit) = wake.try_recv() {
            orders.extend(&commit.orders);
        }
        orders.dedup();
        orders
    };
    let order = shop.order("a").await;
    assert_eq!(told().await, [order], "paid");
    let job = shop.claim_content(order).await;
    assert_eq!(told().await, [order], "begun");
    shop.finish(&job, failure(Some(30))).await;
    assert_eq!(told().await, [order], "a run failed");
    shop.time.advance(chrono::TimeDelta::seconds(30));
    shop.store.sweep().await.unwrap();
    let job = shop.claim_content(order).await;
    told().await;
    shop.finish(&job, content("First")).await;
    assert_eq!(told().await, [order], "ready");
    shop.apply(order, Command::Submit).await;
    assert_eq!(told().await, [order], "submitted");
    for mail in shop.claim(galley_domain::job::Queue::Mail).await {
        shop.finish(&mail, galley_store::Outcome::MailSent).await;
    }
    assert!(wake.try_recv().is_err(), "mails are nothing that its page shows");
}

/// A listener that has begun to listen, and what it hears.
async fn listening(shop: &Shop) -> tokio::sync::mpsc::UnboundedReceiver<OrderNews> {
    let store = Arc::clone(&shop.store);
    let (told, mut hearing) = tokio::sync::mpsc::unbounded_channel();
    let ended = tokio::spawn(async move { store.listen_to_orders(|news| told.send(news).unwrap()).await });
    if shop.store.is_shared() {
        assert_eq!(hearing.recv().await, Some(OrderNews::Any), "whatever changed before it listened");
    } else {
        ended.await.unwrap().unwrap();
        assert_eq!(hearing.recv().await, None, "a SQLite file has no other processes");
    }
    hearing
}

async fn other_processes_hear_which_orders_have_changed(shop: &Shop) {
    let mut hearing = listening(shop).await;
    if !shop.store.is_shared() {
        return;
    }
    // Whoever carries the jobs: orders are always told.
    for notify in [true, false] {
        let telling = shop.reopen(|config| config.notify = notify).await;
        let name = notify.to_string();
        telling.receive(paid(&name)).await.unwrap();
        let order = telling.find_order_of_session(&format!("cs_{name}")).await.unwrap().unwrap();
        assert_eq!(hearing.recv().await, Some(OrderNews::Named(vec![order])));
        telling.close().await;
    }
    let breaks = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' \
                  AND datname = current_database()";
    shop.database.raw.execute(breaks).await;
    assert_eq!(hearing.recv().await, None, "it ends, so that somebody can listen again");
}

async fn outlines_are_views_without_texts(shop: &Shop) {
    let article = shop.store.insert_article("tea", "Tea", TEA).await.unwrap();
    let orders = [
        shop.order("a").await,
        shop.ready_order("b").await,
        shop.failed_order("c").await,
        sell_backlink(shop, "d", article, TEA, 1).await,
    ];
    shop.store
        .request_revision(orders[1], "Shorter, please.", galley_domain::actor::Actor::Customer, None)
        .await
        .unwrap();
    let outlines = shop.store.order_outlines(&orders).await.unwrap();
    assert_eq!(outlines.len(), orders.len());
    for outline in outlines {
        let mut view = shop.store.order_view(outline.id).await.unwrap().unwrap();
        if let Some(version) = &mut view.version {
            assert!(!version.source.is_empty() && !version.html.is_empty());
            (version.source, version.html, version.insertion) = (String::new(), String::new(), None);
        }
        assert_eq!(format!("{outline:?}"), format!("{view:?}"));
    }
}

async fn outlines_and_stamps_of_many_orders_are_read_at_once(shop: &Shop) {
    let names: Vec<String> = (0..300).map(|n| n.to_string()).collect();
    shop.receive_all(names.iter().map(|name| paid(name))).await;
    let links = shop.store.order_links(Some(OrderStatus::Processing), None, 1_000).await.unwrap();
    let mut orders: Vec<OrderId> = links.iter().map(|link| link.id).collect();
    assert_eq!(orders.len(), 300);
    orders.push(OrderId(shop.store.clock().new_id()));
    let stamps = shop.store.order_stamps(&orders).await.unwrap();
    assert_eq!(stamps.len(), 300);
    let one = shop.store.stamp(orders[7]).await.unwrap();
    assert_eq!(stamps.get(&orders[7]).copied(), one);
    let outlines = shop.store.order_outlines(&orders).await.unwrap();
    let outlines: HashMap<OrderId, usize> = outlines.iter().map(|view| (view.id, view.jobs.len())).collect();
    assert!(outlines.len() == 300 && outlines.values().all(|jobs| *jobs == 1));
}
