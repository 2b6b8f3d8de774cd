//! The five steps of an order.

use galley_domain::{
    brief::{Brief, ProductKind},
    order::OrderStatus,
    payment::CheckoutState,
};
use galley_store::{CheckoutView, OrderView};
use std::cmp::Ordering;

/// One of the five.
pub(super) struct Step {
    pub(super) label: &'static str,
    /// `is-done`, `is-now`, `is-ahead` or `is-stopped`
    pub(super) mark: &'static str,
    /// The same for whoever does not see it.
    pub(super) spoken: &'static str,
}

/// How a step is marked, and the same in words.
type Mark = (&'static str, &'static str);
const DONE: Mark = ("is-done", "done");
const NOW: Mark = ("is-now", "now");
const AHEAD: Mark = ("is-ahead", "still to come");
const STOPPED: Mark = ("is-stopped", "stopped here");

/// How far an order has come, and whether it ended there.
pub(super) fn steps(order: &OrderView, stopped: bool) -> Vec<Step> {
    let reached = usize::try_from(order.step).unwrap_or(1);
    // Behind the last step there is nothing that could be under way.
    let reached = if order.status == OrderStatus::Completed { reached + 1 } else { reached };
    marked(labels(Some(&order.brief), "Paid"), reached, if stopped { STOPPED } else { NOW })
}

/// Of a checkout; `brief` is what may be told of it. Money that has become no order has begun nothing.
pub(super) fn steps_before(brief: Option<&Brief>, view: Option<&CheckoutView>) -> Vec<Step> {
    let (first, reached, mark) = match view.map(|view| (view.state, view.order.is_some())) {
        Some((CheckoutState::Paid, true)) => ("Paid", 2, NOW),
        Some((CheckoutState::Paid, false)) => ("Paid", 2, AHEAD),
        Some((CheckoutState::Failed | CheckoutState::Expired, _)) => ("Pay", 1, STOPPED),
        Some((CheckoutState::Creating | CheckoutState::Open | CheckoutState::Processing, _)) | None => {
            ("Pay", 1, NOW)
        }
    };
    marked(labels(brief, first), reached, mark)
}

fn labels(brief: Option<&Brief>, first: &'static str) -> [&'static str; 5] {
    let work = match brief.map(|brief| brief.product) {
        Some(ProductKind::Backlink) => "Placing",
        Some(ProductKind::Article) | None => "Writing",
    };
    [first, work, "Your turn", "Editor", "Published"]
}

/// `here` marks the step that was reached.
fn marked(labels: [&'static str; 5], reached: usize, here: Mark) -> Vec<Step> {
    let step = |(label, number): (&'static str, usize)| {
        let (mark, spoken) = match number.cmp(&reached) {
            Ordering::Less => DONE,
            Ordering::Equal => here,
            Ordering::Greater => AHEAD,
        };
        Step { label, mark, spoken }
    };
    labels.into_iter().zip(1..).map(step).collect()
}
