//! What holds for every order, whatever comes to it in whatever order.
//!
//! Each property looks at random histories: an order is opened, and then commands arrive, most of
//! them aimed at its current run and version, some beside it. That `AlreadyApplied`, `Stale` and a
//! refusal write nothing needs no test: their types carry nothing that could be written.

use galley_domain::{
    brief::ProductKind,
    id::OrderId,
    job::JobKind,
    order::{
        Command, Decision, DisputeOutcome, EventKind, Failure, JobsEffect, Order, OrderStatus, Refusal,
        RefusalCode, Transition, decide, open,
    },
};
use proptest::{
    collection::vec,
    prelude::*,
    strategy::ValueTree,
    test_runner::{FileFailurePersistence, TestRunner},
};
use uuid::Uuid;

/// Longest history, in steps.
const STEPS_MAX: usize = 60;

/// One command of a history, and what it came to.
#[derive(Clone, Debug)]
struct Taken {
    before: Order,
    command: Command,
    decision: Result<Decision, Refusal>,
}

impl Taken {
    fn transition(&self) -> Option<&Transition> {
        match &self.decision {
            Ok(Decision::Transition(transition)) => Some(transition),
            Ok(Decision::AlreadyApplied | Decision::Stale) | Err(_) => None,
        }
    }
}

/// Gives the commands one after the other. Runs and versions in them count back from the current
/// one: 0 is current.
fn walk(product: ProductKind, commands: Vec<Command>) -> Vec<Taken> {
    let mut order = open(OrderId(Uuid::nil()), product).next;
    let mut history = Vec::with_capacity(commands.len());
    for command in commands {
        let command = aim(command, &order);
        let taken = Taken { before: order.clone(), decision: decide(&order, &command), command };
        if let Some(transition) = taken.transition() {
            order = transition.next.clone();
        }
        history.push(taken);
    }
    history
}

fn aim(command: Command, order: &Order) -> Command {
    let current = order.current_version.unwrap_or(0);
    match command {
        Command::ContentReady { run } => Command::ContentReady { run: order.run - run },
        Command::Exhausted { run, reason } => Command::Exhausted { run: order.run - run, reason },
        Command::Restore { number } => Command::Restore { number: current - number },
        Command::Approve { version } => Command::Approve { version: current - version },
        Command::EditAndApprove { version } => Command::EditAndApprove { version: current - version },
        other => other,
    }
}

/// How far beside the current run or version a command is aimed: mostly not at all.
fn back() -> impl Strategy<Value = i32> {
    prop_oneof![4 => Just(0), 2 => -1..4]
}

fn command() -> impl Strategy<Value = Command> {
    let text = String::new;
    prop_oneof![
        6 => back().prop_map(|run| Command::ContentReady { run }),
        2 => back().prop_map(move |run| Command::Exhausted { run, reason: text() }),
        3 => any::<bool>().prop_map(move |busy| Command::RequestRevision { notes: text(), busy }),
        4 => Just(Command::Submit),
        1 => (0..3).prop_map(|stage| Command::Remind { stage }),
        1 => Just(Command::AutoSubmit),
        5 => back().prop_map(|number| Command::Restore { number }),
        2 => Just(Command::TakeBack),
        4 => back().prop_map(|version| Command::Approve { version }),
        2 => back().prop_map(|version| Command::EditAndApprove { version }),
        2 => Just(Command::Published { url: text() }),
        2 => Just(Command::PublicationFailed { reason: text() }),
        2 => any::<bool>().prop_map(move |revise| Command::RequestChanges { notes: text(), revise }),
        3 => Just(Command::Retry),
        1 => Just(Command::Cancel { reason: text() }),
        1 => any::<bool>().prop_map(|whole| Command::RefundRequested { whole }),
        1 => any::<bool>().prop_map(|others_open| Command::RefundRefused { others_open }),
        1 => any::<bool>().prop_map(|others_open| Command::PartlyRefunded { others_open }),
        1 => Just(Command::DisputeOpened),
        2 => Just(Command::DisputeClosed { outcome: DisputeOutcome::Won }),
        1 => Just(Command::DisputeClosed { outcome: DisputeOutcome::WarningClosed }),
        1 => (any::<bool>(), any::<bool>()).prop_map(|(refund, full)| match (refund, full) {
            (true, true) => Command::FullyRefunded,
            (false, true) => Command::DisputeClosed { outcome: DisputeOutcome::Lost },
            _ => Command::PartlyRefunded { others_open: false },
        }),
    ]
}

