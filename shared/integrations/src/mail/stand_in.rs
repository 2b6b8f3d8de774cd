//! A mail server for the tests of this folder: takes what it is told to take.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
};

/// What it does with a command, by the command's verb (`.` for the end of a mail).
#[derive(Clone)]
pub(super) enum Answer {
    Line(&'static str),
    /// The same, later.
    Late(Duration, &'static str),
    HangUp,
    Silence,
}

#[derive(Default)]
pub(super) struct Seen {
    pub(super) connections: AtomicUsize,
    pub(super) open: AtomicUsize,
    pub(super) most_open: AtomicUsize,
    pub(super) commands: Mutex<Vec<String>>,
    pub(super) mails: Mutex<Vec<String>>,
}

pub(super) struct StandIn {
    pub(super) port: u16,
    pub(super) seen: Arc<Seen>,
    /// Changes what it does from now on.
    pub(super) answers: Arc<Mutex<HashMap<&'static str, Answer>>>,
}

impl StandIn {
    pub(super) async fn start(answers: &[(&'static str, Answer)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Seen::default());
        let answers = Arc::new(Mutex::new(answers.iter().cloned().collect()));
        let (seen_there, answers_there) = (Arc::clone(&seen), Arc::clone(&answers));
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (seen, answers) = (Arc::clone(&seen_there), Arc::clone(&answers_there));
                tokio::spawn(async move {
                    seen.connections.fetch_add(1, Ordering::SeqCst);
                    let open = seen.open.fetch_add(1, Ordering::SeqCst) + 1;
                    seen.most_open.fetch_max(open, Ordering::SeqCst);
                    let _ = talk(socket, &seen, &answers).await;
                    seen.open.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Self { port, seen, answers }
    }

    pub(super) fn connections(&self) -> usize {
        self.seen.connections.load(Ordering::SeqCst)
    }

    pub(super) fn mails(&self) -> Vec<String> {
        self.seen.mails.lock().unwrap().clone()
    }

    pub(super) fn answer(&self, verb: &'static str, answer: Answer) {
        self.answers.lock().unwrap().insert(verb, answer);
    }
}

async fn talk(
    socket: TcpStream,
    seen: &Seen,
    answers: &Mutex<HashMap<&'static str, Answer>>,
) -> std::io::Result<()> {
    let mut socket = BufReader::new(socket);
    let answer_to = |verb: &str| answers.lock().unwrap().get(verb).cloned();
    if !respond(&mut socket, answer_to("greeting"), "220 stand-in").await? {
        return Ok(());
    }
    loop {
        let mut line = String::new();
        if socket.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let command = line.trim_end().to_owned();
        let verb = command.split([' ', ':']).next().unwrap_or_default().to_uppercase();
        seen.commands.lock().unwrap().push(command);
        let usual = match verb.as_str() {
            "EHLO" => "250-stand-in\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN",
            "AUTH" => "235 welcome",
            "DATA" => "354 go on",
            "QUIT" => "221 bye",
            _ => "250 fine",
        };
        if !respond(&mut socket, answer_to(&verb), usual).await? || verb == "QUIT" {
            return Ok(());
        }
        if verb == "DATA" && !matches!(answer_to("DATA"), Some(Answer::Line(_))) {
            let mut mail = String::new();
            while !mail.ends_with("\r\n.\r\n") {
                if socket.read_line(&mut mail).await? == 0 {
                    return Ok(());
                }
            }
            seen.mails.lock().unwrap().push(mail);
            if !respond(&mut socket, answer_to("."), "250 taken").await? {
                return Ok(());
            }
        }
    }
}

/// Whether the conversation goes on.
async fn respond(
    socket: &mut BufReader<TcpStream>,
    answer: Option<Answer>,
    usual: &str,
) -> std::io::Result<bool> {
    let line = match answer {
        None => usual,
        Some(Answer::Line(line)) => line,
        Some(Answer::Late(pause, line)) => {
            tokio::time::sleep(pause).await;
            line
        }
        Some(Answer::HangUp) => return Ok(false),
        Some(Answer::Silence) => {
            tokio::time::sleep(Duration::from_mins(1)).await;
            return Ok(false);
        }
    };
    socket.get_mut().write_all(format!("{line}\r\n").as_bytes()).await?;
    Ok(true)
}
