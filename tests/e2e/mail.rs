//! The mail server has a bad day.

use crate::shop::{MAIL_DOMAIN, Order, Plan, SOON, Setup, Shop, on_every_setup, sale, until};
use galley_sandbox::{
    fault::Fault,
    smtp::{Mail, SmtpMode},
};
use std::sync::Arc;

on_every_setup! {
    a_mail_that_was_refused_for_now_is_sent_later
    a_mail_that_is_refused_for_good_is_given_up_and_the_order_goes_on
    a_mail_whose_reply_was_lost_is_sent_again_under_the_same_id
    a_mail_server_that_is_away_delays_mails_and_nothing_else
}

/// What became of an order's mails.
async fn states(shop: &Shop, order: &Order) -> Vec<String> {
    let states = "SELECT kind || ' ' || state FROM email WHERE order_id = $1 ORDER BY created_at, id";
    shop.db.texts_of(states, order.id).await
}

const BOTH_SENT: [&str; 2] = ["order-received sent", "article-ready sent"];

/// The mails to a customer about one thing, in the order of their arrival.
fn arrived(shop: &Shop, order: &Order, subject: &str) -> Vec<Arc<Mail>> {
    let mails = shop.smtp.mailbox().mails_to(&order.email);
    mails.into_iter().filter(|mail| mail.subject.contains(subject)).collect()
}

async fn a_mail_that_was_refused_for_now_is_sent_later(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    shop.smtp.control().set(Fault::times(SmtpMode::Temporary, 3));
    let order = shop.sell(&sale::short_article("Tea at work")).await;
    shop.settled(&order, "QUALITY_CHECK").await;
    shop.drained().await;
    assert_eq!(states(&shop, &order).await, BOTH_SENT);
    assert_eq!(shop.subjects_to(&order.email).len(), 2);
    assert_eq!(
        shop.db.count("SELECT COUNT(*) FROM job_attempt").await,
        3,
        "each refusal was a run that failed"
    );
}

async fn a_mail_that_is_refused_for_good_is_given_up_and_the_order_goes_on(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    let sale = sale::short_article("Tea at work");
    let address = sale.email.clone().unwrap();
    shop.smtp.control().set(Fault::always(SmtpMode::RejectRcpt).only(&address));
    let order = shop.sell(&sale).await;
    shop.settled(&order, "QUALITY_CHECK").await;
    shop.drained().await;
    assert_eq!(states(&shop, &order).await, ["order-received failed", "article-ready failed"]);
    let told = shop.db.texts_of("SELECT error FROM email WHERE order_id = $1", order.id).await;
    assert!(told.iter().all(|error| error.contains("550")), "{told:?}");
    let runs = "SELECT COUNT(*) FROM job WHERE queue = 'mail' AND state = 'failed' AND attempt = 1";
    assert_eq!(shop.db.count(runs).await, 2, "trying again would not help");

    // The customer has a mailbox after all: an operator sends both again.
    shop.smtp.control().reset();
    let retried = shop.galley(&["jobs", "retry", "--failed"]).await;
    assert!(retried.stdout.contains("2 will run again, 0 could not be"), "{retried:?}");
    until("both are sent", SOON, async || states(&shop, &order).await == BOTH_SENT).await;
    assert_eq!(shop.subjects_to(&order.email).len(), 2);
    assert_eq!(shop.status(&order).await["orderDetails"]["run"], 1, "the order was left alone");
}

async fn a_mail_whose_reply_was_lost_is_sent_again_under_the_same_id(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    shop.smtp.control().set(Fault::times(SmtpMode::DropAfterData, 1));
    let order = shop.sell(&sale::short_article("Tea at work")).await;
    shop.settled(&order, "QUALITY_CHECK").await;
    shop.drained().await;
    assert_eq!(states(&shop, &order).await, BOTH_SENT);
    assert_eq!(shop.smtp.mailbox().received(), 3);
    let mut ids = shop.db.ids("SELECT id FROM email").await;
    let twice = ["has arrived", "is ready"].map(|subject| arrived(&shop, &order, subject));
    let twice = twice.iter().find(|mails| mails.len() == 2).expect("one of the two came twice");
    assert_eq!(twice[0].message_id, twice[1].message_id, "a mail program can tell");
    assert_eq!((&twice[0].text, twice[0].header("date")), (&twice[1].text, twice[1].header("date")));
    ids.retain(|id| twice[0].message_id == format!("{id}@{MAIL_DOMAIN}"));
    assert_eq!(ids.len(), 1, "{}", twice[0].message_id);
}

async fn a_mail_server_that_is_away_delays_mails_and_nothing_else(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    shop.smtp.control().set(Fault::always(SmtpMode::Refuse));
    shop.smtp.control().settled().await;
    let order = shop.sell(&sale::short_article("Tea at work")).await;
    shop.settled(&order, "QUALITY_CHECK").await;
    assert_eq!(states(&shop, &order).await, ["order-received queued", "article-ready queued"]);
    shop.smtp.control().reset();
    shop.smtp.control().settled().await;
    shop.drained().await;
    assert_eq!(states(&shop, &order).await, BOTH_SENT);
    assert_eq!(shop.subjects_to(&order.email).len(), 2);
}
