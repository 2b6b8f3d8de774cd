//! A shop on a SQLite file of its own.

use super::Scripted;
use chrono::{DateTime, TimeDelta, Utc};
use galley_content::order_link::{LinkSigner, OrderLinks};
use galley_domain::{
    actor::Actor,
    brief::{Brief, BriefInput},
    id::{CheckoutSessionId, JobId, LeaseToken, OrderId, RefundId, WorkerId},
    job::{JobKind, Queue},
    payment::{CheckoutState, Gateway, HostedCheckout},
};
use galley_integrations::gateway::{Gateways, PaymentGateway};
use galley_store::{
    CheckoutRef, CheckoutView, ClaimedJob, Clock, Letterhead, NewCheckout, Received, RefundRequest,
    RefundTarget, RefundView, Store, StoreConfig,
};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

pub(crate) struct Shop {
    pub(crate) store: Arc<Store>,
    /// How far its clock is ahead of the machine's, in microseconds.
    ahead: Arc<AtomicI64>,
    directory: PathBuf,
}

impl Drop for Shop {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

impl Shop {
    pub(crate) async fn open() -> Self {
        let directory = std::env::temp_dir().join(format!("galley_worker_{}", Clock::system().new_id()));
        std::fs::create_dir(&directory).unwrap();
        let ahead = Arc::new(AtomicI64::new(0));
        let (machine, offset) = (Clock::system(), Arc::clone(&ahead));
        let clock =
            Clock::custom(move || machine.now() + TimeDelta::microseconds(offset.load(Ordering::SeqCst)));
        let config = StoreConfig {
            database_url: format!("sqlite://{}", directory.join("galley.sqlite").display()),
            max_connections: 4,
            notify: false,
            letterhead: Letterhead {
                shop_name: "The Corner Shop".to_owned(),
                links: OrderLinks {
                    base: "https://shop.example".parse().unwrap(),
                    signer: LinkSigner::new(&["correct horse"]).unwrap(),
                },
                staff_email: None,
            },
        };
        let store = Arc::new(Store::open(config, clock).await.unwrap());
        store.migrate().await.unwrap();
        Self { store, ahead, directory }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.store.clock().now()
    }

    /// Sets the clock forward, or back.
    pub(crate) fn advance(&self, by: TimeDelta) {
        self.ahead.fetch_add(by.num_microseconds().unwrap(), Ordering::SeqCst);
    }

    /// A checkout whose page nobody has made yet.
    pub(crate) async fn checkout(&self, gateway: Gateway) -> CheckoutSessionId {
        let metadata = [("product", "article"), ("topic", "Tea")].map(|(k, v)| (k.to_owned(), v.to_owned()));
        let brief = Brief::parse(BriefInput::from_metadata(&BTreeMap::from(metadata))).unwrap();
        self.checkout_of(gateway, brief).await
    }

    async fn checkout_of(&self, gateway: Gateway, brief: Brief) -> CheckoutSessionId {
        let new = NewCheckout { gateway, brief, email: "ann@example.com".to_owned(), key: None };
        self.store.open_checkout(new).await.unwrap().id
    }

    /// One that can be paid, here and at the gateway, whose session is called `cs_{name}`.
    pub(crate) async fn open_checkout(&self, gateway: &Scripted, name: &str) -> CheckoutSessionId {
        let id = self.checkout(gateway.gateway()).await;
        self.make_page(gateway, name, id).await;
        id
    }

    /// The same for another brief.
    pub(crate) async fn open_checkout_of(
        &self,
        gateway: &Scripted,
        name: &str,
        brief: Brief,
    ) -> CheckoutSessionId {
        let id = self.checkout_of(gateway.gateway(), brief).await;
        self.make_page(gateway, name, id).await;
        id
    }

    async fn make_page(&self, gateway: &Scripted, name: &str, id: CheckoutSessionId) {
        let hosted = HostedCheckout {
            external_id: format!("cs_{name}"),
            url: format!("https://pay.example/{name}"),
            expires_at: None,
        };
        self.store.checkout_created(id, &hosted).await.unwrap();
        gateway.session(name, Some(id), self.now());
    }

    /// So many of them, one after the other; those with an even number are paid.
    pub(crate) async fn half_paid(
        &self,
        gateway: &Scripted,
        count: usize,
        apart: TimeDelta,
    ) -> Vec<CheckoutSessionId> {
        let mut ids = Vec::with_capacity(count);
        for i in 0..count {
            let name = format!("{i:04}");
            ids.push(self.open_checkout(gateway, &name).await);
            if i % 2 == 0 {
                gateway.set(&name, CheckoutState::Paid);
            }
            self.advance(apart);
        }
        ids
    }

    pub(crate) async fn view(&self, id: CheckoutSessionId) -> CheckoutView {
        self.store.find_checkout(CheckoutRef::Id(id)).await.unwrap().unwrap()
    }

    pub(crate) async fn state(&self, id: CheckoutSessionId) -> CheckoutState {
        self.view(id).await.state
    }

    /// How many of them have become orders.
    pub(crate) async fn settled(&self, ids: &[CheckoutSessionId]) -> usize {
        let mut settled = 0;
        for id in ids {
            settled += usize::from(self.view(*id).await.order.is_some());
        }
        settled
    }

    /// Claims what is due in the queue for payments.
    pub(crate) async fn claim(&self) -> Vec<ClaimedJob> {
        self.store.sweep().await.unwrap();
        let worker = self.store.register("test", &[Queue::Payment]).await.unwrap();
        self.store.claim(Queue::Payment, 100, worker).await.unwrap()
    }

    /// A paid order at the gateway, and a refund of all of it that nobody has asked for yet.
    pub(crate) async fn refund(&self, gateway: &Scripted) -> RefundId {
        let id = self.open_checkout(gateway, "r").await;
        gateway.set("r", CheckoutState::Paid);
        let seen = gateway.fetch("cs_r", None).await.unwrap();
        let mut received = self.store.observe(seen).await.unwrap();
        let Some(Ok(Received::Settled { order_id, new: true })) = received.pop() else {
            panic!("checkout {id} is not settled");
        };
        self.refund_of(order_id).await.id
    }

    async fn refund_of(&self, order: OrderId) -> RefundView {
        let request = RefundRequest {
            target: RefundTarget::Order(order),
            amount_minor: None,
            reason: "The customer asked.".to_owned(),
            actor: Actor::Staff("ann".to_owned()),
            key: None,
        };
        self.store.request_refund(request).await.unwrap()
    }
}

/// A job that somebody holds.
pub(crate) fn job(kind: JobKind, payload: Value) -> ClaimedJob {
    let clock = Clock::system();
    ClaimedJob {
        id: JobId(clock.new_id()),
        kind,
        order_id: None,
        run: None,
        payload,
        attempt: 1,
        max_attempts: kind.retry_policy().max_attempts(),
        token: LeaseToken(clock.new_id()),
        worker: WorkerId(clock.new_id()),
        started_at: clock.now(),
    }
}

/// The gateways of a shop that has only this one.
impl Scripted {
    pub(crate) fn alone(self: &Arc<Self>) -> Gateways {
        Gateways::new(vec![Arc::clone(self) as Arc<dyn PaymentGateway>])
    }
}
