//! The mail server over its socket, spoken to byte by byte.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use chrono::{DateTime, Utc};
use galley_sandbox::{
    fault::Fault,
    smtp::{SmtpMode, SmtpOptions, SmtpServer},
};
use std::time::Duration;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH
}

async fn server() -> SmtpServer {
    SmtpServer::start(SmtpOptions::new(now)).await.unwrap()
}

/// A sender that knows what it says.
struct Talk {
    stream: BufReader<TcpStream>,
}

impl Talk {
    async fn open(server: &SmtpServer) -> Self {
        let mut talk = Self { stream: BufReader::new(TcpStream::connect(server.addr()).await.unwrap()) };
        assert!(talk.hear().await.starts_with("220 "));
        talk
    }

    /// One reply with all its lines; empty when the connection has ended.
    async fn hear(&mut self) -> String {
        let mut reply = String::new();
        loop {
            let mut line = String::new();
            if self.stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                return reply;
            }
            reply.push_str(&line);
            if line.as_bytes().get(3) != Some(&b'-') {
                return reply;
            }
        }
    }

    async fn send(&mut self, text: &str) {
        self.stream.get_mut().write_all(text.as_bytes()).await.unwrap();
    }

    async fn say(&mut self, line: &str) -> String {
        self.send(&format!("{line}\r\n")).await;
        self.hear().await
    }

    /// Sends a mail up to its final dot and hears the reply to that.
    async fn mail(&mut self, to: &str, text: &str) -> String {
        assert!(self.say("MAIL FROM:<shop@example.com>").await.starts_with("250"));
        assert!(self.say(&format!("RCPT TO:<{to}>")).await.starts_with("250"));
        assert!(self.say("DATA").await.starts_with("354"));
        self.say(&format!("{text}\r\n.")).await
    }
}

#[tokio::test]
async fn a_mail_is_kept_as_it_was_sent() {
    let server = server().await;
    let mut talk = Talk::open(&server).await;
    let offer = talk.say("EHLO desk").await;
    assert!(
        offer.contains("250-PIPELINING") && offer.contains("250-AUTH PLAIN LOGIN") && offer.contains("SIZE ")
    );
    assert!(talk.say("AUTH PLAIN AHVzZXIAc2VjcmV0").await.starts_with("235"));
    let text = "Subject: =?utf-8?Q?Fertig=21?=\r\nMessage-ID: <1@shop>\r\nTo: a@example.com\r\n\r\n..two dots\r\nend";
    assert!(talk.mail("a@example.com", text).await.starts_with("250"));
    assert!(talk.say("QUIT").await.starts_with("221"));
    assert_eq!(talk.hear().await, "", "the connection ends");
    let mails = server.mails_reach(1).await;
    let mail = &mails[0];
    assert_eq!(
        (mail.envelope_from.as_str(), mail.envelope_to.as_slice()),
        ("shop@example.com", &["a@example.com".to_owned()][..])
    );
    assert_eq!((mail.subject.as_str(), mail.message_id.as_str()), ("Fertig!", "1@shop"));
    assert_eq!(mail.text.as_deref(), Some(".two dots\r\nend\r\n"));
    assert!(mail.raw.ends_with(b"\r\n\r\n.two dots\r\nend\r\n"));
}

#[tokio::test]
async fn logins_in_steps_and_commands_in_a_bunch() {
    let server = server().await;
    let mut talk = Talk::open(&server).await;
    assert!(talk.say("HELO desk").await.starts_with("250 "));
    assert!(talk.say("AUTH LOGIN").await.starts_with("334 VXNlcm5hbWU6"));
    assert!(talk.say("dXNlcg==").await.starts_with("334 UGFzc3dvcmQ6"));
    assert!(talk.say("c2VjcmV0").await.starts_with("235"));
    assert!(talk.say("AUTH PLAIN").await.starts_with("334"));
    assert!(talk.say("*").await.starts_with("501"));
    talk.send("NOOP\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nRCPT TO:<e@f>\r\nDATA\r\n").await;
    for start in ["250", "250", "250", "250", "354"] {
        assert!(talk.hear().await.starts_with(start));
    }
    talk.send("Subject: x\r\n\r\ny\r\n.\r\nRSET\r\nQUIT\r\n").await;
    for start in ["250", "250", "221"] {
        assert!(talk.hear().await.starts_with(start));
    }
    assert_eq!(server.mails_reach(1).await[0].envelope_to, ["c@d", "e@f"]);
}

#[tokio::test]
async fn nonsense_is_answered_and_forgiven() {
    let server = server().await;
    let mut talk = Talk::open(&server).await;
    for (line, reply) in [
        ("XYZZY", "500"),
        ("RCPT TO:<a@b>", "503"),
        ("DATA", "503"),
        ("MAIL FROM:a@b", "501"),
        ("MAIL FROM:<a@b> SIZE=99999999", "552"),
        ("VRFY a", "252"),
        (&"x".repeat(9_000), "500"),
        ("MAIL FROM:<a@b>", "250"),
        ("MAIL FROM:<a@b>", "503"),
        ("RSET", "250"),
        ("NOOP", "250"),
    ] {
        let answer = talk.say(line).await;
        assert!(answer.starts_with(reply), "{line:.40}: {answer}");
    }
    assert!(talk.mail("a@b", "Subject: x\r\n\r\n").await.starts_with("250"));
}

