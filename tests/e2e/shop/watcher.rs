//! Somebody who watches an order live: a client of server-sent events over a connection of its own.

use super::{
    Order, Shop,
    patience::{SOON, within},
    status_path,
};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
};

/// What the reader keeps of a stream at a time, in bytes: many watch at once.
const READ_BYTES: usize = 4 * 1024;

/// A stream that was answered with 200.
#[derive(Debug)]
pub(crate) struct Watcher {
    lines: BufReader<TcpStream>,
}

/// What the server says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Told {
    /// The status, under the number of its change.
    Status { id: String, data: Value },
    /// The stream has ended as HTTP has it, rather than been cut off.
    End,
}

impl Told {
    /// Where the order stands.
    pub(crate) fn status(&self) -> &str {
        match self {
            Self::Status { data, .. } => data["status"].as_str().unwrap(),
            Self::End => "",
        }
    }
}

impl Watcher {
    /// What comes next; heartbeats and hints are passed over.
    pub(crate) async fn next(&mut self) -> Told {
        loop {
            let piece = self.chunk().await;
            if piece.is_empty() {
                return Told::End;
            }
            let field = |name: &str| piece.lines().find_map(|line| line.strip_prefix(name));
            if let Some(data) = field("data: ") {
                assert_eq!(field("event: "), Some("status"));
                let mut data: Value = serde_json::from_str(data).unwrap();
                return Told::Status { id: field("id: ").unwrap().to_owned(), data: data["data"].take() };
            }
        }
    }

    /// Waits until the order stands so; a stream that ends before is a failure.
    pub(crate) async fn until(&mut self, status: &str) -> Told {
        within(&format!("the stream says {status}"), SOON, async {
            loop {
                let told = self.next().await;
                assert_ne!(told, Told::End, "waiting for {status}");
                if told.status() == status {
                    return told;
                }
            }
        })
        .await
    }

    /// A chunk of HTTP/1.1; the server writes an event as one. Empty at the end.
    async fn chunk(&mut self) -> String {
        let mut size = String::new();
        self.lines.read_line(&mut size).await.unwrap();
        let size = usize::from_str_radix(size.trim_end(), 16).expect("a chunk begins with its size");
        let mut piece = vec![0; size + 2];
        self.lines.read_exact(&mut piece).await.unwrap();
        assert!(piece.ends_with(b"\r\n"));
        piece.truncate(size);
        String::from_utf8(piece).unwrap()
    }
}

impl Shop {
    /// Watches an order; the status code if that is refused.
    pub(crate) async fn watch(&self, order: &Order, last_event_id: Option<&str>) -> Result<Watcher, u16> {
        let address = &self.environment["BIND_ADDR"];
        let mut lines = BufReader::with_capacity(READ_BYTES, TcpStream::connect(address).await.unwrap());
        let seen = last_event_id.map(|id| format!("Last-Event-ID: {id}\r\n")).unwrap_or_default();
        let request = format!(
            "GET {}/events HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\n{seen}\r\n",
            status_path(order),
            order.token
        );
        lines.write_all(request.as_bytes()).await.unwrap();
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert_ne!(lines.read_line(&mut head).await.unwrap(), 0, "{head}");
        }
        let code: u16 = head.split(' ').nth(1).unwrap().parse().unwrap();
        if code == 200 { Ok(Watcher { lines }) } else { Err(code) }
    }
}
