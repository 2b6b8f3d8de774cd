//! Orders as their customers see them, brought to where a test wants them.

use crate::{
    events::session,
    shop::{Answer, Shop},
};
use galley_content::{backlink, finished::FinishedText, quality, similarity::Sketch};
use galley_domain::{
    actor::Actor,
    id::OrderId,
    job::Queue,
    order::Command,
    payment::{
        CheckoutState, DisputeFact, DisputeState, Fact, Gateway, Inbound, MoneyChange, MoneyFact,
        Observation, RefundFact, RefundState,
    },
    quality::QualitySettings,
};
use galley_store::{Finish, Finished, JobFailure, NewVersion, Outcome, Provenance, Received};

/// How browsers ask for a page.
pub(crate) const HTML: (&str, &str) = ("accept", "text/html,application/xhtml+xml");

/// A text with the link that [`TEA`] orders.
pub(crate) const TEXT: &str = "# Tea at work\n\nTea at work is worth a minute. Our [teapots](https://pots.example/shop?a=1&b=2) \
     keep it warm.\n\n## Why tea at work\n\nBecause it is good.\n";

/// An article about tea with a link.
pub(crate) const TEA: [(&str, &str); 6] = [
    ("product", "article"),
    ("topic", "Tea at work"),
    ("keywords", "tea"),
    ("target_url", "https://pots.example/shop?a=1&b=2"),
    ("anchor_text", "teapots"),
    ("notes", "Friendly, please."),
];

/// An order, and the browser of its customer.
pub(crate) struct Order {
    pub(crate) id: OrderId,
    /// Its page, without the token.
    pub(crate) page: String,
    pub(crate) token: String,
    cookie: String,
    name: String,
}

impl Order {
    /// Paid for at a storefront, whose metadata are `brief`.
    pub(crate) async fn paid(shop: &Shop, name: &str, brief: &[(&str, &str)]) -> Self {
        let mut event = session(name, CheckoutState::Paid, None);
        let Fact::Observed(Observation::Session(fact)) = &mut event.fact else { panic!("no session") };
        fact.sale.metadata =
            brief.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        if brief.contains(&("product", "backlink")) {
            fact.sale.amount_total_minor = Some(7_900);
        }
        let id = match shop.store.receive(event).await.unwrap() {
            Received::Settled { order_id, .. } => order_id,
            other => panic!("{other:?}"),
        };
        let (page, token) = (format!("/order-status/{id}"), shop.signer.sign(id, 0));
        let opened = shop.get(&format!("{page}?token={token}"), &[HTML]).await;
        Self { id, page, token, cookie: opened.cookie(), name: name.to_owned() }
    }

    /// Paid for and written.
    pub(crate) async fn ready(shop: &Shop, name: &str) -> Self {
        let order = Self::paid(shop, name, &TEA).await;
        order.write(shop, TEXT).await;
        order
    }

    /// Its job is done: `text` is the next version.
    pub(crate) async fn write(&self, shop: &Shop, text: &str) {
        let brief = shop.store.order_view(self.id).await.unwrap().unwrap().brief;
        let base = shop.store.find_version(self.id, 0).await.unwrap();
        let insertion =
            base.map(|base| backlink::by_hand(&base.source, text, brief.link.as_ref().unwrap()).unwrap());
        let subject = quality::Subject {
            brief: &brief,
            settings: &QualitySettings::default(),
            markdown: text,
            nearest: None,
            insertion: insertion.as_ref(),
        };
        let report = quality::review(&subject);
        let text = FinishedText::new(&brief, &[], text.to_owned(), report, insertion, &Sketch::default());
        let version = NewVersion::of(text, Provenance::default());
        assert_eq!(self.finish(shop, Outcome::Content(Box::new(version))).await, Finished::Applied);
    }

    /// Its job failed for good.
    pub(crate) async fn fail(&self, shop: &Shop, reason: &str) {
        let failure = JobFailure {
            error: "the AI service answered 500".to_owned(),
            public_reason: reason.to_owned(),
            ..JobFailure::default()
        };
        self.finish(shop, Outcome::Failed(failure)).await;
    }

    async fn finish(&self, shop: &Shop, outcome: Outcome) -> Finished {
        let worker = shop.store.register("test:1", Queue::ALL).await.unwrap();
        let mut claimed = shop.store.claim(Queue::Content, 100, worker).await.unwrap();
        let at = claimed.iter().position(|job| job.order_id == Some(self.id)).expect("it is being worked on");
        let job = claimed.swap_remove(at);
        shop.store.unregister(worker).await.unwrap();
        shop.store.finish(Finish { job, outcome }).await.unwrap()
    }

    pub(crate) async fn apply(&self, shop: &Shop, command: Command, actor: Actor) {
        shop.store.apply(self.id, &command, actor).await.unwrap();
    }

    /// What the gateway says of its money.
    pub(crate) async fn tell(&self, shop: &Shop, change: MoneyChange) {
        let payment_ref = format!("pi_{}", self.name);
        let key = shop.store.clock().new_id().to_string();
        let fact = MoneyFact {
            gateway: Gateway::Stripe,
            account: String::new(),
            payment_ref: payment_ref.clone(),
            change,
        };
        let fact = Fact::Observed(Observation::Money(Box::new(fact)));
        let event = Inbound {
            payment_ref: Some(payment_ref),
            object_ref: None,
            kind: "charge.updated".to_owned(),
            fact,
            ..session(&key, CheckoutState::Open, None)
        };
        shop.store.receive(event).await.unwrap();
    }

    /// The whole payment went back.
    pub(crate) async fn refund(&self, shop: &Shop) {
        let fact = RefundFact {
            external_id: format!("re_{}", self.name),
            refund: None,
            amount_minor: 12_900,
            state: RefundState::Succeeded,
            reason: None,
        };
        self.tell(shop, MoneyChange::Refund(fact)).await;
    }

    /// The customer's bank asks.
    pub(crate) async fn dispute(&self, shop: &Shop) {
        let fact = DisputeFact {
            external_id: format!("du_{}", self.name),
            amount_minor: Some(12_900),
            state: DisputeState::Open,
            reason: None,
        };
        self.tell(shop, MoneyChange::Dispute(fact)).await;
    }

    /// The order's page, or one below it, as its customer's browser gets it.
    pub(crate) async fn get(&self, shop: &Shop, below: &str) -> Answer {
        let path = format!("{}{below}", self.page);
        shop.get(&path, &[HTML, ("cookie", &self.cookie), ("sec-fetch-site", "same-origin")]).await
    }

    /// A form of the page.
    pub(crate) async fn send(&self, shop: &Shop, below: &str, form: String) -> Answer {
        self.send_from(shop, below, form, "same-origin").await
    }

    pub(crate) async fn send_from(&self, shop: &Shop, below: &str, form: String, site: &str) -> Answer {
        let path = format!("{}{below}", self.page);
        let headers = [HTML, ("cookie", &*self.cookie), ("sec-fetch-site", site)];
        shop.post(&path, &headers, form).await
    }
}

/// The key that the page's forms carry.
pub(crate) fn key_of(page: &Answer) -> String {
    let after = page.text.split("name=\"key\" value=\"").nth(1).expect("there is a form");
    after.split('"').next().unwrap().to_owned()
}
