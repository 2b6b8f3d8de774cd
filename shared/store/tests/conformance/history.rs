//! Whatever comes to an order, and in whatever order: its history adds up.

use crate::{
    events::{dispute, money, paid},
    invariants, on_both_engines,
    shop::{Shop, content, failure},
};
use galley_domain::{actor::Actor, id::OrderId, order::Command, payment::DisputeState};
use galley_store::{Outcome, Received, Store, StoreError};
use proptest::{
    collection::vec,
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};
use std::sync::Arc;

on_both_engines! {
    random_commands_leave_a_history_that_adds_up,
    random_commands_from_many_sides_at_once_leave_a_history_that_adds_up,
}

/// Random histories per test.
const HISTORIES: usize = 12;

/// What comes to an order next.
#[derive(Clone, Debug)]
enum Step {
    Command(Command),
    /// One of its disputes stands so.
    Dispute(usize, DisputeState),
    /// Its content job, if one waits, is claimed and ends like this.
    Work(Work),
    /// Delayed jobs fall due.
    Sweep,
}

#[derive(Clone, Copy, Debug)]
enum Work {
    Ready,
    Failed { again: bool },
    HandedBack,
    WorkerDies,
}

fn step() -> impl Strategy<Value = Step> {
    let notes = || "shorter".to_owned();
    let command = prop_oneof![
        8 => Just(Command::Submit),
        8 => any::<bool>().prop_map(move |busy| Command::RequestRevision { notes: notes(), busy }),
        4 => (1..4).prop_map(|number| Command::Restore { number }),
        4 => Just(Command::TakeBack),
        8 => (0..2).prop_map(|version| Command::Approve { version }),
        1 => Just(Command::Published { url: "https://shop.example/a".to_owned() }),
        4 => Just(Command::PublicationFailed { reason: "500".to_owned() }),
        6 => any::<bool>().prop_map(move |revise| Command::RequestChanges { notes: notes(), revise }),
        8 => Just(Command::Retry),
        2 => Just(Command::Cancel { reason: "no".to_owned() }),
        2 => Just(Command::PartlyRefunded { others_open: false }),
        1 => Just(Command::FullyRefunded),
    ];
    let work = prop_oneof![
        5 => Just(Work::Ready),
        3 => any::<bool>().prop_map(|again| Work::Failed { again }),
        1 => Just(Work::HandedBack),
        1 => Just(Work::WorkerDies),
    ];
    let dispute = (
        0_usize..8,
        prop_oneof![
            8 => Just(DisputeState::Open),
            32 => Just(DisputeState::Won),
            1 => Just(DisputeState::Lost),
        ],
    );
    prop_oneof![
        32 => command.prop_map(Step::Command),
        5 => dispute.prop_map(|(n, state)| Step::Dispute(n, state)),
        40 => work.prop_map(Step::Work),
        8 => Just(Step::Sweep),
    ]
}

fn histories(steps: usize) -> Vec<Vec<Step>> {
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let history = vec(step(), steps / 2..steps);
    (0..HISTORIES).map(|_| history.new_tree(&mut runner).unwrap().current()).collect()
}

/// Gives a command. Versions to be approved count back from the current one.
async fn give(store: &Store, order: OrderId, mut command: Command) {
    if let Command::Approve { version } = &mut command {
        let view = store.order_view(order).await.unwrap().unwrap();
        *version = view.version.map_or(0, |current| current.number) - *version;
    }
    match store.apply(order, &command, Actor::Customer).await {
        Ok(_) | Err(StoreError::Refused(_)) => {}
        Err(error) => panic!("{command:?}: {error}"),
    }
}

async fn tell(store: &Store, payment: &str, n: usize, state: DisputeState) {
    let key = store.clock().new_id().to_string();
    let told = store.receive(money(&key, dispute(payment, &n.to_string(), state))).await.unwrap();
    assert_eq!(told, Received::Applied);
}

async fn take(shop: &Shop, order: OrderId, payment: &str, step: Step) {
    match step {
        Step::Command(command) => give(&shop.store, order, command).await,
        Step::Dispute(n, state) => tell(&shop.store, payment, n, state).await,
        Step::Work(work) => {
            let worker = shop.worker().await;
            let waiting = shop.waiting(order, "content").await;
            for job in shop.store.claim_these(&waiting, worker).await.unwrap() {
                let outcome = match work {
                    Work::Ready => content("Text"),
                    Work::Failed { again } => failure(again.then_some(1)),
                    Work::HandedBack => Outcome::HandedBack,
                    Work::WorkerDies => {
                        shop.store.bury(worker, 0).await.unwrap();
                        continue;
                    }
                };
                shop.finish(&job, outcome).await;
            }
        }
        Step::Sweep => {
            shop.time.advance(chrono::TimeDelta::seconds(1));
            shop.store.sweep().await.unwrap();
        }
    }
}

async fn random_commands_leave_a_history_that_adds_up(shop: &Shop) {
    let mut lines = 0;
    for (n, history) in histories(160).into_iter().enumerate() {
        let order = shop.order(&n.to_string()).await;
        for step in history {
            take(shop, order, &n.to_string(), step).await;
        }
        invariants::check(&shop.database.raw).await;
        lines += shop.events(order).await.len();
    }
    assert!(lines > 8 * HISTORIES, "the commands came to something: {lines} lines");
}

/// The same steps, but four hands at one order: nobody waits for another.
async fn random_commands_from_many_sides_at_once_leave_a_history_that_adds_up(shop: &Shop) {
    shop.receive_all((0..HISTORIES).map(|n| paid(&n.to_string()))).await;
    let orders =
        "SELECT o.id, p.payment_ref FROM orders o JOIN payment p ON p.id = o.payment_id ORDER BY o.id";
    let orders: Vec<(uuid::Uuid, String)> = shop.database.raw.all(orders).await;
    let mut hands = Vec::new();
    for (n, history) in histories(120).into_iter().enumerate() {
        for hand in 0..4 {
            let (store, order) = (Arc::clone(&shop.store), OrderId(orders[n].0));
            let steps: Vec<Step> = history.iter().skip(hand).step_by(4).cloned().collect();
            let payment = orders[n].1.strip_prefix("pi_").unwrap().to_owned();
            hands.push(tokio::spawn(alone(store, order, payment, steps)));
        }
    }
    for hand in hands {
        hand.await.unwrap();
    }
}

/// One hand: it knows nothing of the others, and so claims whatever is due.
async fn alone(store: Arc<Store>, order: OrderId, payment: String, steps: Vec<Step>) {
    use galley_domain::job::Queue;
    for step in steps {
        match step {
            Step::Command(command) => give(&store, order, command).await,
            Step::Dispute(n, state) => tell(&store, &payment, n, state).await,
            Step::Work(work) => {
                let worker = store.register("hand", &[Queue::Content]).await.unwrap();
                let claimed = store.claim(Queue::Content, 2, worker).await.unwrap();
                if matches!(work, Work::WorkerDies) {
                    store.bury(worker, 0).await.unwrap();
                }
                for job in claimed {
                    let outcome = match work {
                        Work::Ready | Work::WorkerDies => content("Text"),
                        Work::Failed { again } => failure(again.then_some(0)),
                        Work::HandedBack => Outcome::HandedBack,
                    };
                    store.finish(galley_store::Finish { job, outcome }).await.unwrap();
                }
                store.unregister(worker).await.unwrap();
            }
            Step::Sweep => drop(store.sweep().await.unwrap()),
        }
    }
}
