//! A person makes an order of a payment in review.

use crate::{
    events::{dispute, event, of_ours, paid, refund, with},
    on_both_engines,
    shop::{Shop, listed},
};
use galley_domain::{
    actor::Actor,
    brief::{Brief, BriefInput, ProductKind},
    id::{OrderId, PaymentId},
    order::RefusalCode,
    payment::{CheckoutState, DisputeState, Gateway, PaymentState, RefundState, ReviewReason, SessionFact},
};
use galley_store::{
    NewCheckout, PaymentView, Received, RefundRequest, RefundTarget, Release, Released, StoreError,
};
use std::sync::Arc;

on_both_engines! {
    money_that_was_not_right_is_released_as_it_is,
    what_was_missing_is_named_and_can_be_supplied,
    a_backlink_can_be_released_into_another_article,
    the_brief_and_address_of_staff_come_first,
    a_payment_of_unknown_amount_is_no_order,
    a_payment_of_nothing_can_be_released,
    released_again_is_the_same_order,
    many_releases_at_once_make_one_order,
    money_that_went_back_in_part_stops_nothing_else_does,
    a_dispute_stops_it_unless_it_was_won,
    a_dispute_at_the_same_moment_finds_the_order_or_stops_it,
    what_was_decided_before_stays_decided,
    the_history_says_who_released_it_and_why,
    what_is_refused_leaves_nothing_behind,
}

pub(crate) fn ann() -> Actor {
    Actor::Staff("ann".to_owned())
}

/// A release that supplies nothing.
pub(crate) fn bare() -> Release {
    Release { brief: None, email: None, reason: "They called.".to_owned() }
}

pub(crate) fn brief(topic: &str) -> Brief {
    let (product, topic) = (Some("article".to_owned()), Some(topic.to_owned()));
    Brief::parse(BriefInput { product, topic, ..BriefInput::default() }).unwrap()
}

/// Payment `pi_{name}`, in review.
pub(crate) async fn in_review(shop: &Shop, name: &str, change: impl FnOnce(&mut SessionFact)) -> PaymentId {
    let received = shop.receive(with(paid(name), change)).await;
    assert!(matches!(received, Received::NeedsReview(_)), "{name}: {received:?}");
    let newest = shop.store.payments(Some(PaymentState::NeedsReview), None, 1).await.unwrap().remove(0);
    assert_eq!(newest.payment_ref, format!("pi_{name}"));
    newest.id
}

/// A payment in review that only needs somebody's word: it is a dollar short.
pub(crate) async fn short(shop: &Shop, name: &str) -> PaymentId {
    in_review(shop, name, |fact| fact.sale.amount_total_minor = Some(12_800)).await
}

pub(crate) async fn view(shop: &Shop, payment: PaymentId) -> PaymentView {
    shop.store.payment(payment).await.unwrap().expect("the payment exists")
}

/// Which rule stood against it, with its words.
pub(crate) fn declined<T: std::fmt::Debug>(result: Result<T, StoreError>) -> (RefusalCode, String) {
    match result {
        Err(StoreError::Declined { code, message }) => (code, message),
        other => panic!("{other:?}"),
    }
}

async fn release(shop: &Shop, payment: PaymentId, how: Release) -> OrderId {
    let released = shop.store.release(payment, how, &ann()).await.unwrap();
    assert!(released.new);
    released.order_id
}

/// The order is like any other, and the payment remembers why it was in review.
async fn assert_released(shop: &Shop, payment: PaymentId, order: OrderId, reason: ReviewReason) {
    let payment = view(shop, payment).await;
    assert_eq!((payment.state, payment.order_id), (PaymentState::Paid, Some(order)), "{reason}");
    assert_eq!((payment.review_reason, payment.review_detail.is_some()), (Some(reason), true));
    let view = shop.store.order_view(order).await.unwrap().unwrap();
    assert_eq!(Some(view.amount.minor), payment.amount_minor, "{reason}");
    assert_eq!(Some(view.amount.currency.as_str()), payment.currency.as_deref(), "{reason}");
    assert_eq!(shop.events(order).await, ["order_received"], "{reason}");
    assert_eq!(shop.jobs(order).await.len(), 1, "{reason}");
    assert_eq!(shop.mail_jobs(order).await, listed(&[("order-received", "waiting")]), "{reason}");
}

