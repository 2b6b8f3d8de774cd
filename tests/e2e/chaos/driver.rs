//! Takes the steps, over HTTP and at the stand-in Stripe, with whatever answers they get.

use super::step::{Step, Verdict, Webhooks};
use crate::shop::{Checkout, Shop, bearer, checkout_in, json_headers, wish};
use galley_sandbox::{
    fault::Fault,
    stripe::{
        EventChoice, NewSession, PaymentStatus, SessionStatus, StripePayment, StripeSession, WebhookPlan,
    },
};
use reqwest::Method;
use serde_json::{Value, json};

/// What a refund of a little is, in minor units.
const A_LITTLE: i64 = 1_000;
/// What customers of the till pay, and what a storefront asks every other time.
const PRICE: i64 = 12_900;
const TOO_LITTLE: i64 = 9_900;

pub(super) struct Driver {
    pub(super) shop: Shop,
    owner: String,
    opened: u32,
    checkouts: Vec<Checkout>,
    last: Option<(Value, String)>,
    /// How often a process died at a named place.
    pub(super) crashes: i64,
}

impl Driver {
    pub(super) async fn new(shop: Shop) -> Self {
        let owner = shop.staff("owner", "owner").await;
        Self { shop, owner, opened: 0, checkouts: Vec::new(), last: None, crashes: 0 }
    }

    /// Takes a step. What cannot be done just now is not done: the next step follows.
    pub(super) async fn take(&mut self, step: Step) {
        self.crashes += self.shop.raise().await;
        let till = self.shop.till.control().clone();
        match step {
            Step::Checkout => self.checkout().await,
            Step::CheckoutAgain => {
                if let Some((wish, key)) = self.last.clone() {
                    self.send_checkout(&wish, &key).await;
                }
            }
            Step::Storefront => self.storefront(),
            Step::Pay(n) => drop(self.session(n, can_be_paid).map(|id| till.pay(&id))),
            Step::PayLater(n) => drop(self.session(n, can_be_paid).map(|id| till.pay_later(&id))),
            Step::MoneyArrives(n) => drop(self.session(n, money_is_late).map(|id| till.money_arrives(&id))),
            Step::MoneyFails(n) => drop(self.session(n, money_is_late).map(|id| till.money_fails(&id))),
            Step::PayAgain(n) => {
                // A session shows its first payment only: without the event nobody could hear of this.
                if !till.webhook_plan().off {
                    drop(self.session(n, is_paid).map(|id| till.pay_again(&id)));
                }
            }
            Step::Decline(n) => drop(self.session(n, can_be_paid).map(|id| till.fail(&id))),
            Step::Expire(n) => drop(self.session(n, can_be_paid).map(|id| till.expire(&id))),
            Step::Redeliver => drop(till.resend_events(&EventChoice::All)),
            Step::Webhooks(how) => till.webhooks(plan(how)),
            Step::Reconcile => self.try_post("/api/test/checkout-sessions", None, &Value::Null).await,
            Step::SuccessPage(n) => self.success_page(n).await,
            Step::Refund(n, all) => self.refund(n, all).await,
            Step::DashboardRefund(n, all) => {
                drop(self.payment(n).map(|one| till.refund(&one.payment_intent, (!all).then_some(A_LITTLE))));
            }
            Step::RefundFails(n) => {
                let refunds = till.refunds();
                drop(pick(&refunds, n).map(|refund| till.refund_fails(&refund.id)));
            }
            Step::Dispute(n) => drop(self.payment(n).map(|one| till.dispute(&one.payment_intent))),
            Step::CloseDispute(n, verdict) => self.close_dispute(n, verdict),
            Step::Release(n) => self.decide(n, "release").await,
            Step::Dismiss(n) => self.decide(n, "dismiss").await,
            Step::Fault(mode) => till.set(Fault::times(mode, 2)),
            Step::CrashAt(place) => self.shop.restart_to_crash_at(place).await,
            Step::Kill => self.shop.kill_all().await,
        }
    }

    /// Faults are over, everything runs; what is under way may end.
    pub(super) async fn calm_down(&mut self) {
        self.crashes += self.shop.raise().await;
        self.shop.till.control().clear();
        self.shop
            .till
            .control()
            .webhooks(WebhookPlan { reorder: false, ..self.shop.till.control().webhook_plan() });
        self.shop.kill_all().await;
    }

