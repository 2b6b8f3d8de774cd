//! Money that fits nothing waits for a person; backlinks need their article.

use crate::{
    events::{event, paid, with},
    on_both_engines,
    shop::{Shop, listed},
};
use galley_domain::{
    brief::ProductKind,
    money::Currency,
    payment::{CheckoutState, Gateway, PaymentState, ReviewReason, SessionFact},
};
use galley_store::{PaymentView, Received};

on_both_engines! {
    what_does_not_fit_is_kept_for_a_person_with_its_reason,
    the_same_unfit_payment_again_says_the_same,
    an_unfit_payment_of_unknown_amount_can_be_listed,
    a_backlink_is_placed_into_an_article_of_ours,
    a_backlink_into_an_unknown_article_needs_a_person,
    the_catalogue_starts_with_two_products,
}

async fn what_does_not_fit_is_kept_for_a_person_with_its_reason(shop: &Shop) {
    let cheap = with(paid("a"), |fact| fact.sale.amount_total_minor = Some(12_899));
    assert_eq!(shop.receive(cheap).await, Received::NeedsReview(ReviewReason::AmountTooSmall));
    let nameless = with(paid("b"), |fact| fact.sale.metadata.clear());
    assert_eq!(shop.receive(nameless).await, Received::NeedsReview(ReviewReason::MissingProduct));
    let mut listed = in_review(shop, 10).await;
    listed.reverse();
    let found: Vec<_> = listed
        .iter()
        .map(|payment| (payment.session_ref.as_deref(), payment.payment_ref.as_str(), payment.review_reason))
        .collect();
    let reasons = [ReviewReason::AmountTooSmall, ReviewReason::MissingProduct].map(Some);
    assert_eq!(found, [(Some("cs_a"), "pi_a", reasons[0]), (Some("cs_b"), "pi_b", reasons[1])]);
    assert_eq!((listed[0].amount_minor, listed[0].currency.as_deref()), (Some(12_899), Some("USD")));
    assert_eq!(listed[0].review_detail.as_deref(), Some("128.99 USD for a price of 129.00 USD"));
    assert_eq!(listed[0].email.as_deref(), Some("a@customer.example"));
    assert_eq!((listed[0].gateway, listed[0].paid_at), (Gateway::Stripe, shop.time.now()));
    assert_eq!(in_review(shop, 1).await.len(), 1);
    assert_eq!((shop.count("orders").await, shop.count("customer").await), (0, 0));
    assert_eq!(shop.store.find_order_of_session("cs_a").await.unwrap(), None);
    assert_eq!(shop.alerts().await.len(), 1, "one mail tells of both");
}

async fn in_review(shop: &Shop, limit: i64) -> Vec<PaymentView> {
    shop.store.payments(Some(PaymentState::NeedsReview), None, limit).await.unwrap()
}

async fn the_same_unfit_payment_again_says_the_same(shop: &Shop) {
    let euros = |key| {
        with(event(key, "a", CheckoutState::Paid), |fact| fact.sale.currency = "eur".parse::<Currency>().ok())
    };
    let needs_review = Received::NeedsReview(ReviewReason::WrongCurrency);
    let received = shop.receive_all([euros("evt_1"), euros("evt_2"), euros("evt_3")]).await;
    assert_eq!(received, [needs_review.clone(), needs_review.clone(), needs_review.clone()]);
    assert_eq!(shop.receive(euros("evt_4")).await, needs_review);
    assert_eq!(shop.count("payment").await, 1);
}

async fn an_unfit_payment_of_unknown_amount_can_be_listed(shop: &Shop) {
    let unknown = with(paid("a"), |fact| {
        fact.sale.amount_total_minor = None;
        fact.sale.currency = None;
        fact.sale.email = None;
        fact.livemode = None;
    });
    assert_eq!(shop.receive(unknown).await, Received::NeedsReview(ReviewReason::AmountUnknown));
    let listed = in_review(shop, 10).await;
    assert_eq!((listed[0].amount_minor, &listed[0].currency, &listed[0].email), (None, &None, &None));
}

/// Makes it a link that is placed into an article of ours.
pub(crate) fn backlink(fact: &mut SessionFact, article: &str) {
    let pairs = [
        ("product", "backlink"),
        ("target_url", "https://target.example/"),
        ("anchor_text", "good tea"),
        ("article_id", article),
    ];
    fact.sale.metadata = pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
}

async fn a_backlink_is_placed_into_an_article_of_ours(shop: &Shop) {
    let article = shop.store.insert_article("tea", "Tea", "# Tea\n\nWe like good tea.").await.unwrap();
    let other = shop.store.insert_article("coffee", "Coffee", "# Coffee").await.unwrap();
    let received = shop
        .receive_all([
            with(paid("a"), |fact| backlink(fact, &article.to_string())),
            with(paid("b"), |fact| backlink(fact, &other.to_string())),
            paid("c"),
        ])
        .await;
    let Received::Settled { order_id, new: true } = received[0] else { panic!("{received:?}") };
    assert_eq!(shop.jobs(order_id).await, listed(&[("backlink-integration", "waiting")]));
    let work = shop.store.work(order_id).await.unwrap();
    assert_eq!(work.base.as_deref(), Some("# Tea\n\nWe like good tea."));
    assert_eq!((work.current, work.brief.article_id), (None, Some(article)));
    let base =
        shop.store.find_version(order_id, 0).await.unwrap().expect("number 0 is the article as it was");
    assert_eq!((base.run, base.made_by.as_str(), base.report.is_none()), (0, "system", true));
    assert!(base.html.contains("We like good tea."), "{}", base.html);
    let view = shop.store.order_view(order_id).await.unwrap().unwrap();
    assert!(view.version.is_none(), "number 0 is not the customer's");
}

async fn a_backlink_into_an_unknown_article_needs_a_person(shop: &Shop) {
    let unknown = shop.store.clock().new_id().to_string();
    let received = shop.receive(with(paid("a"), |fact| backlink(fact, &unknown))).await;
    assert_eq!(received, Received::NeedsReview(ReviewReason::UnknownArticle));
}

async fn the_catalogue_starts_with_two_products(shop: &Shop) {
    let products = shop.store.products().await.unwrap();
    let prices: Vec<_> = products.iter().map(|product| (product.kind, product.price.to_string())).collect();
    let expected = [(ProductKind::Article, "129.00 USD"), (ProductKind::Backlink, "79.00 USD")];
    assert_eq!(prices, expected.map(|(kind, price)| (kind, price.to_owned())));
    shop.database.raw.execute("UPDATE product SET price_minor = 100 WHERE kind = 'article'").await;
    shop.store.migrate().await.unwrap();
    assert_eq!(shop.store.products().await.unwrap()[0].price.minor, 100, "an edited catalogue is left alone");
}
