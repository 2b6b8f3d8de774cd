use super::{
    command::Command,
    control::{SmtpControl, SmtpMode},
    mail::{Envelope, Mail},
    mailbox::Mailbox,
    reader::{Data, Line, Wire},
};
use crate::Now;
use base64::{Engine, engine::general_purpose::STANDARD};
use std::{io, path::PathBuf, sync::Arc, time::Duration};
use tokio::net::TcpStream;

/// Most recipients of one mail.
const RECIPIENTS_MAX: usize = 100;
/// How long a silent connection is kept (RFC 5321 4.5.3.2.7: at least five minutes).
const IDLE_TIMEOUT: Duration = Duration::from_mins(5);
/// How long [`SmtpMode::Slow`] holds a reply back when nothing else was said.
const SLOW: Duration = Duration::from_secs(2);

/// What all connections share.
#[derive(Debug)]
pub(super) struct House {
    pub(super) control: SmtpControl,
    pub(super) mailbox: Mailbox,
    pub(super) message_max_bytes: usize,
    pub(super) directory: Option<PathBuf>,
    pub(super) now: Now,
}

/// One connection from its greeting to its end.
#[derive(Debug)]
pub(super) struct Session {
    house: Arc<House>,
    wire: Wire,
    from: Option<String>,
    to: Vec<String>,
}

/// Whether the conversation goes on.
type Goes = io::Result<bool>;

impl Session {
    pub(super) fn new(house: Arc<House>, stream: TcpStream) -> Self {
        Self { house, wire: Wire::new(stream), from: None, to: Vec::new() }
    }

    pub(super) async fn run(mut self) -> io::Result<()> {
        self.wire.reply("220 sandbox ESMTP, every mail stays here").await?;
        loop {
            let Ok(line) = tokio::time::timeout(IDLE_TIMEOUT, self.wire.line()).await else {
                return self.wire.reply("421 4.4.2 Silent for too long").await;
            };
            let goes_on = match line? {
                Line::Closed => false,
                Line::TooLong => self.say("500 5.5.2 Line too long").await?,
                Line::Text(line) => self.obey(Command::parse(&line)).await?,
            };
            if !goes_on {
                return Ok(());
            }
        }
    }

    async fn say(&mut self, text: &str) -> Goes {
        self.wire.reply(text).await.map(|()| true)
    }

    async fn obey(&mut self, command: Command) -> Goes {
        match command {
            Command::Ehlo => {
                self.forget();
                let size = self.house.message_max_bytes;
                let offer = format!(
                    "250-sandbox\n250-PIPELINING\n250-8BITMIME\n250-SMTPUTF8\n250-AUTH PLAIN LOGIN\n250 SIZE {size}"
                );
                self.say(&offer).await
            }
            Command::Helo => {
                self.forget();
                self.say("250 sandbox").await
            }
            Command::AuthPlain { initial } => self.log_in(initial, &[""]).await,
            // "Username:" and "Password:" in base64, as clients expect them.
            Command::AuthLogin { initial } => self.log_in(initial, &["VXNlcm5hbWU6", "UGFzc3dvcmQ6"]).await,
            Command::AuthOther => self.say("504 5.5.4 Only PLAIN and LOGIN").await,
            Command::Mail { from, size_bytes } => self.mail(from, size_bytes).await,
            Command::Rcpt { to } => self.rcpt(to).await,
            Command::Data => self.data().await,
            Command::Rset => {
                self.forget();
                self.say("250 2.0.0 Forgotten").await
            }
            Command::Noop => self.say("250 2.0.0 Still here").await,
            Command::Vrfy => self.say("252 2.1.5 Every address is welcome").await,
            Command::Malformed => self.say("501 5.5.4 That argument makes no sense").await,
            Command::Unknown => self.say("500 5.5.1 What is that?").await,
            Command::Quit => self.wire.reply("221 2.0.0 Bye").await.map(|()| false),
        }
    }

    fn forget(&mut self) {
        self.from = None;
        self.to.clear();
    }

