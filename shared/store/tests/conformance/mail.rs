//! Mails are queued once and sent once; alerts are gathered.

use crate::{
    events::{other, paid, with},
    on_both_engines,
    shop::{STAFF, Shop, failure},
};
use chrono::TimeDelta;
use galley_domain::{
    id::EmailId,
    job::Queue,
    order::Command,
    payment::{CheckoutState, Fact},
};
use galley_store::{ClaimedJob, Finished, Outcome};

on_both_engines! {
    a_mail_is_there_until_it_is_sent,
    a_batch_of_mails_is_sent,
    one_event_cannot_queue_its_mail_twice,
    alerts_of_one_reason_are_gathered_for_five_minutes,
    an_alert_is_told_once_however_many_need_it_at_once,
    alerts_of_several_reasons_at_once_do_not_stand_in_each_others_way,
    nobody_is_told_where_no_staff_address_is_set,
    a_mail_carries_the_link_to_its_order,
}

fn mail_of(job: &ClaimedJob) -> EmailId {
    job.payload["emailId"].as_str().unwrap().parse().unwrap()
}

async fn a_mail_is_there_until_it_is_sent(shop: &Shop) {
    let order = shop.order("a").await;
    let job = shop.claim(Queue::Mail).await.remove(0);
    let mail = shop.store.find_queued_mail(mail_of(&job)).await.unwrap().expect("it waits");
    assert_eq!((mail.id, mail.recipient.as_str()), (mail_of(&job), "a@customer.example"));
    assert_eq!(mail.created_at, shop.time.now());
    assert!(mail.subject.contains("Tea") && mail.html_body.contains('<'), "{mail:?}");
    shop.time.advance(TimeDelta::seconds(3));
    assert_eq!(shop.finish(&job, Outcome::MailSent).await, Finished::Applied);
    assert!(shop.store.find_queued_mail(mail.id).await.unwrap().is_none());
    let sent = shop.store.mails_of(order).await.unwrap();
    assert_eq!((sent[0].state.as_str(), sent[0].sent_at), ("sent", Some(shop.time.now())));
    assert_eq!((sent[0].kind.as_str(), sent[0].subject.as_str()), ("order-received", mail.subject.as_str()));
    let unknown = EmailId(shop.store.clock().new_id());
    assert!(shop.store.find_queued_mail(unknown).await.unwrap().is_none());
}

async fn a_batch_of_mails_is_sent(shop: &Shop) {
    shop.receive_all((0..20).map(|n| paid(&n.to_string()))).await;
    let jobs = shop.claim(Queue::Mail).await;
    let ends = jobs.into_iter().enumerate().map(|(n, job)| {
        let outcome = if n % 10 == 0 { failure(None) } else { Outcome::MailSent };
        (job, outcome)
    });
    shop.finish_all(ends.collect()).await;
    assert_eq!(shop.count("email WHERE state = 'sent'").await, 18);
    assert_eq!(shop.count("email WHERE state = 'failed'").await, 2);
}

async fn one_event_cannot_queue_its_mail_twice(shop: &Shop) {
    let order = shop.order("a").await;
    // The history lost a line, so the next event has the number of one whose mail is queued.
    let raw = &shop.database.raw;
    raw.execute("UPDATE email SET dedupe_key = REPLACE(dedupe_key, ':order-received:1', ':order-failed:2')")
        .await;
    raw.execute("UPDATE job SET dedupe_key = REPLACE(dedupe_key, ':order-received:1', ':order-failed:2')")
        .await;
    shop.apply(order, Command::Cancel { reason: "no".to_owned() }).await;
    assert_eq!(shop.mails(order).await, ["order-received"]);
    assert_eq!(shop.count("job WHERE queue = 'mail'").await, 1, "nor a job without its mail");
}

fn odd(n: i64) -> galley_domain::payment::Inbound {
    other(&format!("evt_odd_{n}"), "checkout.odd", Fact::Ignored { why: "unreadable", alert: true })
}

