//! A mail as bytes: headers that can't be forged, and both parts.

use super::{MailError, Mailbox, OutgoingMail};
use lettre::{
    Message,
    message::{
        MultiPart,
        header::{Header, HeaderName, HeaderValue},
    },
};
use std::{error::Error, time::SystemTime};

/// `Auto-Submitted: auto-generated` (RFC 3834): keeps holiday notices from answering us.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// Builds the message: `multipart/alternative`, text first, so that the richest part comes last.
pub(super) fn build(from: &Mailbox, mail: &OutgoingMail<'_>) -> Result<Message, MailError> {
    let to: Mailbox =
        mail.to.trim().parse().map_err(|_| MailError::permanent("this is not a mail address"))?;
    let message_id = header_text(mail.message_id);
    let message_id = message_id.trim_matches(['<', '>']);
    Message::builder()
        .from(from.clone())
        .to(to)
        .subject(header_text(mail.subject))
        .message_id(Some(format!("<{message_id}>")))
        .date(SystemTime::from(mail.date))
        .header(AutoSubmitted)
        .multipart(MultiPart::alternative_plain_html(mail.text.to_owned(), mail.html.to_owned()))
        .map_err(|error| MailError::permanent(error.to_string()))
}

/// Whatever was meant, a header's value is one line.
fn header_text(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}