async fn money_that_was_not_right_is_released_as_it_is(shop: &Shop) {
    type Change = fn(&mut SessionFact);
    let cases: [(ReviewReason, Change); 3] = [
        (ReviewReason::AmountTooSmall, |fact| fact.sale.amount_total_minor = Some(12_899)),
        (ReviewReason::WrongCurrency, |fact| fact.sale.currency = "eur".parse().ok()),
        (ReviewReason::Risky, |fact| fact.sale.risky = true),
    ];
    for (reason, change) in cases {
        let payment = in_review(shop, reason.as_str(), change).await;
        let mut wake = shop.store.wake().subscribe();
        let order = release(shop, payment, bare()).await;
        assert_eq!(wake.recv().await.unwrap().jobs.len(), 2, "its job and its mail are due");
        assert_released(shop, payment, order, reason).await;
        let work = shop.store.work(order).await.unwrap();
        assert_eq!((work.brief.topic.as_str(), work.brief.keywords.len()), ("Tea", 2));
        let mails = shop.store.mails_of(order).await.unwrap();
        assert_eq!(mails[0].recipient, format!("{reason}@customer.example"));
    }
    let checkout = own_checkout(shop).await;
    let event = of_ours(paid("own"), checkout);
    assert_eq!(
        shop.receive(with(event, |fact| fact.sale.amount_total_minor = Some(99))).await,
        Received::NeedsReview(ReviewReason::AmountMismatch)
    );
    let payment = shop.store.payments(None, None, 1).await.unwrap().remove(0);
    assert_eq!((payment.checkout_id, &payment.brief), (checkout, &Some(brief("Ours"))));
    let order = release(shop, payment.id, bare()).await;
    assert_released(shop, payment.id, order, ReviewReason::AmountMismatch).await;
    assert_eq!(shop.store.work(order).await.unwrap().brief, brief("Ours"), "what was agreed on");
    assert_eq!(shop.store.mails_of(order).await.unwrap()[0].recipient, "bob@customer.example");
}

async fn own_checkout(shop: &Shop) -> galley_domain::id::CheckoutSessionId {
    let (brief, email) = (brief("Ours"), "bob@customer.example".to_owned());
    let new = NewCheckout { gateway: Gateway::Stripe, brief, email, key: None };
    shop.store.open_checkout(new).await.unwrap().id
}

async fn what_was_missing_is_named_and_can_be_supplied(shop: &Shop) {
    type Change = fn(&mut SessionFact);
    fn say(fact: &mut SessionFact, key: &str, value: &str) {
        fact.sale.metadata.insert(key.to_owned(), value.to_owned());
    }
    let briefed = Release { brief: Some(brief("Coffee")), ..bare() };
    let addressed = Release { email: Some(" Ann@Customer.example ".to_owned()), ..bare() };
    let cases: [(ReviewReason, Change, &Release, &str); 5] = [
        (ReviewReason::MissingProduct, |fact| fact.sale.metadata.clear(), &briefed, "supply one"),
        (ReviewReason::UnknownProduct, |fact| say(fact, "product", "poem"), &briefed, "supply one"),
        (ReviewReason::UnusableBrief, |fact| say(fact, "topic", " "), &briefed, "topic: Say what"),
        (ReviewReason::UnusableBrief, |fact| say(fact, "word_count", "many"), &briefed, "wordCount"),
        (ReviewReason::NoEmail, |fact| fact.sale.email = None, &addressed, "an e-mail address"),
    ];
    for (n, (reason, change, supplied, words)) in cases.into_iter().enumerate() {
        let payment = in_review(shop, &n.to_string(), change).await;
        assert_eq!(view(shop, payment).await.review_reason, Some(reason));
        let (code, message) = declined(shop.store.release(payment, bare(), &ann()).await);
        assert_eq!(code, RefusalCode::PaymentUnfit, "{reason}");
        assert!(message.contains(words), "{reason}: {message}");
        let order = release(shop, payment, supplied.clone()).await;
        assert_released(shop, payment, order, reason).await;
        let topic = if supplied.brief.is_some() { "Coffee" } else { "Tea" };
        assert_eq!(shop.store.work(order).await.unwrap().brief.topic, topic);
    }
    let sql = "SELECT recipient FROM email WHERE order_id IS NOT NULL ORDER BY id";
    let recipients: Vec<(String,)> = shop.database.raw.all(sql).await;
    assert_eq!(recipients.last().unwrap().0, "ann@customer.example", "as every address is kept");
}

