//! Mails: the facts of a moment, as a letter with a subject, a text part and an HTML part.
//!
//! A mail is rendered when it is queued and kept, so that one which is sent late still says what
//! was true. Wording lives in `customer` and `staff`, the look in `templates/mail/`; both parts are
//! made from one letter, so they can't say different things.

mod customer;
mod letter;
mod phrase;
mod staff;

#[cfg(test)]
mod tests;

use galley_domain::{brief::Brief, id::OrderId, mail::MailKind, money::Money, quality::QualityReport};
use std::fmt;

/// Longest topic (or anchor, or reason) in a subject, in characters.
///
/// Phones show about 40 to 70 characters of a subject; the whole topic stands in the mail itself.
pub const SUBJECT_TOPIC_MAX_CHARS: usize = 60;
/// Most lines of an alert; the rest is counted.
pub const ALERT_LINES_MAX: usize = 50;
/// Most checks that a mail names one by one; the rest is counted.
pub const CHECKS_MAX: usize = 8;

/// What a mail about an order is made from.
///
/// There is no `Debug`: the link opens the order.
#[derive(Clone, Copy)]
pub struct MailFacts<'a> {
    /// What happened.
    pub kind: MailKind,
    /// The shop, as its customers know it.
    pub shop_name: &'a str,
    /// The order.
    pub order_id: OrderId,
    /// What was ordered.
    pub brief: &'a Brief,
    /// What was paid or, in `order-refunded`, what went back.
    pub amount: Option<Money>,
    /// The signed link of the order's page; in mails to staff the order's page in the console.
    pub link: &'a str,
    /// Why it failed, was refunded or sent, as a sentence for the customer.
    pub reason: Option<&'a str>,
    /// The notes of a revision or of the editor.
    pub notes: Option<&'a str>,
    /// Where the published article stands.
    pub public_url: Option<&'a str>,
    /// The quality report of the version that can be read now.
    pub report: Option<&'a QualityReport>,
}

/// What an alert to staff is made from.
#[derive(Clone, Copy, Debug)]
pub struct AlertFacts<'a> {
    /// What needs a person, in a few words (`3 payments need review`).
    pub reason: &'a str,
    /// The cases, one a line.
    pub lines: &'a [String],
}

/// A mail that is ready to be sent.
///
/// `Debug` shows the subject only: the parts hold links that open an order.
#[derive(Clone, PartialEq, Eq)]
pub struct RenderedMail {
    /// One line without control characters.
    pub subject: String,
    /// The plain text part.
    pub text: String,
    /// The HTML part, a whole document.
    pub html: String,
}

impl fmt::Debug for RenderedMail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RenderedMail").field("subject", &self.subject).finish_non_exhaustive()
    }
}

/// Renders the mail that `facts` call for.
///
/// It can't fail: the templates are compiled in, print nothing but strings, and are written into
/// memory. Whatever facts are missing, the mail does without them: a mail that says less is better
/// than a commit that fails for the sake of its mail.
pub fn render(facts: &MailFacts<'_>) -> RenderedMail {
    let write = match facts.kind {
        MailKind::OrderReceived => customer::received,
        MailKind::ArticleReady => customer::article_ready,
        MailKind::BacklinkIntegrated => customer::backlink_integrated,
        MailKind::RevisionReady => customer::revision_ready,
        MailKind::RevisionFailed => customer::revision_failed,
        MailKind::OrderFailed => customer::failed,
        MailKind::ReviewReminder => customer::reminder,
        MailKind::Submitted => customer::submitted,
        MailKind::ChangesRequested => customer::changes_requested,
        MailKind::OrderCompleted => customer::completed,
        MailKind::OrderRefunded => customer::refunded,
        MailKind::ReadyForReview => return staff::ready_for_review(facts).rendered(),
        MailKind::StaffAlert => return staff::order_alert(facts).rendered(),
    };
    customer::addressed(facts, write).rendered()
}

/// What is added to a reminder of an order that goes to the editor by itself, in so many days.
pub fn will_be_submitted(in_days: u16) -> String {
    customer::will_be_submitted(in_days)
}

/// Why an order went to the editor by itself: nobody had acted for so many days.
pub fn was_submitted(after_days: u16) -> String {
    customer::was_submitted(after_days)
}

/// Renders an alert to staff. It can't fail, for the same reasons as [`render`].
pub fn render_alert(shop_name: &str, facts: &AlertFacts<'_>) -> RenderedMail {
    staff::alert(shop_name, facts).rendered()
}
