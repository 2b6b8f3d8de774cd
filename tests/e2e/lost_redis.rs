//! Redis carries jobs; it owns none.

use crate::shop::{LONG, Order, Plan, RedisServer, Setup, Shop, sale, until};
use galley_sandbox::{ai::AiMode, fault::Fault};
use std::time::Duration;

/// Orders that are in work when Redis goes, and those that come while it is away.
const ORDERS: [usize; 2] = [160, 40];

#[tokio::test]
async fn two_hundred_orders_complete_once_each_although_redis_is_killed_and_emptied_among_them() {
    let mut redis = RedisServer::absent();
    redis.start().await;
    let plan = Plan::new(Setup::PostgresAndRedis).with("REDIS_URL", redis.url()).workers(2);
    let shop = plan.open().await;
    shop.ai.control().set(Fault::always(AiMode::Slow).latency(Duration::from_millis(500)));
    let mut orders = sell(&shop, ORDERS[0]).await;
    let ready = "SELECT COUNT(*) FROM content_version";
    until("the first orders are ready", LONG, async || shop.db.count(ready).await >= 20).await;
    redis.kill();
    orders.extend(sell(&shop, ORDERS[1]).await);
    let waiting = "SELECT COUNT(*) FROM job WHERE queue = 'content' AND state = 'waiting'";
    assert!(shop.db.count(waiting).await > 0, "Redis is lost while there is work to do");
    redis.start().await;
    shop.drained_within(LONG).await;
    assert_all_done_once(&shop, &orders).await;
}

/// Sells articles to many at once.
async fn sell(shop: &Shop, count: usize) -> Vec<Order> {
    let sales = (0..count).map(|number| sale::short_article(&format!("Tea number {number}")));
    futures_util::future::join_all(sales.map(async |sale| shop.sell(&sale).await)).await
}

#[tokio::test]
async fn without_redis_from_the_start_orders_complete_from_the_database() {
    let redis = RedisServer::absent();
    let shop = Plan::new(Setup::PostgresAndRedis).with("REDIS_URL", redis.url()).open().await;
    let orders = sell(&shop, 5).await;
    shop.drained().await;
    assert_all_done_once(&shop, &orders).await;
}

async fn assert_all_done_once(shop: &Shop, orders: &[Order]) {
    let all = i64::try_from(orders.len()).unwrap();
    let count = async |sql: &str| shop.db.count(sql).await;
    assert_eq!(count("SELECT COUNT(*) FROM orders WHERE status = 'QUALITY_CHECK'").await, all);
    assert_eq!(count("SELECT COUNT(*) FROM content_version WHERE number = 1").await, all);
    assert_eq!(count("SELECT COUNT(*) FROM content_version").await, all);
    assert_eq!(count("SELECT COUNT(*) FROM job WHERE attempt = 1 AND state = 'completed'").await, 3 * all);
    assert_eq!(count("SELECT COUNT(*) FROM job").await, 3 * all);
    assert_eq!(shop.ai.control().counters().calls, orders.len() as u64, "nothing is written twice");
    assert_eq!(shop.smtp.mailbox().received(), 2 * orders.len() as u64);
    for order in orders {
        assert_eq!(shop.smtp.mailbox().mails_to(&order.email).len(), 2, "{}", order.email);
    }
}