    async fn checkout(&mut self) {
        self.opened += 1;
        let wish = wish(&format!("Tea number {}", self.opened), &format!("c{}@example.com", self.opened));
        let key = format!("key-{}", self.opened);
        self.send_checkout(&wish, &key).await;
        self.last = Some((wish, key));
    }

    async fn send_checkout(&mut self, wish: &Value, key: &str) {
        let mut headers = json_headers();
        headers.insert("idempotency-key", key.parse().unwrap());
        let answer =
            self.shop.try_ask(Method::POST, "/api/v1/purchase/checkout", headers, wish.to_string()).await;
        if let Some(answer) = answer.filter(|answer| matches!(answer.status, 201 | 202)) {
            let checkout = checkout_in(&answer);
            match self.checkouts.iter_mut().find(|known| known.id == checkout.id) {
                Some(known) => *known = checkout,
                None => self.checkouts.push(checkout),
            }
        }
    }

    fn storefront(&mut self) {
        self.opened += 1;
        let price = if self.opened.is_multiple_of(2) { TOO_LITTLE } else { PRICE };
        self.shop.till.control().create_session(NewSession {
            email: Some(format!("s{}@example.com", self.opened)),
            metadata: Shop::storefront_metadata(&format!("Coffee number {}", self.opened)),
            ..NewSession::over(price, "usd")
        });
    }

    /// One of the sessions at Stripe that are in a state, whoever made them.
    fn session(&self, n: usize, is: impl Fn(&StripeSession) -> bool) -> Option<String> {
        let sessions: Vec<_> = self.shop.till.control().sessions().into_iter().filter(is).collect();
        pick(&sessions, n).map(|session| session.id)
    }

    /// One of the payments that came in.
    fn payment(&self, n: usize) -> Option<StripePayment> {
        let paid: Vec<_> = self.shop.till.control().payments().into_iter().filter(|one| one.paid).collect();
        pick(&paid, n)
    }

    fn close_dispute(&self, n: usize, verdict: Verdict) {
        let till = self.shop.till.control();
        if let Some(dispute) = pick(&till.disputes(), n) {
            drop(till.close_dispute(&dispute.id, verdict.as_str()));
        }
    }

    async fn success_page(&self, n: usize) {
        let Some(checkout) = pick(&self.checkouts, n) else { return };
        let path = format!("/payment/success?session_id={}", checkout.id);
        drop(self.shop.try_ask(Method::GET, &path, bearer(&checkout.token), String::new()).await);
    }

    async fn refund(&self, n: usize, all: bool) {
        let ids = self.shop.db.ids("SELECT id FROM payment ORDER BY id").await;
        let Some(id) = pick(&ids, n) else { return };
        let mut body = json!({ "reason": "The customer asked for it." });
        if !all {
            body["amountMinor"] = json!(A_LITTLE);
        }
        self.try_post(&format!("/api/v1/admin/payments/{id}/refund"), Some(&self.owner), &body).await;
    }

    async fn decide(&self, n: usize, what: &str) {
        let ids = self.shop.db.ids("SELECT id FROM payment WHERE state = 'needs_review' ORDER BY id").await;
        let Some(id) = pick(&ids, n) else { return };
        let body = json!({ "reason": "Looked at it." });
        self.try_post(&format!("/api/v1/admin/payments/{id}/{what}"), Some(&self.owner), &body).await;
    }

    async fn try_post(&self, path: &str, token: Option<&str>, body: &Value) {
        let mut headers = token.map(bearer).unwrap_or_default();
        headers.extend(json_headers());
        drop(self.shop.try_ask(Method::POST, path, headers, body.to_string()).await);
    }
}

fn can_be_paid(session: &StripeSession) -> bool {
    session.status == SessionStatus::Open
}

fn money_is_late(session: &StripeSession) -> bool {
    session.status == SessionStatus::Complete && session.payment_status == PaymentStatus::Unpaid
}

fn is_paid(session: &StripeSession) -> bool {
    session.payment_status == PaymentStatus::Paid
}

fn pick<T: Clone>(all: &[T], n: usize) -> Option<T> {
    all.get(n.checked_rem(all.len())?).cloned()
}

fn plan(how: Webhooks) -> WebhookPlan {
    let usual = WebhookPlan::default();
    match how {
        Webhooks::Usual => usual,
        Webhooks::Off => WebhookPlan { off: true, ..usual },
        Webhooks::Doubled => WebhookPlan { copies: 3, ..usual },
        Webhooks::Reordered => WebhookPlan { reorder: true, ..usual },
    }
}
