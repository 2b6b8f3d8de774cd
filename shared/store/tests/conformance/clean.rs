//! Ended jobs go when nobody asks for them any more.

use crate::{
    on_both_engines,
    shop::{Shop, content, failure},
};
use chrono::TimeDelta;
use galley_domain::{job::Queue, order::Command};

on_both_engines! {
    the_last_hundred_completed_jobs_of_a_kind_stay_for_ever,
    a_completed_job_stays_for_a_day,
    jobs_of_payments_stay_for_a_week,
    a_failed_job_stays_for_a_week_and_does_not_push_others_out,
    jobs_of_an_open_order_stay,
    what_was_tried_goes_with_the_job,
    however_many_have_ended_all_are_looked_at,
}

/// Inserts ended jobs that belong to no order, one microsecond apart, the last one ended now.
async fn ended(shop: &Shop, kind: &str, queue: &str, state: &str, count: i64) {
    let mut values = Vec::new();
    for n in 0..count {
        let at = (shop.time.now() - TimeDelta::microseconds(count - n)).to_rfc3339();
        let id = shop.store.clock().new_id().simple().to_string();
        let id = match shop.database.raw {
            crate::database::Raw::Postgres(_) => format!("'{id}'"),
            crate::database::Raw::Sqlite(_) => format!("X'{id}'"),
        };
        values.push(format!(
            "({id}, '{kind}', '{queue}', '{{}}', '{state}', 0, 3, '{kind}{state}{at}{n}', '{at}', '{at}', '{at}')"
        ));
    }
    let sql = format!(
        "INSERT INTO job (id, kind, queue, payload, state, priority, max_attempts, dedupe_key, created_at, \
         due_at, finished_at) VALUES {}",
        values.join(", ")
    );
    shop.database.raw.execute(&sql).await;
}

async fn left(shop: &Shop, state: &str) -> i64 {
    shop.count(&format!("job WHERE state = '{state}'")).await
}

async fn the_last_hundred_completed_jobs_of_a_kind_stay_for_ever(shop: &Shop) {
    ended(shop, "email-delivery", "mail", "completed", 130).await;
    ended(shop, "article-generation", "content", "completed", 90).await;
    shop.time.advance(TimeDelta::days(400));
    assert_eq!(shop.store.clean_jobs().await.unwrap(), 30);
    assert_eq!((left(shop, "completed").await, shop.store.clean_jobs().await.unwrap()), (190, 0));
    let mails = "SELECT COUNT(*) FROM job WHERE kind = 'email-delivery'";
    assert_eq!(shop.database.raw.number(mails).await, 100);
}

async fn however_many_have_ended_all_are_looked_at(shop: &Shop) {
    ended(shop, "email-delivery", "mail", "completed", 10_200).await;
    shop.time.advance(TimeDelta::days(2));
    assert_eq!(shop.store.clean_jobs().await.unwrap(), 10_100);
}

async fn a_completed_job_stays_for_a_day(shop: &Shop) {
    ended(shop, "email-delivery", "mail", "completed", 130).await;
    shop.time.advance(TimeDelta::hours(24) - TimeDelta::seconds(1));
    assert_eq!(shop.store.clean_jobs().await.unwrap(), 0);
    ended(shop, "email-delivery", "mail", "completed", 100).await;
    shop.time.advance(TimeDelta::seconds(2));
    assert_eq!(shop.store.clean_jobs().await.unwrap(), 130);
}

async fn jobs_of_payments_stay_for_a_week(shop: &Shop) {
    ended(shop, "payment-event", "payment", "completed", 130).await;
    shop.time.advance(TimeDelta::days(6));
    assert_eq!(shop.store.clean_jobs().await.unwrap(), 0);
    shop.time.advance(TimeDelta::days(1) + TimeDelta::seconds(1));
    assert_eq!(shop.store.clean_jobs().await.unwrap(), 30);
}

async fn a_failed_job_stays_for_a_week_and_does_not_push_others_out(shop: &Shop) {
    ended(shop, "email-delivery", "mail", "completed", 100).await;
    shop.time.advance(TimeDelta::minutes(1));
    ended(shop, "email-delivery", "mail", "failed", 150).await;
    shop.time.advance(TimeDelta::days(2));
    assert_eq!(
        shop.store.clean_jobs().await.unwrap(),
        0,
        "100 completed ones stay, whatever has failed since"
    );
    shop.time.advance(TimeDelta::days(6));
    assert_eq!(shop.store.clean_jobs().await.unwrap(), 150);
    assert_eq!((left(shop, "completed").await, left(shop, "failed").await), (100, 0));
}

async fn jobs_of_an_open_order_stay(shop: &Shop) {
    let open = shop.ready_order("open").await;
    shop.time.advance(TimeDelta::minutes(1));
    let over = shop.ready_order("over").await;
    shop.apply(over, Command::FullyRefunded).await;
    let failed = shop.failed_order("failed").await;
    shop.time.advance(TimeDelta::minutes(1));
    ended(shop, "article-generation", "content", "completed", 100).await;
    shop.time.advance(TimeDelta::days(8));
    assert_eq!(shop.store.clean_jobs().await.unwrap(), 2);
    assert_eq!((shop.jobs(open).await.len(), shop.jobs(over).await.len()), (1, 0));
    assert!(shop.jobs(failed).await.is_empty());
}

async fn what_was_tried_goes_with_the_job(shop: &Shop) {
    let order = shop.order("a").await;
    let job = shop.claim_content(order).await;
    shop.finish(&job, failure(Some(1))).await;
    shop.time.advance(TimeDelta::seconds(1));
    shop.store.sweep().await.unwrap();
    let job = shop.claim(Queue::Content).await.remove(0);
    shop.finish(&job, content("First")).await;
    shop.apply(order, Command::FullyRefunded).await;
    assert_eq!(shop.count("job_attempt").await, 1);
    shop.time.advance(TimeDelta::days(2));
    ended(shop, "article-generation", "content", "completed", 100).await;
    assert_eq!(shop.store.clean_jobs().await.unwrap(), 1);
    assert_eq!(shop.count("job_attempt").await, 0);
}
