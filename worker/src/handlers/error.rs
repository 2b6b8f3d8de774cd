use galley_domain::{article::PublicationFault, quality::QualityReport};
use galley_integrations::{ai::AiError, gateway::GatewayError, mail::MailError, site::SiteError};
use galley_store::{SeenCopy, StoreError};
use std::time::Duration;

/// Why a run of a job failed.
#[derive(Clone, Debug)]
pub(crate) struct JobError {
    /// For operators.
    pub(crate) detail: String,
    /// For the customer, should it have been the last run.
    pub(crate) public_reason: String,
    /// What the neighbour asked for.
    pub(crate) retry_after: Option<Duration>,
    /// Trying again cannot help.
    pub(crate) discard: bool,
    /// For a publication: why.
    pub(crate) fault: Option<PublicationFault>,
    /// What was found on another site, where that is why.
    pub(crate) seen: Option<SeenCopy>,
}

/// What a customer is told of faults that are ours.
const OURS: &str = "Something went wrong on our side.";

impl JobError {
    fn new(detail: impl Into<String>, public_reason: impl Into<String>) -> Self {
        Self {
            detail: detail.into(),
            public_reason: public_reason.into(),
            retry_after: None,
            discard: false,
            fault: None,
            seen: None,
        }
    }

    /// A job that can never be done.
    pub(crate) fn discarded(detail: &str) -> Self {
        Self { discard: true, ..Self::new(detail, OURS) }
    }

    pub(crate) fn ai(error: &AiError) -> Self {
        Self { retry_after: error.retry_after(), ..Self::new(error.to_string(), error.public_reason()) }
    }

    pub(crate) fn too_long() -> Self {
        Self::ai(&AiError::TooLarge)
    }

    /// The text was not good enough, after every repair.
    pub(crate) fn quality(report: &QualityReport) -> Self {
        let failed: Vec<String> =
            report.failed().map(|check| format!("{} ({})", check.title, check.measured)).collect();
        let codes: Vec<&str> = report.failed().map(|check| check.code.as_str()).collect();
        Self::new(
            format!("the text failed its quality checks: {}", codes.join(", ")),
            format!("The text did not pass our quality checks: {}.", failed.join("; ")),
        )
    }

    pub(crate) fn insertion(problem: &str) -> Self {
        Self::new(
            format!("no answer could be placed into the article: {problem}"),
            "We found no place in the article where the link reads naturally.",
        )
    }

    pub(crate) fn mail(error: &MailError) -> Self {
        Self { discard: error.permanent, ..Self::new(error.detail.clone(), OURS) }
    }

    /// A payment gateway did not do what it was asked, or nobody knows whether it did.
    pub(crate) fn gateway(error: &GatewayError) -> Self {
        Self { retry_after: error.retry_after(), ..Self::new(error.to_string(), OURS) }
    }

    /// What was approved cannot become public as it is; `words` are for staff.
    pub(crate) fn unpublished(fault: PublicationFault, words: impl Into<String>) -> Self {
        Self { fault: Some(fault), ..Self::discarded(&words.into()) }
    }

    /// Another job published into the same article for as long as this one waited.
    pub(crate) fn article_busy() -> Self {
        Self::new("another order is being published into the same article", OURS)
    }

    /// The copy on another site is not as it shall be.
    pub(crate) fn site(error: &SiteError) -> Self {
        let told = |fault, words: String| Self::unpublished(fault, words);
        match error {
            SiteError::Changed { found } => told(
                PublicationFault::CopyChanged,
                format!(
                    "Somebody changed the copy of the article on the other site. Look at it first: {}. If you \
                     approve again, it is replaced.",
                    found.url
                ),
            ),
            SiteError::Gone { .. } => told(
                PublicationFault::CopyGone,
                "The copy of the article on the other site was deleted there. If you approve again, a new one \
                 is made."
                    .to_owned(),
            ),
            SiteError::Refused { .. } => told(PublicationFault::SiteRefused, error.to_string()),
            SiteError::LinkMissing { .. } => Self {
                // A page may be kept for a while by whatever stands before the site.
                discard: false,
                ..told(PublicationFault::LinkMissing, error.to_string())
            },
            SiteError::Unavailable { .. } => Self {
                discard: false,
                retry_after: error.retry_after(),
                ..told(PublicationFault::SiteUnavailable, error.to_string())
            },
        }
    }

    /// The same, with the words for operators as those for staff.
    pub(crate) fn for_staff(self) -> Self {
        Self { public_reason: self.detail.clone(), ..self }
    }

    pub(crate) fn store(error: &StoreError) -> Self {
        let detail = error.to_string();
        match error {
            StoreError::NotFound(_) => Self::discarded(&detail),
            _ => Self::new(detail, OURS),
        }
    }

    pub(crate) fn unwritable(error: &StoreError) -> Self {
        Self::new(format!("its outcome could not be written: {error}"), OURS)
    }

    pub(crate) fn timed_out(limit: Duration) -> Self {
        Self::new(format!("it took longer than {} s", limit.as_secs()), "It took far too long.")
    }

    /// The handler panicked.
    pub(crate) fn broken(error: &tokio::task::JoinError) -> Self {
        Self::new(format!("the handler broke: {error}"), OURS)
    }
}
