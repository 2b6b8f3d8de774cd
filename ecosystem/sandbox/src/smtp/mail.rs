use chrono::{DateTime, Utc};
use mail_parser::{Address, HeaderValue, Message, MessageParser};

/// One mail that came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Counts from 1 in the order of arrival.
    pub number: u64,
    /// When its last byte came in.
    pub received_at: DateTime<Utc>,
    /// The sender of the envelope (`MAIL FROM`); empty for a bounce.
    pub envelope_from: String,
    /// The recipients of the envelope (`RCPT TO`).
    pub envelope_to: Vec<String>,
    /// What was sent, byte for byte, without dot-stuffing.
    pub raw: Vec<u8>,
    /// The subject, decoded; empty when there is none.
    pub subject: String,
    /// The `Message-ID` without its angle brackets; empty when there is none.
    pub message_id: String,
    /// The addresses of the `To` header.
    pub to: Vec<String>,
    /// The text part, decoded.
    pub text: Option<String>,
    /// The HTML part, decoded.
    pub html: Option<String>,
}

/// What the session knows about a mail before it is read.
pub(super) struct Envelope {
    pub(super) from: String,
    pub(super) to: Vec<String>,
}

impl Mail {
    pub(super) fn read(envelope: Envelope, raw: Vec<u8>, received_at: DateTime<Utc>) -> Self {
        let parsed = MessageParser::default().parse(&raw);
        let message = parsed.as_ref();
        let owned = |text: Option<&str>| text.unwrap_or_default().to_owned();
        let to = message.and_then(Message::to).map_or_else(Vec::new, addresses);
        Self {
            number: 0,
            received_at,
            subject: owned(message.and_then(Message::subject)),
            message_id: owned(message.and_then(Message::message_id)),
            to,
            text: message.and_then(|message| part(message, &message.text_body, true)),
            html: message.and_then(|message| part(message, &message.html_body, false)),
            envelope_from: envelope.from,
            envelope_to: envelope.to,
            raw,
        }
    }

    /// The text of a header by its name, decoded; `None` when it is missing or not plain text.
    pub fn header(&self, name: &str) -> Option<String> {
        let message = MessageParser::default().parse(&self.raw)?;
        match message.header(name)? {
            HeaderValue::Text(text) => Some(text.trim().to_owned()),
            _ => message.header_raw(name).map(|raw| raw.trim().to_owned()),
        }
    }
}

/// The first part of this very kind: the parser would also make a text out of an HTML part.
fn part(message: &Message<'_>, ids: &[u32], text: bool) -> Option<String> {
    use mail_parser::PartType;
    ids.iter().find_map(|id| match &message.part(*id)?.body {
        PartType::Text(body) if text => Some(body.clone().into_owned()),
        PartType::Html(body) if !text => Some(body.clone().into_owned()),
        _ => None,
    })
}

fn addresses(header: &Address<'_>) -> Vec<String> {
    header.iter().filter_map(|one| one.address()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RAW: &str = "From: Galley <shop@example.com>\r\nTo: Ada <ada@example.com>,\r\n bob@example.com\r\n\
        Subject: =?utf-8?B?WW91ciBhcnRpY2xlIOKAnFRlYQ==?=\r\n =?utf-8?Q?_time=E2=80=9D_is_ready?=\r\n\
        Message-ID: <a.1@galley>\r\nX-Order: 7\r\nMIME-Version: 1.0\r\n\
        Content-Type: multipart/alternative; boundary=\"b\"\r\n\r\n\
        --b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
        Open it: https://shop.example/order-status/1?token=3Dabc=\r\ndef\r\n\
        --b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n\
        PHA+SGVsbG8g4oKsPC9wPg==\r\n--b--\r\n";

    #[test]
    fn headers_and_both_parts_are_decoded() {
        let envelope =
            Envelope { from: "shop@example.com".to_owned(), to: vec!["ada@example.com".to_owned()] };
        let mail = Mail::read(envelope, RAW.as_bytes().to_vec(), DateTime::UNIX_EPOCH);
        assert_eq!(mail.subject, "Your article “Tea time” is ready");
        assert_eq!(mail.message_id, "a.1@galley");
        assert_eq!(mail.to, ["ada@example.com", "bob@example.com"]);
        assert_eq!(
            mail.text.as_deref().map(str::trim),
            Some("Open it: https://shop.example/order-status/1?token=abcdef")
        );
        assert_eq!(mail.html.as_deref(), Some("<p>Hello €</p>"));
        assert_eq!(mail.header("x-order").as_deref(), Some("7"));
        assert_eq!(mail.header("x-none"), None);
    }

    #[test]
    fn a_text_mail_has_no_html_and_rubbish_is_no_reason_to_fail() {
        let envelope = || Envelope { from: String::new(), to: vec![] };
        let plain = Mail::read(envelope(), b"Subject: Hi\r\n\r\nHello\r\n".to_vec(), DateTime::UNIX_EPOCH);
        assert_eq!((plain.text.as_deref(), plain.html.as_deref()), (Some("Hello\r\n"), None));
        let rubbish = Mail::read(envelope(), vec![0, 255, 13, 10], DateTime::UNIX_EPOCH);
        assert_eq!(rubbish.subject, "");
    }
}
