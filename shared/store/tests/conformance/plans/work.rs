//! What happens per request, per job or per second.

use crate::{
    events::{charge, dispute, event, money, observed, of_ours, paid, version},
    refunds::{answer, of},
    shop::{failure, hosted, wanted},
};
use chrono::TimeDelta;
use galley_domain::{
    actor::Actor,
    id::{EmailId, OrderId},
    job::{JobKind, Queue},
    order::{Command, DisputeOutcome, OrderStatus},
    payment::{CheckoutState, DisputeState, PaymentState, RefundState},
    staff::Login,
};
use galley_store::{
    AuditFilter, CheckoutRef, ClientKey, Finish, JobFilter, JobList, NewCheckout, OrderPageFrom, Outcome,
    Received, RefundTarget, Store,
};
use std::sync::Arc;
pub(super) type Done = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;
pub(super) type Work = fn(Arc<Store>) -> Done;

/// Everything that happens per request, per job or per second.
pub(super) fn works() -> Vec<(&'static str, Work)> {
    vec![
        ("receive", |store| Box::pin(receive(store))),
        ("claim", |store| Box::pin(claim(store))),
        ("finish", |store| Box::pin(finish(store))),
        ("finish mails", |store| Box::pin(finish_mails(store))),
        ("watch and revise", |store| Box::pin(watch_and_revise(store))),
        ("apply", |store| Box::pin(apply(store))),
        ("nudge", |store| Box::pin(nudge(store))),
        ("look at orders", |store| Box::pin(look(store))),
        ("promote", |store| Box::pin(promote(store))),
        ("sweep and bury", |store| Box::pin(sweep(store))),
        ("dispatch", |store| Box::pin(dispatch(store))),
        ("sessions and reviews", |store| Box::pin(sessions(store))),
        ("links and sketches", |store| Box::pin(lists(store))),
        ("articles", |store| Box::pin(crate::articles::read(store))),
        ("publications", |store| Box::pin(crate::publication::publish(store))),
        ("open checkouts", |store| Box::pin(checkouts(store))),
        ("reconcile", |store| Box::pin(reconcile(store))),
        ("refunds and disputes", |store| Box::pin(refunds(store))),
        ("the queue", |store| Box::pin(queue(store))),
        ("facts that wait", |store| Box::pin(waiting(store))),
        ("staff", |store| Box::pin(staff(store))),
        ("the desk", |store| Box::pin(crate::desk::read(store))),
        ("orders of the desk", |store| Box::pin(crate::order_list::read(store))),
    ]
}

async fn receive(store: Arc<Store>) {
    let mut calls = Vec::new();
    for n in 0..120 {
        let event = if n % 10 == 0 {
            money(&n.to_string(), charge(&n.to_string(), 100))
        } else {
            paid(&n.to_string())
        };
        for event in [event.clone(), event] {
            let store = Arc::clone(&store);
            calls.push(tokio::spawn(async move { store.receive(event).await.unwrap() }));
        }
    }
    for call in calls {
        call.await.unwrap();
    }
}

async fn claim(store: Arc<Store>) {
    let worker = store.register("plans", Queue::ALL).await.unwrap();
    for _ in 0..3 {
        let claimed = store.claim(Queue::Content, 10, worker).await.unwrap();
        for token in store.tokens_of(worker).await.unwrap() {
            store.release_claim(token).await.unwrap();
        }
        let ids: Vec<_> = claimed.iter().map(|job| job.id).collect();
        let named = store.claim_these(&ids, worker).await.unwrap();
        assert_eq!(named.len(), 10);
        store.release_claim(named[0].token).await.unwrap();
    }
    store.unregister(worker).await.unwrap();
}

async fn finish(store: Arc<Store>) {
    let worker = store.register("plans", Queue::ALL).await.unwrap();
    let claimed = store.claim(Queue::Content, 60, worker).await.unwrap();
    assert_eq!(claimed.len(), 60);
    let mut calls = Vec::new();
    for (n, job) in claimed.into_iter().enumerate() {
        store.work(job.order_id.unwrap()).await.unwrap();
        let outcome = match n % 4 {
            0 => failure(None),
            1 => failure(Some(0)),
            _ => Outcome::Content(Box::new(version("Tea"))),
        };
        let store = Arc::clone(&store);
        calls.push(tokio::spawn(async move { store.finish(Finish { job, outcome }).await.unwrap() }));
    }
    for call in calls {
        call.await.unwrap();
    }
}

async fn finish_mails(store: Arc<Store>) {
    let worker = store.register("plans", Queue::ALL).await.unwrap();
    for (n, job) in store.claim(Queue::Mail, 40, worker).await.unwrap().into_iter().enumerate() {
        let mail: EmailId = job.payload["emailId"].as_str().unwrap().parse().unwrap();
        store.find_queued_mail(mail).await.unwrap();
        let outcome = if n % 10 == 0 { failure(None) } else { Outcome::MailSent };
        store.finish(Finish { job, outcome }).await.unwrap();
    }
}