fn backlink(article: &str) -> Brief {
    let mut input = BriefInput { product: Some("backlink".to_owned()), ..BriefInput::default() };
    input.target_url = Some("https://target.example/".to_owned());
    input.anchor_text = Some("good tea".to_owned());
    input.article_id = Some(article.to_owned());
    Brief::parse(input).unwrap()
}

async fn a_backlink_can_be_released_into_another_article(shop: &Shop) {
    let unknown = shop.store.clock().new_id().to_string();
    let payment = in_review(shop, "a", |fact| {
        let pairs = [
            ("product", "backlink"),
            ("target_url", "https://target.example/"),
            ("anchor_text", "good tea"),
            ("article_id", unknown.as_str()),
        ];
        fact.sale.metadata = pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
    })
    .await;
    let (code, message) = declined(shop.store.release(payment, bare(), &ann()).await);
    assert_eq!(code, RefusalCode::PaymentUnfit);
    assert!(message.contains(&unknown) && message.contains("another article"), "{message}");
    let article = shop.store.insert_article("tea", "Tea", "# Tea\n\nWe like good tea.").await.unwrap();
    let brief = Some(backlink(&article.to_string()));
    let order = release(shop, payment, Release { brief, ..bare() }).await;
    assert_released(shop, payment, order, ReviewReason::UnknownArticle).await;
    assert_eq!(shop.jobs(order).await, listed(&[("backlink-integration", "waiting")]));
    let work = shop.store.work(order).await.unwrap();
    assert_eq!((work.brief.product, work.brief.article_id), (ProductKind::Backlink, Some(article)));
    assert_eq!(work.base.as_deref(), Some("# Tea\n\nWe like good tea."));
}

async fn the_brief_and_address_of_staff_come_first(shop: &Shop) {
    let payment = short(shop, "a").await;
    let (brief, email) = (Some(brief("Coffee")), Some("other@customer.example".to_owned()));
    let order = release(shop, payment, Release { brief: brief.clone(), email, ..bare() }).await;
    assert_eq!(Some(shop.store.work(order).await.unwrap().brief), brief);
    assert_eq!(shop.store.mails_of(order).await.unwrap()[0].recipient, "other@customer.example");
    let nobody = short(shop, "b").await;
    let no_address = Release { email: Some("nobody".to_owned()), ..bare() };
    let (code, message) = declined(shop.store.release(nobody, no_address, &ann()).await);
    assert_eq!(code, RefusalCode::PaymentUnfit, "the checkout's would be somebody else's: {message}");
}

async fn a_payment_of_unknown_amount_is_no_order(shop: &Shop) {
    let changes: [fn(&mut SessionFact); 2] =
        [|fact| fact.sale.amount_total_minor = None, |fact| fact.sale.currency = None];
    for (n, change) in changes.into_iter().enumerate() {
        let payment = in_review(shop, &n.to_string(), change).await;
        let (code, message) = declined(shop.store.release(payment, bare(), &ann()).await);
        assert_eq!(code, RefusalCode::PaymentUnfit);
        assert!(message.contains("how much"), "{message}");
        shop.store.dismiss(payment, "Given back in the dashboard.", &ann()).await.unwrap();
    }
}

async fn a_payment_of_nothing_can_be_released(shop: &Shop) {
    let payment = in_review(shop, "a", |fact| fact.sale.amount_total_minor = Some(0)).await;
    let order = release(shop, payment, bare()).await;
    assert_released(shop, payment, order, ReviewReason::AmountTooSmall).await;
}

