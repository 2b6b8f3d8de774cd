//! The figures, a group a file.

mod embedded;
mod ingest;
mod live;
mod orders;
mod polling;
mod reconcile;
mod takeover;

use crate::{Failure, bench::Bench, report::Report};
use clap::ValueEnum;

/// A group of figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Figure {
    /// The embedded default: start, memory, processor time when idle.
    Embedded,
    /// Webhooks in.
    Ingest,
    /// Customers who watch their order live.
    Live,
    /// From the paid event to the checked article and its mails.
    Orders,
    /// Customers who look at their order.
    Polling,
    /// Payments that no event tells of.
    Reconcile,
    /// A worker is killed.
    Takeover,
}

impl Figure {
    /// In the order in which they are shown.
    pub(crate) const ALL: [Self; 7] = [
        Self::Embedded,
        Self::Ingest,
        Self::Live,
        Self::Orders,
        Self::Polling,
        Self::Reconcile,
        Self::Takeover,
    ];

    /// What `--only` takes.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Embedded => "embedded",
            Self::Ingest => "ingest",
            Self::Live => "live",
            Self::Orders => "orders",
            Self::Polling => "polling",
            Self::Reconcile => "reconcile",
            Self::Takeover => "takeover",
        }
    }

    /// Measures and shows the group.
    pub(crate) async fn measure(self, bench: &Bench, report: &mut Report) -> Result<(), Failure> {
        match self {
            Self::Embedded => embedded::measure(bench, report).await,
            Self::Ingest => ingest::measure(bench, report).await,
            Self::Live => live::measure(bench, report).await,
            Self::Orders => orders::measure(bench, report).await,
            Self::Polling => polling::measure(bench, report).await,
            Self::Reconcile => reconcile::measure(bench, report).await,
            Self::Takeover => takeover::measure(bench, report).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_called_what_the_command_line_calls_it() {
        for figure in Figure::ALL {
            assert_eq!(Figure::from_str(figure.name(), false), Ok(figure));
        }
    }
}
