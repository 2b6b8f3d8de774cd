//! Postgres has no zero byte in texts and documents, and refuses the statement; SQLite would keep
//! it. Nobody means anything by one, so none gets as far as an engine and both keep the same.

use crate::{
    change::NewVersion,
    job::{Finish, Outcome},
};
use galley_domain::payment::{DisputeFact, Fact, Inbound, MoneyChange, Observation, RefundFact};
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
    match fact {
        Fact::Observed(observation) => scrub_observation(observation),
        Fact::Refetch { external_id, detail } => {
            scrub(external_id);
            detail.iter_mut().for_each(scrub);
        }
        Fact::Ignored { .. } => {}
    }
    event
}

/// A gateway's word whose every text can be kept.
pub(crate) fn clean_observation(mut observation: Observation) -> Observation {
    scrub_observation(&mut observation);
    observation
}

fn scrub_observation(observation: &mut Observation) {
    if let Observation::Session(fact) = observation {
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
    if let Observation::Money(fact) = observation {
        scrub(&mut fact.payment_ref);
        match &mut fact.change {
            MoneyChange::Refund(RefundFact { external_id, reason, .. })
            | MoneyChange::Dispute(DisputeFact { external_id, reason, .. }) => {
                scrub(external_id);
                reason.iter_mut().for_each(scrub);
            }
            MoneyChange::Charge(_) => {}
        }
    }
}

/// A job's end whose every text can be kept.
pub(crate) fn clean_finish(mut finish: Finish) -> Finish {
    match &mut finish.outcome {
        Outcome::Content(version) => scrub_version(version),
        Outcome::Published(edition) => {
            [&mut edition.title, &mut edition.source, &mut edition.html].into_iter().for_each(scrub);
        }
        Outcome::Failed(failure) => {
            [&mut failure.error, &mut failure.public_reason].into_iter().for_each(scrub);
        }
        Outcome::MailSent | Outcome::Done | Outcome::HandedBack => {}
    }
    finish
}

/// A text whose every part can be kept.
pub(crate) fn clean_version(mut version: NewVersion) -> NewVersion {
    scrub_version(&mut version);
    version
}

fn scrub_version(version: &mut NewVersion) {
    [&mut version.title, &mut version.source, &mut version.html].into_iter().for_each(scrub);
    for check in &mut version.report.checks {
        [&mut check.expected, &mut check.measured].into_iter().for_each(scrub);
        [&mut check.evidence, &mut check.fix].into_iter().flatten().for_each(scrub);
    }
}