fn histories() -> impl Strategy<Value = Vec<Taken>> {
    let product = prop_oneof![Just(ProductKind::Article), Just(ProductKind::Backlink)];
    (product, vec(command(), 1..STEPS_MAX)).prop_map(|(product, commands)| walk(product, commands))
}

/// Commands that people give, or that a schedule gives for them.
fn is_of_people(command: &Command) -> bool {
    match command {
        Command::RequestRevision { .. }
        | Command::Submit
        | Command::Remind { .. }
        | Command::AutoSubmit
        | Command::Restore { .. }
        | Command::TakeBack
        | Command::Approve { .. }
        | Command::EditAndApprove { .. }
        | Command::RequestChanges { .. }
        | Command::Retry
        | Command::Cancel { .. }
        | Command::RefundRequested { .. } => true,
        Command::ContentReady { .. }
        | Command::Exhausted { .. }
        | Command::Published { .. }
        | Command::PublicationFailed { .. }
        | Command::FullyRefunded
        | Command::PartlyRefunded { .. }
        | Command::RefundRefused { .. }
        | Command::DisputeOpened
        | Command::DisputeClosed { .. } => false,
    }
}

fn jobs(transition: &Transition, wanted: impl Fn(JobKind) -> bool) -> usize {
    transition.jobs.iter().filter(|new| wanted(new.kind)).count()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 256,
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_run_grows_by_one_exactly_when_processing_is_entered(history in histories()) {
        for taken in &history {
            let Some(Transition { next, .. }) = taken.transition() else { continue };
            let entered = next.status == OrderStatus::Processing && taken.before.status != OrderStatus::Processing;
            prop_assert_eq!(next.run, taken.before.run + i32::from(entered), "{:?}", taken);
        }
    }

    #[test]
    fn the_version_only_grows_and_by_one(history in histories()) {
        for taken in &history {
            let Some(Transition { next, event, .. }) = taken.transition() else { continue };
            let makes = matches!(
                event,
                EventKind::ContentReady | EventKind::VersionRestored | EventKind::EditedAndApproved
            );
            let grown = Some(taken.before.current_version.unwrap_or(0) + 1);
            let expected = if makes { grown } else { taken.before.current_version };
            prop_assert_eq!(next.current_version, expected, "{:?}", taken);
        }
    }

    #[test]
    fn what_is_past_processing_has_a_version(history in histories()) {
        for Transition { next, .. } in history.iter().filter_map(Taken::transition) {
            let past = matches!(
                next.status,
                OrderStatus::QualityCheck | OrderStatus::AdminReview | OrderStatus::Completed
            );
            prop_assert!(!past || next.current_version.is_some(), "{:?}", next);
        }
    }

    #[test]
    fn refunded_is_final(history in histories()) {
        for taken in history.iter().filter(|taken| taken.before.status == OrderStatus::Refunded) {
            // A refund of a part that is heard of late, or refused late, is kept in the history and
            // changes nothing.
            let Some(transition) = taken.transition() else { continue };
            let late = matches!(taken.command, Command::PartlyRefunded { .. } | Command::RefundRefused { .. });
            prop_assert!(late, "{:?}", taken);
            prop_assert_eq!(&transition.next, &taken.before);
            prop_assert!(transition.jobs.is_empty() && transition.mails.is_empty());
            prop_assert_eq!(transition.other_jobs, None);
        }
    }

    #[test]
    fn the_whole_money_back_is_the_end_from_anywhere(history in histories()) {
        for taken in &history {
            let lost = Command::DisputeClosed { outcome: DisputeOutcome::Lost };
            for command in [Command::FullyRefunded, lost] {
                match decide(&taken.before, &command) {
                    Ok(Decision::Transition(end)) => {
                        prop_assert_eq!(end.next.status, OrderStatus::Refunded);
                        prop_assert!(!end.next.frozen && !end.next.refund_open && !end.next.publishing);
                        prop_assert_eq!(end.next.step, taken.before.step);
                        prop_assert_eq!(end.other_jobs, Some(JobsEffect::Cancel));
                    }
                    other => {
                        prop_assert_eq!(other, Ok(Decision::AlreadyApplied));
                        prop_assert_eq!(taken.before.status, OrderStatus::Refunded);
                    }
                }
            }
        }
    }

    #[test]
    fn a_command_given_twice_changes_the_order_once(history in histories()) {
        for taken in &history {
            let Some(first) = taken.transition() else { continue };
            let again = decide(&first.next, &taken.command);
            let Ok(Decision::Transition(second)) = &again else { continue };
            // Those that count each time: an older number is older than the copy made of it, and
            // money may go back in many parts. None of them moves the order.
            let counts = matches!(
                taken.command,
                Command::Restore { .. }
                    | Command::PartlyRefunded { .. }
                    | Command::RefundRequested { .. }
                    | Command::RefundRefused { .. }
            );
            prop_assert!(counts, "{:?} {:?}", taken, again);
            prop_assert_eq!(second.next.status, first.next.status);
            prop_assert!(second.jobs.is_empty() && second.mails.is_empty());
        }
    }

    #[test]
    fn a_frozen_order_waits_for_people_and_takes_facts(history in histories()) {
        for taken in history.iter().filter(|taken| taken.before.frozen) {
            let frozen = matches!(&taken.decision, Err(refusal) if refusal.code == RefusalCode::Frozen);
            prop_assert_eq!(frozen, is_of_people(&taken.command), "{:?}", taken);
            prop_assert!(taken.transition().is_none_or(|transition| transition.jobs.is_empty()));
        }
    }

    #[test]
    fn jobs_are_held_while_the_order_is_stopped_and_cancelled_at_the_end(history in histories()) {
        for taken in &history {
            let Some(Transition { next, other_jobs, .. }) = taken.transition() else { continue };
            let ended = next.status == OrderStatus::Refunded && taken.before.status != OrderStatus::Refunded
                || next.failure == Some(Failure::Cancelled) && taken.before.failure != next.failure;
            let stopped = |order: &Order| order.frozen || order.refund_open;
            let expected = match taken.command {
                _ if ended => Some(JobsEffect::Cancel),
                Command::RefundRequested { whole: true } => Some(JobsEffect::Hold),
                _ if next.frozen && !taken.before.frozen => Some(JobsEffect::Hold),
                _ if stopped(&taken.before) && !stopped(next) => Some(JobsEffect::Release),
                _ => None,
            };
            prop_assert_eq!(*other_jobs, expected, "{:?}", taken);
        }
    }

    #[test]
    fn status_publishing_failure_and_step_fit_together(history in histories()) {
        for taken in &history {
            let Some(Transition { next, .. }) = taken.transition() else { continue };
            prop_assert!(!next.publishing || next.status == OrderStatus::AdminReview, "{:?}", next);
            prop_assert_eq!(next.failure.is_some(), next.status == OrderStatus::Failed, "{:?}", next);
            prop_assert!((2..=5).contains(&next.step), "{:?}", next);
            prop_assert!(Some(next.step) >= next.status.step(), "{:?}", next);
            prop_assert!(next.status.step().is_some() || next.step == taken.before.step, "{:?}", taken);
            let stopped = next.frozen || next.refund_open;
            prop_assert!(!(stopped && next.status == OrderStatus::Refunded), "{:?}", next);
            prop_assert_eq!((next.id, next.product), (taken.before.id, taken.before.product));
        }
    }

    #[test]
    fn a_content_job_comes_with_a_run_and_a_publication_with_an_approval(history in histories()) {
        for taken in &history {
            let Some(transition) = taken.transition() else { continue };
            let runs = usize::try_from(transition.next.run - taken.before.run);
            prop_assert_eq!(Ok(jobs(transition, JobKind::is_content)), runs, "{:?}", taken);
            let approved = transition.next.publishing && !taken.before.publishing;
            let publications = jobs(transition, |kind| kind == JobKind::Publication);
            prop_assert_eq!(publications, usize::from(approved), "{:?}", taken);
            prop_assert!(transition.jobs.len() <= 1, "{:?}", taken);
        }
    }

    #[test]
    fn a_refund_is_open_from_the_first_that_is_asked_for_to_the_last_that_ends(history in histories()) {
        for taken in &history {
            let Some(Transition { next, .. }) = taken.transition() else { continue };
            let expected = match taken.command {
                _ if next.status == OrderStatus::Refunded => false,
                Command::RefundRequested { .. } => true,
                Command::RefundRefused { others_open } | Command::PartlyRefunded { others_open } => others_open,
                _ => taken.before.refund_open,
            };
            prop_assert_eq!(next.refund_open, expected, "{:?}", taken);
        }
    }

    #[test]
    fn jobs_are_never_refused_and_people_are_never_stale(history in histories()) {
        for taken in &history {
            match &taken.decision {
                Err(refusal) => {
                    prop_assert!(is_of_people(&taken.command), "{:?}", taken);
                    prop_assert_eq!(refusal.from, taken.before.status);
                    prop_assert_eq!(refusal.command, taken.command.name());
                    prop_assert!(!refusal.hint.is_empty());
                }
                Ok(Decision::Stale) => prop_assert!(!is_of_people(&taken.command), "{:?}", taken),
                Ok(Decision::Transition(_) | Decision::AlreadyApplied) => {}
            }
        }
    }

    #[test]
    fn reports_of_another_run_are_stale(history in histories()) {
        for taken in &history {
            let (Command::ContentReady { run } | Command::Exhausted { run, .. }) = taken.command else { continue };
            if run != taken.before.run {
                prop_assert_eq!(&taken.decision, &Ok(Decision::Stale), "{:?}", taken);
            }
        }
    }
}

