use super::ClaimedJob;
use crate::{
    article::{Edition, SeenCopy},
    change::NewVersion,
};
use chrono::{DateTime, Utc};
use galley_domain::article::PublicationFault;
use std::time::Duration;

/// How a job ended, handed to [`crate::Store::finish`].
#[derive(Clone, Debug)]
pub struct Finish {
    /// The job, with the token it was claimed under.
    pub job: ClaimedJob,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of a job.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The next version of the order.
    Content(Box<NewVersion>),
    /// The text that becomes public.
    Published(Box<Edition>),
    /// The mail was handed to the mail server.
    MailSent,
    /// Nothing more to write.
    Done,
    /// It failed; whether it runs again follows from its attempts and the policy.
    Failed(JobFailure),
    /// The process stops before the work was done: another one goes on, and nothing is counted.
    HandedBack,
}

/// Why a job failed.
#[derive(Clone, Debug, Default)]
pub struct JobFailure {
    /// For operators.
    pub error: String,
    /// For the customer.
    pub public_reason: String,
    /// For a publication: why.
    pub fault: Option<PublicationFault>,
    /// For a publication that found something else than it had left on another site. Once its order
    /// is told, the order may replace it.
    pub seen: Option<SeenCopy>,
    /// The pause before the next run, if there may be one; `None` ends the job at once.
    pub retry_in: Option<Duration>,
}

/// What [`crate::Store::finish`] did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finished {
    /// Effect and completion are on disk.
    Applied,
    /// The job is closed, but its run is over: nothing else was written.
    Stale,
    /// Somebody else holds the job, or nobody: nothing was written.
    Lost,
    /// It will run again.
    Retrying {
        /// When.
        at: DateTime<Utc>,
    },
    /// It failed for good, together with what that means for its order.
    Failed,
    /// It waits again, as if it had never been claimed.
    HandedBack,
}
