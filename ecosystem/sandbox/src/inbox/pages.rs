use super::Rooms;
use crate::{
    html::{escape, page},
    smtp::Mail,
};
use axum::{
    extract::{Path, State},
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use std::fmt::Write;

/// What a mail may not do, whatever it contains: run scripts or send forms.
const POLICY: &str = "script-src 'none'; object-src 'none'; form-action 'none'; base-uri 'none'";

fn answer(status: StatusCode, html: String) -> Response {
    let headers = [(header::CONTENT_SECURITY_POLICY, POLICY), (header::REFERRER_POLICY, "no-referrer")];
    (status, headers, Html(html)).into_response()
}

/// `GET /mails`: newest first.
pub(super) async fn list(State(rooms): State<Rooms>) -> Response {
    let mails = rooms.mailbox.mails();
    let mut rows = String::new();
    for mail in mails.iter().rev() {
        // Writing to a String cannot fail.
        let _ = write!(
            rows,
            "<tr><td class=\"number quiet\">{}</td><td><a href=\"/mails/{}\">{}</a><br>{}</td><td class=\"quiet\">{}</td></tr>",
            mail.number,
            mail.number,
            escape(subject(mail)),
            escape(&mail.envelope_to.join(", ")),
            time(mail),
        );
    }
    let body = if rows.is_empty() {
        "<p>Nothing yet. Mails that the shop sends appear here.</p>".to_owned()
    } else {
        format!("<table><tbody>{rows}</tbody></table>")
    };
    let quiet = "<p class=\"quiet\">SANDBOX: none of these mails leaves this machine.</p>";
    answer(StatusCode::OK, page("Mails", &format!("<h1>Mails</h1>{quiet}{body}")))
}

/// `GET /mails/{number}`.
pub(super) async fn show(State(rooms): State<Rooms>, Path(number): Path<u64>) -> Response {
    let Some(mail) = rooms.mailbox.find(number) else { return missing() };
    let title = escape(subject(&mail));
    let mut body = format!(
        "<p><a href=\"/mails\">All mails</a></p><h1>{title}</h1>\
         <dl><dt>From</dt><dd>{}</dd><dt>To</dt><dd>{}</dd><dt>Received</dt><dd>{}</dd>\
         <dt>Message-ID</dt><dd>{}</dd></dl>",
        escape(&mail.envelope_from),
        escape(&mail.envelope_to.join(", ")),
        time(&mail),
        escape(&mail.message_id),
    );
    if let Some(html) = &mail.html {
        // Links open in a new tab: the frame itself may go nowhere and run nothing.
        let inner = format!("<base target=\"_blank\">{html}");
        let _ = write!(
            body,
            "<iframe title=\"{title}\" sandbox=\"allow-popups allow-popups-to-escape-sandbox\" srcdoc=\"{}\"></iframe>",
            escape(&inner),
        );
    }
    if let Some(text) = &mail.text {
        let _ = write!(body, "<h2>Text part</h2><pre>{}</pre>", escape(text));
    }
    let _ = write!(body, "<p><a href=\"/mails/{number}/raw\">As it was sent</a></p>");
    answer(StatusCode::OK, page(subject(&mail), &body))
}

/// `GET /mails/{number}/raw`: what came over the wire, as plain text.
pub(super) async fn raw(State(rooms): State<Rooms>, Path(number): Path<u64>) -> Response {
    let Some(mail) = rooms.mailbox.find(number) else { return missing() };
    let headers =
        [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")];
    (headers, mail.raw.clone()).into_response()
}

fn missing() -> Response {
    let body = "<h1>No such mail</h1><p>It was never here, or newer ones have taken its place. \
                <a href=\"/mails\">All mails</a></p>";
    answer(StatusCode::NOT_FOUND, page("No such mail", body))
}

fn subject(mail: &Mail) -> &str {
    if mail.subject.is_empty() { "(no subject)" } else { &mail.subject }
}

fn time(mail: &Mail) -> String {
    let exact = mail.received_at.format("%Y-%m-%dT%H:%M:%SZ");
    let short = mail.received_at.format("%H:%M:%S");
    format!("<time datetime=\"{exact}\" title=\"{exact}\">{short} UTC</time>")
}
