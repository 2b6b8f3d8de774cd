//! The kinds of mail.

use crate::text_enum::text_enum;

text_enum! {
    /// Which mail; its name is part of the dedupe key and of the log.
    pub enum MailKind {
        /// The payment arrived, writing has begun.
        OrderReceived = "order-received",
        /// The first version of an article can be read.
        ArticleReady = "article-ready",
        /// The link was placed.
        BacklinkIntegrated = "backlink-integrated",
        /// A revised version can be read.
        RevisionReady = "revision-ready",
        /// A revision failed; the last good version stays.
        RevisionFailed = "revision-failed",
        /// The order failed for good.
        OrderFailed = "order-failed",
        /// The order waits for its customer.
        ReviewReminder = "review-reminder",
        /// The order is with the reviewers.
        Submitted = "submitted",
        /// A reviewer asks for changes.
        ChangesRequested = "changes-requested",
        /// The article is published.
        OrderCompleted = "order-completed",
        /// The money went back.
        OrderRefunded = "order-refunded",
        /// To staff: something needs a person.
        StaffAlert = "staff-alert",
        /// To staff: an order waits for review.
        ReadyForReview = "ready-for-review",
    }
}
