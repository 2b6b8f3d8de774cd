//! Staff read the log of mails and send one again.

use crate::{on_both_engines, shop::Shop};
use galley_domain::{
    actor::Actor,
    id::{EmailId, OrderId},
    job::Queue,
    order::RefusalCode,
};
use galley_store::{MailFilter, Outcome, StoreError};

on_both_engines! {
    the_log_is_read_newest_first_and_page_by_page,
    a_mail_is_sent_again_as_it_was_and_once_per_wish,
    a_mail_whose_link_was_revoked_stays_where_it_is,
    mails_that_failed_are_found,
}

fn ann() -> Actor {
    Actor::Staff("ann".to_owned())
}

async fn mails(shop: &Shop, filter: MailFilter) -> Vec<(EmailId, String)> {
    let lines = shop.store.mails(&filter, None, 100).await.unwrap();
    lines.into_iter().map(|line| (line.id, format!("{} {}", line.kind, line.recipient))).collect()
}

async fn the_log_is_read_newest_first_and_page_by_page(shop: &Shop) {
    for name in ["a", "b", "c"] {
        shop.order(name).await;
    }
    let all = mails(shop, MailFilter::default()).await;
    let named: Vec<_> = all.iter().map(|(_, named)| named.as_str()).collect();
    let expected = ["c", "b", "a"].map(|name| format!("order-received {name}@customer.example"));
    assert_eq!(named, expected);
    let rest = shop.store.mails(&MailFilter::default(), Some(all[0].0), 1).await.unwrap();
    assert_eq!((rest.len(), rest[0].id), (1, all[1].0));
    let of_b = MailFilter { customer: Some("b@customer.example".to_owned()), ..MailFilter::default() };
    assert_eq!(mails(shop, of_b).await, [all[1].clone()]);
    for nobody in ["x@customer.example", "\0"] {
        let of_nobody = MailFilter { customer: Some(nobody.to_owned()), ..MailFilter::default() };
        assert_eq!(mails(shop, of_nobody).await, []);
    }
}

async fn received(shop: &Shop) -> (OrderId, EmailId) {
    let order = shop.order("a").await;
    (order, mails(shop, MailFilter::default()).await[0].0)
}

async fn a_mail_is_sent_again_as_it_was_and_once_per_wish(shop: &Shop) {
    let (order, first) = received(shop).await;
    let again = shop.store.resend_mail(first, "key-1", &ann()).await.unwrap();
    assert_eq!(shop.store.resend_mail(first, "key-1", &ann()).await.unwrap(), again);
    let third = shop.store.resend_mail(first, "key-2", &ann()).await.unwrap();
    assert!(again != first && third != again);
    let (old, new) =
        (shop.store.mail(first).await.unwrap().unwrap(), shop.store.mail(again).await.unwrap().unwrap());
    assert_eq!((old.text_body, old.html_body), (new.text_body, new.html_body));
    assert_eq!((new.line.state.as_str(), new.line.order_id), ("queued", Some(order.0)));
    assert_eq!(shop.waiting(order, "mail").await.len(), 3);
    let lines = shop.store.audit_of(again.0, 10).await.unwrap();
    assert_eq!(
        (lines.len(), lines[0].action.as_str(), lines[0].actor.as_str()),
        (1, "mail_resent", "staff:ann")
    );
    let unknown = shop.store.resend_mail(EmailId(order.0), "key", &ann()).await;
    assert!(matches!(unknown, Err(StoreError::NotFound(_))), "{unknown:?}");
}

async fn a_mail_whose_link_was_revoked_stays_where_it_is(shop: &Shop) {
    let (order, mail) = received(shop).await;
    // What the customer wrote may look like a link.
    shop.database.raw.execute("UPDATE email SET text_body = 'token=mine ' || text_body").await;
    shop.store.resend_mail(mail, "before", &ann()).await.unwrap();
    shop.database.raw.execute("UPDATE orders SET link_epoch = link_epoch + 1").await;
    let refused = shop.store.resend_mail(mail, "key", &ann()).await;
    assert!(
        matches!(&refused, Err(StoreError::Declined { code: RefusalCode::LinkRevoked, .. })),
        "{refused:?}"
    );
    assert_eq!(shop.waiting(order, "mail").await.len(), 2);
}

async fn mails_that_failed_are_found(shop: &Shop) {
    let (_, mail) = received(shop).await;
    let failed = || MailFilter { failed: true, ..MailFilter::default() };
    assert_eq!(mails(shop, failed()).await, []);
    let job = shop.claim(Queue::Mail).await.remove(0);
    let outcome = crate::shop::failure(None);
    assert!(matches!(outcome, Outcome::Failed(_)));
    shop.finish(&job, outcome).await;
    assert_eq!(mails(shop, failed()).await.len(), 1);
    let view = shop.store.mail(mail).await.unwrap().unwrap();
    assert_eq!(view.line.state, "failed");
    assert!(view.line.error.is_some());
}