#[tokio::test]
async fn a_mail_that_is_too_large_is_refused_after_its_end() {
    let options = SmtpOptions { message_max_bytes: 1_000, ..SmtpOptions::new(now) };
    let server = SmtpServer::start(options).await.unwrap();
    let mut talk = Talk::open(&server).await;
    assert!(talk.mail("a@b", &"x".repeat(200_000)).await.starts_with("552"));
    assert!(talk.mail("a@b", "Subject: small\r\n").await.starts_with("250"));
    assert_eq!(server.mailbox().mails().len(), 1);
}

#[tokio::test]
async fn a_dot_after_a_bare_line_feed_ends_nothing() {
    let server = server().await;
    let mut talk = Talk::open(&server).await;
    let smuggled =
        "Subject: one\r\n\r\nhello\n.\r\nMAIL FROM:<evil@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nSubject: two";
    assert!(talk.mail("a@b", smuggled).await.starts_with("250"));
    assert_eq!(server.mailbox().received(), 1);
}

#[tokio::test]
async fn recipients_are_refused_for_good_or_for_now() {
    let server = server().await;
    server.control().set(Fault::times(SmtpMode::Temporary, 1));
    server.control().set(Fault::always(SmtpMode::RejectRcpt).only("gone@"));
    let mut talk = Talk::open(&server).await;
    talk.say("MAIL FROM:<shop@b>").await;
    assert!(talk.say("RCPT TO:<gone@example.com>").await.starts_with("550"));
    assert!(talk.say("RCPT TO:<here@example.com>").await.starts_with("451"));
    assert!(talk.say("RCPT TO:<here@example.com>").await.starts_with("250"));
}

#[tokio::test]
async fn a_mail_can_be_kept_without_the_sender_knowing() {
    let server = server().await;
    server.control().set(Fault::times(SmtpMode::DropAfterData, 1).only("Subject: two"));
    let mut talk = Talk::open(&server).await;
    assert!(talk.mail("a@b", "Subject: one\r\n").await.starts_with("250"));
    assert_eq!(talk.mail("a@b", "Subject: two\r\n").await, "");
    let mail = server.wait_for(|mail| mail.subject == "two").await;
    assert_eq!(mail.number, 2);
    let mut again = Talk::open(&server).await;
    assert!(again.mail("a@b", "Subject: two\r\n").await.starts_with("250"));
}

#[tokio::test]
async fn a_slow_server_answers_late() {
    let server = server().await;
    server.control().set(Fault::always(SmtpMode::Slow).latency(Duration::from_millis(30)));
    let mut talk = Talk::open(&server).await;
    let before = tokio::time::Instant::now();
    assert!(talk.mail("a@b", "Subject: x\r\n").await.starts_with("250"));
    assert!(before.elapsed() >= Duration::from_millis(30));
}

#[tokio::test]
async fn nobody_listens_until_the_fault_is_over() {
    let server = server().await;
    server.control().set(Fault::always(SmtpMode::Refuse));
    server.control().settled().await;
    let refused = TcpStream::connect(server.addr()).await.unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    server.control().reset();
    server.control().settled().await;
    let mut talk = Talk::open(&server).await;
    assert!(talk.mail("a@b", "Subject: x\r\n").await.starts_with("250"));
}

#[tokio::test]
async fn waiting_sees_mails_of_before_and_after() {
    let server = server().await;
    let mailbox = server.mailbox().clone();
    let waiting = tokio::spawn(async move { mailbox.wait_for(|mail| mail.subject == "later").await.number });
    let mut talk = Talk::open(&server).await;
    talk.mail("a@b", "Subject: early\r\n").await;
    assert_eq!(server.wait_for(|mail| mail.subject == "early").await.number, 1);
    talk.mail("a@b", "Subject: later\r\n").await;
    assert_eq!(waiting.await.unwrap(), 2);
}

#[tokio::test]
async fn mails_are_also_written_to_a_directory() {
    let directory = std::env::temp_dir().join(format!("galley-sandbox-{}", std::process::id()));
    let options = SmtpOptions { directory: Some(directory.clone()), ..SmtpOptions::new(now) };
    let server = SmtpServer::start(options).await.unwrap();
    let mut talk = Talk::open(&server).await;
    assert!(talk.mail("a@b", "Subject: x\r\n\r\nhello").await.starts_with("250"));
    let written = std::fs::read_to_string(directory.join("19700101T000000-000001.eml")).unwrap();
    std::fs::remove_dir_all(directory).unwrap();
    assert_eq!(written, "Subject: x\r\n\r\nhello\r\n");
}

#[tokio::test]
async fn stopping_ends_every_conversation() {
    let server = server().await;
    let mut talk = Talk::open(&server).await;
    let addr = server.addr();
    server.shutdown().await;
    assert_eq!(talk.hear().await, "");
    assert!(TcpStream::connect(addr).await.is_err());
}