async fn released_again_is_the_same_order(shop: &Shop) {
    let payment = short(shop, "a").await;
    let order_id = release(shop, payment, bare()).await;
    let other = Release { brief: Some(brief("Coffee")), ..bare() };
    let again = shop.store.release(payment, other, &ann()).await.unwrap();
    assert_eq!(again, Released { order_id, new: false });
    assert_eq!(shop.store.work(order_id).await.unwrap().brief.topic, "Tea");
    assert_eq!((shop.count("orders").await, shop.count("audit_event").await), (1, 1));
    let late = event("evt_late", "a", CheckoutState::Paid);
    assert_eq!(shop.receive(late).await, Received::Settled { order_id, new: false });
    let fit = shop.order("fit").await;
    let payment = shop.store.payments(None, None, 1).await.unwrap().remove(0);
    let again = shop.store.release(payment.id, bare(), &ann()).await.unwrap();
    assert_eq!(again, Released { order_id: fit, new: false }, "it needed nobody's word");
}

async fn many_releases_at_once_make_one_order(shop: &Shop) {
    let payment = short(shop, "a").await;
    let mut calls = Vec::new();
    for _ in 0..8 {
        let store = Arc::clone(&shop.store);
        calls.push(tokio::spawn(async move { store.release(payment, bare(), &ann()).await.unwrap() }));
    }
    let mut released = Vec::new();
    for call in calls {
        released.push(call.await.unwrap());
    }
    assert_eq!(released.iter().filter(|released| released.new).count(), 1);
    assert!(released.iter().all(|other| other.order_id == released[0].order_id));
    assert_eq!((shop.count("orders").await, shop.count("audit_event").await), (1, 1));
}

/// Asks for all of a payment back that has no order yet.
pub(crate) async fn ask_back(shop: &Shop, payment: PaymentId, amount_minor: Option<i64>) {
    let target = RefundTarget::Payment(payment);
    let reason = "They changed their mind.".to_owned();
    let request = RefundRequest { target, amount_minor, reason, actor: ann(), key: None };
    shop.store.request_refund(request).await.unwrap();
}

async fn money_that_went_back_in_part_stops_nothing_else_does(shop: &Shop) {
    let part = short(shop, "part").await;
    shop.tell(refund("part", "1", 5_000, RefundState::Succeeded)).await;
    assert_eq!(view(shop, part).await.refunded_minor, 5_000);
    let order = release(shop, part, bare()).await;
    assert_released(shop, part, order, ReviewReason::AmountTooSmall).await;
    let whole = short(shop, "whole").await;
    shop.tell(refund("whole", "2", 12_800, RefundState::Succeeded)).await;
    let (code, _) = declined(shop.store.release(whole, bare(), &ann()).await);
    assert_eq!((code, view(shop, whole).await.state), (RefusalCode::PaymentDecided, PaymentState::Dismissed));
    let asked = short(shop, "asked").await;
    ask_back(shop, asked, Some(100)).await;
    let (code, _) = declined(shop.store.release(asked, bare(), &ann()).await);
    assert_eq!(code, RefusalCode::RefundOpen);
    let id = shop.store.refunds_of(asked).await.unwrap()[0].id;
    let answer = galley_domain::payment::RefundAnswer {
        external_id: None,
        state: RefundState::Failed,
        detail: Some("insufficient funds".to_owned()),
    };
    shop.store.refund_answered(id, &answer).await.unwrap();
    release(shop, asked, bare()).await;
}

async fn a_dispute_stops_it_unless_it_was_won(shop: &Shop) {
    let stops = [
        ("open", DisputeState::Open, PaymentState::NeedsReview, RefusalCode::Frozen),
        // The money is gone: there is nothing left to decide.
        ("lost", DisputeState::Lost, PaymentState::Dismissed, RefusalCode::PaymentDecided),
    ];
    for (name, dispute_state, state, refusal) in stops {
        let payment = short(shop, name).await;
        shop.tell(dispute(name, name, dispute_state)).await;
        let seen = view(shop, payment).await;
        assert_eq!((seen.disputed, seen.state), (true, state), "{name}");
        let (code, _) = declined(shop.store.release(payment, bare(), &ann()).await);
        assert_eq!(code, refusal, "{name}");
    }
    let won = short(shop, "won").await;
    shop.tell(dispute("won", "won", DisputeState::Open)).await;
    shop.tell(dispute("won", "won", DisputeState::Won)).await;
    assert!(!view(shop, won).await.disputed);
    release(shop, won, bare()).await;
}