async fn orders(store: &Store, status: OrderStatus) -> Vec<OrderId> {
    let links = store.order_links(Some(status), None, 20).await.unwrap();
    assert!(links.len() >= 10, "{} in {status}", links.len());
    links.into_iter().map(|link| link.id).collect()
}

async fn apply(store: Arc<Store>) {
    for order in orders(&store, OrderStatus::QualityCheck).await {
        let revision = Command::RequestRevision { notes: "shorter".to_owned(), busy: false };
        store.apply(order, &revision, Actor::Customer).await.unwrap();
        store.apply(order, &Command::DisputeOpened, Actor::System).await.unwrap();
        let won = Command::DisputeClosed { outcome: DisputeOutcome::Won };
        store.apply(order, &won, Actor::System).await.unwrap();
    }
    for order in orders(&store, OrderStatus::Failed).await {
        store.apply(order, &Command::Retry, Actor::System).await.unwrap();
        store.apply(order, &Command::Cancel { reason: "no".to_owned() }, Actor::System).await.unwrap();
    }
}

async fn look(store: Arc<Store>) {
    for order in orders(&store, OrderStatus::Processing).await {
        store.stamp(order).await.unwrap();
        store.order_view(order).await.unwrap();
        store.order_page(order, OrderPageFrom::default()).await.unwrap();
        store.history(order).await.unwrap();
        store.mails_of(order).await.unwrap();
        store.list_versions(order).await.unwrap();
        store.find_version(order, 1).await.unwrap();
    }
    let mut calls = Vec::new();
    for order in orders(&store, OrderStatus::Processing).await {
        let store = Arc::clone(&store);
        calls.push(tokio::spawn(async move { store.stamp(order).await.unwrap() }));
    }
    for call in calls {
        call.await.unwrap();
    }
}

async fn promote(store: Arc<Store>) {
    let mut promoted = 0;
    for _ in 0..5 {
        promoted += store.sweep().await.unwrap().promoted;
    }
    assert!(promoted > 0);
}

async fn sweep(store: Arc<Store>) {
    for _ in 0..3 {
        let worker = store.register("plans", Queue::ALL).await.unwrap();
        store.claim(Queue::Content, 5, worker).await.unwrap();
        assert_eq!(store.bury(worker, 0).await.unwrap(), 5);
        let worker = store.register("plans", Queue::ALL).await.unwrap();
        store.claim(Queue::Content, 5, worker).await.unwrap();
        store.unregister(worker).await.unwrap();
        assert_eq!(store.sweep().await.unwrap().freed, 5);
    }
}

async fn dispatch(store: Arc<Store>) {
    for _ in 0..3 {
        let taken = store.take_undispatched(TimeDelta::zero(), TimeDelta::days(1), 20).await.unwrap();
        assert_eq!(taken.len(), 20);
        store.forget_dispatched().await.unwrap();
    }
}

async fn watch_and_revise(store: Arc<Store>) {
    let ready = orders(&store, OrderStatus::QualityCheck).await;
    assert!(!ready.is_empty());
    assert_eq!(store.order_stamps(&ready).await.unwrap().len(), ready.len());
    assert_eq!(store.order_outlines(&ready).await.unwrap().len(), ready.len());
    let estimate = store.estimate(JobKind::ArticleGeneration).await.unwrap();
    assert_eq!(estimate.to_string(), "1-2 minutes");
    for order in ready.into_iter().take(3) {
        store.restore_version(order, 1, Actor::Customer, None).await.unwrap();
        let key = ClientKey { scope: order.to_string(), key: "k".to_owned(), body_hash: [0; 32] };
        store.request_revision(order, "Shorter, please.", Actor::Customer, Some(&key)).await.unwrap();
    }
}

async fn sessions(store: Arc<Store>) {
    for n in 0..10 {
        store.find_order_of_session(&format!("cs_{n}")).await.unwrap();
    }
    store.payments(Some(PaymentState::NeedsReview), None, 10).await.unwrap();
}

/// As much of it as there is with a clock that nobody turns.
async fn nudge(store: Arc<Store>) {
    for _ in 0..5 {
        store.nudge(100).await.unwrap();
        store.settings().await.unwrap();
    }
}

async fn checkouts(store: Arc<Store>) {
    for n in 0..40 {
        let name = format!("ours_{n}");
        let key = || Some(ClientKey { scope: "plans".to_owned(), key: name.clone(), body_hash: [0; 32] });
        let opened = store.open_checkout(NewCheckout { key: key(), ..wanted(&name) }).await.unwrap();
        let again = store.open_checkout(NewCheckout { key: key(), ..wanted(&name) }).await.unwrap();
        assert_eq!(opened.id, again.id);
        if n % 8 > 0 {
            store.checkout_created(opened.id, &hosted(&name)).await.unwrap();
        }
        store.find_checkout(CheckoutRef::Id(opened.id)).await.unwrap();
        store.find_checkout(CheckoutRef::External(&format!("cs_{name}"))).await.unwrap();
        store.await_checkout(opened.id).await.unwrap();
    }
}

