use crate::reconcile::window::{
    AFTER_SECONDS, BEFORE_SECONDS, DUE_MAX, GAP_SECONDS, Plan, SINGLES_MAX, halves, plan,
};
use chrono::{DateTime, Utc};
use galley_integrations::gateway::Window;
use proptest::prelude::*;

/// An hour of 2026-01-01.
const NOON: i64 = 1_767_268_800;

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(NOON + second, 0).unwrap()
}

fn due(seconds: &[i64]) -> Vec<(usize, DateTime<Utc>)> {
    seconds.iter().enumerate().map(|(place, second)| (place, at(*second))).collect()
}

/// From, until and the places of each list.
fn lists(plan: &Plan) -> Vec<(i64, i64, Vec<usize>)> {
    let second = |at: DateTime<Utc>| at.timestamp() - NOON;
    plan.lists
        .iter()
        .map(|listing| (second(listing.window.from), second(listing.window.until), listing.due.clone()))
        .collect()
}

#[test]
fn nothing_due_is_no_question() {
    let plan = plan(&[], &[]);
    assert!(plan.lists.is_empty() && plan.singles.is_empty());
}

#[test]
fn one_or_two_by_themselves_are_read_and_three_are_listed() {
    let apart = 1_000;
    let plan = plan(&due(&[0, apart, apart + 1, 2 * apart, 2 * apart, 2 * apart + 3]), &[]);
    assert_eq!(plan.singles, [0, 1, 2]);
    assert_eq!(lists(&plan), [(1_995, 2_019, vec![3, 4, 5])]);
}

#[test]
fn the_last_half_hour_needs_no_window_of_its_own_for_what_is_due_in_it() {
    let recent = Window { from: at(-1_800), until: at(15) };
    let plan = plan(&due(&[-60]), &[recent]);
    assert_eq!(lists(&plan), [(-1_800, 15, vec![0])]);
    assert!(plan.singles.is_empty());
}

#[test]
fn a_days_list_does_not_hold_up_the_last_half_hours() {
    let (recent, day) =
        (Window { from: at(-1_800), until: at(15) }, Window { from: at(-86_400), until: at(15) });
    let plan = plan(&due(&[-60]), &[recent, day]);
    assert_eq!(lists(&plan), [(-86_400, -1_800, vec![]), (-1_800, 15, vec![0])]);
}

#[test]
fn many_of_two_seconds_are_cut_between_them() {
    let seconds: Vec<i64> = (0..500).map(|i| i % 2).collect();
    let plan = plan(&due(&seconds), &[]);
    let cut: Vec<(i64, i64)> = lists(&plan).iter().map(|(from, until, _)| (*from, *until)).collect();
    assert_eq!(cut, [(-5, 1), (1, 17)]);
}

#[test]
fn a_second_cannot_be_halved() {
    let window = |from, until| Window { from: at(from), until: at(until) };
    assert_eq!(halves(&window(0, 1)), None);
    assert_eq!(halves(&window(0, 2)), Some([window(0, 1), window(1, 2)]));
    assert_eq!(halves(&window(-3, 4)), Some([window(-3, 0), window(0, 4)]));
}

proptest! {
    #[test]
    fn every_due_session_is_in_a_window_and_no_window_is_longer_than_needed(
        seconds in prop::collection::vec(prop_oneof![0..40_i64, 0..90_000_i64], 0..300),
        recent in any::<bool>(),
    ) {
        let always: Vec<Window> =
            recent.then(|| Window { from: at(88_200), until: at(90_015) }).into_iter().collect();
        let plan = plan(&due(&seconds), &always);
        let lists = lists(&plan);
        for (place, second) in seconds.iter().enumerate() {
            let around = second - BEFORE_SECONDS..=second + AFTER_SECONDS;
            if plan.singles.contains(&place) {
                continue;
            }
            // Wherever the gateway's clock puts it, it is in a list, and that list knows of it.
            for moment in around {
                let hit: Vec<_> =
                    lists.iter().filter(|(from, until, _)| (*from..*until).contains(&moment)).collect();
                prop_assert_eq!(hit.len(), 1, "{} of {}", moment, place);
                prop_assert!(hit[0].2.contains(&place));
            }
        }
        for pair in lists.windows(2) {
            prop_assert!(pair[0].1 <= pair[1].0, "no second is listed twice");
        }
        for (from, until, places) in &lists {
            // Of more than the most, all are of one second.
            let own: Vec<i64> =
                seconds.iter().copied().filter(|second| (*from..*until).contains(second)).collect();
            let first = own.iter().min();
            prop_assert!(own.len() <= DUE_MAX || own.iter().min() == own.iter().max(), "{:?}", first);
            // Each second of it is near something that is due, or listed anyway.
            for moment in *from..*until {
                let near = places.iter().chain(&plan.singles).any(|place| {
                    let second = seconds[*place];
                    (second - BEFORE_SECONDS - GAP_SECONDS..=second + AFTER_SECONDS + GAP_SECONDS).contains(&moment)
                }) || recent && moment >= 88_200 - GAP_SECONDS;
                prop_assert!(near, "{moment} in {from}..{until}");
            }
        }
        let few = plan.singles.len();
        prop_assert!(few <= seconds.len());
        if seconds.len() <= SINGLES_MAX && !recent {
            prop_assert_eq!(few, seconds.len());
        }
    }
}
