//! A small HTTP/1.1 client: one kept connection, requests that were made beforehand.
//!
//! A client of the product's own kind would cost more processor time than is measured.

use std::{
    fmt::Write as _,
    io::{Error, ErrorKind, Result},
    net::SocketAddr,
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// How long one answer may take.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);
/// Largest answer, in bytes.
const ANSWER_MAX_BYTES: usize = 4 * 1024 * 1024;

/// A request, byte for byte.
pub(crate) fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: galley.localhost\r\n");
    for (name, value) in headers {
        // A `String` takes whatever is written to it.
        let _ = write!(text, "{name}: {value}\r\n");
    }
    if !body.is_empty() {
        let _ = write!(text, "Content-Length: {}\r\n", body.len());
    }
    text.push_str("\r\n");
    text.push_str(body);
    text.into_bytes()
}

/// A kept connection.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer; it lives until the next request.
pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    head: &'a str,
    body: &'a [u8],
}

impl Answer<'_> {
    /// A header by its name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        header(self.head, name)
    }

    /// The body, as far as it is text.
    pub(crate) fn text(&self) -> &str {
        str::from_utf8(self.body).unwrap_or_default()
    }
}

impl Connection {
    /// Connects.
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(16 * 1024) })
    }

    /// Sends a request and reads its answer.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> Result<Answer<'_>> {
        let exchange = tokio::time::timeout(ANSWER_LIMIT, async {
            self.buffer.clear();
            self.stream.write_all(request).await?;
            let head = self.read_head().await?;
            let text = str::from_utf8(&self.buffer[..head]).map_err(Error::other)?;
            let (status, length) = shape(text)?;
            while self.buffer.len() < head + length {
                self.read_more().await?;
            }
            Ok::<_, Error>((head, status))
        });
        let (head, status) = exchange.await.map_err(|_| Error::from(ErrorKind::TimedOut))??;
        let (head, body) = self.buffer.split_at(head);
        let head = str::from_utf8(head).map_err(Error::other)?;
        Ok(Answer { status, head, body })
    }

    /// Reads until the head is whole; its length.
    async fn read_head(&mut self) -> Result<usize> {
        let mut searched: usize = 0;
        loop {
            self.read_more().await?;
            let from = searched.saturating_sub(3);
            if let Some(at) = self.buffer[from..].windows(4).position(|four| four == b"\r\n\r\n") {
                return Ok(from + at + 4);
            }
            searched = self.buffer.len();
        }
    }

    async fn read_more(&mut self) -> Result<()> {
        let read = self.stream.read_buf(&mut self.buffer).await?;
        if read == 0 {
            return Err(Error::new(ErrorKind::UnexpectedEof, "the server has closed the connection"));
        }
        if self.buffer.len() > ANSWER_MAX_BYTES {
            return Err(Error::other("an answer is longer than 4 MiB"));
        }
        Ok(())
    }
}

/// Status and length of the body of an answer with this head.
fn shape(head: &str) -> Result<(u16, usize)> {
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status: u16 = status.ok_or_else(|| Error::other(format!("no HTTP answer: {head}")))?;
    if matches!(status, 204 | 304) {
        return Ok((status, 0));
    }
    let length = header(head, "content-length").and_then(|length| length.parse().ok());
    let length = length.ok_or_else(|| Error::other(format!("an answer does not say its length: {head}")))?;
    Ok((status, length))
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().skip(1).find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then_some(value.trim())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    #[test]
    fn a_request_is_what_goes_over_the_wire() {
        let bytes = request("POST", "/x", &[("A", "b")], "{}");
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(text, "POST /x HTTP/1.1\r\nHost: galley.localhost\r\nA: b\r\nContent-Length: 2\r\n\r\n{}");
    }

    #[test]
    fn a_304_has_no_body_whatever_its_head_says() {
        let head = "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\nETag: \"1\"\r\n\r\n";
        assert_eq!(shape(head).unwrap(), (304, 0));
        assert_eq!(header(head, "etag"), Some("\"1\""));
        assert!(shape("HTTP/1.1 200 OK\r\n\r\n").is_err());
        assert!(shape("rubbish").is_err());
    }

    #[tokio::test]
    async fn answers_in_pieces_are_put_together_and_the_connection_is_kept() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut asked = [0; 64];
            for body in ["one", "three"] {
                let _ = stream.read(&mut asked).await.unwrap();
                let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
                for piece in answer.as_bytes().chunks(5) {
                    stream.write_all(piece).await.unwrap();
                    stream.flush().await.unwrap();
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            }
        });
        let mut connection = Connection::open(address).await.unwrap();
        let ask = request("GET", "/", &[], "");
        for body in ["one", "three"] {
            let answer = connection.exchange(&ask).await.unwrap();
            assert_eq!((answer.status, answer.text()), (200, body));
        }
        server.await.unwrap();
        assert!(connection.exchange(&ask).await.is_err());
    }
}
