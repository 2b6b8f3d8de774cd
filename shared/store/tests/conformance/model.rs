//! Money in any order, from every side: whatever comes, each paid session ends as exactly one
//! order, or as one payment that a person looks at or that went back.

use crate::{
    events::{charge, dispute, event, money, observed, of_ours, refund, with},
    invariants, on_both_engines,
    refunds::of,
    shop::{Shop, hosted, wanted},
};
use chrono::TimeDelta;
use galley_domain::{
    actor::Actor,
    id::{CheckoutSessionId, PaymentId, RefundId},
    job::Queue,
    payment::{CheckoutState, DisputeState, Inbound, MoneyFact, RefundAnswer, RefundState},
};
use galley_store::{Outcome, RefundTarget, Release, StoreError};
use proptest::{
    collection::vec,
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

on_both_engines! {
    money_in_any_order_ends_where_it_belongs,
    money_from_many_sides_at_once_ends_where_it_belongs,
}

const CASES: usize = 12;
const STEPS: usize = 120;
/// Sales of a case: the even ones are checkouts of ours, the odd ones a storefront's. Every fifth
/// brings too little, so that a person has to look.
const SALES: usize = 6;

#[derive(Clone, Copy, Debug)]
enum Step {
    Created(usize),
    Session { sale: usize, session: usize, state: CheckoutState, seen: bool },
    Dashboard { sale: usize, session: usize, name: usize, amount: i64, state: RefundState },
    Charge { sale: usize, session: usize, amount: i64 },
    Dispute { sale: usize, session: usize, name: usize, state: DisputeState },
    Ask { payment: usize, amount: Option<i64> },
    Answer { refund: usize, state: RefundState },
    Unknown { refund: usize },
    Release { payment: usize },
    Dismiss { payment: usize },
    Work,
    Meet,
    Resume,
}

fn step() -> impl Strategy<Value = Step> {
    use RefundState::{Failed, Pending, Succeeded};
    let sale = || 0..SALES;
    // Sessions of one sale: mostly the first; another one is another payment.
    let session = || prop_oneof![6 => Just(0_usize), 1 => Just(1_usize)];
    let session_state = prop_oneof![
        6 => Just(CheckoutState::Paid),
        1 => Just(CheckoutState::Open),
        1 => Just(CheckoutState::Processing),
        1 => Just(CheckoutState::Expired),
        1 => Just(CheckoutState::Failed),
    ];
    let refund_state = || prop_oneof![2 => Just(Pending), 2 => Just(Succeeded), 1 => Just(Failed)];
    let amount = || prop_oneof![3 => 1_i64..6_000, 1 => Just(12_900_i64)];
    let dispute_state = prop_oneof![
        4 => Just(DisputeState::Open),
        5 => Just(DisputeState::Won),
        2 => Just(DisputeState::WarningClosed),
        1 => Just(DisputeState::Lost),
    ];
    let which = || 0_usize..64;
    prop_oneof![
        4 => sale().prop_map(Step::Created),
        16 => (sale(), session(), session_state, any::<bool>())
            .prop_map(|(sale, session, state, seen)| Step::Session { sale, session, state, seen }),
        5 => (sale(), session(), 0_usize..3, amount(), refund_state()).prop_map(
            |(sale, session, name, amount, state)| Step::Dashboard { sale, session, name, amount, state }
        ),
        3 => (sale(), session(), amount()).prop_map(|(sale, session, amount)| Step::Charge { sale, session, amount }),
        6 => (sale(), session(), 0_usize..3, dispute_state)
            .prop_map(|(sale, session, name, state)| Step::Dispute { sale, session, name, state }),
        6 => (which(), prop::option::weighted(0.7, amount()))
            .prop_map(|(payment, amount)| Step::Ask { payment, amount }),
        8 => (which(), refund_state()).prop_map(|(refund, state)| Step::Answer { refund, state }),
        2 => which().prop_map(|refund| Step::Unknown { refund }),
        2 => which().prop_map(|payment| Step::Release { payment }),
        1 => which().prop_map(|payment| Step::Dismiss { payment }),
        5 => Just(Step::Work),
        2 => Just(Step::Meet),
        2 => Just(Step::Resume),
    ]
}

fn cases() -> Vec<Vec<Step>> {
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let steps = vec(step(), STEPS / 2..STEPS);
    (0..CASES).map(|_| steps.new_tree(&mut runner).unwrap().current()).collect()
}

/// The sales of one case, each under names of its own.
#[derive(Clone)]
struct Sales {
    case: String,
    /// Of the checkouts of ours, by sale.
    ours: BTreeMap<usize, CheckoutSessionId>,
}

impl Sales {
    async fn open(shop: &Shop, case: String) -> Self {
        let mut ours = BTreeMap::new();
        for sale in (0..SALES).step_by(2) {
            let opened = shop.store.open_checkout(wanted(&format!("{case}-{sale}"))).await.unwrap();
            ours.insert(sale, opened.id);
        }
        Self { case, ours }
    }

    fn name(&self, sale: usize, session: usize) -> String {
        format!("{}-{sale}-{session}", self.case)
    }

    /// What the gateway says of one of a sale's sessions.
    fn session(&self, key: &str, sale: usize, session: usize, state: CheckoutState) -> Inbound {
        let said = event(key, &self.name(sale, session), state);
        let said = match self.ours.get(&sale) {
            Some(id) => of_ours(said, *id),
            None => said,
        };
        with(said, |fact| {
            if sale == SALES - 1 {
                fact.sale.amount_total_minor = Some(12_000);
            }
        })
    }

    /// The sessions that were said to be paid, by name; of ours with the checkout that they pay.
    fn paid(&self, steps: &[Step]) -> BTreeSet<(String, Option<CheckoutSessionId>)> {
        let paid = |step: &Step| match *step {
            Step::Session { sale, session, state: CheckoutState::Paid, .. } => {
                Some((self.name(sale, session), self.ours.get(&sale).copied()))
            }
            _ => None,
        };
        steps.iter().filter_map(paid).collect()
    }
}

/// One of `ids`, if there are any.
fn pick(ids: &[(Uuid,)], place: usize) -> Option<Uuid> {
    (!ids.is_empty()).then(|| ids[place % ids.len()].0)
}

/// What a rule about money or a status may say; anything else is a mistake.
fn fine<T>(outcome: Result<T, StoreError>) {
    match outcome {
        Ok(_) | Err(StoreError::Declined { .. } | StoreError::Refused(_)) => {}
        Err(error) => panic!("{error}"),
    }
}

async fn tell(shop: &Shop, fact: MoneyFact, seen: bool) {
    if seen {
        let key = shop.store.clock().new_id().to_string();
        shop.store.observe(vec![observed(money(&key, fact))]).await.unwrap().remove(0).unwrap();
    } else {
        shop.tell(fact).await;
    }
}

async fn take(shop: &Shop, sales: &Sales, step: Step) {
    let store = &shop.store;
    let ids = async |table: &str| -> Vec<(Uuid,)> {
        shop.database.raw.all(&format!("SELECT id FROM {table} ORDER BY id")).await
    };
    match step {
        Step::Created(sale) => {
            if let Some(id) = sales.ours.get(&sale) {
                store.checkout_created(*id, &hosted(&sales.name(sale, 0))).await.unwrap();
            }
        }
        Step::Session { sale, session, state, seen } => {
            let said = sales.session(&store.clock().new_id().to_string(), sale, session, state);
            if seen {
                store.observe(vec![observed(said)]).await.unwrap().remove(0).unwrap();
            } else {
                shop.receive(said).await;
            }
        }
        Step::Dashboard { sale, session, name, amount, state } => {
            let fact = refund(&sales.name(sale, session), &name.to_string(), amount, state);
            tell(shop, fact, name == 0 && state != RefundState::Failed).await;
        }
        Step::Charge { sale, session, amount } => {
            tell(shop, charge(&sales.name(sale, session), amount), false).await;
        }
        Step::Dispute { sale, session, name, state } => {
            tell(shop, dispute(&sales.name(sale, session), &name.to_string(), state), false).await;
        }
        Step::Ask { payment, amount } => {
            if let Some(id) = pick(&ids("payment").await, payment) {
                fine(store.request_refund(of(RefundTarget::Payment(PaymentId(id)), amount)).await);
            }
        }
        Step::Answer { refund, state } => {
            if let Some(id) = pick(&ids("refund").await, refund) {
                let answer = RefundAnswer { external_id: Some(format!("ours_{id}")), state, detail: None };
                if store
                    .refund_intent(RefundId(id))
                    .await
                    .unwrap()
                    .is_some_and(|one| one.external_id.is_none())
                {
                    store.refund_answered(RefundId(id), &answer).await.unwrap();
                }
            }
        }
        Step::Unknown { refund } => {
            if let Some(id) = pick(&ids("refund").await, refund) {
                store.refund_unknown(RefundId(id), "timed out").await.unwrap();
            }
        }
        Step::Release { payment } => {
            if let Some(id) = pick(&ids("payment").await, payment) {
                let release = Release { brief: None, email: None, reason: "Fine.".to_owned() };
                fine(store.release(PaymentId(id), release, &Actor::Staff("ann".to_owned())).await);
            }
        }
        Step::Dismiss { payment } => {
            if let Some(id) = pick(&ids("payment").await, payment) {
                fine(store.dismiss(PaymentId(id), "Odd.", &Actor::Staff("ann".to_owned())).await);
            }
        }
        Step::Work => {
            let worker = store.register("model", &[Queue::Payment]).await.unwrap();
            for job in store.claim(Queue::Payment, 3, worker).await.unwrap() {
                shop.finish(&job, Outcome::Done).await;
            }
            store.unregister(worker).await.unwrap();
        }
        Step::Meet => drop(store.meet_waiting().await.unwrap()),
        Step::Resume => {
            shop.time.advance(TimeDelta::minutes(2));
            store.sweep().await.unwrap();
            store.resume_payment_jobs().await.unwrap();
        }
    }
}

/// Each session that was said to be paid is there once; and of each sale, only one is no duplicate.
async fn ends_where_it_belongs(shop: &Shop, paid: &BTreeSet<(String, Option<CheckoutSessionId>)>) {
    let sql = "SELECT p.payment_ref, p.state, (SELECT COUNT(*) FROM orders o WHERE o.payment_id = p.id) \
               FROM payment p ORDER BY p.payment_ref";
    let rows: Vec<(String, String, i64)> = shop.database.raw.all(sql).await;
    let mut found: BTreeMap<&str, (&str, i64)> = BTreeMap::new();
    for (payment_ref, state, orders) in &rows {
        let name = payment_ref.strip_prefix("pi_").unwrap();
        assert!(found.insert(name, (state.as_str(), *orders)).is_none(), "{name} is there twice");
    }
    let names: BTreeSet<&str> = paid.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(found.keys().copied().collect::<BTreeSet<_>>(), names, "every payment, and no other");
    let mut of_checkout: BTreeMap<CheckoutSessionId, usize> = BTreeMap::new();
    for (name, checkout) in paid {
        let (state, orders) = found[name.as_str()];
        match (state, orders) {
            ("paid", 1) | ("needs_review" | "dismissed", 0) => {
                if let Some(checkout) = checkout {
                    *of_checkout.entry(*checkout).or_default() += 1;
                }
            }
            ("duplicate", 0) => assert!(checkout.is_some(), "{name}: each storefront session is its own"),
            other => panic!("{name}: {other:?}"),
        }
    }
    let ours: BTreeSet<CheckoutSessionId> = paid.iter().filter_map(|(_, checkout)| *checkout).collect();
    assert_eq!(of_checkout.len(), ours.len());
    assert!(of_checkout.values().all(|payments| *payments == 1), "a checkout is paid once");
}

async fn money_in_any_order_ends_where_it_belongs(shop: &Shop) {
    let mut paid = BTreeSet::new();
    for (n, steps) in cases().into_iter().enumerate() {
        let sales = Sales::open(shop, n.to_string()).await;
        for step in &steps {
            take(shop, &sales, *step).await;
        }
        paid.extend(sales.paid(&steps));
        shop.store.meet_waiting().await.unwrap();
        invariants::check(&shop.database.raw).await;
        invariants::check_met(&shop.database.raw).await;
        ends_where_it_belongs(shop, &paid).await;
    }
    reached(shop).await;
}

/// Keeps the model honest: cases that reach nothing would prove nothing.
async fn reached(shop: &Shop) {
    for (what, sql) in [
        ("an order", "SELECT COUNT(*) FROM orders WHERE status <> 'REFUNDED'"),
        ("an order that was refunded", "SELECT COUNT(*) FROM orders WHERE status = 'REFUNDED'"),
        ("a frozen order", "SELECT COUNT(*) FROM orders WHERE frozen"),
        ("an order with an open refund", "SELECT COUNT(*) FROM orders WHERE refund_open"),
        ("a second payment", "SELECT COUNT(*) FROM payment WHERE state = 'duplicate'"),
        (
            "a payment in review or set aside",
            "SELECT COUNT(*) FROM payment WHERE state NOT IN ('paid', 'duplicate')",
        ),
        (
            "a refund of staff that was accepted",
            "SELECT COUNT(*) FROM refund WHERE origin = 'staff' AND state = 'succeeded'",
        ),
        (
            "a refund that failed",
            "SELECT COUNT(*) FROM refund WHERE origin <> 'gateway' AND state = 'failed'",
        ),
        ("a dispute that was lost", "SELECT COUNT(*) FROM dispute WHERE state = 'lost'"),
    ] {
        assert!(shop.database.raw.number(sql).await > 0, "no case reached {what}");
    }
}

/// The same steps, but those of a case are dealt out to four hands. Nobody waits for another.
async fn money_from_many_sides_at_once_ends_where_it_belongs(shop: &Shop) {
    let mut paid = BTreeSet::new();
    for (n, steps) in cases().into_iter().enumerate() {
        let sales = Sales::open(shop, n.to_string()).await;
        let hand = async |hand: usize| {
            for step in steps.iter().skip(hand).step_by(4) {
                take(shop, &sales, *step).await;
            }
        };
        tokio::join!(hand(0), hand(1), hand(2), hand(3));
        paid.extend(sales.paid(&steps));
        shop.store.meet_waiting().await.unwrap();
        invariants::check(&shop.database.raw).await;
        invariants::check_met(&shop.database.raw).await;
        ends_where_it_belongs(shop, &paid).await;
    }
}
