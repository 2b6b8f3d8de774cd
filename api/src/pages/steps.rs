//! The five steps of an order.

use galley_domain::{
    brief::{Brief, ProductKind},
    order::OrderStatus,
};
use galley_store::OrderView;
use std::cmp::Ordering;

/// One of the five.
pub(super) struct Step {
    pub(super) label: &'static str,
    /// `is-done`, `is-now`, `is-ahead` or `is-stopped`
    pub(super) mark: &'static str,
    /// The same for whoever does not see it.
    pub(super) spoken: &'static str,
}

/// How far an order has come, and whether it ended there.
pub(super) fn steps(order: &OrderView, stopped: bool) -> Vec<Step> {
    let reached = usize::try_from(order.step).unwrap_or(1);
    // Behind the last step there is nothing that could be under way.
    let reached = if order.status == OrderStatus::Completed { reached + 1 } else { reached };
    marked(labels(Some(&order.brief), "Paid"), reached, stopped)
}

/// Before there is an order.
pub(super) fn steps_before(brief: Option<&Brief>, paid: bool) -> Vec<Step> {
    if paid { marked(labels(brief, "Paid"), 2, false) } else { marked(labels(brief, "Pay"), 1, false) }
}

fn labels(brief: Option<&Brief>, first: &'static str) -> [&'static str; 5] {
    let work = match brief.map(|brief| brief.product) {
        Some(ProductKind::Backlink) => "Placing",
        Some(ProductKind::Article) | None => "Writing",
    };
    [first, work, "Your turn", "Editor", "Published"]
}

fn marked(labels: [&'static str; 5], reached: usize, stopped: bool) -> Vec<Step> {
    let step = |(label, number): (&'static str, usize)| {
        let (mark, spoken) = match number.cmp(&reached) {
            Ordering::Less => ("is-done", "done"),
            Ordering::Equal if stopped => ("is-stopped", "stopped here"),
            Ordering::Equal => ("is-now", "now"),
            Ordering::Greater => ("is-ahead", "still to come"),
        };
        Step { label, mark, spoken }
    };
    labels.into_iter().zip(1..).map(step).collect()
}