/// Also while a batch settles another payment of the same customer: it takes the customer first.
async fn a_dispute_at_the_same_moment_finds_the_order_or_stops_it(shop: &Shop) {
    for round in 0..16 {
        let name = format!("r{round}");
        let payment = short(shop, &name).await;
        let mine = |fact: &mut SessionFact| fact.sale.email = Some(format!("{name}@customer.example"));
        let other = with(paid(&format!("other{round}")), mine);
        let disputed =
            crate::events::money(&format!("evt_d{round}"), dispute(&name, &name, DisputeState::Open));
        let store = Arc::clone(&shop.store);
        let released = tokio::spawn(async move { store.release(payment, bare(), &ann()).await });
        let received = shop.receive_all([other, disputed]).await;
        assert!(matches!(received[0], Received::Settled { new: true, .. }), "{received:?}");
        assert_eq!(received[1], Received::Applied);
        match released.await.unwrap() {
            Ok(Released { order_id, new }) => {
                assert!(new && shop.store.order_view(order_id).await.unwrap().unwrap().frozen);
            }
            refused => assert_eq!(declined(refused).0, RefusalCode::Frozen),
        }
    }
}

async fn what_was_decided_before_stays_decided(shop: &Shop) {
    let dismissed = short(shop, "dismissed").await;
    shop.store.dismiss(dismissed, "Spam.", &ann()).await.unwrap();
    let order = shop.order("twice").await;
    let second = event("evt_second", "twice", CheckoutState::Paid);
    shop.receive(crate::events::with_payment(second, "pi_second")).await;
    let duplicate = shop.store.payments(Some(PaymentState::Duplicate), None, 1).await.unwrap()[0].id;
    for payment in [dismissed, duplicate] {
        let (code, _) = declined(shop.store.release(payment, bare(), &ann()).await);
        assert_eq!(code, RefusalCode::PaymentDecided);
    }
    assert_eq!(shop.count("orders").await, 1);
    assert_eq!(shop.events(order).await, ["order_received"]);
}

async fn the_history_says_who_released_it_and_why(shop: &Shop) {
    let payment = short(shop, "a").await;
    let order = release(shop, payment, Release { reason: "A dollar\0 short.".to_owned(), ..bare() }).await;
    let history = shop.store.history(order).await.unwrap();
    assert_eq!((history[0].0.as_str(), history[0].2.as_str()), ("order_received", "staff:ann"));
    let sql = "SELECT detail ->> 'reason' FROM order_event WHERE order_id = $1";
    let reasons: Vec<(String,)> = shop.database.raw.all_of(order.0, sql).await;
    assert_eq!(reasons[0].0, "A dollar short.");
    let told = "SELECT COUNT(*) FROM email WHERE order_id IS NOT NULL AND text_body LIKE '%dollar%'";
    assert_eq!(shop.database.raw.number(told).await, 0, "it is not the customer's to read");
}

async fn what_is_refused_leaves_nothing_behind(shop: &Shop) {
    let unknown = PaymentId(shop.store.clock().new_id());
    let error = shop.store.release(unknown, bare(), &ann()).await.unwrap_err();
    assert!(matches!(error, StoreError::NotFound("payment")), "{error}");
    let payment = in_review(shop, "a", |fact| fact.sale.metadata.clear()).await;
    declined(shop.store.release(payment, bare(), &ann()).await);
    let written = (shop.count("orders").await, shop.count("customer").await, shop.count("audit_event").await);
    assert_eq!(written, (0, 0, 0));
    assert_eq!(view(shop, payment).await.state, PaymentState::NeedsReview);
    let poem = Release { brief: Some(brief("Coffee")), ..bare() };
    shop.database.raw.execute("DELETE FROM product WHERE kind = 'article'").await;
    let (code, message) = declined(shop.store.release(payment, poem, &ann()).await);
    assert_eq!(code, RefusalCode::PaymentUnfit, "nobody could write it: {message}");
}