async fn alerts_of_one_reason_are_gathered_for_five_minutes(shop: &Shop) {
    shop.receive(odd(0)).await;
    shop.receive(odd(1)).await;
    shop.failed_order("a").await;
    let reasons = |alerts: Vec<(String, String)>| -> Vec<String> {
        alerts.iter().map(|(_, key)| key.split(':').nth(1).unwrap().to_owned()).collect()
    };
    assert_eq!(reasons(shop.alerts().await), ["payment-event-odd", "order-failed"]);
    shop.time.advance(TimeDelta::seconds(299));
    shop.receive(odd(2)).await;
    assert_eq!(shop.alerts().await.len(), 2);
    shop.time.advance(TimeDelta::seconds(1));
    shop.receive(odd(3)).await;
    let alerts = shop.alerts().await;
    assert!(alerts.iter().all(|(recipient, _)| recipient == STAFF), "{alerts:?}");
    assert_eq!(reasons(alerts), ["payment-event-odd", "order-failed", "payment-event-odd"]);
    let undelivered = "job WHERE queue = 'mail' AND order_id IS NULL AND state = 'waiting'";
    assert_eq!(shop.count(undelivered).await, 3);
}

async fn an_alert_is_told_once_however_many_need_it_at_once(shop: &Shop) {
    let unfit = |n: i64| with(paid(&n.to_string()), |fact| fact.sale.metadata.clear());
    let events = (0..40).map(|n| if n % 2 == 0 { unfit(n) } else { odd(n) });
    shop.receive_all(events).await;
    assert_eq!(shop.alerts().await.len(), 2);
    assert_eq!(shop.count("payment").await, 20);
}

/// Batches beside each other want the same two mails, in different orders.
async fn alerts_of_several_reasons_at_once_do_not_stand_in_each_others_way(shop: &Shop) {
    let other = std::sync::Arc::new(shop.reopen(|_| ()).await);
    for round in 0..4 {
        for n in 0..12 {
            let order = shop.ready_order(&format!("{round}_{n}")).await;
            shop.order(&format!("{round}_{n}_fails")).await;
            shop.apply(order, Command::Submit).await;
            shop.apply(order, Command::Approve { version: 1 }).await;
        }
        let (mut writing, publishing) =
            (shop.claim(Queue::Content).await, shop.claim(Queue::Publication).await);
        writing.reverse();
        let mut calls = Vec::new();
        for (n, job) in writing.into_iter().chain(publishing).enumerate() {
            let store = std::sync::Arc::clone(if n % 2 == 0 { &shop.store } else { &other });
            let finish = galley_store::Finish { job, outcome: failure(None) };
            calls.push(tokio::spawn(async move { store.finish(finish).await.unwrap() }));
        }
        for call in calls {
            assert_eq!(call.await.unwrap(), Finished::Failed);
        }
        assert_eq!(shop.alerts().await.len(), 2 * (round + 1));
        shop.time.advance(TimeDelta::minutes(5));
    }
    other.close().await;
}

async fn nobody_is_told_where_no_staff_address_is_set(shop: &Shop) {
    let store = shop.reopen(|config| config.letterhead.staff_email = None).await;
    store.receive(odd(1)).await.unwrap();
    let order = shop.ready_order("a").await;
    store.apply(order, &Command::Submit, galley_domain::actor::Actor::Customer).await.unwrap();
    assert_eq!(shop.count(&format!("email WHERE recipient = '{STAFF}'")).await, 0);
    assert_eq!(shop.mails(order).await, ["order-received", "article-ready", "submitted"]);
    let told = shop.ready_order("b").await;
    shop.apply(told, Command::Submit).await;
    assert!(shop.mails(told).await.contains(&"ready-for-review".to_owned()));
    store.close().await;
}

async fn a_mail_carries_the_link_to_its_order(shop: &Shop) {
    shop.receive(crate::events::event("evt_early", "a", CheckoutState::Open)).await;
    let order = shop.order("a").await;
    let job = shop.claim(Queue::Mail).await.remove(0);
    let mail = shop.store.find_queued_mail(mail_of(&job)).await.unwrap().unwrap();
    let link = format!("https://shop.example/order-status/{order}?token=");
    assert!(mail.text_body.contains(&link), "{}", mail.text_body);
}