    /// Any name and any password will do, as long as they are base64.
    async fn log_in(&mut self, initial: Option<String>, prompts: &[&str]) -> Goes {
        let given = usize::from(initial.is_some());
        let mut answers: Vec<String> = initial.into_iter().collect();
        for prompt in &prompts[given..] {
            self.wire.reply(&format!("334 {prompt}")).await?;
            match self.wire.line().await? {
                Line::Text(answer) => answers.push(answer),
                Line::TooLong => answers.push("*".to_owned()),
                Line::Closed => return Ok(false),
            }
        }
        // A lone "=" stands for an empty answer (RFC 4954).
        if answers.iter().all(|answer| answer == "=" || STANDARD.decode(answer).is_ok()) {
            self.say("235 2.7.0 Welcome, whoever you are").await
        } else {
            self.say("501 5.5.2 That was no base64").await
        }
    }

    async fn mail(&mut self, from: String, size_bytes: Option<usize>) -> Goes {
        if self.from.is_some() {
            return self.say("503 5.5.1 One mail at a time").await;
        }
        if size_bytes.is_some_and(|size| size > self.house.message_max_bytes) {
            return self.say("552 5.3.4 Too large").await;
        }
        self.from = Some(from);
        self.say("250 2.1.0 Go on").await
    }

    async fn rcpt(&mut self, to: String) -> Goes {
        if self.from.is_none() {
            return self.say("503 5.5.1 MAIL first").await;
        }
        if self.to.len() >= RECIPIENTS_MAX {
            return self.say("452 4.5.3 Too many recipients").await;
        }
        if let Some(fault) = self.house.control.strike(&to, &[SmtpMode::RejectRcpt, SmtpMode::Temporary]) {
            tokio::time::sleep(fault.pause()).await;
            let refused = fault.mode == SmtpMode::RejectRcpt;
            return self
                .say(if refused { "550 5.1.1 No such mailbox" } else { "451 4.3.0 Come back later" })
                .await;
        }
        self.to.push(to);
        self.say("250 2.1.5 Go on").await
    }

    async fn data(&mut self) -> Goes {
        let Some(from) = self.from.clone().filter(|_| !self.to.is_empty()) else {
            return self.say("503 5.5.1 MAIL and RCPT first").await;
        };
        self.wire.reply("354 End with a dot on a line of its own").await?;
        let Ok(data) = tokio::time::timeout(IDLE_TIMEOUT, self.wire.data(self.house.message_max_bytes)).await
        else {
            return Ok(false);
        };
        let raw = match data? {
            Data::Mail(raw) => raw,
            Data::TooLarge => {
                self.forget();
                return self.say("552 5.3.4 Too large").await;
            }
            Data::Closed => return Ok(false),
        };
        let text = format!("{}\n{}", self.to.join("\n"), String::from_utf8_lossy(&raw));
        let envelope = Envelope { from, to: std::mem::take(&mut self.to) };
        self.forget();
        let number = self.keep(envelope, raw).await;
        match self.house.control.strike(&text, &[SmtpMode::DropAfterData, SmtpMode::Slow]) {
            Some(fault) if fault.mode == SmtpMode::DropAfterData => {
                tokio::time::sleep(fault.pause()).await;
                return Ok(false);
            }
            Some(fault) => tokio::time::sleep(if fault.latency_ms == 0 { SLOW } else { fault.pause() }).await,
            None => {}
        }
        self.say(&format!("250 2.0.0 Kept as number {number}")).await
    }

    async fn keep(&self, envelope: Envelope, raw: Vec<u8>) -> u64 {
        let mail = self.house.mailbox.keep(Mail::read(envelope, raw, (self.house.now)()));
        if let Some(directory) = &self.house.directory {
            let name = format!("{}-{:06}.eml", mail.received_at.format("%Y%m%dT%H%M%S"), mail.number);
            if let Err(error) = tokio::fs::write(directory.join(name), &mail.raw).await {
                tracing::warn!(%error, mail.number, "A mail could not be written to the mail directory");
            }
        }
        mail.number
    }
}