async fn reconcile(store: Arc<Store>) {
    for _ in 0..3 {
        let due = store.take_due_checkouts(20, false).await.unwrap();
        assert_eq!(due.len(), 20);
        let mut seen: Vec<_> = due
            .iter()
            .map(|one| {
                let name = one.external_id.strip_prefix("cs_").unwrap();
                observed(of_ours(event("x", name, CheckoutState::Open), one.id))
            })
            .collect();
        seen.extend((1..20).filter(|n| n % 10 > 0).map(|n| observed(paid(&n.to_string()))));
        for outcome in store.observe(seen).await.unwrap() {
            outcome.unwrap();
        }
        store.give_back_checkouts(&due, true).await.unwrap();
        store.resume_payment_jobs().await.unwrap();
        store.take_turn("plans", TimeDelta::zero()).await.unwrap();
    }
}

async fn staff(store: Arc<Store>) {
    for n in 0..10 {
        let login: Login = format!("filled-{}", n + 1).parse().unwrap();
        let kept = store.staff_password(&login).await.unwrap().unwrap();
        assert!(store.open_staff_session(&kept, &[n; 32]).await.unwrap());
        assert!(store.find_staff_session(&[n; 32]).await.unwrap().is_some());
        store.close_staff_session(&[n; 32]).await.unwrap();
        store.find_api_token(&[n; 32]).await.unwrap();
        store.staff(Some(kept.staff_id), 50).await.unwrap();
        store.find_staff(&login).await.unwrap();
        store.has_staff().await.unwrap();
        let actor = Some(format!("staff:filled-{n}"));
        for filter in [
            AuditFilter::default(),
            AuditFilter { actor, ..AuditFilter::default() },
            AuditFilter { action: Some(format!("action-{n}")), ..AuditFilter::default() },
        ] {
            assert!(!store.audit_trail(&filter, 50).await.unwrap().is_empty());
        }
    }
}

async fn refunds(store: Arc<Store>) {
    for (n, order) in orders(&store, OrderStatus::Processing).await.into_iter().enumerate() {
        let asked = store.request_refund(of(RefundTarget::Order(order), Some(100))).await.unwrap();
        store.refund_intent(asked.id).await.unwrap();
        store.refunds_of(asked.payment_id).await.unwrap();
        let state = if n % 2 == 0 { RefundState::Pending } else { RefundState::Failed };
        store.refund_answered(asked.id, &answer(&asked.id.to_string(), state)).await.unwrap();
    }
    for n in 1..10 {
        let name = n.to_string();
        for state in [DisputeState::Open, DisputeState::Won] {
            let key = format!("evt_{state}_{n}");
            let told = store.receive(money(&key, dispute(&name, &name, state))).await.unwrap();
            assert_eq!(told, Received::Applied);
        }
    }
}

async fn waiting(store: Arc<Store>) {
    for n in 0..10 {
        let told = money(&format!("evt_waits_{n}"), charge(&format!("late_{n}"), 100));
        assert_eq!(store.receive(told).await.unwrap(), Received::Pending);
    }
    store.meet_waiting().await.unwrap();
    for n in 0..10 {
        store.receive(paid(&format!("late_{n}"))).await.unwrap();
    }
    store.meet_waiting().await.unwrap();
}

async fn queue(store: Arc<Store>) {
    let ann = Actor::Staff("ann".to_owned());
    let worker = store.register("plans", Queue::ALL).await.unwrap();
    let held = store.claim(Queue::Content, 10, worker).await.unwrap();
    store.workers().await.unwrap();
    for _ in 0..3 {
        store.kind_states().await.unwrap();
        store.desk_counts(1_000).await.unwrap();
    }
    for list in JobList::ALL {
        for kind in [None, Some(JobKind::ArticleGeneration)] {
            store.jobs(JobFilter { list: Some(*list), kind }, None, 50).await.unwrap();
        }
    }
    let jobs = store.jobs(JobFilter::default(), None, 50).await.unwrap();
    store.jobs(JobFilter::default(), Some(jobs[9].id), 50).await.unwrap();
    store.find_job(jobs[0].id).await.unwrap();
    store.pause_kind(JobKind::ArticleGeneration, &ann).await.unwrap();
    store.resume_kind(JobKind::ArticleGeneration, &ann).await.unwrap();
    store.cancel_job(held[0].id, "no", &ann).await.unwrap();
    store.retry_jobs(None, &ann).await.unwrap();
    store.bury(worker, 0).await.unwrap();
}

async fn lists(store: Arc<Store>) {
    let page = store.order_links(None, None, 10).await.unwrap();
    store.order_links(None, Some(page[9].id), 10).await.unwrap();
    let sketches = store.sketches_after(None, 10).await.unwrap();
    store.sketches_after(Some(sketches[9].0), 10).await.unwrap();
}
