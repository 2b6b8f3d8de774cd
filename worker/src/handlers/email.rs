//! Handing a mail of the log to the mail server.

use super::{JobError, id_in, read};
use crate::runtime::Shared;
use galley_domain::id::EmailId;
use galley_integrations::mail::OutgoingMail;
use galley_store::{ClaimedJob, Outcome};

/// Sends one mail, always under the same Message-ID: it can arrive twice only if we die between the
/// server's 250 and our commit, and then a mail program can tell.
pub(super) async fn deliver(shared: &Shared, job: &ClaimedJob) -> Result<Outcome, JobError> {
    let id: EmailId = id_in(job, "emailId")?;
    let Some(mail) = read(|| shared.store.find_queued_mail(id)).await? else {
        return Ok(Outcome::Done);
    };
    let neighbours = &shared.neighbours;
    let message_id = format!("<{}@{}>", mail.id, neighbours.mail_domain);
    let outgoing = OutgoingMail {
        to: &mail.recipient,
        subject: &mail.subject,
        text: &mail.text_body,
        html: &mail.html_body,
        message_id: &message_id,
        date: mail.created_at,
    };
    match neighbours.mailer.send(&outgoing).await {
        Ok(()) => Ok(Outcome::MailSent),
        Err(error) => Err(JobError::mail(&error)),
    }
}
