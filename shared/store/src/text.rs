//! Postgres has no zero byte in texts and documents, and refuses the statement; SQLite would keep
//! it. Nobody means anything by one, so none gets as far as an engine and both keep the same.

use crate::job::{Finish, Outcome};
use galley_domain::payment::{Fact, Inbound};
use std::borrow::Cow;

/// The text without zero bytes.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "")) } else { Cow::Borrowed(text) }
}

fn scrub(text: &mut String) {
    text.retain(|c| c != '\0');
}

/// An event whose every text can be kept.
pub(crate) fn clean_inbound(mut event: Inbound) -> Inbound {
    let Inbound { account, dedupe_key, kind, object_ref, payment_ref, api_version, payload, fact, .. } =
        &mut event;
    [account, dedupe_key, kind, payload].into_iter().for_each(scrub);
    [object_ref, payment_ref, api_version].into_iter().flatten().for_each(scrub);
    if let Fact::Session(fact) = fact {
        [&mut fact.external_id, &mut fact.payment_ref].into_iter().for_each(scrub);
        fact.sale.email.iter_mut().for_each(scrub);
        let metadata = std::mem::take(&mut fact.sale.metadata);
        fact.sale.metadata = metadata
            .into_iter()
            .map(|(mut key, mut value)| {
                scrub(&mut key);
                scrub(&mut value);
                (key, value)
            })
            .collect();
    }
    event
}

/// A job's end whose every text can be kept.
pub(crate) fn clean_finish(mut finish: Finish) -> Finish {
    match &mut finish.outcome {
        Outcome::Content(version) => {
            [&mut version.title, &mut version.source, &mut version.html].into_iter().for_each(scrub);
            for check in &mut version.report.checks {
                [&mut check.expected, &mut check.measured].into_iter().for_each(scrub);
                [&mut check.evidence, &mut check.fix].into_iter().flatten().for_each(scrub);
            }
        }
        Outcome::Failed(failure) => {
            [&mut failure.error, &mut failure.public_reason].into_iter().for_each(scrub);
        }
        Outcome::MailSent | Outcome::Done | Outcome::HandedBack => {}
    }
    finish
}