#[test]
fn opening_is_the_first_run_and_its_one_content_job() {
    for product in ProductKind::ALL {
        let opened = open(OrderId(Uuid::nil()), *product);
        assert_eq!((opened.next.status, opened.next.run), (OrderStatus::Processing, 1));
        assert_eq!((opened.jobs.len(), jobs(&opened, JobKind::is_content)), (1, 1));
    }
}

/// Keeps the properties honest: histories that reach nothing would prove nothing.
#[test]
fn random_histories_reach_every_status_event_and_refusal() {
    let mut runner = TestRunner::deterministic();
    let mut statuses = vec![OrderStatus::Processing];
    let mut events = vec![EventKind::OrderReceived];
    let mut refusals = Vec::new();
    for _ in 0..256 {
        for taken in histories().new_tree(&mut runner).expect("histories are never rejected").current() {
            statuses.extend(taken.transition().map(|transition| transition.next.status));
            events.extend(taken.transition().map(|transition| transition.event));
            refusals.extend(taken.decision.err().map(|refusal| refusal.code));
        }
    }
    all_seen(OrderStatus::ALL, &statuses);
    all_seen(EventKind::ALL, &events);
    // The other codes are about payments, staff, jobs and how often: the store gives them.
    let others = [
        RefusalCode::RefundTooLarge,
        RefusalCode::PaymentDecided,
        RefusalCode::PaymentUnfit,
        RefusalCode::NameTaken,
        RefusalCode::LastOwner,
        RefusalCode::WrongJobState,
        RefusalCode::JobNotCancellable,
        RefusalCode::LinkRevoked,
        RefusalCode::TooManyRestores,
    ];
    let of_orders: Vec<RefusalCode> =
        RefusalCode::ALL.iter().copied().filter(|code| !others.contains(code)).collect();
    all_seen(&of_orders, &refusals);
    assert!(others.iter().all(|code| !refusals.contains(code)));
}

fn all_seen<T: PartialEq + std::fmt::Debug>(all: &[T], seen: &[T]) {
    let missing: Vec<&T> = all.iter().filter(|value| !seen.contains(value)).collect();
    assert!(missing.is_empty(), "never reached: {missing:?}");
}
