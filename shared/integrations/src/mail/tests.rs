use super::{
    stand_in::{Answer, StandIn},
    *,
};
use std::sync::atomic::Ordering;

const MAIL: OutgoingMail<'_> = OutgoingMail {
    to: "Ann <ann@example.com>",
    subject: "Your article “Tea” is ready",
    text: "Read it:\nhttps://shop.example/x\n.\nBye – Ann",
    html: "<p>Read it – <a href=\"https://shop.example/x\">here</a></p>",
    message_id: "0199b0a0.mail@shop.example",
    date: DateTime::from_timestamp(1_760_000_000, 0).unwrap(),
};

fn mailer_at(url: &str, max_connections: usize, timeout: Duration) -> Mailer {
    let from = "Northwind Articles <shop@example.org>".parse().unwrap();
    Mailer::new(&Secret::new(url), from, max_connections, timeout).unwrap()
}

fn mailer(server: &StandIn) -> Mailer {
    let url = format!("smtp://127.0.0.1:{}/shop.example", server.port);
    mailer_at(&url, 2, Duration::from_secs(20))
}

async fn refused(answers: &[(&'static str, Answer)]) -> MailError {
    let server = StandIn::start(answers).await;
    mailer(&server).send(&MAIL).await.unwrap_err()
}

#[tokio::test]
async fn a_mail_arrives_with_its_headers_and_both_parts() {
    let server = StandIn::start(&[]).await;
    mailer(&server).send(&MAIL).await.unwrap();
    let mail = server.mails().remove(0);
    let (head, body) = mail.split_once("\r\n\r\n").unwrap();
    for header in [
        "From: \"Northwind Articles\" <shop@example.org>",
        "To: Ann <ann@example.com>",
        "Message-ID: <0199b0a0.mail@shop.example>",
        "Date: Thu, 09 Oct 2025 08:53:20 +0000",
        "Auto-Submitted: auto-generated",
        "MIME-Version: 1.0",
    ] {
        assert!(head.lines().any(|line| line == header), "{header} in {head}");
    }
    assert!(head.contains("Content-Type: multipart/alternative;"), "{head}");
    assert!(head.contains("Subject: Your article =?utf-8?b?"), "{head}");
    let text = body.find("Content-Type: text/plain; charset=utf-8").unwrap();
    let html = body.find("Content-Type: text/html; charset=utf-8").unwrap();
    assert!(text < html, "{body}");
    assert!(mail.is_ascii(), "{mail}");
    assert!(mail.lines().all(|line| line.len() <= 998), "{mail}");

    let commands = server.seen.commands.lock().unwrap().clone();
    let expected = ["EHLO shop.example", "MAIL FROM:<shop@example.org>", "RCPT TO:<ann@example.com>", "DATA"];
    assert_eq!(commands, expected);
}

#[tokio::test]
async fn the_same_mail_is_sent_again_under_the_same_id_and_date() {
    let server = StandIn::start(&[]).await;
    let mailer = mailer(&server);
    mailer.send(&MAIL).await.unwrap();
    let bracketed = OutgoingMail { message_id: "<0199b0a0.mail@shop.example>", ..MAIL };
    mailer.send(&bracketed).await.unwrap();
    let stable = |mail: &String| {
        let stable = ["Message-ID:", "Date:"];
        let kept = mail.lines().filter(|line| stable.iter().any(|name| line.starts_with(name)));
        kept.map(str::to_owned).collect::<Vec<_>>()
    };
    let mails = server.mails();
    assert_eq!(stable(&mails[0]).len(), 2);
    assert_eq!(stable(&mails[0]), stable(&mails[1]));
    assert_eq!(server.connections(), 1, "the connection is used again");
}

#[tokio::test]
async fn no_header_can_be_forged() {
    let server = StandIn::start(&[]).await;
    let subject = "Tea\r\nBcc: all@example.com\r\n\r\nEvil";
    let message_id = "a@b>\r\nX-Evil: 1";
    mailer(&server).send(&OutgoingMail { subject, message_id, ..MAIL }).await.unwrap();
    let mail = server.mails().remove(0);
    let forged = mail.lines().any(|line| line.starts_with("Bcc:") || line.starts_with("X-Evil:"));
    assert!(!forged, "{mail}");
}

#[tokio::test]
async fn what_the_server_says_about_a_mail_decides() {
    for (verb, line, permanent) in [
        ("MAIL", "550 not from you", true),
        ("RCPT", "550 5.1.1 <ann@example.com> is unknown", true),
        ("RCPT", "450 try later", false),
        ("RCPT", "421 closing", false),
        ("DATA", "554 no", true),
        (".", "552 too big", true),
        (".", "451 local error", false),
    ] {
        let error = refused(&[(verb, Answer::Line(line))]).await;
        assert_eq!(error.permanent, permanent, "{verb} {line}: {error}");
        assert!(error.detail.contains(&line[..3]), "{error}");
        assert!(!error.to_string().contains("ann@example.com"), "{error}");
    }
}

#[tokio::test]
async fn what_fails_before_the_mail_is_named_is_temporary() {
    for (verb, answer) in [
        ("greeting", Answer::Line("554 no service")),
        ("greeting", Answer::HangUp),
        ("EHLO", Answer::Line("550 who are you")),
        ("MAIL", Answer::HangUp),
        (".", Answer::HangUp),
    ] {
        let error = refused(&[(verb, answer)]).await;
        assert!(!error.permanent, "{verb}: {error}");
    }
    let nobody = mailer_at("smtp://127.0.0.1:1", 1, Duration::from_secs(20));
    assert!(!nobody.send(&MAIL).await.unwrap_err().permanent);
}

#[tokio::test]
async fn an_address_that_is_none_is_refused_before_anything_is_sent() {
    let server = StandIn::start(&[]).await;
    for to in ["", "ann", "ann@", "ann@example.com\r\nBcc: x@example.com"] {
        let error = mailer(&server).send(&OutgoingMail { to, ..MAIL }).await.unwrap_err();
        assert!(error.permanent, "{to}");
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_login_is_sent_and_its_refusal_is_temporary() {
    let server = StandIn::start(&[]).await;
    let url = format!("smtp://shop:p%40ss@127.0.0.1:{}", server.port);
    mailer_at(&url, 1, Duration::from_secs(20)).send(&MAIL).await.unwrap();
    let sent = server.seen.commands.lock().unwrap().clone();
    // base64 of "\0shop\0p@ss"
    assert!(sent.contains(&"AUTH PLAIN AHNob3AAcEBzcw==".to_owned()), "{sent:?}");

    server.answer("AUTH", Answer::Line("535 wrong password"));
    let error = mailer_at(&url, 1, Duration::from_secs(20)).send(&MAIL).await.unwrap_err();
    assert!(!error.permanent && error.detail.contains("535"), "{error}");
    assert!(!error.detail.contains("p@ss"), "{error}");
}

#[tokio::test]
async fn a_server_without_tls_gets_nothing_where_tls_is_required() {
    let server = StandIn::start(&[]).await;
    for url in [
        format!("smtp://shop:secret@127.0.0.1:{}?tls=required", server.port),
        format!("smtps://shop:secret@127.0.0.1:{}", server.port),
    ] {
        let error = mailer_at(&url, 1, Duration::from_secs(5)).send(&MAIL).await.unwrap_err();
        assert!(!error.permanent, "{error}");
    }
    let commands = server.seen.commands.lock().unwrap().clone();
    assert!(!commands.iter().any(|c| c.starts_with("AUTH") || c.starts_with("MAIL")), "{commands:?}");
}

#[tokio::test]
async fn a_silent_server_times_out() {
    for verb in ["greeting", "RCPT", "."] {
        let server = StandIn::start(&[(verb, Answer::Silence)]).await;
        let url = format!("smtp://127.0.0.1:{}", server.port);
        let error = mailer_at(&url, 1, Duration::from_millis(300)).send(&MAIL).await.unwrap_err();
        assert_eq!(error, MailError::temporary("the mail server did not answer in time"));
    }
}

/// The late "250" for the first mail must not be taken for the answer to the second.
#[tokio::test]
async fn a_connection_whose_mail_was_given_up_is_not_used_again() {
    let server = StandIn::start(&[(".", Answer::Late(Duration::from_secs(4), "250 taken"))]).await;
    let url = format!("smtp://127.0.0.1:{}", server.port);
    let mailer = mailer_at(&url, 1, Duration::from_secs(2));
    assert!(mailer.send(&MAIL).await.is_err());
    server.answer(".", Answer::Line("550 refused"));
    let error = mailer.send(&MAIL).await.unwrap_err();
    assert!(error.permanent && error.detail.contains("550"), "{error}");
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn no_more_connections_are_open_than_allowed() {
    let server = StandIn::start(&[(".", Answer::Late(Duration::from_millis(50), "250 taken"))]).await;
    let mailer = mailer(&server);
    let sends: Vec<_> = (0..8)
        .map(|_| {
            let mailer = mailer.clone();
            tokio::spawn(async move { mailer.send(&MAIL).await })
        })
        .collect();
    for send in sends {
        send.await.unwrap().unwrap();
    }
    assert_eq!(server.mails().len(), 8);
    assert_eq!(server.seen.most_open.load(Ordering::SeqCst), 2);
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn a_pooled_connection_that_died_is_replaced() {
    let server = StandIn::start(&[]).await;
    let mailer = mailer(&server);
    mailer.send(&MAIL).await.unwrap();
    server.answer("NOOP", Answer::HangUp);
    mailer.send(&MAIL).await.unwrap();
    assert_eq!((server.mails().len(), server.connections()), (2, 2));
}

#[tokio::test]
async fn the_doctor_can_ask_without_sending() {
    let server = StandIn::start(&[]).await;
    mailer(&server).check().await.unwrap();
    assert!(server.mails().is_empty());
    let sick = StandIn::start(&[("greeting", Answer::Line("421 not now"))]).await;
    let error = mailer(&sick).check().await.unwrap_err();
    assert!(!error.permanent && error.detail.contains("421"), "{error}");
}

#[tokio::test]
async fn debug_does_not_show_the_password() {
    let mailer = mailer_at("smtp://shop:secret@127.0.0.1:9", 1, Duration::from_secs(1));
    let shown = format!("{mailer:?}");
    assert!(shown.contains("127.0.0.1") && !shown.contains("secret"), "{shown}");
}
