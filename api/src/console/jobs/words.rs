//! Jobs in words for staff.

use galley_domain::job::JobKind;
use galley_store::JobList;

/// A list with the class of its dot.
pub(crate) struct ListWords {
    pub(crate) class: &'static str,
    pub(crate) word: &'static str,
    /// What is in it.
    pub(crate) about: &'static str,
}

pub(crate) const fn list_words(list: JobList) -> ListWords {
    let (class, word, about) = match list {
        JobList::Waiting => ("quiet", "Waiting", "Due, and in nobody’s hands yet."),
        JobList::Delayed => ("quiet", "Later", "Due later, for the first time."),
        JobList::Retrying => ("warn", "Retrying", "A run failed; the next one is due later."),
        JobList::Held => {
            ("warn", "On hold", "Their order is on hold: its payment is disputed, or goes back.")
        }
        JobList::Active => ("busy", "Active", "In a worker’s hands."),
        JobList::Failed => ("bad", "Failed", "No attempts left; somebody has to decide."),
        JobList::Settled => ("quiet", "Failed, settled", "They failed, and their order has gone on since."),
        JobList::Completed => ("ok", "Done", "Kept for a day, and while their order is open."),
        JobList::Cancelled => ("quiet", "Called off", "Not wanted any more."),
    };
    ListWords { class, word, about }
}

pub(crate) const fn kind_words(kind: JobKind) -> &'static str {
    match kind {
        JobKind::ArticleGeneration => "Write an article",
        JobKind::BacklinkIntegration => "Place a link",
        JobKind::BacklinkRevision => "Revise a text",
        JobKind::Publication => "Publish",
        JobKind::EmailDelivery => "Send a mail",
        JobKind::PaymentEvent => "Take in a gateway’s event",
        JobKind::CheckoutCreate => "Open a checkout",
        JobKind::PaymentRefetch => "Ask a gateway",
        JobKind::Refund => "Give money back",
    }
}
