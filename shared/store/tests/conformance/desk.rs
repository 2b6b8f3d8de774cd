//! What staff look at.

use crate::{events::paid, on_both_engines, shop::Shop};
use galley_domain::{
    actor::Actor,
    order::{Command, RefusalCode},
    payment::CheckoutState,
};
use galley_store::{DeskCounts, MailFilter, NewArticle, Store, StoreError};
use std::sync::Arc;

on_both_engines! {
    what_waits_is_counted_up_to_a_limit,
    customers_are_listed_with_what_they_ordered,
    checkouts_are_listed_with_what_became_of_them,
    an_article_is_taken_in_under_a_name_of_its_own,
}

async fn what_waits_is_counted_up_to_a_limit(shop: &Shop) {
    let nothing = shop.store.desk_counts(10).await.unwrap();
    assert_eq!(nothing, DeskCounts::default());
    for name in ["a", "b", "c"] {
        let order = shop.ready_order(name).await;
        shop.store.apply(order, &Command::Submit, Actor::Customer).await.unwrap();
    }
    shop.failed_order("d").await;
    let counts = shop.store.desk_counts(10).await.unwrap();
    let expected = DeskCounts { in_review: 3, failed_orders: 1, payments_in_review: 0, failed_jobs: 1 };
    assert_eq!(counts, expected);
    assert_eq!(shop.store.desk_counts(2).await.unwrap().in_review, 2);
}

async fn customers_are_listed_with_what_they_ordered(shop: &Shop) {
    shop.order("a").await;
    shop.receive(crate::events::with(paid("a2"), |fact| {
        fact.sale.email = Some("a@customer.example".to_owned());
    }))
    .await;
    shop.order("b").await;
    let all = shop.store.customers(None, None, 10).await.unwrap();
    let told: Vec<_> = all.iter().map(|line| (line.email.as_str(), line.orders)).collect();
    assert_eq!(told, [("b@customer.example", 1), ("a@customer.example", 2)]);
    assert_eq!(all[0].last_order_at, Some(shop.time.now()));
    let rest = shop.store.customers(None, Some(all[0].id), 10).await.unwrap();
    assert_eq!((rest.len(), rest[0].id), (1, all[1].id));
    let one = shop.store.customers(Some("a@customer.example"), None, 10).await.unwrap();
    assert_eq!((one.len(), one[0].id), (1, all[1].id));
    for nobody in ["nobody@customer.example", "\0"] {
        assert!(shop.store.customers(Some(nobody), None, 10).await.unwrap().is_empty());
    }
}

async fn checkouts_are_listed_with_what_became_of_them(shop: &Shop) {
    let open = shop.checkout("ours").await;
    let order = shop.order("a").await;
    let all = shop.store.checkouts(false, None, 10).await.unwrap();
    assert_eq!(all.len(), 2);
    assert_eq!((all[0].state, all[0].order_id), (CheckoutState::Paid, Some(order)));
    assert_eq!((all[0].external_id.as_deref(), all[0].price), (Some("cs_a"), None));
    assert_eq!((all[1].id, all[1].order_id), (open, None));
    assert_eq!(all[1].price.map(|price| price.minor), Some(12_900));
    let waiting = shop.store.checkouts(true, None, 10).await.unwrap();
    assert_eq!(waiting.iter().map(|line| line.id).collect::<Vec<_>>(), [open]);
    assert_eq!(shop.store.checkouts(false, Some(all[0].id), 10).await.unwrap().len(), 1);
}

async fn an_article_is_taken_in_under_a_name_of_its_own(shop: &Shop) {
    let ann = Actor::Staff("ann".to_owned());
    let new = NewArticle {
        slug: "Tea, for beginners".to_owned(),
        title: "Tea for beginners".to_owned(),
        source: "# Tea for beginners\n\nA paragraph.".to_owned(),
        language: "en".to_owned(),
    };
    let id = shop.store.import_article(&new, &ann).await.unwrap();
    let article = shop.store.desk_article(id).await.unwrap().unwrap();
    assert_eq!((article.slug.as_str(), article.order_id), ("tea-for-beginners", None));
    assert_eq!((article.published_at, article.links.len()), (Some(shop.time.now()), 0));
    let again = shop.store.import_article(&new, &ann).await;
    assert!(matches!(&again, Err(StoreError::Declined { code: RefusalCode::NameTaken, .. })), "{again:?}");
    let all = shop.store.desk_articles(None, 10).await.unwrap();
    assert_eq!(all.iter().map(|article| article.id).collect::<Vec<_>>(), [id]);
    assert!(shop.store.desk_articles(Some(id), 10).await.unwrap().is_empty());
    let actions: Vec<_> =
        shop.store.audit_of(id.0, 10).await.unwrap().into_iter().map(|line| line.action).collect();
    assert_eq!(actions, ["article_imported"]);
}

/// What staff look at all day, for the test that prints its plans.
pub(crate) async fn read(store: Arc<Store>) {
    for _ in 0..5 {
        store.desk_counts(1_000).await.unwrap();
        let customers = store.customers(None, None, 50).await.unwrap();
        store.customers(Some(&customers[0].email), None, 50).await.unwrap();
        store.checkouts(false, None, 50).await.unwrap();
        store.checkouts(true, None, 50).await.unwrap();
        store.desk_articles(None, 50).await.unwrap();
        let mails = store.mails(&MailFilter::default(), None, 50).await.unwrap();
        store.mail(mails[0].id).await.unwrap();
        store.mails(&MailFilter { failed: true, customer: None }, None, 50).await.unwrap();
        let customer = Some(customers[0].email.clone());
        store.mails(&MailFilter { failed: false, customer }, None, 50).await.unwrap();
    }
}
